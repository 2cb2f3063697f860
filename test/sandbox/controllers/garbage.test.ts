import { afterEach, beforeEach, expect, test } from 'vitest';
import { decideCollect } from '../../../src/sandbox/controllers/cluster/decide-collect.ts';
import { RESOURCES } from '../../../src/sandbox/controllers/resources.ts';
import type { KubeObject, OwnerReference } from '../../../src/sandbox/types.ts';
import { Cluster, eventually } from './cluster.ts';

let cluster: Cluster;
beforeEach(async () => {
  cluster = await Cluster.start();
  await cluster.namespace('shop');
});
afterEach(() => cluster.stop());

async function make(name: string, owners: KubeObject[] = [], more: object = {}): Promise<KubeObject> {
  const ownerReferences = owners.map((owner) => ({ ...reference(owner), ...more }));
  return cluster.api.create(RESOURCES.configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'shop', ownerReferences },
  });
}

function reference(owner: KubeObject): OwnerReference {
  return { apiVersion: 'v1', kind: 'ConfigMap', name: owner.metadata.name ?? '', uid: owner.metadata.uid ?? '' };
}

const find = (name: string): Promise<KubeObject | undefined> => cluster.find(RESOURCES.configMaps, name, 'shop');
const goes = (name: string): Promise<number> => eventually(async () => (await find(name)) === undefined, true);
const owned = { metadata: { name: 'x', ownerReferences: [{ apiVersion: 'v1', kind: 'A', name: 'a', uid: '1' }] } };

test('background: what it owned goes after it', async () => {
  const owner = await make('owner');
  const child = await make('child', [owner]);
  await make('grandchild', [child]);
  await cluster.api.delete(RESOURCES.configMaps, 'owner', 'shop', { propagationPolicy: 'Background' });
  await goes('child');
  expect(await goes('grandchild')).toBeLessThan(2_000);
});

test('trap 11: an object restored with an owner of a dead uid goes, though an object of that name exists', async () => {
  const owner = await make('owner');
  await make('restored', [{ ...owner, metadata: { ...owner.metadata, uid: '11111111-1111-1111-1111-111111111111' } }]);
  await goes('restored');
  expect(await find('owner')).toBeDefined();
});

test('of two owners one is dead: the object stays, and forgets it', async () => {
  const [one, two] = [await make('one'), await make('two')];
  await make('child', [one, two]);
  await cluster.api.delete(RESOURCES.configMaps, 'one', 'shop');
  await eventually(async () => (await find('child'))?.metadata.ownerReferences?.length, 1);
  expect((await find('child'))?.metadata.ownerReferences?.[0]?.name).toBe('two');
});

test('foreground: the owner waits until the dependents that block it are gone', async () => {
  const owner = await make('owner');
  const child = await make('child', [owner], { blockOwnerDeletion: true });
  await cluster.api.patch(RESOURCES.configMaps, 'child', 'shop', 'merge', {
    metadata: { finalizers: ['example.com/hold'] },
  });
  await cluster.api.delete(RESOURCES.configMaps, 'owner', 'shop', { propagationPolicy: 'Foreground' });
  await eventually(async () => (await find('child'))?.metadata.deletionTimestamp !== undefined, true);
  expect((await find('owner'))?.metadata.finalizers).toEqual(['foregroundDeletion']);
  const held = (await find(child.metadata.name ?? ''))?.metadata.finalizers ?? [];
  const left = held.filter((finalizer) => finalizer !== 'example.com/hold');
  await cluster.api.patch(RESOURCES.configMaps, 'child', 'shop', 'merge', { metadata: { finalizers: left } });
  await goes('child');
  await goes('owner');
});

test('orphan: the dependents stay and belong to nobody', async () => {
  const owner = await make('owner');
  await make('child', [owner]);
  await cluster.api.delete(RESOURCES.configMaps, 'owner', 'shop', { propagationPolicy: 'Orphan' });
  await goes('owner');
  expect((await find('child'))?.metadata.ownerReferences).toBeUndefined();
});

test('an owner of a kind that nobody serves is not called dead', () => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', ...owned };
  expect(decideCollect(object, new Map([['1', 'unknown']]))).toEqual({ do: 'nothing' });
  expect(decideCollect(object, new Map([['1', 'gone']]))).toEqual({ do: 'delete', propagationPolicy: 'Background' });
  expect(decideCollect(object, new Map([['1', 'waiting']]))).toEqual({ do: 'delete', propagationPolicy: 'Foreground' });
});
