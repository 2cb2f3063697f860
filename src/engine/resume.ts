import { digestOf, digestOfText, type Digest } from '../model/digest.ts';
import { DrctlError } from '../model/errors.ts';
import { changesOf } from '../model/plan.ts';
import { foldRun, hasEnded, type RunState } from '../journal/fold.ts';
import { questionOf } from './asking.ts';
import { currentEnvironment, type Drive } from './context.ts';
import { reestablish } from './converge.ts';
import { driveLanes, driveOf, endRun, type DriveRequest } from './drive.ts';
import { instancesOf, type Instance } from './environment.ts';
import { endingOfError, type RunResult } from './outcome.ts';
import { actionOf, plannedStepOf } from './look.ts';
import { assemble, lookUnlessSettled, planOf } from './plan.ts';
import { driverWordOf, planQuestion } from './run.ts';

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
  const drive = driveOf(request, journal);
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
  try {
    await drive.identity.verify();
    await drive.approvals.load(approvedPlans(drive.recorder.state));
    if (!(await sameDefinition(drive, request)) || !(await approvedAtAll(drive, request)))
      return await stopHere(drive, request);
    await holdsFirst(drive);
    await findRegressed(drive);
  } catch (error) {
    return endRun(drive, endingOfError(error), request.store);
  }
  return driveLanes(drive, request);
}

function refuseEnded(run: string, state: RunState): void {
  if (!state.opened)
    throw new DrctlError('RunUnknown', 'user', `run ${run} was never opened`, { nextSteps: ['drctl runs'] });
  if (['running', 'paused'].includes(state.outcome)) return;
  throw new DrctlError('RunEnded', 'user', `run ${run} has ended: ${state.outcome}`, {
    nextSteps: [`drctl report ${run}`, 'start a new run: finished steps are found satisfied'],
  });
}

function approvedPlans(state: RunState): Digest[] {
  return state.answers
    .filter((one) => one.plan !== undefined && ['yes', 'establish'].includes(one.answer.value))
    .flatMap((one) => (one.plan ? [one.plan] : []));
}

async function stopHere(drive: Drive, request: ResumeRequest): Promise<RunResult> {
  const because = drive.drain.reason?.because ?? 'not approved';
  const declined = drive.drain.reason?.is === 'declined';
  return endRun(
    drive,
    {
      outcome: declined ? 'declined' : 'paused',
      exit: declined ? 'declined' : 'paused',
      because,
      event: { type: 'run.paused', because, waitingFor: drive.drain.waitingFor },
    },
    request.store,
  );
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

/** A run that was killed before anybody said yes is asked again, about the plan as it is now. */
async function approvedAtAll(drive: Drive, request: ResumeRequest): Promise<boolean> {
  const { state } = drive.recorder;
  const began = Object.keys(state.steps).length > 0;
  if (began || approvedPlans(state).length > 0) return true;
  const planRequest = {
    runbook: request.runbook,
    parameters: request.parameters,
    target: request.target,
    drctl: request.drctl,
    onceDone: new Set<string>(),
  };
  const { phases } = await assemble(planRequest, drive.lookout);
  const plan = planOf(planRequest, phases, [], request.impactAt);
  if (plan.summary.changes + plan.summary.unknown + plan.summary.blocked === 0) return true;
  const blob = await drive.approvals.put(phases);
  const answer = await drive.asker.ask(planQuestion(plan, drive), { digest: blob });
  if (answer?.value !== 'yes') {
    if (answer) drive.drain.start({ is: 'declined', because: 'the plan was declined; nothing was done' });
    return false;
  }
  drive.approvals.accept(phases);
  return true;
}

/** Holds that were established come first: nothing is written under a freeze that has thawed meanwhile. */
async function holdsFirst(drive: Drive): Promise<void> {
  const { state } = drive.recorder;
  const began = new Set(Object.keys(state.steps).map((id) => id.replace(/\[.*$/, '')));
  for (const instance of endedInstances(drive))
    if (instance.step.until !== undefined && !began.has(instance.step.until)) drive.holds.begin(instance);
  if (drive.holds.any) await drive.holds.keep(drive, undefined, (held) => reestablish(held, drive));
}

/** Steps that ended are looked at again: the journal says what happened, the world says what is so. */
async function findRegressed(drive: Drive): Promise<void> {
  const env = currentEnvironment(drive);
  const held = drive.holds;
  for (const instance of endedInstances(drive)) {
    if (drive.drain.active) return;
    const state = drive.recorder.state.steps[instance.id];
    if (state?.end !== 'done' && state?.end !== 'satisfied') continue;
    if (!state.when || (held.any && instance.step.until !== undefined)) continue;
    if (instance.step.until !== undefined || actionOf(drive.lookout.catalogue, instance.step.uses).kind === 'once')
      continue;
    const planned = plannedStepOf(
      await lookUnlessSettled({ ...instance, step: withoutWhen(instance) }, env, drive.lookout, new Set()),
      drive.lookout,
    );
    if (changesOf(planned).length === 0) continue;
    const because = `${changesOf(planned).length} Changes again: ${planned.because}`;
    await drive.recorder.record({ type: 'step.regressed', step: instance.id, because });
    drive.host.tell({ code: 'step.regressed', level: 'warning', step: instance.id, data: { because } });
  }
}

/** `when` was fixed when the step started. */
function withoutWhen(instance: Instance): Instance['step'] {
  const { when: _, ...step } = instance.step;
  return step;
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
