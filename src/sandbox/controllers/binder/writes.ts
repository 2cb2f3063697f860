import type { PersistentVolume, PersistentVolumeClaim } from '../kinds.ts';
import { annotationOf, draftOf, nameOf, referenceTo, uidOf, withAnnotations } from '../objects.ts';
import { BIND_COMPLETED, BOUND_BY_CONTROLLER, isReservedFor } from './match.ts';

/** The volume as it must read to belong to the claim; undefined when it does. [pv_helpers.go GetBindVolumeToClaim] */
export function volumeBoundTo(volume: PersistentVolume, claim: PersistentVolumeClaim): PersistentVolume | undefined {
  const ref = volume.spec.claimRef;
  const byController = !isReservedFor(volume, claim) && annotationOf(volume, BOUND_BY_CONTROLLER) === undefined;
  if (ref?.uid === uidOf(claim) && !byController) return undefined;
  const draft = byController ? withAnnotations(volume, { [BOUND_BY_CONTROLLER]: 'yes' }) : draftOf(volume);
  draft.spec.claimRef = referenceTo(claim);
  return draft;
}

/** The claim as it must read to have the volume; undefined when it does. */
export function claimBoundTo(
  claim: PersistentVolumeClaim,
  volume: PersistentVolume,
): PersistentVolumeClaim | undefined {
  const named = claim.spec.volumeName === nameOf(volume);
  if (named && annotationOf(claim, BIND_COMPLETED) !== undefined) return undefined;
  const draft = withAnnotations(claim, {
    ...(named ? {} : { [BOUND_BY_CONTROLLER]: 'yes' }),
    [BIND_COMPLETED]: 'yes',
  });
  draft.spec.volumeName = nameOf(volume);
  return draft;
}

/** The status of a claim in a phase; undefined when it has it already. Capacity is not taken back from a Bound claim. */
export function claimInPhase(
  claim: PersistentVolumeClaim,
  phase: 'Pending' | 'Lost' | 'Bound',
  volume?: PersistentVolume,
): PersistentVolumeClaim | undefined {
  if (claim.status?.phase === phase) return undefined;
  const draft = draftOf(claim);
  draft.status = { phase };
  if (volume?.spec.accessModes !== undefined) draft.status.accessModes = volume.spec.accessModes;
  if (volume?.spec.capacity !== undefined) draft.status.capacity = volume.spec.capacity;
  const attributesClass = volume?.spec.volumeAttributesClassName;
  if (attributesClass !== undefined) draft.status.currentVolumeAttributesClassName = attributesClass;
  return draft;
}

export function volumeInPhase(volume: PersistentVolume, phase: string): PersistentVolume | undefined {
  if (volume.status?.phase === phase) return undefined;
  const draft = draftOf(volume);
  draft.status = { phase };
  return draft;
}

/**
 * The volume taken back from a claim that is bound elsewhere: the whole claimRef when the controller had written it, only the
 * uid when a person had (it stays reserved). [pv_controller.go unbindVolume]
 */
export function volumeUnbound(volume: PersistentVolume): PersistentVolume {
  const draft = draftOf(volume);
  if (annotationOf(volume, BOUND_BY_CONTROLLER) === undefined) {
    delete draft.spec.claimRef?.uid;
    return draft;
  }
  delete draft.spec.claimRef;
  delete draft.metadata.annotations?.[BOUND_BY_CONTROLLER];
  return draft;
}
