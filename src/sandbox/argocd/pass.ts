import type { Informer } from '../controllers/informer.ts';
import { draftOf, isTerminating, nameOf, timestamp } from '../controllers/objects.ts';
import type { KubeObject } from '../types.ts';
import { decideAutoSync } from './auto-sync.ts';
import { compare } from './compare.ts';
import type { ArgoContext } from './context.ts';
import { cascade, isCascading } from './deletion.ts';
import {
  type AppProject,
  type Application,
  APPLICATIONS,
  type Operation,
  type OperationState,
  REFRESH,
  SKIP_RECONCILE,
} from './kinds.ts';
import type { LiveObjects } from './live.ts';
import { afterAttempt, beginOperation, blockedByWindow, isCompleted } from './operation.ts';
import { type Found, healthOf, isNews, statusOf } from './status.ts';
import { performSync, type SyncParts } from './sync.ts';
import { type Targets, targetsOf } from './targets.ts';
import { applicationOf, identityKey, identityOf } from './tracking.ts';
import { maySync } from './windows.ts';

export interface PassParts {
  readonly applications: Informer<Application>;
  readonly projects: Informer<AppProject>;
  readonly live: LiveObjects;
  readonly sync: () => SyncParts;
}

/**
 * One pass over one Application: its deletion, or a step of its operation, then the comparison, then auto-sync. The answer
 * is after how many milliseconds to look again; undefined leaves it to whatever changes.
 */
export async function pass(key: string, context: ArgoContext, parts: PassParts): Promise<number | undefined> {
  const application = parts.applications.byKey(key);
  if (application === undefined) return undefined;
  // An operation that is under way asks for itself again, whatever this annotation says (recovery-facts B1).
  const skipped = application.metadata.annotations?.[SKIP_RECONCILE] === 'true';
  if (skipped && application.operation === undefined) return undefined;
  if (isTerminating(application)) return passDeletion(application, context, parts);
  const operated = await passOperation(application, context, parts);
  if (operated !== undefined) return operated;
  return skipped ? undefined : passComparison(application, context, parts);
}

async function passDeletion(
  application: Application,
  context: ArgoContext,
  { live, sync }: PassParts,
): Promise<number | undefined> {
  if (!(application.metadata.finalizers ?? []).some(isCascading)) return undefined;
  const over = await cascade(application, live.of(nameOf(application)), sync());
  return over ? undefined : context.periods.deletion;
}

async function passOperation(
  application: Application,
  context: ArgoContext,
  parts: PassParts,
): Promise<number | undefined> {
  const now = timestamp(context.now());
  const step = beginOperation(application, now, context.periods.retry);
  if (step === undefined) return undefined;
  if (step.do === 'wait') return step.ms;
  if (step.do === 'end') {
    await writeOperation(application, step.state, parts);
    return 1;
  }
  const project = parts.projects.get(application.spec.project, application.metadata.namespace);
  if (!maySync(application, project, step.state.operation, context.now())) {
    await writeOperation(application, blockedByWindow(step.state), parts);
    return context.periods.reconcile;
  }
  const begun = await writeOperation(application, step.state, parts);
  const state = await attempt(begun, step.state, context, parts);
  await writeOperation(begun, await unlessTerminated(begun, state, parts), parts);
  return isCompleted(state) ? 1 : context.periods.retry;
}

async function attempt(
  application: Application,
  state: OperationState,
  context: ArgoContext,
  { live, sync }: PassParts,
): Promise<OperationState> {
  const now = (): string => timestamp(context.now());
  const wanted = state.operation.sync ?? {};
  const source = wanted.source ?? application.spec.source;
  const revision = context.repository.resolve(wanted.revision ?? targetRevisionOf(application));
  const files = revision === undefined ? undefined : context.repository.filesAt(revision);
  if (revision === undefined || files === undefined) {
    const error = `unable to resolve '${wanted.revision ?? ''}' to a commit`;
    return afterAttempt(state, { revision: '', source, resources: [], error }, now());
  }
  const from = { ...application, spec: { ...application.spec, ...(source && { source }) } };
  const targets = targetsOf(from, files, context.served(), context.installation.tracking());
  if (targets.error !== undefined)
    return afterAttempt(state, { revision, source, resources: [], error: targets.error }, now());
  const shared = sharedOf(application, targets, live, context);
  if (shared !== undefined && wanted.syncOptions?.includes('FailOnSharedResource=true'))
    return afterAttempt(state, { revision, source, resources: [], error: `Shared resource found: ${shared}` }, now());
  const resources = await performSync(application, wanted, targets.objects, live.of(nameOf(application)), sync());
  return afterAttempt(state, { revision, source, resources }, now());
}

