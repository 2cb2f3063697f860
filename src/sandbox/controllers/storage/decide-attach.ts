import type { PersistentVolume, PersistentVolumeClaim, Pod, VolumeAttachment } from '../kinds.ts';
import { isTerminating, nameOf } from '../objects.ts';
import { attachmentName } from './ebs.ts';
import { usesVolumes } from './protection.ts';

interface AttachDecision {
  /** Nodes that need the volume and have no attachment yet. */
  attach: string[];
  detach: VolumeAttachment[];
  /** Pods that must wait because the volume is attached to another node. */
  refused: Pod[];
}

/**
 * What the attach-detach controller wants for one volume. A volume stays attached while a pod on that node uses its claim,
 * whatever becomes of the claim meanwhile; a new attachment needs the claim Bound. [attachdetach/reconciler]
 */
export function decideAttachments(
  volume: PersistentVolume,
  attachments: readonly VolumeAttachment[],
  users: readonly { pod: Pod; claim: PersistentVolumeClaim }[],
): AttachDecision {
  const onNodes = users.filter(({ pod }) => usesVolumes(pod));
  const nodesInUse = new Set(onNodes.map(({ pod }) => pod.spec.nodeName));
  const detach = attachments.filter(
    (attachment) => !isTerminating(attachment) && !nodesInUse.has(attachment.spec.nodeName),
  );
  const wanting = onNodes.filter(
    ({ pod, claim }) => claim.status?.phase === 'Bound' && needsAttachment(pod, volume, attachments),
  );
  const elsewhere = isExclusive(volume) && attachments.length > 0;
  const attach = elsewhere ? [] : [...new Set(wanting.map(({ pod }) => pod.spec.nodeName ?? ''))];
  return {
    attach: isExclusive(volume) ? attach.slice(0, 1) : attach,
    detach,
    refused: elsewhere ? wanting.filter(({ pod }) => attachedElsewhere(pod, attachments)).map(({ pod }) => pod) : [],
  };
}

export function newAttachment(volume: PersistentVolume, nodeName: string): VolumeAttachment {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'VolumeAttachment',
    metadata: { name: attachmentName(volume, nodeName) },
    spec: { attacher: volume.spec.csi?.driver ?? '', nodeName, source: { persistentVolumeName: nameOf(volume) } },
  };
}

function needsAttachment(pod: Pod, volume: PersistentVolume, attachments: readonly VolumeAttachment[]): boolean {
  const wanted = attachmentName(volume, pod.spec.nodeName ?? '');
  return !isTerminating(pod) && !attachments.some((attachment) => nameOf(attachment) === wanted);
}

function attachedElsewhere(pod: Pod, attachments: readonly VolumeAttachment[]): boolean {
  return attachments.some(({ spec }) => spec.nodeName !== pod.spec.nodeName);
}

function isExclusive(volume: PersistentVolume): boolean {
  return !(volume.spec.accessModes ?? []).some((mode) => mode === 'ReadWriteMany' || mode === 'ReadOnlyMany');
}
