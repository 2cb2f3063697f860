import type { PersistentVolume, PersistentVolumeClaim } from '../kinds.ts';
import { annotationOf, nameOf } from '../objects.ts';
import { PROVISIONED_BY, modeOf } from './match.ts';

type VolumeDecision =
  | { do: 'phase'; phase: 'Available' | 'Bound' | 'Released' }
  | { do: 'wakeClaim' }
  | { do: 'tellModes' }
  | { do: 'unbind' };

/**
 * What the binder does with a volume, given the live claim that its claimRef names (absent when there is none, or when the
 * uid is another). A volume that becomes Released is reclaimed by whoever provisions: Retain keeps it, Delete is carried out
 * by the CSI provisioner. [pv_controller.go syncVolume]
 */
export function decideVolume(volume: PersistentVolume, claim: PersistentVolumeClaim | undefined): VolumeDecision {
  const uid = volume.spec.claimRef?.uid;
  // Reserved without a uid is Available: the claim's own sync binds it, and nothing here wakes that claim.
  if (uid === undefined || uid === '') return { do: 'phase', phase: 'Available' };
  if (claim === undefined) return { do: 'phase', phase: 'Released' };
  if (!claim.spec.volumeName) return modeOf(volume) === modeOf(claim) ? { do: 'wakeClaim' } : { do: 'tellModes' };
  // The claim is not woken in this case: one that waits with its volumeName set waits for the resync.
  if (claim.spec.volumeName === nameOf(volume)) return { do: 'phase', phase: 'Bound' };
  const wasProvisioned = annotationOf(volume, PROVISIONED_BY) !== undefined;
  if (wasProvisioned && volume.spec.persistentVolumeReclaimPolicy === 'Delete')
    return { do: 'phase', phase: 'Released' };
  return { do: 'unbind' };
}
