import { digestOf, type Digest } from '../model/digest.ts';
import { DrctlError } from '../model/errors.ts';
import type { RunOpened } from '../model/journal.ts';
import { stepsOf, type Plan } from '../model/plan.ts';
import type { Card, Question } from '../model/question.ts';
import type { Identity } from '../model/target.ts';
import type { Driver } from '../ports/run-store.ts';
import { questionOf } from './asking.ts';
import type { Drive } from './context.ts';
import { driveLanes, driveOf, endRun, lookoutOf, type DriveRequest } from './drive.ts';
import { IdentityGuard, newServers } from './identity.ts';
import type { RunResult } from './outcome.ts';
import { assemble, planOf, type PlanRequest } from './plan.ts';
import { missingPermissions } from './preflight.ts';

export interface OpenRequest extends DriveRequest {
  readonly run: string;
  readonly runbookText: string;
  /** Path to text of every file that the run pins. */
  readonly manifests: Readonly<Record<string, string>>;
  /** `--plan FILE`: the subject of the first question. */
  readonly reviewed?: Plan;
  /** `--alongside RUN --because`. */
  readonly alongside?: string;
  readonly drill?: string;
}

/** Plans, opens the run, asks once about the whole plan, and drives it. */
export async function openRun(request: OpenRequest): Promise<RunResult> {
  const identity = await new IdentityGuard(request.target, request.world, request.clock).verify();
  const plan = await planFor(request, identity, new Set());
  if (plan.missing.length > 0) throw notPermitted(plan);
  await claimCluster(request, identity);
  const drive = await open(request, identity);
  try {
    const approved = await approve(plan, identity, drive, request);
    if (!approved) return await endUnapproved(drive, request);
  } catch (error) {
    await request.store.releaseCluster(identity.cluster.kubeSystemUid, request.run);
    throw error;
  }
  return driveLanes(drive, request);
}

/** The plan of a runbook against the world as it is; also what `drctl plan` prints. */
export async function planFor(
  request: Omit<PlanRequest, 'onceDone' | 'identity'> & Parameters<typeof lookoutOf>[0] & Pick<DriveRequest, 'kinds'>,
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
  const { phases } = await assemble(planRequest, lookoutOf(request));
  const missing = await missingPermissions(phases, request.kinds, request.world);
  return planOf(planRequest, phases, missing, request.impactAt);
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

async function claimCluster(request: OpenRequest, identity: Identity): Promise<void> {
  const held = await request.store.claimCluster(identity.cluster.kubeSystemUid, request.run);
  if (!held || held.heldBy === request.alongside) return;
  throw new DrctlError('ClusterBusy', 'user', `run ${held.heldBy} on this cluster is not finished`, {
    exit: 'driven',
    nextSteps: [
      `drctl status ${held.heldBy}`,
      `drctl resume ${held.heldBy}, or drctl abort ${held.heldBy} --because "…"`,
      `--alongside ${held.heldBy} --because "…" if both must run at once`,
    ],
  });
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
    options: { skip: request.skip, baseDir: request.baseDir, ...(request.untilPhase !== undefined && { until: request.untilPhase }) },
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

/** One question about the whole plan. Nothing to do is no question. */
async function approve(plan: Plan, identity: Identity, drive: Drive, request: OpenRequest): Promise<boolean> {
  const servers = newServers(request.target, identity);
  if (servers.length > 0 && !(await yes(drive, newServerQuestion(servers, drive)))) return false;
  const steps = stepsOf(plan);
  if (steps.every((step) => step.effect === 'satisfied')) return true;
  const subject = request.reviewed ?? plan;
  const blob = await drive.approvals.put(subject.phases);
  const moved = request.reviewed !== undefined && request.reviewed.digest !== plan.digest;
  const answered = await yes(drive, planQuestion(subject, drive, moved ? plan : undefined), blob);
  if (answered) drive.approvals.accept(subject.phases);
  return answered;
}

async function yes(drive: Drive, question: Question, plan?: Digest): Promise<boolean> {
  const answer = await drive.asker.ask(question, plan === undefined ? undefined : { digest: plan });
  if (!answer) return false;
  if (answer.value === 'yes') return true;
  drive.drain.start({ is: 'declined', because: 'the plan was declined; nothing was done' });
  return false;
}

/** `moved`: the plan as it is now, where the one that was reviewed is another. */
export function planQuestion(plan: Plan, drive: Pick<Drive, 'target' | 'runbook'>, moved?: Plan): Question {
  const { summary } = plan;
  const counts = `${summary.changes} Changes now, ${summary.unknown} steps not yet known, ${summary.blocked} blocked, ${summary.destructive} deletions`;
  const note = moved
    ? ` The world has moved since that plan was reviewed: it is now ${moved.summary.changes} Changes; what differs asks again at its step.`
    : '';
  return questionOf({
    kind: 'confirm',
    about: { plan: plan.digest },
    text: `Run ${drive.runbook.title} on ${drive.target.name}? ${counts}.${note}`,
    card: planCard(plan, drive.target.name),
  });
}

function planCard(plan: Plan, target: string): Card {
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
    details: stepsOf(plan)
      .filter((step) => step.effect !== 'satisfied')
      .map((step) => `${step.id}: ${step.effect}${step.because === '' ? '' : `, ${step.because}`}`),
    evidence: [],
    reversible:
      plan.summary.destructive > 0 ? 'not all of it: see what is destructive' : 'yes, step by step, with `drctl undo`',
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
async function endUnapproved(drive: Drive, request: OpenRequest): Promise<RunResult> {
  const reason = drive.drain.reason;
  const because = reason?.because ?? 'the plan was not approved';
  const declined = reason?.is === 'declined';
  return endRun(
    drive,
    declined
      ? { outcome: 'declined', exit: 'declined', because, event: { type: 'run.ended', outcome: 'declined', because } }
      : {
          outcome: 'paused',
          exit: 'paused',
          because,
          event: { type: 'run.paused', because, waitingFor: drive.drain.waitingFor },
        },
    request.store,
  );
}
