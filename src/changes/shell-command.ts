import type { Change } from '../model/change.ts';
import type { Json } from '../model/json.ts';
import { DrctlError } from '../model/errors.ts';
import type { ChangeKind, Probe } from '../ports/change-kind.ts';
import type { CommandAnswer, SendError } from '../ports/door.ts';
import { allowed } from './allowed.ts';
import { BODIES, bodyOf } from './bodies.ts';
import { GO } from './kube-target.ts';
import { commandLine, quoted } from './quote.ts';

const body = BODIES['shell/command'];

export interface CommandSpec {
  readonly argv: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly because?: string;
}

/** Always `opaque`: nobody can know what it does. */
export function runCommand({ because, ...spec }: CommandSpec): Change {
  return allowed({
    kind: 'shell/command',
    object: { endpoint: 'host', kind: 'Command', name: spec.argv[0] ?? '' },
    before: null,
    after: { argv: spec.argv, ...(spec.cwd !== undefined && { cwd: spec.cwd }), ...(spec.env && { env: spec.env }) },
    risk: 'opaque',
    body: { ...spec },
    ...(because !== undefined && { because }),
  });
}

export const shellCommand: ChangeKind = {
  kind: 'shell/command',
  summary: 'Run a program on this host, once, without a shell',
  body,
  repeat: 'once',
  describe: (change) => `run ${commandLine(bodyOf('shell/command', change).argv)}`,
  command(change) {
    const { argv, cwd, env } = bodyOf('shell/command', change);
    const set = Object.entries(env ?? {}).map(([name, value]) => `${name}=${quoted(value)} `);
    return `${cwd === undefined ? '' : `cd ${quoted(cwd)} && `}${set.join('')}${commandLine(argv)}`;
  },
  permission: () => [],
  guard: () => Promise.resolve(GO),
  async perform(change, outlet): Promise<Json> {
    const { argv, cwd, env, timeoutMs } = bodyOf('shell/command', change);
    const answer = await outlet.command({ argv, timeoutMs, ...(cwd !== undefined && { cwd }), ...(env && { env }) });
    if (answer.exitCode === 0 && !answer.timedOut) return { exitCode: 0, stdout: answer.stdout, stderr: answer.stderr };
    throw failed(change, answer);
  },
  probe: (): Promise<Probe> => Promise.resolve('cannot-tell'),
};

/** One that could not be started did nothing. One that failed or was killed may have done half: a person looks. */
function failed({ object }: Change, answer: CommandAnswer): SendError {
  const started = answer.exitCode !== undefined || answer.signal !== undefined;
  const how = answer.timedOut
    ? 'did not end in time and was killed'
    : started
      ? `ended with ${answer.signal ?? `exit code ${answer.exitCode}`}`
      : 'could not be started';
  const last = answer.stderr.trim().split('\n').at(-1) ?? '';
  const reason = `${object.name} ${how}${last === '' ? '' : `: ${last}`}`;
  const error = new DrctlError('CommandFailed', 'target', reason, {
    nextSteps: ['look at what it did before you say how to go on'],
  });
  return Object.assign(error, {
    sendFailure: started ? ('unknown' as const) : ('not-performed' as const),
    reason,
    trouble: 'invalid' as const,
  });
}
