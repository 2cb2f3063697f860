import { evaluateCheck } from '../../../src/checks/index.ts';
import { expressionsOf } from '../../../src/engine/cel.ts';
import { Drain } from '../../../src/engine/drain.ts';
import type { DriveRequest } from '../../../src/engine/drive.ts';
import type { RunResult } from '../../../src/engine/outcome.ts';
import { resumeRun, type ResumeRequest } from '../../../src/engine/resume.ts';
import { openRun, planFor, type OpenRequest } from '../../../src/engine/run.ts';
import { foldRun, type RunState } from '../../../src/journal/fold.ts';
import { digestOf } from '../../../src/model/digest.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import type { JournalEvent } from '../../../src/model/journal.ts';
import type { Plan } from '../../../src/model/plan.ts';
import type { CheckSpec, Phase, Runbook, Step } from '../../../src/model/runbook.ts';
import type { Target } from '../../../src/model/target.ts';
import type { Driver, RunStore } from '../../../src/ports/run-store.ts';
import { ManualClock } from './clock.ts';
import { answers, ScriptedHost, type Script } from './host.ts';
import { MemoryPlace } from './memory-store.ts';
import { TOY_ACTIONS } from './toy-actions.ts';
import { TOY_KINDS } from './toy-kinds.ts';
import { IDENTITY, ToyWorld } from './toy-world.ts';

export type StepLike = Partial<Omit<Step, 'id' | 'with'>> & { readonly with?: JsonObject };
export type PhaseLike = Readonly<Record<string, StepLike>>;

/** Phases by id, each of steps by id; `needs` by phase id where the order as written is not meant. */
export function runbookOf(
  phases: Readonly<Record<string, PhaseLike>>,
  more: { readonly needs?: Readonly<Record<string, readonly string[]>>; readonly budget?: Runbook['budget'] } = {},
): Runbook {
  const ids = Object.keys(phases);
  const built = ids.map((id, index): Phase => {
    const above = ids[index - 1];
    return {
      id,
      title: id,
      needs: more.needs?.[id] ?? (above === undefined ? [] : [above]),
      steps: Object.entries(phases[id] ?? {}).map(([step, like]) => stepOf(step, id, like)),
    };
  });
  return {
    name: 'toy',
    title: 'A toy',
    owners: [],
    useWhen: '',
    objectives: {},
    testedOn: {},
    budget: more.budget ?? {},
    parameters: {},
    phases: built,
    file: 'toy.yaml',
    digest: digestOf(built),
    stepDigests: Object.fromEntries(built.flatMap((phase) => phase.steps.map((one) => [one.id, digestOf(one)]))),
  };
}

function stepOf(id: string, phase: string, like: StepLike): Step {
  return {
    id,
    phase,
    title: id,
    uses: 'toy/set',
    with: { boxes: { [id]: 'on' } },
    at: 'cluster',
    retry: { attempts: 3, delay: 100 },
    verify: [],
    onFailure: 'ask',
    ...like,
  };
}

/** That every box (or every box of the items) shows this. */
export function boxCheck(expect: string, more: Partial<CheckSpec> = {}): CheckSpec {
  return { check: { kind: 'object', apiVersion: 'toy/v1', objectKind: 'Box' }, expect, within: 5_000, ...more };
}

export interface DriveOptions {
  readonly script?: Script;
  readonly interactive?: boolean;
  readonly operator?: string;
  readonly account?: string;
  readonly skip?: Readonly<Record<string, string>>;
  readonly override?: readonly string[];
  readonly until?: string;
  readonly reviewed?: Plan;
  readonly alongside?: OpenRequest['alongside'];
  readonly run?: string;
  readonly takeOver?: boolean;
  readonly because?: string;
  readonly differences?: readonly string[];
  readonly runbook?: Runbook;
  readonly standing?: DriveRequest['standing'];
  /** Between the engine and its store and door: where a crash harness stands. */
  readonly wrap?: (
    parts: Pick<DriveRequest, 'store' | 'door' | 'world'>,
  ) => Pick<DriveRequest, 'store' | 'door' | 'world'>;
}

