import { counted } from '../model/counted.ts';
import { digestOf, type Digest } from '../model/digest.ts';
import { DrctlError } from '../model/errors.ts';
import type { RunOpened } from '../model/journal.ts';
import type { Json } from '../model/json.ts';
import { changesOf, stepsOf, type Plan, type PlannedStep } from '../model/plan.ts';
import type { Card, Question } from '../model/question.ts';
import type { Identity } from '../model/target.ts';
import type { Driver } from '../ports/run-store.ts';
import { questionOf } from './asking.ts';
import { claimCluster } from './claim.ts';
import type { Drive } from './context.ts';
import type { Drain } from './drain.ts';
import { conduct, driveOf, endingNow, lookoutOf, type DriveRequest } from './drive.ts';
import { environmentOf } from './environment.ts';
import { IdentityGuard, newServers } from './identity.ts';
import { planLease } from './lease.ts';
import type { Ending, RunResult } from './outcome.ts';
import { assemble, planOf, type PlanRequest } from './plan.ts';
import { missingPermissions } from './preflight.ts';
import { differencesOf, validateReviewed } from './reviewed.ts';
import { waysAhead } from './ways.ts';

export interface OpenRequest extends DriveRequest {
  readonly run: string;
  readonly runbookText: string;
  /** Path to text of every file that the run pins. */
  readonly manifests: Readonly<Record<string, string>>;
  /** `--plan FILE`: the subject of the first question. */
  readonly reviewed?: Plan;
  /** `--alongside RUN --because`. */
  readonly alongside?: { readonly run: string; readonly because: string };
  readonly drill?: string;
}

/** Plans, opens the run, asks once about the whole plan, and drives it. */
export async function openRun(request: OpenRequest): Promise<RunResult> {
  const { identity, plan } = await unlessInterrupted(request.drain, async () => {
    const found = await new IdentityGuard(request.target, request.world, request.clock).verify();
    return { identity: found, plan: await planFor(request, found, new Set()) };
  });
  if (plan.missing.length > 0) throw notPermitted(plan);
  if (request.reviewed) validateReviewed(request.reviewed, plan);
  await claimCluster({
    ...request,
    uid: identity.cluster.kubeSystemUid,
    beside: request.alongside?.run,
    writes: !isEmpty(plan),
  });
  let drive: Drive;
  try {
    drive = await open(request, identity);
  } catch (error) {
    await request.store.releaseCluster(identity.cluster.kubeSystemUid, request.run);
    throw error;
  }
  return conduct(drive, request, async () => {
    if (!(await knownServers(identity, drive))) return endingUnapproved(drive);
    return (await approvePlan(plan, drive, request.reviewed)) ? undefined : endingUnapproved(drive);
  });
}

/** Before a run is opened there is nothing to pause: looking stops at once, and nothing is left behind. */
function unlessInterrupted<T>(drain: Drain, look: () => Promise<T>): Promise<T> {
  const interrupted = new Promise<never>((_, reject) => {
    const end = (): void =>
      reject(
        new DrctlError('Interrupted', 'user', 'interrupted before a run was opened: nothing was done', {
          exit: 'interrupted',
        }),
      );
    if (drain.active) end();
    else drain.signal.addEventListener('abort', end, { once: true });
  });
  return Promise.race([look(), interrupted]);
}

/** The plan of a runbook against the world as it is; also what `drctl plan` prints. */
export async function planFor(
  request: Omit<PlanRequest, 'onceDone' | 'identity'> &
    Parameters<typeof lookoutOf>[0] &
    Pick<DriveRequest, 'kinds' | 'store'> & { readonly run?: string },
  identity: Identity | undefined,
  onceDone: ReadonlySet<string>,
): Promise<Plan> {
  const planRequest: PlanRequest = {
    runbook: request.runbook,
    parameters: request.parameters,
    target: request.target,
    drctl: request.drctl,
    onceDone,
    ...(identity && { identity }),
  };
  const out = lookoutOf(request);
  const { phases, looks } = await assemble(planRequest, out);
  const ways = waysAhead(phases, looks, environmentOf(request.parameters, request.target, out.impactAt), out);
  const missing = await missingPermissions(phases, request.kinds, request.world, ways);
  const plan = planOf(planRequest, phases, missing, request.impactAt);
  return isEmpty(plan) ? plan : { ...plan, lease: await planLease(request.world, request.store, request.run) };
}

