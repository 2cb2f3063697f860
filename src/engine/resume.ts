import { counted } from '../model/counted.ts';
import { digestOf, digestOfText, type Digest } from '../model/digest.ts';
import { DrctlError } from '../model/errors.ts';
import { isJsonObject } from '../model/json.ts';
import { changesOf } from '../model/plan.ts';
import type { Identity } from '../model/target.ts';
import { foldRun, hasEnded, lostChanges, type RunState } from '../journal/fold.ts';
import { questionOf } from './asking.ts';
import { currentEnvironment, type Drive } from './context.ts';
import { conduct, driveOf, endingNow, type DriveRequest } from './drive.ts';
import { instancesOf, type Instance } from './environment.ts';
import type { Ending, RunResult } from './outcome.ts';
import { actionOf, lookAt, plannedStepOf } from './look.ts';
import { reestablish } from './reestablish.ts';
import { approvePlan, driverWordOf, endingUnapproved, knownServers, planFor } from './run.ts';
import { stands } from './standing.ts';

export interface ResumeRequest extends DriveRequest {
  readonly run: string;
  readonly takeOver: boolean;
  readonly because?: string;
  readonly manifests: Readonly<Record<string, string>>;
  /** How the runbook as it is now differs from the pinned one, by step id. */
  readonly differences: readonly string[];
}

/** Goes on from what the journal says happened and what the world says is so. */
export async function resumeRun(request: ResumeRequest): Promise<RunResult> {
  const before = foldRun((await request.store.read(request.run)).lines);
  refuseEnded(request.run, before);
  const journal = await request.store.take(request.run, request.driver, { takeOver: request.takeOver });
  const drive = driveOf({ ...request, skip: { ...skippedBefore(before), ...request.skip } }, journal);
  await drive.recorder.record({
    type: 'run.taken',
    driver: driverWordOf(request.driver),
    from: journal.lines().at(-1)?.seq ?? 0,
    takeOver: request.takeOver,
    ...(request.because !== undefined && { because: request.because }),
  });
  request.host.tell({
    code: 'run.resumed',
    level: 'info',
    data: { run: request.run, runbook: request.runbook.name, target: request.target.name },
  });
  return conduct(drive, request, () => prepare(drive, request));
}

/** Everything that comes before the first step: who answers there, what still stands, what holds, what has regressed. */
async function prepare(drive: Drive, request: ResumeRequest): Promise<Ending | undefined> {
  await outwaitOldDriver(drive, request.takeOver);
  const identity = await drive.identity.verify();
  await drive.lease.validateFree();
  await drive.approvals.load(approvedPlans(drive.recorder.state, request));
  if (!(await knownServers(identity, drive)) || !(await sameDefinition(drive, request))) return endingNow(drive, false);
  if (!(await approvedAtAll(identity, drive, request)))
    return begunAtAll(drive.recorder.state) ? endingNow(drive, false) : endingUnapproved(drive);
  if (begunAtAll(drive.recorder.state)) await drive.lease.hold();
  await holdsFirst(drive);
  await findRegressed(drive);
  return undefined;
}

/** The door sends within ten seconds of `changes.began`, and gives a request up after thirty (DESIGN section 4). */
const OLD_DRIVER_MAY_SEND = 40_000;

/** After a takeover the old process may still have a request on its way: it is waited out before anything is probed. */
export async function outwaitOldDriver(drive: Drive, takeOver: boolean): Promise<void> {
  const { state } = drive.recorder;
  if (!takeOver || !Object.values(state.steps).some((step) => lostChanges(step).length > 0)) return;
  drive.host.tell({
    code: 'warning',
    level: 'warning',
    data: { because: `waiting ${OLD_DRIVER_MAY_SEND / 1_000}s for what the old process may still have under way` },
  });
  await drive.clock.sleep(OLD_DRIVER_MAY_SEND, drive.drain.signal);
}

/** What was left out when the run began stays out: nobody has said otherwise since. */
function skippedBefore({ opened }: RunState): Record<string, string> {
  const skip = isJsonObject(opened?.options) ? opened.options['skip'] : undefined;
  if (!isJsonObject(skip)) return {};
  return Object.fromEntries(Object.entries(skip).filter((one): one is [string, string] => typeof one[1] === 'string'));
}

function refuseEnded(run: string, state: RunState): void {
  if (!state.opened)
    throw new DrctlError('RunUnknown', 'user', `run ${run} was never opened`, { nextSteps: ['drctl runs'] });
  if (['running', 'paused'].includes(state.outcome)) return;
  throw new DrctlError('RunEnded', 'user', `run ${run} has ended: ${state.outcome}`, {
    nextSteps: [
      ...(state.undoing === undefined ? [] : [`drctl undo ${run} ${state.undoing} goes on with what was being undone`]),
      `drctl report ${run}`,
      'start a new run: finished steps are found satisfied',
    ],
  });
}

