import type { Change } from '../model/change.ts';
import { DrctlError } from '../model/errors.ts';
import type { ChangeKind, Probe } from '../ports/change-kind.ts';
import { allowed } from './allowed.ts';
import { BODIES, bodyOf } from './bodies.ts';
import { GO } from './kube-target.ts';

const body = BODIES['human/task'];

export interface TaskSpec {
  /** What it is known by in the run. */
  readonly name: string;
  readonly instruction: string;
  readonly because?: string;
}

export function askPerson({ name, instruction, because }: TaskSpec): Change {
  return allowed({
    kind: 'human/task',
    object: { endpoint: 'person', kind: 'Task', name },
    before: null,
    after: { instruction },
    risk: 'safe',
    body: { instruction },
    ...(because !== undefined && { because }),
  });
}

/** A person performs it: the engine asks, and their answer is the result. Nothing here is ever sent. */
export const humanTask: ChangeKind = {
  kind: 'human/task',
  summary: 'Something that a person does',
  body,
  repeat: 'once',
  describe: (change) => bodyOf('human/task', change).instruction,
  command: (change) =>
    bodyOf('human/task', change)
      .instruction.split('\n')
      .map((line) => `# ${line}`)
      .join('\n'),
  permission: () => [],
  guard: () => Promise.resolve(GO),
  perform: ({ object }) =>
    Promise.reject(
      new DrctlError('NotPerformedHere', 'tool', `task ${object.name} is asked of a person, not sent through the door`),
    ),
  probe: (): Promise<Probe> => Promise.resolve('cannot-tell'),
};