/** Nothing to do: no Lease is taken for that. */
function isEmpty(plan: Pick<Plan, 'phases'>): boolean {
  return stepsOf(plan).every((step) => step.effect === 'satisfied');
}

function notPermitted(plan: Plan): DrctlError {
  const list = plan.missing.map((one) => `${one.permission} (${one.step}): ${one.reason}`);
  return new DrctlError(
    'NotPermitted',
    'target',
    `the plan needs permissions that you do not have: ${list.join('; ')}`,
    {
      exit: 'refused',
      nextSteps: [
        'ask for exactly these',
        `drctl target rbac --runbook ${plan.runbook.name} prints the least that this runbook needs`,
      ],
    },
  );
}

async function open(request: OpenRequest, identity: Identity): Promise<Drive> {
  const { store } = request;
  const blob = await store.blobs.put(request.runbookText);
  const parameters = await store.blobs.put(JSON.stringify(request.parameters));
  const manifests: Record<string, Digest> = {};
  for (const [path, text] of Object.entries(request.manifests)) manifests[path] = await store.blobs.put(text);
  const journal = await store.create(request.run, request.driver);
  const drive = driveOf(request, journal);
  const opened: RunOpened = {
    type: 'run.opened',
    run: request.run,
    drctl: request.drctl,
    runbook: { name: request.runbook.name, file: request.runbook.file, digest: request.runbook.digest, blob },
    stepDigests: request.runbook.stepDigests,
    parameters: { digest: digestOf(request.parameters), blob: parameters },
    manifests,
    target: { name: request.target.name, class: request.target.class, identity },
    driver: driverWordOf(request.driver),
    options: {
      skip: request.skip,
      baseDir: request.baseDir,
      ...(request.untilPhase !== undefined && { until: request.untilPhase }),
      ...(request.alongside && { alongside: { ...request.alongside } }),
    },
    ...(request.impactAt !== undefined && { impactAt: request.impactAt }),
    ...(request.drill !== undefined && { drill: request.drill }),
  };
  await drive.recorder.record(opened);
  request.host.tell({
    code: 'run.opened',
    level: 'info',
    data: { run: request.run, runbook: request.runbook.name, target: request.target.name, where: store.where },
  });
  return drive;
}

export function driverWordOf(driver: Driver): RunOpened['driver'] {
  return {
    account: driver.account,
    host: driver.host,
    pid: driver.pid,
    ...(driver.kubernetes !== undefined && { kubernetes: driver.kubernetes }),
    ...(driver.aws !== undefined && { aws: driver.aws }),
  };
}

/** A server URL that was not pinned is asked about: by whoever runs, and by whoever resumes from elsewhere. */
export async function knownServers(identity: Identity, drive: Drive): Promise<boolean> {
  const servers = newServers(drive.target, identity);
  return servers.length === 0 || yes(drive, newServerQuestion(servers, drive), undefined, 'nothing was done');
}

/** One question about the whole plan. Nothing to do is no question, unless a command would run to check that. */
export async function approvePlan(plan: Plan, drive: Drive, reviewed?: Plan): Promise<boolean> {
  if (stepsOf(plan).every((step) => step.effect === 'satisfied' && step.opaqueChecks === undefined)) return true;
  const subject = reviewed ?? plan;
  const blob = await drive.approvals.put(subject.phases);
  // Nothing is approved unseen: the host lays out what the question is about.
  drive.host.tell({ code: 'run.planned', level: 'info', data: { plan: subject as unknown as Json } });
  const moved = reviewed !== undefined && reviewed.digest !== plan.digest;
  const question = planQuestion(subject, drive, moved ? plan : undefined);
  const answered = await yes(drive, question, blob, 'the plan was declined; nothing was done');
  if (!answered) return false;
  drive.approvals.accept(subject.phases, drive.recorder.seq);
  if (!isEmpty(plan)) await drive.lease.hold();
  return true;
}

