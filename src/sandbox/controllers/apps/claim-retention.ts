import type { OwnerReference } from '../../types.ts';
import type { PersistentVolumeClaim, Pod, StatefulSet } from '../kinds.ts';
import { ownedBy, uidOf } from '../objects.ts';

/**
 * The owners that a member's claim must have under persistentVolumeClaimRetentionPolicy; undefined when it has them. Under
 * whenDeleted: Delete the set owns also claims that somebody else made before it; under whenScaled: Delete the pod that is
 * scaled away owns its claim, and takes it along. Either is its controller (1.36, seen on a real one). [stateful_set_utils.go updateClaimOwnerRefForSetAndPod]
 */
export function claimOwners(
  claim: PersistentVolumeClaim,
  set: StatefulSet,
  pod: Pod | undefined,
  condemned: boolean,
): OwnerReference[] | undefined {
  const { whenDeleted = 'Retain', whenScaled = 'Retain' } = set.spec.persistentVolumeClaimRetentionPolicy ?? {};
  const before = claim.metadata.ownerReferences ?? [];
  const scaledAway = condemned && whenScaled === 'Delete' && pod !== undefined;
  const wanted = [
    ...before.filter(({ uid }) => uid !== uidOf(set) && uid !== (pod && uidOf(pod))),
    ...(whenDeleted === 'Delete' && !scaledAway ? [ownedBy(set)] : []),
    ...(scaledAway && pod !== undefined ? [ownedBy(pod)] : []),
  ];
  const same = wanted.length === before.length && wanted.every(({ uid }) => before.some((owner) => owner.uid === uid));
  return same ? undefined : wanted;
}
