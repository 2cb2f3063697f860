import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PersistentVolumeClaim, Pod, StatefulSet } from '../../../src/sandbox/controllers/kinds.ts';
import { RESOURCES } from '../../../src/sandbox/controllers/resources.ts';
import { Cluster, eventually } from './cluster.ts';

let cluster: Cluster;
beforeEach(async () => {
  cluster = await Cluster.start();
  await cluster.classes();
  await cluster.namespace('shop');
});
afterEach(() => cluster.stop());

async function create(spec: Partial<StatefulSet['spec']> = {}): Promise<void> {
  await cluster.api.create(RESOURCES.statefulSets, {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'pg', namespace: 'shop' },
    spec: {
      serviceName: 'pg',
      replicas: 3,
      selector: { matchLabels: { app: 'pg' } },
      template: { metadata: { labels: { app: 'pg' } }, spec: { containers: [{ name: 'c', image: 'nginx:1' }] } },
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: {
            accessModes: ['ReadWriteOnce'],
            storageClassName: 'gp3',
            resources: { requests: { storage: '10Gi' } },
          },
        },
      ],
      ...spec,
    },
  });
}

const find = (): Promise<StatefulSet | undefined> => cluster.find<StatefulSet>(RESOURCES.statefulSets, 'pg', 'shop');
const claim = (ordinal: number): Promise<PersistentVolumeClaim | undefined> =>
  cluster.find<PersistentVolumeClaim>(RESOURCES.claims, `data-pg-${ordinal}`, 'shop');
const readyIs = (count: number): Promise<number> =>
  eventually(async () => (await find())?.status?.readyReplicas ?? 0, count);

async function pods(): Promise<string[]> {
  return (await cluster.api.list(RESOURCES.pods, { namespace: 'shop' })).items.map(
    ({ metadata }) => metadata.name ?? '',
  );
}

async function scale(replicas: number): Promise<void> {
  await cluster.api.patch(
    RESOURCES.statefulSets,
    'pg',
    'shop',
    'merge',
    { spec: { replicas } },
    { subresource: 'scale' },
  );
}

test('claims and pods get the names of their ordinals; the status counts them', async () => {
  await create();
  await readyIs(3);
  expect(await pods()).toEqual(['pg-0', 'pg-1', 'pg-2']);
  expect((await claim(2))?.metadata.labels).toEqual({ app: 'pg' });
  const pod = (await cluster.find<Pod>(RESOURCES.pods, 'pg-1', 'shop'))!;
  expect(pod.metadata.labels).toMatchObject({
    app: 'pg',
    'apps.kubernetes.io/pod-index': '1',
    'statefulset.kubernetes.io/pod-name': 'pg-1',
  });
  expect(pod.spec).toMatchObject({ hostname: 'pg-1', subdomain: 'pg' });
  const set = await find();
  expect(set?.status).toMatchObject({
    observedGeneration: 1,
    replicas: 3,
    currentReplicas: 3,
    updatedReplicas: 3,
    availableReplicas: 3,
  });
  expect(set?.status?.currentRevision).toBe(pod.metadata.labels?.['controller-revision-hash']);
});

test('ordinals start where spec.ordinals says', async () => {
  await create({ replicas: 2, ordinals: { start: 5 } });
  await readyIs(2);
  expect(await pods()).toEqual(['pg-5', 'pg-6']);
});

test('B1, B5: claims that exist are used as they are, whatever their size and class; no labels, no owner', async () => {
  await cluster.volume('odd-0', { storageClassName: 'odd', claimRef: { namespace: 'shop', name: 'data-pg-0' } });
  await eventually(() => cluster.volumePhase('odd-0'), 'Available');
  const before = await cluster.claim('shop', 'data-pg-0', {
    storageClassName: 'odd',
    resources: { requests: { storage: '5Gi' } },
    volumeName: 'odd-0',
  });
  await create({ replicas: 1 });
  await readyIs(1);
  const after = await claim(0);
  expect(after?.metadata).toMatchObject({ uid: before.metadata.uid });
  expect(after?.metadata.labels).toBeUndefined();
  expect(after?.metadata.ownerReferences).toBeUndefined();
});

test('trap 4: the set first, the volume Released: a new, empty volume is made', async () => {
  await cluster.volume('old', {
    claimRef: { namespace: 'shop', name: 'data-pg-0', uid: '11111111-1111-1111-1111-111111111111' },
  });
  await eventually(() => cluster.volumePhase('old'), 'Released');
  await create({ replicas: 1 });
  await readyIs(1);
  expect((await claim(0))?.spec.volumeName).toMatch(/^pvc-/);
  expect(await cluster.volumePhase('old')).toBe('Released');
});

