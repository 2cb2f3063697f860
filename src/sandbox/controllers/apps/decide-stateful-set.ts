import type { Pod, StatefulSet, StatefulSetStatus } from '../kinds.ts';
import { isTerminating } from '../objects.ts';
import { hasEnded, isReady, isRunningAndReady } from './pods.ts';
import { ordinalOf, ordinalsOf, revisionOf } from './stateful-names.ts';

export interface Revisions {
  current: string;
  update: string;
}

export type SetAction =
  | { do: 'create'; ordinal: number; revision: string }
  /** A Pending pod whose claim somebody deleted gets it back: with replicas above zero it cannot be kept away. */
  | { do: 'ensureClaims'; ordinal: number }
  | { do: 'delete'; pod: Pod };

/**
 * What one pass over a StatefulSet does, in order. OrderedReady does one thing at a time, from the lowest ordinal up, and waits
 * for each pod to be Running and Ready; scaling down and updating go from the highest down. [stateful_set_control.go]
 */
export function decideStatefulSet(set: StatefulSet, pods: readonly Pod[], revisions: Revisions): SetAction[] {
  if (isTerminating(set)) return [];
  const ordinals = ordinalsOf(set);
  const wanted = ordinals.map((ordinal) => ({ ordinal, pod: pods.find((pod) => ordinalOf(set, pod) === ordinal) }));
  const condemned = pods
    .filter((pod) => !ordinals.includes(ordinalOf(set, pod)))
    .toSorted((a, b) => ordinalOf(set, b) - ordinalOf(set, a));
  const oneByOne = set.spec.podManagementPolicy !== 'Parallel';
  const up = bringUp(set, wanted, revisions, oneByOne);
  if (up.waits) return up.actions;
  const down = takeDown(condemned, firstUnhealthy(wanted, condemned), oneByOne);
  if (down.waits || condemned.length > 0 || up.actions.some(({ do: what }) => what !== 'ensureClaims')) {
    return [...up.actions, ...down.actions];
  }
  return [...up.actions, ...decideUpdate(set, wanted, revisions)];
}

/** Counts as kubectl shows them; a field that is zero is left out as the API leaves it out. */
export function statusOf(set: StatefulSet, pods: readonly Pod[], revisions: Revisions): StatefulSetStatus {
  const there = pods.filter((pod) => pod.status?.phase !== undefined);
  const live = there.filter((pod) => !isTerminating(pod));
  const ready = there.filter((pod) => pod.status?.phase === 'Running' && isReady(pod)).length;
  const at = (revision: string): number => live.filter((pod) => revisionOf(pod) === revision).length;
  const wanted = set.spec.replicas ?? 1;
  const isDone = at(revisions.update) === wanted && there.length === wanted && ready === wanted;
  const current = isDone ? revisions.update : revisions.current;
  return {
    observedGeneration: set.metadata.generation ?? 0,
    replicas: there.length,
    ...(ready > 0 ? { readyReplicas: ready } : {}),
    ...(at(current) > 0 ? { currentReplicas: at(current) } : {}),
    ...(at(revisions.update) > 0 ? { updatedReplicas: at(revisions.update) } : {}),
    currentRevision: current,
    updateRevision: revisions.update,
    collisionCount: set.status?.collisionCount ?? 0,
    availableReplicas: ready,
  };
}

interface Member {
  ordinal: number;
  pod: Pod | undefined;
}

function bringUp(
  set: StatefulSet,
  wanted: readonly Member[],
  revisions: Revisions,
  oneByOne: boolean,
): { actions: SetAction[]; waits: boolean } {
  const actions: SetAction[] = [];
  for (const { ordinal, pod } of wanted) {
    if (pod === undefined) actions.push({ do: 'create', ordinal, revision: revisionFor(set, ordinal, revisions) });
    else if (hasEnded(pod) && !isTerminating(pod)) actions.push({ do: 'delete', pod });
    else if (pod.status?.phase === 'Pending') actions.push({ do: 'ensureClaims', ordinal });
    const healthy = pod !== undefined && isRunningAndReady(pod);
    if (oneByOne && !healthy) return { actions, waits: true };
  }
  return { actions, waits: false };
}

function takeDown(
  condemned: readonly Pod[],
  unhealthy: Pod | undefined,
  oneByOne: boolean,
): { actions: SetAction[]; waits: boolean } {
  const actions: SetAction[] = [];
  for (const pod of condemned) {
    if (isTerminating(pod)) {
      if (oneByOne) return { actions, waits: true };
      continue;
    }
    if (oneByOne && !isRunningAndReady(pod) && pod !== unhealthy) return { actions, waits: true };
    actions.push({ do: 'delete', pod });
    if (oneByOne) return { actions, waits: true };
  }
  return { actions, waits: false };
}

/** Rolling update: the highest pod of an older revision goes, one at a time, while all above it are healthy. */
function decideUpdate(set: StatefulSet, wanted: readonly Member[], { update }: Revisions): SetAction[] {
  if (set.spec.updateStrategy?.type === 'OnDelete') return [];
  const partition = set.spec.updateStrategy?.rollingUpdate?.partition ?? 0;
  for (const { ordinal, pod } of wanted.toReversed()) {
    if (ordinal < partition || pod === undefined) return [];
    if (revisionOf(pod) !== update && !isTerminating(pod)) return [{ do: 'delete', pod }];
    if (!isRunningAndReady(pod)) return [];
  }
  return [];
}

function firstUnhealthy(wanted: readonly Member[], condemned: readonly Pod[]): Pod | undefined {
  const all = [...wanted.flatMap(({ pod }) => pod ?? []), ...condemned.toReversed()];
  return all.find((pod) => !isRunningAndReady(pod));
}

function revisionFor(set: StatefulSet, ordinal: number, { current, update }: Revisions): string {
  const partition = set.spec.updateStrategy?.rollingUpdate?.partition ?? 0;
  const keepsCurrent = set.spec.updateStrategy?.type !== 'OnDelete' && ordinal < partition;
  return keepsCurrent ? current : update;
}
