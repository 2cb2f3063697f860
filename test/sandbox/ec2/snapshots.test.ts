import {
  CreateSnapshotCommand,
  DeleteSnapshotCommand,
  DescribeSnapshotsCommand,
  paginateDescribeSnapshots,
  waitUntilSnapshotCompleted,
} from '@aws-sdk/client-ec2';
import type { DescribeSnapshotsCommandInput } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createVolume } from '../../../src/sandbox/ec2/volumes.ts';
import { failureOf, startEndpoint, zone } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';

let endpoint: Endpoint;
beforeEach(async () => void (endpoint = await startEndpoint({ snapshot: 10_000 })));
afterEach(() => endpoint.close());

const volume = () => createVolume(endpoint.store, { zone, sizeGiB: 10, tags: {} }).id;
const snapshot = (VolumeId: string, step = 'prod/snapshot[kafka-0]') =>
  endpoint.ec2().send(
    new CreateSnapshotCommand({
      VolumeId,
      Description: 'before the rebind',
      TagSpecifications: [{ ResourceType: 'snapshot', Tags: [{ Key: 'drctl/step', Value: step }] }],
    }),
  );
const found = async (input: DescribeSnapshotsCommandInput) =>
  (await endpoint.ec2().send(new DescribeSnapshotsCommand(input))).Snapshots!;

it('is pending with its tags at once, shows progress, and completes after its time', async () => {
  const id = volume();
  const made = await snapshot(id);
  expect(made).toMatchObject({
    State: 'pending',
    VolumeId: id,
    VolumeSize: 10,
    OwnerId: '123456789012',
    Encrypted: false,
  });
  const mine = { Filters: [{ Name: 'tag:drctl/step', Values: ['prod/snapshot?kafka-0?'] }] };
  expect(await found(mine)).toMatchObject([
    { SnapshotId: made.SnapshotId, State: 'pending', Description: 'before the rebind' },
  ]);
  endpoint.advance(5000);
  const half = Number.parseInt((await found(mine))[0]!.Progress!, 10);
  expect(half).toBeGreaterThanOrEqual(50);
  expect(half).toBeLessThan(100);
  endpoint.advance(5000);
  expect(await found(mine)).toMatchObject([{ State: 'completed', Progress: '100%' }]);
  await waitUntilSnapshotCompleted(
    { client: endpoint.ec2(), minDelay: 1, maxWaitTime: 2 },
    { SnapshotIds: [made.SnapshotId!] },
  );
});

it('filters by volume, state, owner and tags', async () => {
  const [a, b] = [volume(), volume()];
  const first = await snapshot(a);
  endpoint.advance(10_000);
  const second = await snapshot(b);
  const idsOf = async (input: DescribeSnapshotsCommandInput) =>
    (await found(input)).map(({ SnapshotId }) => SnapshotId);
  expect(await idsOf({ Filters: [{ Name: 'volume-id', Values: [a] }] })).toEqual([first.SnapshotId]);
  expect(await idsOf({ Filters: [{ Name: 'status', Values: ['pending'] }] })).toEqual([second.SnapshotId]);
  expect(await idsOf({ OwnerIds: ['self'] })).toHaveLength(2);
  expect(await idsOf({ OwnerIds: ['123456789012'], SnapshotIds: [first.SnapshotId!] })).toEqual([first.SnapshotId]);
  expect(await idsOf({ OwnerIds: ['amazon'] })).toEqual([]);
  expect(await failureOf(found({ Filters: [{ Name: 'state', Values: ['pending'] }] }))).toEqual([
    'InvalidParameterValue',
    400,
  ]);
});

it('pages', async () => {
  const id = volume();
  for (let n = 0; n < 7; n++) await snapshot(id);
  const sizes: number[] = [];
  for await (const page of paginateDescribeSnapshots({ client: endpoint.ec2(), pageSize: 5 }, {}))
    sizes.push(page.Snapshots!.length);
  expect(sizes).toEqual([5, 2]);
});

it('can be taken of an attached volume and outlives it', async () => {
  const id = volume();
  const { SnapshotId } = await snapshot(id);
  delete endpoint.store.state.volumes[id];
  expect(await found({ SnapshotIds: [SnapshotId!] })).toHaveLength(1);
});

it('is deleted once, and absent ones are named', async () => {
  const { SnapshotId } = await snapshot(volume());
  const remove = () => endpoint.ec2().send(new DeleteSnapshotCommand({ SnapshotId }));
  await remove();
  expect(await failureOf(remove())).toEqual(['InvalidSnapshot.NotFound', 400]);
  expect(await failureOf(found({ SnapshotIds: [SnapshotId!] }))).toEqual(['InvalidSnapshot.NotFound', 400]);
  expect(await failureOf(found({ SnapshotIds: ['kafka'] }))).toEqual(['InvalidParameterValue', 400]);
  expect(await failureOf(snapshot('vol-00000000000000000'))).toEqual(['InvalidVolume.NotFound', 400]);
});
