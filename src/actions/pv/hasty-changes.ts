import type { ClaimFacts } from '../../inventory/claim.ts';
import type { OwnVolume } from '../../inventory/candidate.ts';
import type { Situation } from '../../model/action.ts';
import type { Change } from '../../model/change.ts';
import { deleteObject } from '../../changes/index.ts';
import { claimRef } from './rebind-changes.ts';

/** The claim goes, its volume stays: policy Retain is read back by the door right before (promise 4). */
export function deleteHastyClaim(live: ClaimFacts, { pv, cloud }: OwnVolume, { endpoint }: Situation): Change {
  const handle = cloud?.id ?? pv.handle;
  return deleteObject({
    object: claimRef(endpoint, live.namespace, live.name, live.uid),
    proof: { volume: pv.name, uid: pv.uid, policy: 'Retain', ...(handle !== undefined && { handle }) },
    because: `made too early, on the new volume ${pv.name} (${handle ?? '?'}), which is kept`,
  });
}

/** One that nothing was ever made for; the door reads back that this is still so. */
export function deleteWaitingClaim(live: ClaimFacts, { endpoint }: Situation): Change {
  return deleteObject({
    object: claimRef(endpoint, live.namespace, live.name, live.uid),
    proof: { unbound: true },
    because: 'made too early, and still without a volume',
  });
}