/** Somebody may have asked for its end while it went on: that word is not overwritten. */
async function unlessTerminated(
  application: Application,
  state: OperationState,
  { sync }: PassParts,
): Promise<OperationState> {
  if (isCompleted(state)) return state;
  const { name, namespace } = application.metadata;
  const fresh = (await sync().client.get(APPLICATIONS, name ?? '', namespace)) as Application;
  if (fresh.status?.operationState?.phase !== 'Terminating') return state;
  return { ...state, phase: 'Terminating', message: 'operation is terminating' };
}

/** Written over what is there now, but for the operation and its state: the spec may have been edited meanwhile. */
async function writeOperation(
  application: Application,
  state: OperationState,
  { applications, sync }: PassParts,
): Promise<Application> {
  const { client } = sync();
  const { name = '', namespace } = application.metadata;
  const fresh = draftOf((await client.get(APPLICATIONS, name, namespace)) as Application);
  fresh.status = { ...fresh.status, operationState: state };
  if (isCompleted(state)) delete fresh.operation;
  const written = (await client.update(APPLICATIONS, fresh)) as Application;
  applications.assume(written);
  return written;
}

async function passComparison(
  application: Application,
  context: ArgoContext,
  parts: PassParts,
): Promise<number | undefined> {
  const now = context.now();
  const found = look(application, context, parts);
  const auto = decideAutoSync(application, found, context.periods, now);
  const warned: Found =
    auto.do === 'warn' ? { ...found, conditions: [...found.conditions, ['SyncError', auto.message]] } : found;
  const status = statusOf(application, warned, now);
  const asked = application.metadata.annotations?.[REFRESH] !== undefined;
  if (!asked && auto.do !== 'sync' && !isNews(application.status, status))
    return auto.do === 'wait' ? auto.ms : undefined;
  const draft = draftOf(application);
  draft.status = status;
  if (asked) delete draft.metadata.annotations?.[REFRESH];
  if (auto.do === 'sync') setOperation(draft, auto.operation);
  const written = (await parts.sync().client.update(APPLICATIONS, draft)) as Application;
  parts.applications.assume(written);
  if (auto.do === 'sync') return 1;
  return auto.do === 'wait' ? auto.ms : undefined;
}

/** Argo CD's own way of setting an operation forgets the state of the last one; a bare patch does not (trap 20). */
function setOperation(draft: Application, operation: Operation): void {
  draft.operation = operation;
  const { operationState: _, ...status } = draft.status ?? {};
  draft.status = status;
}

function look(application: Application, context: ArgoContext, { live }: PassParts): Found {
  const revision = context.repository.resolve(targetRevisionOf(application));
  const files = revision === undefined ? undefined : context.repository.filesAt(revision);
  if (revision === undefined || files === undefined)
    return failure('', `unable to resolve '${targetRevisionOf(application) ?? ''}' to a commit`);
  const targets = targetsOf(application, files, context.served(), context.installation.tracking());
  if (targets.error !== undefined) return failure(revision, targets.error);
  const all = live.of(nameOf(application));
  for (const [key, target] of targets.objects) {
    const there = live.find(target);
    if (there !== undefined) all.set(key, there);
  }
  const conditions: [string, string][] = targets.repeated.map((key) => [
    'RepeatedResourceWarning',
    `Resource ${key} appeared 2 times among application resources.`,
  ]);
  const shared = sharedOf(application, targets, live, context);
  if (shared !== undefined) conditions.push(['SharedResourceWarning', shared]);
  return {
    revision,
    resources: compare(targets.objects, all),
    health: healthOf([...targets.objects.values()].map((target) => live.find(target))),
    conditions,
  };
}

function failure(revision: string, message: string): Found {
  return { revision, resources: [], health: 'Unknown', conditions: [['ComparisonError', message]] };
}

/** Objects that it wants and that say they belong to another Application. */
function sharedOf(
  application: Application,
  targets: Targets,
  live: LiveObjects,
  { installation }: ArgoContext,
): string | undefined {
  const names: string[] = [];
  for (const target of targets.objects.values()) {
    const there: KubeObject | undefined = live.find(target);
    const owner =
      there && applicationOf({ ...there, apiVersion: target.apiVersion, kind: target.kind }, installation.tracking());
    if (owner !== undefined && owner !== nameOf(application))
      names.push(`${identityKey(identityOf(target))} is part of applications ${nameOf(application)} and ${owner}`);
  }
  return names.length > 0 ? names.join('; ') : undefined;
}

function targetRevisionOf({ spec }: Application): string | undefined {
  const revision = spec.source?.['targetRevision'];
  return typeof revision === 'string' ? revision : undefined;
}
