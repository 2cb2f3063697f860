import type { CloudVolume } from '../../types.ts';
import {
  BETA_STORAGE_PROVISIONER,
  PROVISIONED_BY,
  SELECTED_NODE,
  STORAGE_PROVISIONER,
  classOf,
  modeOf,
  waitsForConsumer,
} from '../binder/match.ts';
import type { Node, PersistentVolume, PersistentVolumeClaim, StorageClass, VolumeAttachment } from '../kinds.ts';
import { annotationOf, hasFinalizer, isTerminating, nameOf, referenceTo, uidOf } from '../objects.ts';
import { gibibytesOf } from '../quantity.ts';
import { EBS_DRIVER, PROVISIONER_FINALIZER, ZONE_LABEL, spreadZone, zoneOf } from './ebs.ts';

export interface ProvisionRequest {
  volumeName: string;
  sizeGiB: number;
  zone: string;
  type: string;
  tags: Record<string, string>;
}

type ProvisionDecision =
  { do: 'nothing' } | { do: 'fail'; message: string } | { do: 'provision'; request: ProvisionRequest };

/**
 * Whether the EBS provisioner makes a volume for the claim. One with volumeName set never gets one: the strongest guard
 * against an empty disk. [sig-storage-lib shouldProvision]
 */
export function decideProvision(
  claim: PersistentVolumeClaim,
  storageClass: StorageClass | undefined,
  nodes: readonly Node[],
): ProvisionDecision {
  const asked = annotationOf(claim, STORAGE_PROVISIONER) ?? annotationOf(claim, BETA_STORAGE_PROVISIONER);
  if (claim.spec.volumeName || asked !== EBS_DRIVER || isTerminating(claim)) return { do: 'nothing' };
  if (storageClass === undefined)
    return { do: 'fail', message: `storageclass.storage.k8s.io "${classOf(claim)}" not found` };
  const selected = annotationOf(claim, SELECTED_NODE);
  if (waitsForConsumer(storageClass) && selected === undefined) return { do: 'nothing' };
  const node = nodes.find((known) => nameOf(known) === selected);
  if (selected !== undefined && node === undefined)
    return { do: 'fail', message: `failed to get target node: node "${selected}" not found` };
  const zone = node === undefined ? spreadZone(nameOf(claim), nodes) : zoneOf(node);
  if (zone === undefined) {
    const message = 'error generating accessibility requirements: no available topology found';
    return { do: 'fail', message };
  }
  return { do: 'provision', request: requestFor(claim, storageClass, zone) };
}

/** The volume object that the provisioner writes; it is already reserved, uid and all, for the claim. */
export function provisionedVolume(
  claim: PersistentVolumeClaim,
  storageClass: StorageClass,
  made: CloudVolume,
  volumeName: string,
): PersistentVolume {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name: volumeName,
      annotations: {
        [PROVISIONED_BY]: EBS_DRIVER,
        'volume.kubernetes.io/provisioner-deletion-secret-name': '',
        'volume.kubernetes.io/provisioner-deletion-secret-namespace': '',
      },
    },
    spec: {
      capacity: { storage: `${made.sizeGiB}Gi` },
      csi: { driver: EBS_DRIVER, volumeHandle: made.id, ...fsTypeOf(claim, storageClass) },
      accessModes: claim.spec.accessModes ?? ['ReadWriteOnce'],
      claimRef: referenceTo(claim),
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
      storageClassName: nameOf(storageClass),
      volumeMode: modeOf(claim),
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: ZONE_LABEL, operator: 'In', values: [made.zone] }] }],
        },
      },
    },
  };
}

/** Released and Delete: the order to destroy, also for a hand-made volume of this driver. [sig-storage-lib shouldDelete] */
export function mustDelete(volume: PersistentVolume): boolean {
  if (!isOurs(volume) || volume.status?.phase !== 'Released') return false;
  if (isTerminating(volume) && !hasFinalizer(volume, PROVISIONER_FINALIZER)) return false;
  return volume.spec.persistentVolumeReclaimPolicy === 'Delete';
}

/** The only guard: an attachment that names this very object. [external-provisioner canDeleteVolume] */
export function deletionBlockedBy(
  volume: PersistentVolume,
  attachments: readonly VolumeAttachment[],
): string | undefined {
  const held = attachments.find(({ spec }) => spec.source.persistentVolumeName === nameOf(volume));
  return held && `persistentvolume ${nameOf(volume)} is still attached to node ${held.spec.nodeName}`;
}

/** Added while policy Delete and Bound, taken away when the policy is another. [sig-storage-lib handleProtectionFinalizer] */
export function decideProvisionerFinalizer(volume: PersistentVolume): 'add' | 'remove' | 'keep' {
  const has = hasFinalizer(volume, PROVISIONER_FINALIZER);
  const deletes = volume.spec.persistentVolumeReclaimPolicy === 'Delete';
  if (!isOurs(volume) || deletes === has) return 'keep';
  if (!deletes) return 'remove';
  return !isTerminating(volume) && volume.status?.phase === 'Bound' ? 'add' : 'keep';
}

function isOurs(volume: PersistentVolume): boolean {
  return (annotationOf(volume, PROVISIONED_BY) ?? volume.spec.csi?.driver) === EBS_DRIVER;
}

function requestFor(claim: PersistentVolumeClaim, storageClass: StorageClass, zone: string): ProvisionRequest {
  const volumeName = `pvc-${uidOf(claim)}`;
  return {
    volumeName,
    sizeGiB: gibibytesOf(claim.spec.resources?.requests?.storage),
    zone,
    type: storageClass.parameters?.['type'] ?? 'gp3',
    // --extra-create-metadata is on in the driver's chart. [aws-ebs-csi-driver docs/tagging.md]
    tags: {
      CSIVolumeName: volumeName,
      'ebs.csi.aws.com/cluster': 'true',
      'kubernetes.io/created-for/pvc/name': nameOf(claim),
      'kubernetes.io/created-for/pvc/namespace': claim.metadata.namespace ?? '',
      'kubernetes.io/created-for/pv/name': volumeName,
    },
  };
}

function fsTypeOf(claim: PersistentVolumeClaim, storageClass: StorageClass): { fsType?: string } {
  if (modeOf(claim) === 'Block') return {};
  return { fsType: storageClass.parameters?.['csi.storage.k8s.io/fstype'] ?? 'ext4' };
}
