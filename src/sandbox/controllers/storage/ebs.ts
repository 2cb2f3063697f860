import { createHash } from 'node:crypto';
import type { Node, PersistentVolume } from '../kinds.ts';

export const EBS_DRIVER = 'ebs.csi.aws.com';
export const EBS_ATTACHER = `external-attacher-${EBS_DRIVER.replaceAll('.', '-')}`;
/** The driver writes the standard key since v1.33.0; nodes carry both. [aws-ebs-csi-driver CHANGELOG] */
export const ZONE_LABEL = 'topology.kubernetes.io/zone';
export const PROVISIONER_FINALIZER = 'external-provisioner.volume.kubernetes.io/finalizer';
export const ATTACHER_FINALIZER = 'external-attacher/ebs-csi-aws-com';

export function zoneOf(node: Node): string | undefined {
  return node.metadata.labels?.[ZONE_LABEL];
}

/** `aws:///eu-west-1a/i-0abc` names instance i-0abc. */
export function instanceOf(node: Node): string | undefined {
  return /^aws:\/\/\/[^/]+\/(i-[0-9a-f]+)$/.exec(node.spec.providerID ?? '')?.[1];
}

/** `csi-` and the sha256 of handle, driver and node, one after the other. [csi_attacher.go getAttachmentName] */
export function attachmentName(volume: PersistentVolume, nodeName: string): string {
  const { volumeHandle = '', driver = '' } = volume.spec.csi ?? {};
  return `csi-${createHash('sha256').update(`${volumeHandle}${driver}${nodeName}`).digest('hex')}`;
}

export function isEbsVolume(volume: PersistentVolume): boolean {
  return volume.spec.csi?.driver === EBS_DRIVER;
}

/**
 * Where a volume is made when no pod has chosen a node: claims of one StatefulSet are spread over the zones by ordinal, as
 * the provisioner does by a hash of the claim's name. [external-provisioner topology.go]
 */
export function spreadZone(claimName: string, nodes: readonly Node[]): string | undefined {
  const zones = [...new Set(nodes.map(zoneOf).filter((zone) => zone !== undefined))].toSorted();
  const parts = /^(.*?)-?([0-9]*)$/.exec(claimName);
  const start = createHash('sha256')
    .update(parts?.[1] ?? '')
    .digest()
    .readUInt32BE(0);
  return zones[(start + Number(parts?.[2] ?? 0)) % Math.max(1, zones.length)];
}

/** The first free name of the driver's range, /dev/xvdaa on. [aws-ebs-csi-driver pkg/cloud/devicemanager] */
export function deviceFor(taken: readonly string[]): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  for (const first of 'abcd')
    for (const second of letters) if (!taken.includes(`/dev/xvd${first}${second}`)) return `/dev/xvd${first}${second}`;
  throw new Error(
    'The sandbox node has no free device name left: at most 104 volumes can be attached to one instance.',
  );
}
