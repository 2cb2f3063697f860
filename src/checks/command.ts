import type { CheckSpec } from '../model/runbook.ts';
import type { CheckRequest } from './index.ts';
import { judge, rendered, type Judged } from './judge.ts';

type CommandCheck = CheckSpec['check'] & { kind: 'command' };

/** `expect` over `self`: {exitCode, stdout, stderr, timedOut}. It may do anything, so it runs only in a run, through the door. */
export async function checkCommand({ spec, env, command }: CheckRequest, check: CommandCheck): Promise<Judged> {
  const argv = check.argv.map((part) => rendered(part, env));
  const answer = await command(argv);
  const self = {
    exitCode: answer.exitCode ?? -1,
    stdout: answer.stdout,
    stderr: answer.stderr,
    timedOut: answer.timedOut,
  };
  const judged = judge(spec.expect, self, env);
  return {
    ...judged,
    because: `${argv[0] ?? ''} ended with ${answer.exitCode ?? answer.signal ?? 'nothing'}${judged.state === 'passed' ? '' : `: ${judged.because}`}`,
  };
}