describe('one at a time', () => {
  test('trap 29: OrderedReady goes no further than the first pod that is not Ready', async () => {
    await create({
      template: { metadata: { labels: { app: 'pg' } }, spec: { containers: [{ name: 'c', image: 'sandbox/db:1' }] } },
    });
    await eventually(() => cluster.phase(RESOURCES.pods, 'pg-0', 'shop'), 'Running');
    await sleep(400);
    expect(await pods()).toEqual(['pg-0']);
  });

  test('Parallel starts all of them, ready or not', async () => {
    const template = {
      metadata: { labels: { app: 'pg' } },
      spec: { containers: [{ name: 'c', image: 'sandbox/db:1' }] },
    };
    await create({ podManagementPolicy: 'Parallel', template });
    await eventually(async () => (await pods()).length, 3);
    expect((await find())?.status?.readyReplicas).toBeUndefined();
  });

  test('scaling down goes from the top, scaling up finds the old claims again', async () => {
    await create();
    await readyIs(3);
    const uids = await Promise.all([0, 1, 2].map(async (ordinal) => (await claim(ordinal))?.metadata.uid));
    await scale(1);
    await eventually(async () => (await pods()).join(), 'pg-0');
    expect(await claim(2)).toBeDefined();
    await scale(3);
    await readyIs(3);
    expect(await Promise.all([0, 1, 2].map(async (ordinal) => (await claim(ordinal))?.metadata.uid))).toEqual(uids);
  });

  test('a new template is rolled out from the highest ordinal down, and becomes the current revision', async () => {
    await create();
    await readyIs(3);
    const before = (await find())?.status?.currentRevision;
    await cluster.api.patch(RESOURCES.statefulSets, 'pg', 'shop', 'strategic', {
      spec: { template: { spec: { containers: [{ name: 'c', image: 'nginx:2' }] } } },
    });
    await eventually(async () => {
      const status = (await find())?.status;
      return status?.currentRevision !== before && status?.updatedReplicas === 3 && status.readyReplicas === 3;
    }, true);
    const images = (await cluster.api.list(RESOURCES.pods, { namespace: 'shop' })).items.map(
      (pod) => (pod as Pod).spec.containers[0]?.image,
    );
    expect(images).toEqual(['nginx:2', 'nginx:2', 'nginx:2']);
    expect((await cluster.api.list(RESOURCES.revisions, { namespace: 'shop' })).items).toHaveLength(2);
  });
});

describe('claims that go', () => {
  test('trap 13: a missing claim of a Pending pod is made again, with another empty volume', async () => {
    const spec = {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'none-such',
      resources: { requests: { storage: '10Gi' } },
    };
    await create({
      replicas: 1,
      volumeClaimTemplates: [{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data' }, spec }],
    });
    await eventually(async () => (await claim(0)) !== undefined, true);
    const uid = (await claim(0))?.metadata.uid;
    await cluster.api.delete(RESOURCES.claims, 'data-pg-0', 'shop');
    await eventually(async () => [uid, undefined].includes((await claim(0))?.metadata.uid), false);
    expect(await cluster.phase(RESOURCES.pods, 'pg-0', 'shop')).toBe('Pending');
  });

  test('trap 14: a claim that is Terminating must be gone before its pod can be made again', async () => {
    await create({ replicas: 1 });
    await readyIs(1);
    await cluster.api.patch(RESOURCES.claims, 'data-pg-0', 'shop', 'merge', {
      metadata: { finalizers: ['kubernetes.io/pvc-protection', 'example.com/hold'] },
    });
    await cluster.api.delete(RESOURCES.claims, 'data-pg-0', 'shop');
    await cluster.api.delete(RESOURCES.pods, 'pg-0', 'shop');
    await eventually(
      async () => (await cluster.eventsAbout('shop', 'pg')).join('\n').includes('pvc data-pg-0 is being deleted'),
      true,
    );
    expect(await pods()).toEqual([]);
    await cluster.api.patch(RESOURCES.claims, 'data-pg-0', 'shop', 'merge', { metadata: { finalizers: null } });
    await readyIs(1);
  });

  test('trap 12: under whenScaled Delete, scaling down deletes the claims', async () => {
    await create({ persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete', whenDeleted: 'Retain' } });
    await readyIs(3);
    await scale(1);
    await eventually(async () => (await claim(2)) === undefined && (await claim(1)) === undefined, true);
    expect(await claim(0)).toBeDefined();
  });

  test('B4: under whenDeleted Delete the set owns also claims that were there before, and they go with it', async () => {
    await cluster.claim('shop', 'data-pg-0');
    await create({
      replicas: 1,
      persistentVolumeClaimRetentionPolicy: { whenScaled: 'Retain', whenDeleted: 'Delete' },
    });
    await readyIs(1);
    await eventually(async () => (await claim(0))?.metadata.ownerReferences?.[0]?.kind, 'StatefulSet');
    await cluster.api.delete(RESOURCES.statefulSets, 'pg', 'shop');
    await eventually(async () => (await claim(0)) === undefined, true);
    expect(await pods()).toEqual([]);
  });

  test('by default the claims outlive the set, and a set of that name finds them again', async () => {
    await create();
    await readyIs(3);
    const uid = (await claim(1))?.metadata.uid;
    await cluster.api.delete(RESOURCES.statefulSets, 'pg', 'shop');
    await eventually(async () => (await pods()).length, 0);
    await create();
    await readyIs(3);
    expect((await claim(1))?.metadata.uid).toBe(uid);
  });
});

test('pods that were orphaned are adopted by a set of the same selector', async () => {
  await create({ replicas: 2 });
  await readyIs(2);
  await cluster.api.delete(RESOURCES.statefulSets, 'pg', 'shop', { propagationPolicy: 'Orphan' });
  await eventually(async () => (await find()) === undefined, true);
  const uids = (await cluster.api.list(RESOURCES.pods, { namespace: 'shop' })).items.map(
    ({ metadata }) => metadata.uid,
  );
  expect(uids).toHaveLength(2);
  await create({ replicas: 2, podManagementPolicy: 'Parallel' });
  await readyIs(2);
  const after = (await cluster.api.list(RESOURCES.pods, { namespace: 'shop' })).items;
  expect(after.map(({ metadata }) => metadata.uid)).toEqual(uids);
  expect(after[0]?.metadata.ownerReferences?.[0]?.uid).toBe((await find())?.metadata.uid);
});
