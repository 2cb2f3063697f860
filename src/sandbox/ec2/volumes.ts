import type { CloudVolume, VolumeContent } from '../types.ts';
import { CloudFailure, invalidValue, missingParameter } from './failure.ts';
import type { InstanceRecord, VolumeRecord } from './state.ts';
import { newId } from './store.ts';
import type { CloudStore } from './store.ts';

export interface VolumeRequest {
  zone: string;
  sizeGiB?: number;
  snapshotId?: string;
  type?: string;
  encrypted?: boolean;
  iops?: number;
  throughput?: number;
  tags: Record<string, string>;
  clientToken?: string;
}

/** Creates a volume, empty or with the content that a completed snapshot holds. */
export function createVolume(store: CloudStore, request: VolumeRequest): VolumeRecord {
  const repeated = findRepeated(store, request);
  if (repeated) return repeated;
  if (!store.state.zones.includes(request.zone))
    throw new CloudFailure('InvalidZone.NotFound', `The zone '${request.zone}' does not exist.`);
  const source = request.snapshotId === undefined ? undefined : completedSnapshot(store, request.snapshotId);
  const type = request.type ?? 'gp2';
  const now = store.now();
  const volume: VolumeRecord = {
    id: newId('vol'),
    sizeGiB: sizeOf(request.sizeGiB, type, source?.sizeGiB),
    zone: request.zone,
    type,
    encrypted: request.encrypted ?? source?.encrypted ?? false,
    ...performanceOf(request, type),
    ...(request.snapshotId === undefined ? {} : { snapshotId: request.snapshotId }),
    createdAt: now,
    availableAt: now + store.periods.creating,
    tags: { ...request.tags },
    content: source ? structuredClone(source.content) : emptyDisk(),
  };
  store.state.volumes[volume.id] = volume;
  if (request.clientToken !== undefined)
    store.state.clientTokens[request.clientToken] = { request: fingerprintOf(request), id: volume.id };
  return volume;
}

export function deleteVolume(store: CloudStore, id: string): void {
  const volume = store.volume(id);
  if (volume.attachment)
    throw new CloudFailure('VolumeInUse', `Volume ${id} is currently attached to ${volume.attachment.instance}`);
  if (stateOf(store, volume) !== 'available') throw wrongState(store, volume);
  delete store.state.volumes[id];
}

export function attachVolume(store: CloudStore, id: string, instanceId: string, device: string): VolumeRecord {
  const volume = store.volume(id);
  const instance = store.instance(instanceId);
  if (volume.attachment) throw new CloudFailure('VolumeInUse', `${id} is already attached to an instance`);
  if (stateOf(store, volume) !== 'available') throw wrongState(store, volume);
  if (volume.zone !== instance.zone)
    throw new CloudFailure(
      'InvalidVolume.ZoneMismatch',
      `The volume '${id}' is not in the same availability zone as instance '${instanceId}'`,
    );
  refuseUnlessReady(store, instance, device);
  const now = store.now();
  volume.attachment = { instance: instanceId, device, startedAt: now, attachedAt: now + store.periods.attaching };
  return volume;
}

export function detachVolume(
  store: CloudStore,
  id: string,
  from: { instance?: string; device?: string } = {},
): VolumeRecord {
  const volume = store.volume(id);
  const attachment = volume.attachment;
  if (!attachment) throw wrongState(store, volume);
  const elsewhere =
    (from.instance !== undefined && from.instance !== attachment.instance) ||
    (from.device !== undefined && from.device !== attachment.device);
  if (elsewhere)
    throw new CloudFailure(
      'InvalidAttachment.NotFound',
      `The volume '${id}' is not attached to '${from.instance ?? from.device}'.`,
    );
  attachment.detachedAt ??= store.now() + store.periods.detaching;
  return volume;
}

export function stateOf(store: CloudStore, volume: VolumeRecord): CloudVolume['state'] {
  if (volume.attachment) return 'in-use';
  return volume.availableAt > store.now() ? 'creating' : 'available';
}

export function attachmentStateOf(
  store: CloudStore,
  volume: VolumeRecord,
): 'attaching' | 'attached' | 'detaching' | 'detached' {
  if (!volume.attachment) return 'detached';
  if (volume.attachment.detachedAt !== undefined) return 'detaching';
  return volume.attachment.attachedAt > store.now() ? 'attaching' : 'attached';
}

const emptyDisk = (): VolumeContent => ({ files: {}, writers: [] });

const wrongState = (store: CloudStore, volume: VolumeRecord): CloudFailure =>
  new CloudFailure('IncorrectState', `Volume '${volume.id}' is in the '${stateOf(store, volume)}' state.`);

function refuseUnlessReady(store: CloudStore, instance: InstanceRecord, device: string): void {
  if (instance.state !== 'running' && instance.state !== 'stopped')
    throw new CloudFailure('IncorrectState', `Instance '${instance.id}' is not 'running'.`);
  const taken = store
    .volumes()
    .some(({ attachment }) => attachment?.instance === instance.id && attachment.device === device);
  if (taken)
    throw new CloudFailure(
      'InvalidParameterValue',
      `Invalid value '${device}' for unixDevice. Attachment point ${device} is already in use`,
    );
}

function findRepeated(store: CloudStore, request: VolumeRequest): VolumeRecord | undefined {
  const earlier = request.clientToken === undefined ? undefined : store.state.clientTokens[request.clientToken];
  if (!earlier) return undefined;
  if (earlier.request !== fingerprintOf(request))
    throw new CloudFailure(
      'IdempotentParameterMismatch',
      'The client token you have provided is associated with a resource for which the request parameters differ.',
    );
  return store.volume(earlier.id);
}

function fingerprintOf(request: VolumeRequest): string {
  const sorted = Object.entries(request).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(sorted);
}

function completedSnapshot(store: CloudStore, id: string) {
  const snapshot = store.snapshot(id);
  if (snapshot.completedAt > store.now())
    throw new CloudFailure('IncorrectState', `Snapshot ${id} is in invalid state - pending`);
  return snapshot;
}

/** Least and most GiB by volume type, as the reference of CreateVolume lists them. */
const sizeLimits: Record<string, [number, number]> = {
  gp3: [1, 65_536],
  gp2: [1, 16_384],
  io1: [4, 16_384],
  io2: [4, 65_536],
  st1: [125, 16_384],
  sc1: [125, 16_384],
  standard: [1, 1024],
};

function sizeOf(asked: number | undefined, type: string, ofSnapshot: number | undefined): number {
  const limits = sizeLimits[type];
  if (!limits) throw invalidValue('volumeType', type, `Expected one of: ${Object.keys(sizeLimits).join(', ')}`);
  const size = asked ?? ofSnapshot;
  if (size === undefined) throw missingParameter('size/snapshotId');
  if (size < limits[0] || size > limits[1])
    throw invalidValue(
      'size',
      String(size),
      `Volume of ${size}GiB is out of the range ${limits[0]} to ${limits[1]}GiB of ${type}.`,
    );
  if (ofSnapshot !== undefined && size < ofSnapshot)
    throw invalidValue('size', String(size), `The size must be at least that of the snapshot, ${ofSnapshot}GiB.`);
  return size;
}

function performanceOf(request: VolumeRequest, type: string): { iops?: number; throughput?: number } {
  const iops = request.iops ?? (type === 'gp3' ? 3000 : undefined);
  const throughput = request.throughput ?? (type === 'gp3' ? 125 : undefined);
  return { ...(iops === undefined ? {} : { iops }), ...(throughput === undefined ? {} : { throughput }) };
}