const TARGET: Target = {
  name: 'toy',
  class: 'sandbox',
  cluster: { kubeconfig: '', context: '' },
  login: 'toy login',
  pinned: { ...IDENTITY, servers: ['https://toy'], pinnedAt: '' },
};

/** A runbook on a toy world: runs and resumes it as processes that come and go. */
export class Bench {
  readonly runbook: Runbook;
  readonly clock: ManualClock;
  readonly world: ToyWorld;
  readonly place: MemoryPlace;
  readonly gone: Set<number>;
  target: Target = TARGET;
  host = new ScriptedHost(answers());
  drain = new Drain();
  #pid = 100;

  constructor(runbook: Runbook, from?: { readonly world: ToyWorld; readonly place: MemoryPlace }) {
    this.runbook = runbook;
    this.clock = new ManualClock(from ? from.world.clock.now() : undefined);
    this.world = from ? from.world.copy(this.clock) : new ToyWorld(this.clock);
    this.gone = new Set();
    const isGone = (driver: Driver): boolean => this.gone.has(driver.pid);
    this.place = from ? Object.assign(from.place.copy(), { isGone }) : new MemoryPlace(isGone);
  }

  run(options: DriveOptions = {}): Promise<RunResult> {
    return openRun({
      ...this.request(options),
      run: options.run ?? 'run-1',
      runbookText: 'text',
      manifests: {},
      ...(options.reviewed && { reviewed: options.reviewed }),
      ...(options.alongside && { alongside: options.alongside }),
    });
  }

  resume(options: DriveOptions & Partial<Pick<ResumeRequest, 'manifests'>> = {}): Promise<RunResult> {
    return resumeRun({
      ...this.request(options),
      run: options.run ?? 'run-1',
      takeOver: options.takeOver ?? false,
      manifests: options.manifests ?? {},
      differences: options.differences ?? [],
      ...(options.because !== undefined && { because: options.because }),
    });
  }

  plan(): Promise<Plan> {
    return planFor(this.request({}), IDENTITY, new Set());
  }

  /** The process that drives now is gone, without a word. */
  kill(): void {
    this.gone.add(this.#pid);
  }

  store(): RunStore {
    return this.place.open(() => this.clock.now());
  }

  events(run = 'run-1'): JournalEvent[] {
    return (this.place.runs.get(run)?.lines ?? []).map((line) => line.event);
  }

  state(run = 'run-1'): RunState {
    return foldRun(this.place.runs.get(run)?.lines ?? []);
  }

  /** What a new process would be given. */
  request(options: DriveOptions): DriveRequest {
    this.#pid += 1;
    this.host = new ScriptedHost(options.script ?? answers(), options.operator ?? 'alice');
    this.drain = new Drain();
    const runbook = options.runbook ?? this.runbook;
    const parts = { store: this.store(), door: this.world.door(), world: this.world.reader() };
    return {
      runbook,
      parameters: {},
      target: this.target,
      drctl: 'test',
      ...(options.wrap?.(parts) ?? parts),
      driver: driverOf(this.#pid, options.account ?? 'alice', this.world.caller.kubernetes),
      operator: options.operator ?? 'alice',
      interactive: options.interactive ?? true,
      host: this.host,
      clock: this.clock,
      drain: this.drain,
      catalogue: TOY_ACTIONS,
      kinds: TOY_KINDS,
      expressions: expressionsOf(runbook),
      checker: (spec, env, over, command) => evaluateCheck({ spec, env, over, world: this.world.reader(), command }),
      assertAllowed: () => undefined,
      standing: options.standing ?? (() => undefined),
      baseDir: '/',
      skip: options.skip ?? {},
      ...(options.override && { given: { guards: new Set(options.override), because: 'I know better' } }),
      ...(options.until !== undefined && { untilPhase: options.until }),
    };
  }
}

function driverOf(pid: number, account: string, kubernetes: string | undefined): Driver {
  return {
    account,
    host: 'here',
    boot: 'boot',
    pid,
    processStart: '1',
    since: '2026-11-21T06:19:00.000Z',
    ...(kubernetes !== undefined && { kubernetes }),
  };
}
