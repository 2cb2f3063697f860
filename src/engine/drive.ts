import type { Change } from '../model/change.ts';
import type { Action } from '../model/action.ts';
import type { JsonObject } from '../model/json.ts';
import type { Runbook } from '../model/runbook.ts';
import type { Target } from '../model/target.ts';
import type { ChangeKind } from '../ports/change-kind.ts';
import type { Clock } from '../ports/clock.ts';
import type { Door } from '../ports/door.ts';
import type { Host } from '../ports/host.ts';
import type { ReadWorld } from '../ports/read-world.ts';
import { spentChanges } from '../journal/fold.ts';
import type { Driver, Journal, RunStore } from '../ports/run-store.ts';
import { Approvals } from './approvals.ts';
import { Asker, type Standing } from './asking.ts';
import { startBackground } from './background.ts';
import { BudgetGuard } from './budget.ts';
import { alongsideOf, ClusterLease } from './cluster-lease.ts';
import type { Checker, Drive } from './context.ts';
import type { Drain } from './drain.ts';
import { DueTasks } from './due.ts';
import type { Expressions } from './environment.ts';
import { Holds } from './holds.ts';
import { IdentityGuard } from './identity.ts';
import { runLanes } from './lanes.ts';
import type { Lookout } from './look.ts';
import { overridesIn, type GivenOverrides } from './overriding.ts';
import { endingOf, endingOfError, type Ending, type RunResult } from './outcome.ts';
import { verbsOfKinds } from './preflight.ts';
import { Recorder } from './recorder.ts';

/** Everything that one drive of a run is given from outside. */
export interface DriveRequest {
  readonly runbook: Runbook;
  readonly parameters: JsonObject;
  readonly target: Target;
  readonly impactAt?: string;
  readonly drctl: string;
  readonly store: RunStore;
  readonly driver: Driver;
  /** Who sits here, as answers name them. */
  readonly operator: string;
  /** Whether a person can be asked. */
  readonly interactive: boolean;
  readonly host: Host;
  readonly world: ReadWorld;
  readonly door: Door;
  readonly clock: Clock;
  readonly drain: Drain;
  readonly catalogue: ReadonlyMap<string, Action<ReadWorld>>;
  readonly kinds: ReadonlyMap<string, ChangeKind>;
  readonly expressions: Expressions;
  readonly checker: Checker;
  readonly assertAllowed: (change: Change) => void;
  readonly standing: Standing;
  readonly baseDir: string;
  readonly skip: Readonly<Record<string, string>>;
  readonly given?: GivenOverrides;
  /** Stop after this phase. */
  readonly untilPhase?: string;
}

export function driveOf(request: DriveRequest, journal: Journal): Drive {
  const { world, door, host, clock, drain, kinds, target } = request;
  const recorder = new Recorder(journal);
  const holds = new Holds();
  const identity = new IdentityGuard(target, world, clock);
  return {
    runbook: request.runbook,
    parameters: request.parameters,
    target,
    ...(request.impactAt !== undefined && { impactAt: request.impactAt }),
    interactive: request.interactive,
    lookout: { ...lookoutOf(request), overridesOf: (step) => overridesIn(recorder.state, step) },
    expressions: request.expressions,
    executor: {
      recorder,
      kinds,
      world,
      door,
      host,
      clock,
      assertAllowed: request.assertAllowed,
      stopNow: drain.nowSignal,
      draining: drain.signal,
      identity,
      budget: new BudgetGuard(request.runbook.budget, () => spentChanges(recorder.state)),
      calm: (step) => holds.calm(step),
    },
    recorder,
    asker: new Asker({ recorder, host, clock, drain, operator: request.operator, standing: request.standing }),
    approvals: new Approvals(request.store.blobs),
    drain,
    holds,
    due: new DueTasks(),
    identity,
    lease: new ClusterLease({
      run: recorder.run,
      epoch: recorder.epoch,
      driver: request.driver,
      store: request.store,
      world,
      door,
      clock,
      host,
      identity,
      check: () => recorder.check(),
      stopNow: drain.nowSignal,
      alongside: () => alongsideOf(recorder.state),
    }),
    checker: request.checker,
    verbsOf: verbsOfKinds(kinds),
    host,
    clock,
    skip: request.skip,
    ...(request.given && { given: request.given }),
  };
}

