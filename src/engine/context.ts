import type { Change } from '../model/change.ts';
import type { JsonObject } from '../model/json.ts';
import type { CheckSpec, Runbook } from '../model/runbook.ts';
import type { Target } from '../model/target.ts';
import { hasEnded } from '../journal/fold.ts';
import type { Clock } from '../ports/clock.ts';
import type { CommandAnswer } from '../ports/door.ts';
import type { Host } from '../ports/host.ts';
import type { Approvals } from './approvals.ts';
import type { Asker } from './asking.ts';
import type { ClusterLease } from './cluster-lease.ts';
import type { VerbsOf } from './cover.ts';
import type { Drain } from './drain.ts';
import type { DueTasks } from './due.ts';
import { environmentOf, type Environment, type Expressions } from './environment.ts';
import type { Executor } from './execute.ts';
import type { Holds } from './holds.ts';
import type { IdentityGuard } from './identity.ts';
import type { Lookout } from './look.ts';
import type { GivenOverrides } from './overriding.ts';
import type { Recorder } from './recorder.ts';

/** Judges one check once. `items` are the keys that `over: items` restricts it to. */
export type Checker = (
  spec: CheckSpec,
  env: Environment,
  over: { readonly items?: readonly string[]; readonly objects?: readonly Change['object'][] },
  command: (argv: readonly string[]) => Promise<CommandAnswer>,
) => Promise<Checked>;

export interface Checked {
  readonly state: 'passed' | 'not-yet' | 'failed';
  readonly because: string;
  readonly progress?: { readonly value: number; readonly total?: number };
}

/** The parts of one drive of one run. Nothing here is reassigned; what changes is the journal behind `recorder`. */
export interface Drive {
  readonly runbook: Runbook;
  readonly parameters: JsonObject;
  readonly target: Target;
  readonly impactAt?: string;
  readonly interactive: boolean;
  readonly lookout: Lookout;
  readonly expressions: Expressions;
  readonly executor: Executor;
  readonly recorder: Recorder;
  readonly asker: Asker;
  readonly approvals: Approvals;
  readonly drain: Drain;
  readonly holds: Holds;
  readonly due: DueTasks;
  readonly identity: IdentityGuard;
  readonly lease: ClusterLease;
  readonly checker: Checker;
  readonly verbsOf: VerbsOf;
  readonly host: Host;
  readonly clock: Clock;
  /** Steps that a person left out on the command line, with the reason. */
  readonly skip: Readonly<Record<string, string>>;
  readonly given?: GivenOverrides;
}

/** Where nothing says how long, a wait that nobody answers for ends after this (DESIGN section 4, "Trouble"). */
export const DEFAULT_TIMEOUT = 90_000;

/** How often the world is asked again while waiting: quick at first, then calm. */
export function pauseAfter(attempt: number): number {
  return Math.min(2_000, 50 * 1.6 ** Math.min(attempt, 12));
}

/** What expressions may name now: outputs and answers of the steps that have ended. */
export function currentEnvironment(drive: Pick<Drive, 'parameters' | 'target' | 'impactAt' | 'recorder'>): Environment {
  const { state } = drive.recorder;
  const steps: Record<string, { outputs?: Environment['steps'][string]['outputs']; answer?: string }> = {};
  for (const [id, step] of Object.entries(state.steps))
    if (hasEnded(step)) steps[id] = { outputs: step.output ?? null };
  for (const answered of state.answers)
    if (answered.kind === 'choice' && answered.step !== undefined)
      steps[answered.step] = { ...steps[answered.step], answer: answered.answer.value };
  return { ...environmentOf(drive.parameters, drive.target, drive.impactAt), steps: steps as Environment['steps'] };
}

/** A deadline that does not run while people are asked. */
export class Stopwatch {
  readonly #clock: Clock;
  readonly #asker: Pick<Asker, 'askedFor'>;
  #began: number;
  #asked: number;

  constructor(clock: Clock, asker: Pick<Asker, 'askedFor'>) {
    this.#clock = clock;
    this.#asker = asker;
    this.#began = clock.monotonic();
    this.#asked = asker.askedFor;
  }

  /** Milliseconds of machine time since the start. */
  get elapsed(): number {
    return this.#clock.monotonic() - this.#began - (this.#asker.askedFor - this.#asked);
  }

  restart(): void {
    this.#began = this.#clock.monotonic();
    this.#asked = this.#asker.askedFor;
  }
}
