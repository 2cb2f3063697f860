import type { ExpectedClaim, Problem } from '../../inventory/candidate.ts';
import type { Match } from '../../inventory/match.ts';
import { ownsClaim, podFactsOf, setFactsOf, type PodFacts, type SetFacts } from '../../inventory/workloads.ts';
import type { Situation } from '../../model/action.ts';
import type { Change } from '../../model/change.ts';
import type { Evidence } from '../../model/question.ts';
import type { CloudSnapshot, ReadWorld } from '../../ports/read-world.ts';
import { notedReplicas, startSet, stopSet } from '../members.ts';
import { isOnOwnVolume } from './rebind-item.ts';

/** What runs in the namespace, as far as claims are concerned. */
export interface Workloads {
  readonly sets: readonly SetFacts[];
  readonly pods: readonly PodFacts[];
}

export async function workloadsOf(
  world: ReadWorld,
  endpoint: 'cluster' | 'argocd',
  namespace: string,
): Promise<Workloads> {
  const kube = world.kube(endpoint);
  const [sets, pods] = await Promise.all([
    kube.facts('apps/v1', 'StatefulSet', { namespace }, setFactsOf),
    kube.facts('v1', 'Pod', { namespace }, podFactsOf),
  ]);
  return { sets, pods };
}

/** What the swap of a step's hasty claims does beside each claim's own Changes, by the claim whose item it stands in. */
export interface Swap {
  readonly stops: ReadonlyMap<string, readonly Change[]>;
  readonly starts: ReadonlyMap<string, readonly Change[]>;
  /** Why the claim cannot be deleted yet: what still wants it. */
  heldBy(claim: string): string | undefined;
}

/** Who gives the stopped sets their members back: the step itself, or a later one (kube/start). */
export type Members = 'start' | 'leave-stopped';

/**
 * Members are stopped before the first claim of their set is touched, and come back only when every claim of the step stands
 * on its own volume: a set whose members see one empty and one old volume may elect the empty one (trap 28).
 */
export function swapOf(
  matches: readonly Match[],
  order: readonly string[],
  { sets, pods }: Workloads,
  { endpoint, members }: Pick<Situation, 'endpoint'> & { readonly members: Members },
): Swap {
  const stops = new Map<string, Change[]>();
  const starts: Change[] = [];
  const namespace = matches[0]?.claim.namespace ?? '';
  const where = { endpoint, namespace };
  for (const set of sets) {
    const claims = order.filter((name) => ownsClaim(set, name));
    const own = matches.filter(({ claim }) => claims.includes(claim.name));
    const noted = notedReplicas(set) !== undefined;
    const swapping = own.some(({ hasty }) => hasty !== undefined) || (noted && own.some((one) => !isOnOwnVolume(one)));
    const mustStop = swapping && set.replicas > 0;
    const [first] = claims;
    if (first === undefined) continue;
    if (mustStop) stops.set(first, [...(stops.get(first) ?? []), stopSet(set, where)]);
    if (members === 'start' && (mustStop || noted)) starts.push(startSet(set, where, HOME));
  }
  const last = order.at(-1);
  return {
    stops,
    starts: new Map(last === undefined || starts.length === 0 ? [] : [[last, starts]]),
    heldBy: (claim) => heldBy(claim, { sets, pods }),
  };
}

const HOME = 'start it again, every claim stands on its own volume';

/** Sets that wait, stopped, for a later step: as the end of a step says it. */
export function stoppedSets({ sets }: Workloads, claims: readonly string[]): string {
  const stopped = sets.filter(
    (set) => set.replicas === 0 && notedReplicas(set) !== undefined && claims.some((name) => ownsClaim(set, name)),
  );
  return stopped.map((set) => `; ${set.name} stays stopped (${notedReplicas(set) ?? 0} members noted)`).join('');
}

/** What still wants the claim: while it does, a deleted one stays, or another is made at once (traps 12, 13). */
export function heldBy(claim: string, { sets, pods }: Workloads): string | undefined {
  const set = sets.find((one) => one.replicas > 0 && ownsClaim(one, claim));
  if (set) return `waits for StatefulSet ${set.name} to be stopped`;
  const users = usersOf(claim, pods).map(({ name }) => name);
  return users.length === 0 ? undefined : `waits for Pod ${users.join(', ')} to end`;
}

function usersOf(claim: string, pods: readonly PodFacts[]): PodFacts[] {
  return pods.filter((pod) => !pod.ended && pod.claims.includes(claim));
}

export function usageProblems({ claim, hasty, live }: Match, workloads: Workloads): Problem[] {
  return !hasty || live?.terminating ? [] : strangersAt(claim, workloads);
}

/** Only members of StatefulSets are stopped: whatever else mounts the claim is named, and a person's to stop. */
export function strangersAt(claim: ExpectedClaim, { sets, pods }: Workloads): Problem[] {
  const known = new Set(sets.filter((set) => ownsClaim(set, claim.name)).map(({ uid }) => uid));
  return usersOf(claim.name, pods)
    .filter(({ owner }) => owner === undefined || !known.has(owner.uid))
    .map(({ name, owner }) => ({
      code: 'in-use' as const,
      text: `claim ${claim.namespace}/${claim.name} is to be deleted, but Pod ${name} (${owner ? `${owner.kind} ${owner.name}` : 'nobody made it'}) mounts it; only StatefulSets are stopped here: stop that first`,
    }));
}

/** Both volumes of each hasty claim, side by side, where it has two: what is given up for what. */
export function hastyEvidence(
  matches: readonly Pick<Match, 'claim' | 'own' | 'hasty' | 'live'>[],
  { pods }: Workloads,
  snapshots: readonly CloudSnapshot[],
): Evidence[] {
  const rows = matches.flatMap(({ claim, own, hasty, live }) => {
    if (!hasty) return [];
    const users = usersOf(claim.name, pods).map(({ name }) => name);
    return [hasty, ...(own ? [own] : [])].map(({ pv, cloud }) => [
      `${claim.namespace}/${claim.name}`,
      cloud?.id ?? pv.handle ?? '?',
      pv.name,
      pv.capacity ?? '?',
      cloud?.createTime ?? pv.createdAt ?? '?',
      cloud?.attachments.map(({ instance }) => instance).join(', ') || 'no',
      pv === hasty.pv ? users.join(', ') || '-' : '-',
      String(snapshots.filter(({ volumeId }) => volumeId === cloud?.id).length),
      pv === hasty.pv ? `kept; the claim of ${live?.createdAt ?? '?'} is deleted` : 'comes back',
    ]);
  });
  const columns = [
    'claim',
    'volume',
    'PV',
    'size',
    'made',
    'attached to',
    'used by',
    'snapshots',
    'what becomes of it',
  ];
  return rows.length === 0 ? [] : [{ title: 'Hasty claims: what they stand on, and what is theirs', columns, rows }];
}