async function yes(drive: Drive, question: Question, plan: Digest | undefined, whenNo: string): Promise<boolean> {
  const answer = await drive.asker.ask(question, plan === undefined ? undefined : { digest: plan });
  if (!answer) return false;
  if (answer.value === 'yes') return true;
  drive.drain.start({ is: 'declined', because: whenNo });
  return false;
}

/** `moved`: the plan as it is now, where the one that was reviewed is another. */
function planQuestion(plan: Plan, drive: Pick<Drive, 'target' | 'runbook'>, moved?: Plan): Question {
  const { summary } = plan;
  const counts = `${counted(summary.changes, 'Change')} now, ${counted(summary.unknown, 'step')} not yet known, ${summary.blocked} blocked, ${counted(summary.destructive, 'deletion')}`;
  const differences = moved ? differencesOf(plan, moved) : [];
  const note = moved
    ? ` The world has moved since that plan was reviewed; what differs asks again at its step:\n${differences.map((one) => `  ${one}`).join('\n')}`
    : '';
  return questionOf({
    kind: 'confirm',
    about: { plan: plan.digest, ...(moved && { now: moved.digest }) },
    text: `Run ${drive.runbook.title} on ${drive.target.name}? ${counts}.${note}`,
    card: planCard(plan, drive.target.name, differences),
  });
}

function planCard(plan: Plan, target: string, differences: readonly string[]): Card {
  const identity = plan.target.identity;
  return {
    title: plan.runbook.name,
    where: [
      { name: 'target', value: `${target} (${plan.target.class})` },
      { name: 'cluster', value: identity?.cluster.kubeSystemUid ?? 'not read' },
      { name: 'account', value: identity?.aws ? `${identity.aws.account}, ${identity.aws.region}` : 'no AWS endpoint' },
    ],
    what: Object.entries(plan.summary.byRisk).flatMap(([risk, count]) =>
      count > 0 ? [{ label: risk, count, risk: risk as keyof Plan['summary']['byRisk'] }] : [],
    ),
    details: [
      ...differences,
      ...stepsOf(plan)
        .filter((step) => step.effect !== 'satisfied')
        .map((step) => `${step.id}: ${effectText(step)}`),
    ],
    evidence: [],
    reversible:
      plan.summary.destructive > 0
        ? 'not all of it: see what is destructive'
        : 'in part, step by step: `drctl undo`; the report says how to take back the rest',
    whenNo: 'nothing is changed',
  };
}

function newServerQuestion(servers: readonly string[], drive: Drive): Question {
  return questionOf({
    kind: 'moved',
    about: { servers, target: drive.target.name },
    text: `${servers.join(', ')} is not an access path that was pinned for ${drive.target.name}, but the cluster behind it is the pinned one. Use it?`,
  });
}

/** Nobody said yes to the plan: nothing was done, so there is nothing to resume but the question itself. */
export function endingUnapproved(drive: Drive): Ending {
  const { reason } = drive.drain;
  if (reason?.is !== 'declined') return endingNow(drive, false);
  const { because } = reason;
  return { outcome: 'declined', exit: 'declined', because, event: { type: 'run.ended', outcome: 'declined', because } };
}

/** One line a step: what is not known yet is named by what it waits for, and told whole in the plan. */
function effectText(step: PlannedStep): string {
  const changes = changesOf(step).length;
  if (step.effect === 'unknown') return `known after ${step.until ?? 'an earlier step'}`;
  if (step.effect === 'changes' && changes > 0) return counted(changes, 'Change');
  return `${step.effect}, ${step.because}`;
}
