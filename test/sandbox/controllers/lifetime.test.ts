import { expect, test } from 'vitest';
import { PERIODS, periodsOf } from '../../../src/sandbox/controllers/periods.ts';
import { bytesOf, gibibytesOf } from '../../../src/sandbox/controllers/quantity.ts';
import { RESOURCES } from '../../../src/sandbox/controllers/resources.ts';
import { startControllers } from '../../../src/sandbox/controllers/index.ts';
import { HttpClient } from '../../../src/sandbox/http-client.ts';
import { cloudOf } from '../../../src/sandbox/ec2/cloud.ts';
import { CloudStore, emptyCloud } from '../../../src/sandbox/ec2/store.ts';
import { ApiServer } from '../../../src/sandbox/server/api-server.ts';
import { Cluster, eventually } from './cluster.ts';

/** A pod with a volume, from nothing to Running and away again: nearly every controller has a part in it. Says which disks. */
async function useOnce(cluster: Cluster): Promise<string[]> {
  await cluster.classes();
  await cluster.namespace('shop');
  await cluster.claim('shop', 'data', { storageClassName: 'gp3-wffc' });
  await cluster.pod('shop', 'p', ['data']);
  await eventually(() => cluster.phase(RESOURCES.pods, 'p', 'shop'), 'Running', 15_000);
  const disks = Object.keys(cluster.store.state.volumes);
  await cluster.api.delete(RESOURCES.namespaces, 'shop');
  await eventually(() => cluster.phase(RESOURCES.namespaces, 'shop'), 'gone', 15_000);
  return disks;
}

test('several clusters in one process know nothing of each other, and leave nothing behind', async () => {
  const before = resources();
  const clusters = await Promise.all([Cluster.start(), Cluster.start(), Cluster.start()]);
  const disks = await Promise.all(clusters.map(useOnce));
  expect(disks.map((of) => of.length)).toEqual([1, 1, 1]);
  await Promise.all(clusters.map((cluster) => cluster.stop()));
  await eventually(() => resources() <= before, true);
});

test('after a restart they go on from what the API says', async () => {
  const cluster = await Cluster.start();
  await cluster.classes();
  await cluster.namespace('shop');
  await cluster.claim('shop', 'data');
  await eventually(() => cluster.claimPhase('shop', 'data'), 'Bound');
  await cluster.restart();
  await cluster.pod('shop', 'p', ['data']);
  expect(await eventually(() => cluster.phase(RESOURCES.pods, 'p', 'shop'), 'Running')).toBeLessThan(2_000);
  await cluster.stop();
});

test('errors, refusals and lost replies of the API are overcome', async () => {
  const cluster = await Cluster.start({ periods: { binderResync: 100 } });
  const clients = [
    'persistentvolume',
    'ebs.csi',
    'attachdetach',
    'external-attacher',
    'default-scheduler',
    'kubelet',
    'namespace',
    'pvc-protection',
  ];
  for (const client of clients) {
    for (const verb of ['create', 'update', 'delete']) {
      const met = { client, verb, times: 1 };
      cluster.server.faults.add({ match: met, action: { status: { code: 500, message: 'a fault' } } });
      cluster.server.faults.add({
        match: met,
        action: { status: { code: 409, reason: 'Conflict', message: 'a fault' } },
      });
      cluster.server.faults.add({ match: met, action: { dropAfter: true } });
    }
  }
  expect(await useOnce(cluster)).toHaveLength(1);
  await cluster.stop();
});

test('the same controllers work over HTTP, as against a real API server', async () => {
  const server = await ApiServer.start();
  const client = (userAgent: string): HttpClient =>
    new HttpClient({ url: server.url, token: server.token(), userAgent });
  const store = new CloudStore(emptyCloud({ account: '111122223333', region: 'eu-west-1', zones: ['eu-west-1a'] }));
  const running = await startControllers({ api: client, cloud: cloudOf(store), without: ['kubelet', 'scheduler'] });
  const api = client('a-person');
  await api.create(RESOURCES.volumes, {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'v' },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Retain',
      claimRef: { namespace: 'default', name: 'data' },
      csi: { driver: 'ebs.csi.aws.com', volumeHandle: 'vol-1' },
    },
  });
  const phase = async (): Promise<string | undefined> => {
    const { status } = (await api.get(RESOURCES.claims, 'data', 'default')) as { status?: { phase?: string } };
    return status?.phase;
  };
  await api.create(RESOURCES.claims, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data', namespace: 'default' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: '',
      volumeName: 'v',
      resources: { requests: { storage: '1Gi' } },
    },
  });
  expect(await eventually(phase, 'Bound')).toBeLessThan(3_000);
  await running.stop();
  await server.close();
});

test('no period is longer than the real one, and each says where the real one comes from', () => {
  for (const { sandboxMs, realMs, source } of Object.values(PERIODS)) {
    expect(sandboxMs).toBeLessThan(realMs);
    expect(source).not.toBe('');
  }
  expect(periodsOf({ binderResync: 7 })).toMatchObject({ binderResync: 7, podStop: PERIODS.podStop.sandboxMs });
});

test.each([
  ['10Gi', 10 * 2 ** 30, 10],
  ['12500Mi', 12_500 * 2 ** 20, 13],
  ['1e9', 1e9, 1],
  ['500M', 5e8, 1],
  ['1.5Ti', 1.5 * 2 ** 40, 1536],
  ['ten', undefined, 1],
  ['10GB', undefined, 1],
  ['', undefined, 1],
])('the quantity %j', (text, bytes, gibibytes) => {
  expect(bytesOf(text)).toBe(bytes);
  expect(gibibytesOf(text)).toBe(gibibytes);
});

function resources(): number {
  return process.getActiveResourcesInfo().filter((name) => /Timeout|TCP|Server/.test(name)).length;
}
