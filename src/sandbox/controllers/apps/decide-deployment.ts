import type { Condition, Deployment, ReplicaSet } from '../kinds.ts';
import { isTerminating, nameOf, withCondition } from '../objects.ts';

export interface Scaling {
  set: ReplicaSet;
  to: number;
}

/**
 * The next scaling of a rollout: the new set up as far as maxSurge allows, then old ones down as far as maxUnavailable
 * allows. One step at a time; the next pass sees what came of it. [deployment/rolling.go, recreate.go]
 */
export function decideDeployment(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
): Scaling | undefined {
  if (isTerminating(deployment)) return undefined;
  const desired = deployment.spec.replicas ?? 1;
  if (isPaused(deployment) || current === undefined) return decidePaused(desired, current, old);
  if (deployment.spec.strategy?.type === 'Recreate') return decideRecreate(desired, current, old);
  const { surge, unavailable } = budgetOf(deployment);
  const total = wantedOf(current) + sumOf(old, wantedOf);
  if (wantedOf(current) > desired) return { set: current, to: desired };
  const room = desired + surge - total;
  if (wantedOf(current) < desired && room > 0) {
    return { set: current, to: Math.min(desired, wantedOf(current) + room) };
  }
  return scaleDownOld(desired - unavailable, current, old);
}

export function isPaused({ spec }: Deployment): boolean {
  return spec.paused === true;
}

/** The most pods there may be during a rollout: an annotation on each of its ReplicaSets says it. */
export function mostPods(deployment: Deployment): number {
  const desired = deployment.spec.replicas ?? 1;
  return desired === 0 || deployment.spec.strategy?.type === 'Recreate'
    ? desired
    : desired + budgetOf(deployment).surge;
}

export function deploymentStatus(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
  at: string,
): NonNullable<Deployment['status']> {
  const all = current === undefined ? old : [current, ...old];
  const counts = {
    replicas: sumOf(all, ({ status }) => status?.replicas ?? 0),
    updatedReplicas: current?.status?.replicas ?? 0,
    readyReplicas: sumOf(all, ({ status }) => status?.readyReplicas ?? 0),
    availableReplicas: sumOf(all, ({ status }) => status?.availableReplicas ?? 0),
    unavailableReplicas: Math.max(0, sumOf(all, wantedOf) - sumOf(all, ({ status }) => status?.availableReplicas ?? 0)),
  };
  const said = Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
  return {
    observedGeneration: deployment.metadata.generation ?? 0,
    ...said,
    terminatingReplicas: sumOf(all, ({ status }) => status?.terminatingReplicas ?? 0),
    conditions: conditionsOf(deployment, current, counts, at),
  };
}

function conditionsOf(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  counts: { replicas: number; updatedReplicas: number; availableReplicas: number },
  at: string,
): Condition[] {
  const desired = deployment.spec.replicas ?? 1;
  const enough = counts.availableReplicas >= desired - budgetOf(deployment).unavailable;
  const done =
    counts.updatedReplicas === desired && counts.replicas === desired && counts.availableReplicas === desired;
  const before = deployment.status?.conditions;
  const available: Condition = enough
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
  const next = progressingOf(deployment, current, done, counts.updatedReplicas);
  return [available, next].reduce<Condition[]>((conditions, condition) => {
    const same = conditions.find(({ type }) => type === condition.type);
    if (same?.reason === condition.reason && same?.message === condition.message) return conditions;
    return withCondition(conditions, { ...condition, lastUpdateTime: at, lastTransitionTime: at });
  }, before ?? []);
}

function progressingOf(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  done: boolean,
  updated: number,
): Condition {
  if (isPaused(deployment) || current === undefined) {
    return { type: 'Progressing', status: 'Unknown', reason: 'DeploymentPaused', message: 'Deployment is paused' };
  }
  const said = progressOf(nameOf(current), done, updated);
  const progressing = deployment.status?.conditions?.find(({ type }) => type === 'Progressing');
  const wasDone = progressing?.reason === 'NewReplicaSetAvailable' && progressing.message === said.done;
  return wasDone ? progressing : { type: 'Progressing', status: 'True', ...said.now };
}

function progressOf(
  set: string,
  done: boolean,
  updated: number,
): { now: { reason: string; message: string }; done: string } {
  const finished = `ReplicaSet "${set}" has successfully progressed.`;
  if (done) return { now: { reason: 'NewReplicaSetAvailable', message: finished }, done: finished };
  if (updated > 0)
    return { now: { reason: 'ReplicaSetUpdated', message: `ReplicaSet "${set}" is progressing.` }, done: finished };
  return { now: { reason: 'NewReplicaSetCreated', message: `Created new replica set "${set}"` }, done: finished };
}

/**
 * A paused Deployment rolls nothing out, and is scaled all the same: the one set that has replicas, or else the newest there
 * is. Of several with replicas each keeps its own. [deployment/sync.go scale, util FindActiveOrLatest]
 */
function decidePaused(
  desired: number,
  current: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
): Scaling | undefined {
  const all = current === undefined ? old : [current, ...old];
  const active = all.filter((set) => wantedOf(set) > 0);
  const set = active.length > 1 ? undefined : (active.at(0) ?? current ?? newestOf(old));
  return set === undefined || wantedOf(set) === desired ? undefined : { set, to: desired };
}

function newestOf(sets: readonly ReplicaSet[]): ReplicaSet | undefined {
  const madeAt = ({ metadata }: ReplicaSet): string => metadata.creationTimestamp ?? '';
  return sets.toSorted((a, b) => madeAt(b).localeCompare(madeAt(a))).at(0);
}

function decideRecreate(desired: number, current: ReplicaSet, old: readonly ReplicaSet[]): Scaling | undefined {
  const running = old.find((set) => wantedOf(set) > 0);
  if (running !== undefined) return { set: running, to: 0 };
  const gone = old.every(({ status }) => (status?.replicas ?? 0) + (status?.terminatingReplicas ?? 0) === 0);
  return gone && wantedOf(current) !== desired ? { set: current, to: desired } : undefined;
}

function scaleDownOld(least: number, current: ReplicaSet, old: readonly ReplicaSet[]): Scaling | undefined {
  const oldest = old.find((set) => wantedOf(set) > 0);
  if (oldest === undefined) return undefined;
  const notYet = wantedOf(current) - (current.status?.availableReplicas ?? 0);
  const spare = wantedOf(current) + sumOf(old, wantedOf) - least - notYet;
  return spare > 0 ? { set: oldest, to: Math.max(0, wantedOf(oldest) - spare) } : undefined;
}

/** Percentages round up for surge and down for unavailable; both zero would stand still, so then one may be unavailable. */
function budgetOf(deployment: Deployment): { surge: number; unavailable: number } {
  const desired = deployment.spec.replicas ?? 1;
  const { maxSurge = '25%', maxUnavailable = '25%' } = deployment.spec.strategy?.rollingUpdate ?? {};
  const surge = share(maxSurge, desired, Math.ceil);
  const unavailable = share(maxUnavailable, desired, Math.floor);
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

function share(value: number | string, of: number, round: (value: number) => number): number {
  return typeof value === 'number' ? value : round((Number.parseFloat(value) / 100) * of);
}

function wantedOf(set: ReplicaSet): number {
  return set.spec.replicas ?? 1;
}

function sumOf(sets: readonly ReplicaSet[], count: (set: ReplicaSet) => number): number {
  return sets.reduce((sum, set) => sum + count(set), 0);
}