/** Those that still stand: a step has begun to act on them, or they are fresh and of the one who sits here. */
function approvedPlans(state: RunState, request: ResumeRequest): { plan: Digest; seq: number }[] {
  return state.answers
    .filter((one) => ['yes', 'establish'].includes(one.answer.value) && stands(one, state, request))
    .flatMap((one) => (one.plan ? [{ plan: one.plan, seq: one.seq }] : []));
}

/** Promise 9: what differs is shown by step id and needs an explicit yes with a reason. */
async function sameDefinition(drive: Drive, request: ResumeRequest): Promise<boolean> {
  const { opened } = drive.recorder.state;
  const differences = [...request.differences];
  if (opened && opened.parameters.digest !== digestOf(request.parameters)) differences.push('parameters: changed');
  if (opened && opened.drctl !== request.drctl) differences.push(`drctl: was ${opened.drctl}, is ${request.drctl}`);
  for (const [path, digest] of Object.entries(opened?.manifests ?? {}))
    if (request.manifests[path] === undefined) differences.push(`manifest ${path}: removed`);
    else if (digestOfText(request.manifests[path]) !== digest) differences.push(`manifest ${path}: changed`);
  for (const path of Object.keys(request.manifests))
    if (opened?.manifests[path] === undefined) differences.push(`manifest ${path}: added`);
  if (differences.length === 0) return true;
  const answer = await drive.asker.ask(
    questionOf({
      kind: 'definition',
      about: {
        differences,
        now: request.runbook.digest,
        manifests: Object.entries(request.manifests).map(([path, text]) => [path, digestOfText(text)]),
      },
      text: `What this run was started with has changed since:\n${differences.map((one) => `  ${one}`).join('\n')}\nGo on with what is here now?`,
      choices: [
        { value: 'accept-definition', label: 'go on with it as it is now', reason: true },
        { value: 'no', label: 'stop here' },
      ],
    }),
  );
  if (!answer) return false;
  if (answer.value === 'accept-definition') return true;
  drive.drain.start({ is: 'declined', because: 'the changed definition was declined; nothing was done' });
  return false;
}

/** Where no step has begun to act, the yes to the whole plan is one about a plan that may have moved: as it is now. */
async function approvedAtAll(identity: Identity, drive: Drive, request: ResumeRequest): Promise<boolean> {
  if (begunAtAll(drive.recorder.state)) return true;
  return approvePlan(await planFor(request, identity, onceDoneIn(drive.recorder.state)), drive);
}

function begunAtAll(state: RunState): boolean {
  return Object.values(state.steps).some((step) => step.changes.length > 0);
}

function onceDoneIn(state: RunState): ReadonlySet<string> {
  return new Set(Object.values(state.steps).flatMap((step) => (hasEnded(step) ? [step.id] : [])));
}

/** Holds that were established come first: nothing is written under a freeze that has thawed meanwhile. */
async function holdsFirst(drive: Drive): Promise<void> {
  const { state } = drive.recorder;
  const began = new Set(Object.keys(state.steps).map((id) => id.replace(/\[.*$/, '')));
  for (const answered of state.answers)
    if (answered.kind === 'hold' && answered.answer.value === 'go-on') drive.holds.giveUp(answered.step ?? '');
  for (const instance of endedInstances(drive)) {
    const end = state.steps[instance.id]?.end;
    // What was left out or accepted as it was is not held.
    if (instance.step.until === undefined || began.has(instance.step.until)) continue;
    if (end === 'done' || end === 'satisfied') drive.holds.begin(instance);
  }
  if (drive.holds.any) await drive.holds.keep(drive, undefined, (held) => reestablish(held, drive));
}

/** Steps that ended are looked at again: the journal says what happened, the world says what is so. */
async function findRegressed(drive: Drive): Promise<void> {
  const env = currentEnvironment(drive);
  for (const instance of endedInstances(drive)) {
    if (drive.drain.active) return;
    const state = drive.recorder.state.steps[instance.id];
    if ((state?.end !== 'done' && state?.end !== 'satisfied') || !state.when) continue;
    const { step } = instance;
    if (step.until !== undefined || actionOf(drive.lookout.catalogue, step.uses).kind === 'once') continue;
    const planned = plannedStepOf(await lookAt(instance, env, drive.lookout), drive.lookout);
    if (changesOf(planned).length === 0) continue;
    const because = `${counted(changesOf(planned).length, 'Change')} again: ${planned.because}`;
    await drive.recorder.record({ type: 'step.regressed', step: instance.id, because });
    drive.host.tell({ code: 'step.regressed', level: 'warning', step: instance.id, data: { because } });
  }
}

function endedInstances(drive: Drive): Instance[] {
  const { state } = drive.recorder;
  const env = currentEnvironment(drive);
  return drive.runbook.phases
    .flatMap((phase) => [...phase.steps])
    .flatMap((step) => {
      const instances = instancesOf(step, env, drive.expressions, state.steps[step.id]?.keys);
      return 'waitsFor' in instances ? [] : [...instances];
    })
    .filter((instance) => hasEnded(state.steps[instance.id]));
}
