import type { Pod, ReplicaSet } from '../kinds.ts';
import { isTerminating, nameOf } from '../objects.ts';
import { hasEnded, isReady } from './pods.ts';

interface ReplicaDecision {
  create: number;
  remove: Pod[];
}

/** How many pods to make, and which to take away: first those that are not ready, then the youngest. [replica_set.go] */
export function decideReplicaSet(set: ReplicaSet, pods: readonly Pod[]): ReplicaDecision {
  if (isTerminating(set)) return { create: 0, remove: [] };
  const active = pods.filter((pod) => !isTerminating(pod) && !hasEnded(pod));
  const difference = (set.spec.replicas ?? 1) - active.length;
  if (difference >= 0) return { create: difference, remove: [] };
  const order = active.toSorted(
    (a, b) =>
      Number(isReady(a)) - Number(isReady(b)) || age(b).localeCompare(age(a)) || nameOf(a).localeCompare(nameOf(b)),
  );
  return { create: 0, remove: order.slice(0, -difference) };
}

export function replicaStatus(set: ReplicaSet, pods: readonly Pod[]): NonNullable<ReplicaSet['status']> {
  const active = pods.filter((pod) => !isTerminating(pod) && !hasEnded(pod));
  const ready = active.filter(isReady).length;
  return {
    replicas: active.length,
    ...(active.length > 0 ? { fullyLabeledReplicas: active.length } : {}),
    ...(ready > 0 ? { readyReplicas: ready, availableReplicas: ready } : {}),
    terminatingReplicas: pods.filter(isTerminating).length,
    observedGeneration: set.metadata.generation ?? 0,
  };
}

function age(pod: Pod): string {
  return pod.metadata.creationTimestamp ?? '';
}