export function lookoutOf(
  request: Pick<DriveRequest, 'catalogue' | 'expressions' | 'world' | 'target' | 'impactAt' | 'baseDir'>,
): Lookout {
  return {
    catalogue: request.catalogue,
    expressions: request.expressions,
    world: request.world,
    target: request.target.name,
    baseDir: request.baseDir,
    ...(request.impactAt !== undefined && { impactAt: request.impactAt }),
  };
}

/**
 * Asks what must be asked first, then runs the lanes to wherever they get, and writes how it ended. The key is given back
 * in every case but a fence. All the while the key is renewed, and other terminals are heard.
 */
export async function conduct(
  drive: Drive,
  request: DriveRequest,
  prepare: () => Promise<Ending | undefined>,
): Promise<RunResult> {
  const background = startBackground(drive, request.store);
  let ending: Ending;
  try {
    ending = (await prepare()) ?? (await driveLanes(drive, request));
  } catch (error) {
    ending = endingOfError(error);
    // Whoever still asks beside the lanes (a broken hold) comes home as well.
    drive.drain.start({ is: 'failed', because: ending.because });
    if (ending.exit === 'failed')
      drive.host.tell({ code: 'trouble', level: 'error', data: { because: ending.because } });
  } finally {
    await background.stop();
  }
  return endRun(drive, ending, request.store);
}

async function driveLanes(drive: Drive, request: DriveRequest): Promise<Ending> {
  const phases = phasesUntil(drive.runbook, request.untilPhase);
  const ended = await runLanes(phases, drive);
  const all = ended && phases.length === drive.runbook.phases.length;
  if (ended && !all)
    drive.drain.start({ is: 'until', because: `phase ${request.untilPhase ?? ''} has ended, as asked` });
  return endingNow(drive, all);
}

/** How it stands, now that nothing more will begin. */
export function endingNow(drive: Drive, allEnded: boolean): Ending {
  return endingOf(drive.recorder.state, allEnded, drive.drain.reason, drive.drain.waitingFor);
}

/** Writes how it ended and gives the key back; an ended run also frees its cluster for the next. */
async function endRun(drive: Drive, ending: Ending, store: RunStore): Promise<RunResult> {
  const { recorder, host, target } = drive;
  if (ending.event) {
    // First the Lease: a run that was killed between the two is unfinished, and takes it again when it is resumed.
    if (ending.event.type === 'run.ended') await drive.lease.release();
    // When even this cannot be written, what went wrong first is what the person needs to hear.
    const written = await recorder.record(ending.event).then(
      () => true,
      () => false,
    );
    const uid = recorder.state.opened?.target.identity.cluster.kubeSystemUid ?? target.pinned?.cluster.kubeSystemUid;
    if (written && ending.event.type === 'run.ended' && uid !== undefined)
      await store.releaseCluster(uid, recorder.run);
    await recorder.release().catch(() => undefined);
  }
  const code = ending.event?.type === 'run.ended' ? 'run.ended' : 'run.paused';
  host.tell({
    code,
    level: ending.exit === 'done' ? 'info' : 'warning',
    data: { outcome: ending.outcome, because: ending.because },
  });
  return {
    run: recorder.run,
    outcome: ending.outcome,
    exit: ending.exit,
    because: ending.because,
    waitingFor: drive.drain.waitingFor,
    state: recorder.state,
  };
}

/** The named phase and all it needs. */
function phasesUntil(runbook: Runbook, until: string | undefined): Runbook['phases'] {
  if (until === undefined) return runbook.phases;
  const wanted = new Set<string>();
  const add = (id: string): void => {
    if (wanted.has(id)) return;
    wanted.add(id);
    runbook.phases.find((phase) => phase.id === id)?.needs.forEach(add);
  };
  add(until);
  return runbook.phases.filter((phase) => wanted.has(phase.id));
}
