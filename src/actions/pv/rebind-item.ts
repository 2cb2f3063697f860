import type { Match } from '../../inventory/match.ts';
import type { ClaimFacts } from '../../inventory/claim.ts';
import type { PvFacts } from '../../inventory/persistent-volume.ts';
import type { Situation } from '../../model/action.ts';
import type { Change, Item } from '../../model/change.ts';
import { deleteHastyClaim } from './hasty-changes.ts';
import { adoptClaim, isNudged, makeClaim, nudgeClaim, releasePv } from './rebind-changes.ts';
import { retainPv } from './retain-change.ts';

export interface NamespaceFacts {
  readonly terminating: boolean;
}

/** What a claim's item needs to know beyond its own match. */
export interface Around {
  readonly namespace: NamespaceFacts | undefined;
  /** Shared Changes that stand in this item: workloads stopped before it, and started after all. */
  readonly stops: readonly Change[];
  readonly starts: readonly Change[];
  /** Every claim of the step stands on its own volume. */
  readonly allOnOwn: boolean;
  /** What still wants the hasty claim. */
  readonly heldBy: string | undefined;
  readonly situation: Situation;
}

/** What one claim still needs, in order; undefined when it is Bound to its own volume, both ways, and nothing else is due. */
export function rebindItem(match: Match, around: Around): Item | undefined {
  const { own, claim, hasty } = match;
  if (!own) return undefined;
  const first = [...keepHasty(match, around), ...around.stops];
  const then = isOnOwnVolume(match) ? [] : remaining(match, own.pv, around.situation);
  const changes = [...first, ...then, ...around.starts];
  if (changes.length === 0 && isOnOwnVolume(match)) return undefined;
  const from = hasty ? `, now on ${hasty.pv.name} (${hasty.cloud?.id ?? hasty.pv.handle ?? '?'})` : '';
  const of = `${claim.namespace}/${claim.name} on ${own.pv.name} (${own.pv.handle ?? '?'}, ${own.pv.capacity ?? '?'}, ${own.cloud?.zone ?? own.pv.zone ?? 'no zone'})${from}`;
  const { ready, wait } = readiness(match, own.pv, first.length, then, around);
  return { key: claim.name, changes, ready, because: wait === undefined ? of : `${of}: ${wait}` };
}

/** The claim's uid stands in the PV, the PV's name in the claim, and both say Bound (recovery-facts A2, step 5). */
export function isOnOwnVolume({ own, live }: Pick<Match, 'own' | 'live'>): boolean {
  return (
    own !== undefined &&
    live !== undefined &&
    !live.terminating &&
    live.volumeName === own.pv.name &&
    own.pv.claim?.uid === live.uid &&
    own.pv.phase === 'Bound' &&
    live.phase === 'Bound'
  );
}

interface Readiness {
  readonly ready: number;
  readonly wait?: string;
}

function readiness(match: Match, pv: PvFacts, first: number, then: readonly Change[], around: Around): Readiness {
  const { live, hasty, claim } = match;
  if (isOnOwnVolume(match)) {
    if (first > 0) return { ready: first };
    if (around.allOnOwn) return { ready: around.starts.length };
    return { ready: 0, wait: 'waits for the other claims to be on their volumes, to start what was stopped' };
  }
  const wait = waitFor(pv, live, around.namespace, claim.namespace);
  // a claim that somebody deleted is held by the pods that are to be stopped
  if (first > 0 && (wait === undefined || live?.terminating)) return { ready: first };
  if (wait !== undefined) {
    const holder = live?.terminating && around.heldBy !== undefined ? `; ${around.heldBy}` : '';
    return { ready: 0, wait: `${wait}${holder}` };
  }
  if (hasty && live && around.heldBy !== undefined) return { ready: 0, wait: around.heldBy };
  if (hasty && live) return { ready: 1 };
  if (then.length === 0) return { ready: 0, wait: 'waits for both to be Bound' };
  return { ready: readyOf(pv, then) };
}

/** A hasty volume is kept before its claim goes, whatever became of the claim meanwhile. */
function keepHasty({ hasty, claim }: Match, { situation }: Around): Change[] {
  if (!hasty || hasty.pv.policy === 'Retain') return [];
  const because = `keep the new volume of ${claim.namespace}/${claim.name} as well: somebody may have written to it`;
  return [retainPv(hasty.pv, situation.endpoint, because)];
}

/** A reason to hold everything back, which the world itself will end. */
function waitFor(
  pv: PvFacts,
  live: ClaimFacts | undefined,
  namespace: NamespaceFacts | undefined,
  name: string,
): string | undefined {
  if (live?.terminating)
    return `waits for the old claim to be gone; it is held by ${live.finalizers.join(', ') || 'nothing'}`;
  // Retain first, uid second, never the other way round (trap 1, testbed finding 10).
  if (pv.policy !== 'Retain')
    return `waits for ${pv.name} to be kept; its policy is ${pv.policy}: pv/retain comes first`;
  if (!namespace) return `waits for namespace ${name} to exist`;
  if (namespace.terminating) return `waits for the old namespace ${name} to be gone and made again`;
  // Clearing the uid of a Bound PV makes its claim Lost, for good (testbed finding 4): first it must be Released.
  if (pv.claim?.uid !== undefined && pv.claim.uid !== live?.uid && pv.phase !== 'Released')
    return `waits for ${pv.name} to be Released; it is ${pv.phase}`;
  return undefined;
}

function remaining(match: Match, pv: PvFacts, situation: Situation): Change[] {
  const { live, claim, hasty } = match;
  const changes: Change[] = [];
  if (hasty && live && !live.terminating) changes.push(deleteHastyClaim(live, hasty, situation));
  const gone = !live || live.terminating || hasty !== undefined;
  const mustForget = pv.claim?.uid !== undefined && (gone || pv.claim.uid !== live.uid);
  if (gone) {
    if (mustForget || pv.boundByController !== undefined) changes.push(releasePv(pv, situation));
    changes.push(makeClaim(claim, pv, situation));
    return changes;
  }
  // A claim that waits already: naming the volume first makes provisioning impossible, then it is let in (finding 2).
  if (live.volumeName === undefined) changes.push(adoptClaim(live, pv, situation));
  if (mustForget) changes.push(releasePv(pv, situation));
  if (live.phase !== 'Bound' && !isNudged(live, situation)) changes.push(nudgeClaim(live, pv, situation));
  return changes;
}

/** After the PV has forgotten the uid it becomes Available within moments; a claim made before that waits up to 15 s. */
function readyOf(pv: PvFacts, changes: readonly Change[]): number {
  const release = changes.findIndex(({ object }) => object.kind === 'PersistentVolume');
  if (release >= 0) return release + 1;
  return pv.phase === 'Available' || pv.phase === 'Bound' ? changes.length : 0;
}
