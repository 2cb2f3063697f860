import { BIND_COMPLETED, SELECTED_NODE, classOf, findFree, waitsForConsumer } from '../binder/match.ts';
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod, StorageClass } from '../kinds.ts';
import { annotationOf, isTerminating, matchesExpression, nameOf } from '../objects.ts';

export interface ScheduleView {
  nodes: readonly Node[];
  /** How many pods each node has. */
  load: ReadonlyMap<string, number>;
  /** In the order of the pod's volumes; a name without a claim is one that does not exist. */
  claims: readonly { name: string; claim?: PersistentVolumeClaim }[];
  volumes: readonly PersistentVolume[];
  classes: readonly StorageClass[];
}

type ScheduleDecision =
  | { do: 'unschedulable'; message: string }
  /** A claim of a WaitForFirstConsumer class gets its volume on this node; the pod is bound when all claims are. */
  | {
      do: 'prepare';
      node: string;
      bind: { claim: PersistentVolumeClaim; volume: PersistentVolume }[];
      select: PersistentVolumeClaim[];
    }
  | { do: 'bind'; node: string };

/** Where a pod goes: volumes decide first, then the node with the fewest pods. Messages are the scheduler's own (1.36). */
export function decideSchedule(pod: Pod, view: ScheduleView): ScheduleDecision {
  const refusal = refusalForAll(view);
  if (refusal !== undefined) return unschedulable(view, [[refusal, 0]]);
  const reasons = new Map<string, number>();
  const fitting = view.nodes.filter((node) => {
    const reason = refusalOf(pod, node, view);
    if (reason !== undefined) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    return reason === undefined;
  });
  const chosen = fitting
    .toSorted(
      (a, b) => (view.load.get(nameOf(a)) ?? 0) - (view.load.get(nameOf(b)) ?? 0) || nameOf(a).localeCompare(nameOf(b)),
    )
    .at(0);
  if (chosen === undefined) return unschedulable(view, [...reasons]);
  const open = unboundOf(view);
  if (open.length === 0) return { do: 'bind', node: nameOf(chosen) };
  const found = open.map((claim) => ({ claim, volume: freeVolume(claim, chosen, view) }));
  return {
    do: 'prepare',
    node: nameOf(chosen),
    bind: found.flatMap(({ claim, volume }) => (volume === undefined ? [] : [{ claim, volume }])),
    select: found.filter(({ volume }) => volume === undefined).map(({ claim }) => claim),
  };
}

/** Whether a volume may be used on a node: its required node affinity, which for EBS is the zone. */
export function reaches(volume: PersistentVolume, node: Node): boolean {
  const terms = volume.spec.nodeAffinity?.required?.nodeSelectorTerms;
  if (terms === undefined) return true;
  return terms.some((term) =>
    (term.matchExpressions ?? []).every((expression) => matchesExpression(expression, node.metadata.labels ?? {})),
  );
}

function isNodeReady(node: Node): boolean {
  return node.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
}

/** Reasons that no node can help: a claim that is missing, lost, going away, or that waits for the binder. */
function refusalForAll({ claims, classes }: ScheduleView): string | undefined {
  for (const { name, claim } of claims) {
    if (claim === undefined) return `persistentvolumeclaim "${name}" not found`;
    if (claim.status?.phase === 'Lost') {
      return `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec.volumeName ?? ''}"`;
    }
    if (isTerminating(claim)) return `persistentvolumeclaim "${name}" is being deleted`;
  }
  const immediate = claims.some(
    ({ claim }) =>
      claim !== undefined &&
      !isBound(claim) &&
      (Boolean(claim.spec.volumeName) || !waitsForConsumer(classFor(claim, classes))),
  );
  return immediate ? 'pod has unbound immediate PersistentVolumeClaims' : undefined;
}

function refusalOf(pod: Pod, node: Node, view: ScheduleView): string | undefined {
  if (!isNodeReady(node)) return 'node(s) had untolerated taint(s)';
  if (node.spec.unschedulable === true) return 'node(s) were unschedulable';
  const selector = Object.entries(pod.spec.nodeSelector ?? {});
  if (!selector.every(([key, value]) => node.metadata.labels?.[key] === value)) {
    return "node(s) didn't match Pod's node affinity/selector";
  }
  for (const { claim } of view.claims) {
    if (claim === undefined || !isBound(claim)) continue;
    const volume = view.volumes.find((known) => nameOf(known) === claim.spec.volumeName);
    if (volume === undefined) return 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)';
    if (!reaches(volume, node)) return "node(s) didn't match PersistentVolume's node affinity";
  }
  return refusalForOpen(node, view);
}

function refusalForOpen(node: Node, view: ScheduleView): string | undefined {
  for (const claim of unboundOf(view)) {
    const selected = annotationOf(claim, SELECTED_NODE);
    if (selected !== undefined && selected !== nameOf(node))
      return "node(s) didn't match the node selected for a claim";
    const canBeMade = classFor(claim, view.classes)?.provisioner !== 'kubernetes.io/no-provisioner';
    if (freeVolume(claim, node, view) === undefined && !canBeMade) {
      return "node(s) didn't find available persistent volumes to bind";
    }
  }
  return undefined;
}

function unschedulable(view: ScheduleView, reasons: [string, number][]): ScheduleDecision {
  const total = view.nodes.length;
  const parts = reasons.map(([reason, count]) => (count === 0 ? reason : `${count} ${reason}`)).toSorted();
  const why =
    parts.length === 0 ? 'no nodes available to schedule pods' : `0/${total} nodes are available: ${parts.join(', ')}.`;
  return { do: 'unschedulable', message: total === 0 ? why : `${why} ${preemptionOf(total, reasons)}` };
}

/** What the scheduler says of making room. A refusal before it looked at any node ends in its "not found" (1.36.3, seen). */
function preemptionOf(total: number, reasons: [string, number][]): string {
  if (reasons.some(([, count]) => count === 0)) return 'not found';
  return `no new claims to deallocate, preemption: 0/${total} nodes are available: ${total} Preemption is not helpful for scheduling.`;
}

function unboundOf(view: ScheduleView): PersistentVolumeClaim[] {
  return view.claims.flatMap(({ claim }) => (claim === undefined || isBound(claim) ? [] : [claim]));
}

/** A claim the provisioner was sent for already keeps waiting for it. */
function freeVolume(claim: PersistentVolumeClaim, node: Node, { volumes }: ScheduleView): PersistentVolume | undefined {
  if (annotationOf(claim, SELECTED_NODE) !== undefined) return undefined;
  return findFree(
    claim,
    volumes.filter((volume) => reaches(volume, node)),
  );
}

function classFor(claim: PersistentVolumeClaim, classes: readonly StorageClass[]): StorageClass | undefined {
  return classes.find((known) => nameOf(known) === classOf(claim));
}

/** The scheduler believes the annotation, not the phase. [volumebinding/binder.go isPVCFullyBound] */
function isBound(claim: PersistentVolumeClaim): boolean {
  return Boolean(claim.spec.volumeName) && annotationOf(claim, BIND_COMPLETED) !== undefined;
}
