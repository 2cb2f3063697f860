import type { Json } from '../model/json.ts';
import type { CheckSpec } from '../model/runbook.ts';
import type { CheckRequest } from './index.ts';
import { judge, rendered, type Judged } from './judge.ts';

type HttpCheck = CheckSpec['check'] & { kind: 'http' };

/** `expect` over `self`: {status, headers, body, json}; `json` is there only when the body is JSON. */
export async function checkHttp({ spec, env, world }: CheckRequest, check: HttpCheck): Promise<Judged> {
  const url = rendered(check.url, env);
  const answer = await world.http({ method: check.method, url, ...(check.headers && { headers: check.headers }) });
  const json = jsonIn(answer.body);
  const self: Json = {
    status: answer.status,
    headers: { ...answer.headers },
    body: answer.body,
    ...(json !== undefined && { json }),
  };
  const judged = judge(spec.expect, self, env);
  return {
    ...judged,
    because: `${check.method} ${url} answered ${answer.status}${judged.state === 'passed' ? '' : `: ${judged.because}`}`,
  };
}

function jsonIn(body: string): Json | undefined {
  try {
    return JSON.parse(body) as Json;
  } catch {
    return undefined;
  }
}
