import type { Json } from '../model/json.ts';
import type { CheckSpec } from '../model/runbook.ts';
import type { ReadWorld } from '../ports/read-world.ts';

/** `self` of a check by HTTP: the answer, with its body as JSON where it is JSON (`json` is not there otherwise). */
export async function httpSelf(check: Extract<CheckSpec['check'], { kind: 'http' }>, world: ReadWorld): Promise<Json> {
  const { method, url, headers } = check;
  const answer = await world.http({ method, url, ...(headers && { headers }) });
  const json = jsonOf(answer.body);
  return {
    status: answer.status,
    headers: { ...answer.headers },
    body: answer.body,
    ...(json !== undefined && { json }),
  };
}

function jsonOf(body: string): Json | undefined {
  try {
    return JSON.parse(body) as Json;
  } catch {
    return undefined;
  }
}
