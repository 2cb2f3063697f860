import { CreateTagsCommand, DeleteTagsCommand, DescribeTagsCommand } from '@aws-sdk/client-ec2';
import type { Filter, Tag } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createSnapshot } from '../../../src/sandbox/ec2/snapshots.ts';
import { createVolume } from '../../../src/sandbox/ec2/volumes.ts';
import { failureOf, startEndpoint, zone } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';

let endpoint: Endpoint;
let id: string;
beforeEach(async () => {
  endpoint = await startEndpoint();
  id = createVolume(endpoint.store, { zone, sizeGiB: 10, tags: { kept: 'yes', app: 'kafka' } }).id;
});
afterEach(() => endpoint.close());

const tag = (Resources: string[], Tags: Tag[]) => endpoint.ec2().send(new CreateTagsCommand({ Resources, Tags }));
const untag = (Tags?: Tag[]) => endpoint.ec2().send(new DeleteTagsCommand({ Resources: [id], Tags }));
const tags = () => endpoint.store.volume(id).tags;
const many = (count: number) => Array.from({ length: count }, (_, n) => ({ Key: `key-${n}`, Value: String(n) }));

it('adds new tags and overwrites those that are there', async () => {
  await tag(
    [id],
    [
      { Key: 'app', Value: 'etcd' },
      { Key: 'new', Value: '' },
    ],
  );
  expect(tags()).toEqual({ kept: 'yes', app: 'etcd', new: '' });
});

it('allows fifty tags and not one more, and then changes nothing at all', async () => {
  const { id: snapshot } = createSnapshot(endpoint.store, { volumeId: id, tags: {} });
  await tag([id], many(48));
  expect(Object.keys(tags())).toHaveLength(50);
  expect(await failureOf(tag([snapshot, id], [{ Key: 'one-more', Value: 'x' }]))).toEqual(['TagLimitExceeded', 400]);
  expect(endpoint.store.snapshot(snapshot).tags).toEqual({});
  await tag([id], [{ Key: 'app', Value: 'still overwritten' }]);
});

it.each<[string, Tag]>([
  ['a reserved key', { Key: 'aws:mine', Value: 'x' }],
  ['a key that is too long', { Key: 'k'.repeat(129), Value: 'x' }],
  ['a value that is too long', { Key: 'k', Value: 'x'.repeat(257) }],
])('refuses %s', async (_, wrong) => {
  expect(await failureOf(tag([id], [wrong]))).toEqual(['InvalidParameterValue', 400]);
});

it('refuses a key given twice, no tags, and resources that are not there', async () => {
  const one = { Key: 'a', Value: '1' };
  expect(await failureOf(tag([id], [one, { Key: 'a', Value: '2' }]))).toEqual(['InvalidParameterValue', 400]);
  expect(await failureOf(tag([id], []))).toEqual(['MissingParameter', 400]);
  expect(await failureOf(tag(['vol-00000000000000000'], [one]))).toEqual(['InvalidVolume.NotFound', 400]);
  expect(await failureOf(tag(['snap-00000000000000000'], [one]))).toEqual(['InvalidSnapshot.NotFound', 400]);
  expect(await failureOf(tag(['i-00000000000000000'], [one]))).toEqual(['InvalidInstanceID.NotFound', 400]);
  expect(await failureOf(tag(['eni-1'], [one]))).toEqual(['InvalidID', 400]);
});

it('removes a tag by key, by key and value, or all of them', async () => {
  await untag([{ Key: 'app', Value: 'not this' }]);
  expect(tags()).toEqual({ kept: 'yes', app: 'kafka' });
  await untag([{ Key: 'app', Value: 'kafka' }, { Key: 'absent' }]);
  expect(tags()).toEqual({ kept: 'yes' });
  await untag();
  expect(tags()).toEqual({});
});

it('lists tags by resource, type, key and value', async () => {
  createSnapshot(endpoint.store, { volumeId: id, tags: { app: 'kafka' } });
  const found = async (Filters: Filter[]) => (await endpoint.ec2().send(new DescribeTagsCommand({ Filters }))).Tags!;
  expect(
    await found([
      { Name: 'resource-id', Values: [id] },
      { Name: 'key', Values: ['app'] },
    ]),
  ).toEqual([{ ResourceId: id, ResourceType: 'volume', Key: 'app', Value: 'kafka' }]);
  expect(await found([{ Name: 'resource-type', Values: ['snapshot'] }])).toHaveLength(1);
  expect(await found([{ Name: 'value', Values: ['kafk*'] }])).toHaveLength(2);
});
