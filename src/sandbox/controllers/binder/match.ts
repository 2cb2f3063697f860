import { isTerminating, matchesSelector } from '../objects.ts';
import { annotationOf, nameOf, uidOf } from '../objects.ts';
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '../kinds.ts';
import { bytesOf } from '../quantity.ts';

export const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed';
export const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller';
export const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by';
export const SELECTED_NODE = 'volume.kubernetes.io/selected-node';
export const STORAGE_PROVISIONER = 'volume.kubernetes.io/storage-provisioner';
export const BETA_STORAGE_PROVISIONER = 'volume.beta.kubernetes.io/storage-provisioner';
const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';

/** Reserved for this claim: same namespace and name, and a uid that is empty or this claim's. [pv_helpers.go IsVolumeBoundToClaim] */
export function isReservedFor(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const ref = volume.spec.claimRef;
  if (ref === undefined) return false;
  if (ref.name !== claim.metadata.name || ref.namespace !== claim.metadata.namespace) return false;
  return ref.uid === undefined || ref.uid === '' || ref.uid === uidOf(claim);
}

/**
 * The volume that a claim without volumeName gets: one that is reserved for it, else the smallest of its class that fits. A
 * reserved one is still passed over when it is too small, of another mode or Terminating: class, selector and phase are not
 * looked at then. [pv_helpers.go FindMatchingVolume, index.go]
 */
export function findMatch(
  claim: PersistentVolumeClaim,
  candidates: readonly PersistentVolume[],
  waitsForConsumer: boolean,
): PersistentVolume | undefined {
  const usable = candidates.filter((volume) => isUsable(volume, claim));
  const reserved = usable.find((volume) => isReservedFor(volume, claim));
  if (reserved !== undefined || waitsForConsumer) return reserved;
  return smallestOf(usable.filter((volume) => isFree(volume, claim)));
}

/** What the scheduler asks: unbound volumes of the class that fit, whatever their order. */
export function findFree(
  claim: PersistentVolumeClaim,
  candidates: readonly PersistentVolume[],
): PersistentVolume | undefined {
  return smallestOf(candidates.filter((volume) => isUsable(volume, claim) && isFree(volume, claim)));
}

/**
 * Why a volume that was asked for by name, and that nobody has, cannot be had. Selector and node affinity are not checked.
 * [pv_controller.go checkVolumeSatisfyClaim]
 */
export function mismatchOf(volume: PersistentVolume, claim: PersistentVolumeClaim): string | undefined {
  if (isTerminating(volume)) return `the volume is marked for deletion "${nameOf(volume)}"`;
  if (isTooSmall(volume, claim)) return 'requested PV is too small';
  if (classOf(volume) !== classOf(claim)) return 'storageClassName does not match';
  if (attributesClassOf(volume) !== attributesClassOf(claim)) return 'volumeAttributesClassName does not match';
  if (modeOf(volume) !== modeOf(claim)) return 'incompatible volumeMode';
  if (!hasAccessModes(volume, claim)) return 'incompatible accessMode';
  return undefined;
}

export function modeOf(object: PersistentVolume | PersistentVolumeClaim): string {
  return object.spec.volumeMode ?? 'Filesystem';
}

export function classOf(object: PersistentVolume | PersistentVolumeClaim): string {
  return annotationOf(object, 'volume.beta.kubernetes.io/storage-class') ?? object.spec.storageClassName ?? '';
}

export function waitsForConsumer(storageClass: StorageClass | undefined): boolean {
  return storageClass?.volumeBindingMode === 'WaitForFirstConsumer';
}

/** The newest of those marked default, as admission and the binder choose. */
export function defaultClassOf(classes: readonly StorageClass[]): StorageClass | undefined {
  return classes
    .filter((storageClass) => annotationOf(storageClass, DEFAULT_CLASS) === 'true')
    .toSorted((a, b) => createdAt(b).localeCompare(createdAt(a)) || nameOf(a).localeCompare(nameOf(b)))
    .at(0);
}

function isUsable(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  return (
    (volume.spec.claimRef === undefined || isReservedFor(volume, claim)) &&
    !isTooSmall(volume, claim) &&
    modeOf(volume) === modeOf(claim) &&
    attributesClassOf(volume) === attributesClassOf(claim) &&
    hasAccessModes(volume, claim) &&
    !isTerminating(volume)
  );
}

function isFree(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const { selector } = claim.spec;
  return (
    volume.spec.claimRef === undefined &&
    volume.status?.phase === 'Available' &&
    classOf(volume) === classOf(claim) &&
    (selector === undefined || matchesSelector(selector, volume.metadata.labels))
  );
}

function smallestOf(volumes: readonly PersistentVolume[]): PersistentVolume | undefined {
  return volumes.toSorted((a, b) => capacityOf(a) - capacityOf(b)).at(0);
}

function isTooSmall(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  return capacityOf(volume) < (bytesOf(claim.spec.resources?.requests?.storage) ?? 0);
}

function capacityOf(volume: PersistentVolume): number {
  return bytesOf(volume.spec.capacity?.storage) ?? 0;
}

function hasAccessModes(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  return (claim.spec.accessModes ?? []).every((mode) => volume.spec.accessModes?.includes(mode) ?? false);
}

function attributesClassOf(object: PersistentVolume | PersistentVolumeClaim): string {
  return object.spec.volumeAttributesClassName ?? '';
}

function createdAt(object: StorageClass): string {
  return object.metadata.creationTimestamp ?? '';
}
