import { XMLBuilder } from 'fast-xml-parser';
import { progressOf, snapshotStateOf } from './snapshots.ts';
import type { InstanceRecord, SnapshotRecord, VolumeRecord } from './state.ts';
import type { CloudStore } from './store.ts';
import { attachmentStateOf, stateOf } from './volumes.ts';

/** What an answer holds, before it becomes XML; `set` makes the wrapped lists of EC2. */
export type Xml = string | number | boolean | Xml[] | { [name: string]: Xml | undefined };

export const set = (items: Xml[]): Xml => (items.length === 0 ? '' : { item: items });

export const timeOf = (at: number): string => new Date(at).toISOString();

export function toXml(root: string, namespace: string, body: { [name: string]: Xml | undefined }): string {
  const builder = new XMLBuilder({ ignoreAttributes: false, suppressEmptyNode: true });
  const attributes = namespace === '' ? {} : { '@_xmlns': namespace };
  return `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build({ [root]: { ...attributes, ...body } })}`;
}

export function volumeAnswer(store: CloudStore, volume: VolumeRecord): Xml {
  return {
    ...createdVolumeAnswer(store, volume),
    attachmentSet: set(volume.attachment ? [attachmentAnswer(store, volume)] : []),
  };
}

export function createdVolumeAnswer(store: CloudStore, volume: VolumeRecord): { [name: string]: Xml | undefined } {
  return {
    volumeId: volume.id,
    size: volume.sizeGiB,
    snapshotId: volume.snapshotId ?? '',
    availabilityZone: volume.zone,
    status: stateOf(store, volume),
    createTime: timeOf(volume.createdAt),
    tagSet: tagSet(volume.tags),
    volumeType: volume.type,
    iops: volume.iops,
    throughput: volume.throughput,
    encrypted: volume.encrypted,
    multiAttachEnabled: false,
  };
}

export function attachmentAnswer(store: CloudStore, volume: VolumeRecord): { [name: string]: Xml | undefined } {
  const attachment = volume.attachment;
  if (!attachment) return { volumeId: volume.id, status: 'detached' };
  return {
    volumeId: volume.id,
    instanceId: attachment.instance,
    device: attachment.device,
    status: attachmentStateOf(store, volume),
    attachTime: timeOf(attachment.startedAt),
    deleteOnTermination: false,
  };
}

export function snapshotAnswer(store: CloudStore, snapshot: SnapshotRecord): { [name: string]: Xml | undefined } {
  return {
    snapshotId: snapshot.id,
    volumeId: snapshot.volumeId,
    status: snapshotStateOf(store, snapshot),
    startTime: timeOf(snapshot.startedAt),
    progress: progressOf(store, snapshot),
    ownerId: store.state.account,
    volumeSize: snapshot.sizeGiB,
    description: snapshot.description,
    encrypted: snapshot.encrypted,
    storageTier: 'standard',
    tagSet: tagSet(snapshot.tags),
  };
}

export function instanceAnswer(store: CloudStore, instance: InstanceRecord): Xml {
  const attached = store.volumes().filter(({ attachment }) => attachment?.instance === instance.id);
  return {
    instanceId: instance.id,
    instanceState: { code: stateCodes[instance.state], name: instance.state },
    privateDnsName: instance.privateDnsName,
    instanceType: instance.type,
    launchTime: timeOf(instance.launchedAt),
    placement: { availabilityZone: instance.zone, tenancy: 'default' },
    blockDeviceMapping: set(
      attached.map((volume) => ({
        deviceName: volume.attachment?.device,
        ebs: {
          volumeId: volume.id,
          status: attachmentStateOf(store, volume),
          attachTime: timeOf(volume.attachment?.startedAt ?? 0),
          deleteOnTermination: false,
        },
      })),
    ),
    tagSet: tagSet(instance.tags),
  };
}

const tagSet = (tags: Record<string, string>): Xml => set(Object.entries(tags).map(([key, value]) => ({ key, value })));

/** The low byte of the state code, as the reference of InstanceState lists it. */
const stateCodes = { pending: 0, running: 16, 'shutting-down': 32, terminated: 48, stopping: 64, stopped: 80 };
