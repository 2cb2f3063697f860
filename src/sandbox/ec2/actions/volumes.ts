import type { Ec2Action } from '../action.ts';
import { alsoTags } from '../action.ts';
import { attachmentAnswer, createdVolumeAnswer, set, timeOf, volumeAnswer } from '../answers.ts';
import { CloudFailure, volumeNotFound } from '../failure.ts';
import { matches, refuseUnknownFilters } from '../filters.ts';
import type { Filterable } from '../filters.ts';
import { pageOf, unpagedIds } from '../paging.ts';
import type { Query } from '../query.ts';
import type { VolumeRecord } from '../state.ts';
import type { CloudStore } from '../store.ts';
import { tagsOf } from '../tags.ts';
import { attachmentStateOf, attachVolume, createVolume, deleteVolume, detachVolume, stateOf } from '../volumes.ts';

export const volumeActions: Record<string, Ec2Action> = {
  DescribeVolumes: { parameters: ['VolumeId', 'Filter', 'MaxResults', 'NextToken'], perform: describe },
  CreateVolume: {
    parameters: [
      'AvailabilityZone',
      'Size',
      'SnapshotId',
      'VolumeType',
      'Encrypted',
      'Iops',
      'Throughput',
      'ClientToken',
      'TagSpecification',
    ],
    required: ['AvailabilityZone'],
    alsoNeeds: alsoTags,
    perform: (query, store) => createdVolumeAnswer(store, createVolume(store, requestOf(query))),
  },
  DeleteVolume: {
    parameters: ['VolumeId'],
    required: ['VolumeId'],
    perform: (query, store) => {
      deleteVolume(store, query.required('VolumeId'));
      return { return: true };
    },
  },
  AttachVolume: {
    parameters: ['VolumeId', 'InstanceId', 'Device'],
    required: ['VolumeId', 'InstanceId', 'Device'],
    perform: (query, store) => {
      const volume = attachVolume(
        store,
        query.required('VolumeId'),
        query.required('InstanceId'),
        query.required('Device'),
      );
      return attachmentAnswer(store, volume);
    },
  },
  DetachVolume: { parameters: ['VolumeId', 'InstanceId', 'Device', 'Force'], required: ['VolumeId'], perform: detach },
};

function describe(query: Query, store: CloudStore) {
  const filters = query.filters();
  refuseUnknownFilters(filters, filterNames);
  const ids = unpagedIds(query, 'VolumeId', refuseMalformed);
  const seen = store.volumes().filter((volume) => volume.createdAt + store.periods.unseen <= store.now());
  const named = ids.length === 0 ? seen : ids.map((id) => seen.find((volume) => volume.id === id) ?? absent(id));
  const matching = named.filter((volume) => matches(filterableOf(store, volume), filters));
  const { page, nextToken } = pageOf(query, matching, (volume) => volume.id);
  return { volumeSet: set(page.map((volume) => volumeAnswer(store, volume))), nextToken };
}

/** Force is accepted and does what a detach does: there is no operating system here that could hold on to the disk. */
function detach(query: Query, store: CloudStore) {
  query.flag('Force');
  const instance = query.text('InstanceId');
  const device = query.text('Device');
  const volume = detachVolume(store, query.required('VolumeId'), {
    ...(instance === undefined ? {} : { instance }),
    ...(device === undefined ? {} : { device }),
  });
  return attachmentAnswer(store, volume);
}

function requestOf(query: Query) {
  return {
    zone: query.required('AvailabilityZone'),
    tags: tagsOf(query.tagSpecification('volume')),
    ...present({
      sizeGiB: query.whole('Size'),
      snapshotId: query.text('SnapshotId'),
      type: query.text('VolumeType'),
      encrypted: query.flag('Encrypted'),
      iops: query.whole('Iops'),
      throughput: query.whole('Throughput'),
      clientToken: query.text('ClientToken'),
    }),
  };
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

const present = <T extends object>(values: T): Present<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Present<T>;

function absent(id: string): never {
  throw volumeNotFound(id);
}

function refuseMalformed(id: string): void {
  if (!/^vol-[0-9a-f]{8,17}$/.test(id))
    throw new CloudFailure(
      'InvalidParameterValue',
      `Value (${id}) for parameter volumes is invalid. Expected: 'vol-...'.`,
    );
}

function filterableOf(store: CloudStore, volume: VolumeRecord): Filterable {
  const { attachment } = volume;
  return {
    tags: volume.tags,
    fields: {
      'attachment.attach-time': attachment ? [timeOf(attachment.startedAt)] : [],
      'attachment.delete-on-termination': attachment ? ['false'] : [],
      'attachment.device': attachment ? [attachment.device] : [],
      'attachment.instance-id': attachment ? [attachment.instance] : [],
      'attachment.status': attachment ? [attachmentStateOf(store, volume)] : [],
      'availability-zone': [volume.zone],
      'create-time': [timeOf(volume.createdAt)],
      encrypted: [String(volume.encrypted)],
      'multi-attach-enabled': ['false'],
      size: [String(volume.sizeGiB)],
      'snapshot-id': volume.snapshotId === undefined ? [] : [volume.snapshotId],
      status: [stateOf(store, volume)],
      'volume-id': [volume.id],
      'volume-type': [volume.type],
    },
  };
}

const filterNames = [
  'attachment.attach-time',
  'attachment.delete-on-termination',
  'attachment.device',
  'attachment.instance-id',
  'attachment.status',
  'availability-zone',
  'create-time',
  'encrypted',
  'multi-attach-enabled',
  'size',
  'snapshot-id',
  'status',
  'volume-id',
  'volume-type',
];
