import type { Ec2Action } from '../action.ts';
import { alsoTags } from '../action.ts';
import { set, snapshotAnswer, timeOf } from '../answers.ts';
import { CloudFailure, snapshotNotFound } from '../failure.ts';
import { matches, refuseUnknownFilters } from '../filters.ts';
import type { Filterable } from '../filters.ts';
import { pageOf, unpagedIds } from '../paging.ts';
import type { Query } from '../query.ts';
import { createSnapshot, deleteSnapshot, progressOf, snapshotStateOf } from '../snapshots.ts';
import type { SnapshotRecord } from '../state.ts';
import type { CloudStore } from '../store.ts';
import { tagsOf } from '../tags.ts';

export const snapshotActions: Record<string, Ec2Action> = {
  CreateSnapshot: {
    parameters: ['VolumeId', 'Description', 'TagSpecification'],
    required: ['VolumeId'],
    alsoNeeds: alsoTags,
    perform: (query, store) => {
      const snapshot = createSnapshot(store, {
        volumeId: query.required('VolumeId'),
        description: query.text('Description') ?? '',
        tags: tagsOf(query.tagSpecification('snapshot')),
      });
      return snapshotAnswer(store, snapshot);
    },
  },
  DescribeSnapshots: { parameters: ['SnapshotId', 'Owner', 'Filter', 'MaxResults', 'NextToken'], perform: describe },
  DeleteSnapshot: {
    parameters: ['SnapshotId'],
    required: ['SnapshotId'],
    perform: (query, store) => {
      deleteSnapshot(store, query.required('SnapshotId'));
      return { return: true };
    },
  },
};

function describe(query: Query, store: CloudStore) {
  const filters = query.filters();
  refuseUnknownFilters(filters, filterNames);
  const ids = unpagedIds(query, 'SnapshotId', refuseMalformed);
  const seen = store.snapshots().filter((snapshot) => snapshot.startedAt + store.periods.unseen <= store.now());
  const named = ids.length === 0 ? seen : ids.map((id) => seen.find((snapshot) => snapshot.id === id) ?? absent(id));
  const owned = ownedBy(query.list('Owner'), store) ? named : [];
  const matching = owned.filter((snapshot) => matches(filterableOf(store, snapshot), filters));
  const { page, nextToken } = pageOf(query, matching, (snapshot) => snapshot.id);
  return { snapshotSet: set(page.map((snapshot) => snapshotAnswer(store, snapshot))), nextToken };
}

/** All snapshots here belong to the one account; others' (public ones, Amazon's) are not simulated: there are none. */
const ownedBy = (owners: string[], store: CloudStore): boolean =>
  owners.length === 0 || owners.includes('self') || owners.includes(store.state.account);

function absent(id: string): never {
  throw snapshotNotFound(id);
}

function refuseMalformed(id: string): void {
  if (!/^snap-[0-9a-f]{8,17}$/.test(id))
    throw new CloudFailure(
      'InvalidParameterValue',
      `Value (${id}) for parameter snapshotId is invalid. Expected: 'snap-...'.`,
    );
}

function filterableOf(store: CloudStore, snapshot: SnapshotRecord): Filterable {
  return {
    tags: snapshot.tags,
    fields: {
      description: [snapshot.description],
      encrypted: [String(snapshot.encrypted)],
      'owner-id': [store.state.account],
      progress: [progressOf(store, snapshot)],
      'snapshot-id': [snapshot.id],
      'start-time': [timeOf(snapshot.startedAt)],
      status: [snapshotStateOf(store, snapshot)],
      'storage-tier': ['standard'],
      'volume-id': [snapshot.volumeId],
      'volume-size': [String(snapshot.sizeGiB)],
    },
  };
}

const filterNames = [
  'description',
  'encrypted',
  'owner-id',
  'progress',
  'snapshot-id',
  'start-time',
  'status',
  'storage-tier',
  'volume-id',
  'volume-size',
];
