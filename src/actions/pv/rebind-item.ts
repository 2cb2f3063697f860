import type { Match } from '../../inventory/match.ts';
import type { ClaimFacts } from '../../inventory/claim.ts';
import type { PvFacts } from '../../inventory/persistent-volume.ts';
import type { Situation } from '../../model/action.ts';
import type { Change, Item } from '../../model/change.ts';
import { adoptClaim, isNudged, makeClaim, nudgeClaim, releasePv } from './rebind-changes.ts';

export interface NamespaceFacts {
  readonly terminating: boolean;
}

/** What one claim still needs, in order; undefined when it is Bound to its own volume, both ways. */
export function rebindItem(
  match: Match,
  namespace: NamespaceFacts | undefined,
  situation: Situation,
): Item | undefined {
  const { own, claim, live } = match;
  if (!own || isBoundBothWays(own.pv, live)) return undefined;
  const key = claim.name;
  const wait = waitFor(own.pv, live, namespace, claim.namespace);
  const changes = remaining(match, own.pv, situation);
  const of = `${claim.namespace}/${claim.name} on ${own.pv.name} (${own.pv.handle ?? '?'}, ${own.pv.capacity ?? '?'}, ${own.cloud?.zone ?? own.pv.zone ?? 'no zone'})`;
  if (wait !== undefined) return { key, changes, ready: 0, because: `${of}: ${wait}` };
  if (changes.length === 0) return { key, changes, ready: 0, because: `${of}: waits for both to be Bound` };
  return { key, changes, ready: readyOf(own.pv, changes), because: of };
}

/** The claim's uid stands in the PV, the PV's name in the claim, and both say Bound (recovery-facts A2, step 5). */
function isBoundBothWays(pv: PvFacts, live: ClaimFacts | undefined): boolean {
  return (
    live !== undefined &&
    !live.terminating &&
    live.volumeName === pv.name &&
    pv.claim?.uid === live.uid &&
    pv.phase === 'Bound' &&
    live.phase === 'Bound'
  );
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
  const { live, claim } = match;
  const changes: Change[] = [];
  const gone = !live || live.terminating;
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
