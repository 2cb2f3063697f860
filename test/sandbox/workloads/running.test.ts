import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../../src/sandbox/controllers/kinds.ts';
import { RESOURCES } from '../../../src/sandbox/controllers/resources.ts';
import type { ResourceName } from '../../../src/sandbox/types.ts';
import {
  type ClaimState,
  URL_ANNOTATION,
  differencesOf,
  startWorkloads,
  stateOfApplication,
} from '../../../src/sandbox/workloads/index.ts';
import { Cluster, eventually } from '../controllers/cluster.ts';
import { CLAIMS, application } from './application.ts';

const KINDS: Record<string, ResourceName> = {
  Service: RESOURCES.services,
  StatefulSet: RESOURCES.statefulSets,
  Deployment: RESOURCES.deployments,
};

let cluster: Cluster;
let url: string;
let heldVolume: string | undefined;

beforeEach(async () => {
  heldVolume = undefined;
  cluster = await Cluster.start({ holdDetach: (name) => name === heldVolume });
  const workloads = await startWorkloads({
    api: (name) => cluster.server.client(name),
    cloud: cluster.cloud,
    recordEveryMs: 10,
  });
  cluster.addStop(() => workloads.stop());
  cluster.server.askInsideBy(workloads.ask);
  url = workloads.url;
  await cluster.classes();
  await deploy();
  await allServe();
  await eventually(async () => (await recordsOf('ledger')) >= 5, true);
});
afterEach(() => cluster.stop());

async function deploy(): Promise<void> {
  if ((await cluster.find(RESOURCES.namespaces, 'shop')) === undefined) await cluster.namespace('shop');
  for (const object of application('shop')) await cluster.api.create(KINDS[object.kind]!, object);
}

/** Every member of both services healthy, and the front. */
async function allServe(): Promise<void> {
  await eventually(() => messageOf('ledger/healthz'), '3 of 3 members healthy, 2 needed', 10_000);
  await eventually(() => messageOf('search/healthz'), '4 of 4 members healthy, 3 needed', 10_000);
  await eventually(() => statusOf('web/healthz'), 200);
}

async function ask(path: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${url}/shop/${path}`);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const statusOf = async (path: string): Promise<number> => (await ask(path)).status;
const recordsOf = async (service: string): Promise<number> =>
  Number((await ask(`${service}/records`)).body['records'] ?? 0);
const messageOf = async (path: string): Promise<string> => String((await ask(path)).body['message']);
const namespaceIs = (phase: string): Promise<number> =>
  eventually(() => cluster.phase(RESOURCES.namespaces, 'shop'), phase, 10_000);

async function state(): Promise<ClaimState[]> {
  return stateOfApplication({
    claims: (await cluster.api.list(RESOURCES.claims, { namespace: 'shop' })).items,
    volumes: (await cluster.api.list(RESOURCES.volumes)).items,
    contentOf: (id) => cluster.store.state.volumes[id]?.content,
  });
}

async function volumeOf(claimName: string): Promise<PersistentVolume> {
  const claim = await cluster.find<PersistentVolumeClaim>(RESOURCES.claims, claimName, 'shop');
  return (await cluster.find<PersistentVolume>(RESOURCES.volumes, claim?.spec.volumeName ?? ''))!;
}

async function setPolicy(name: string, persistentVolumeReclaimPolicy: string): Promise<void> {
  await cluster.api.patch(RESOURCES.volumes, name, undefined, 'merge', { spec: { persistentVolumeReclaimPolicy } });
}

/** Deletes the namespace as the scenario does: six volumes are Retain, one is Delete and only its held detach saves it. */
async function disaster(): Promise<Map<string, PersistentVolume>> {
  const volumes = new Map<string, PersistentVolume>();
  for (const name of CLAIMS) {
    const volume = await volumeOf(name);
    volumes.set(name, volume);
    if (name === 'data-search-2') heldVolume = volume.metadata.name;
    else await setPolicy(volume.metadata.name ?? '', 'Retain');
  }
  await cluster.api.delete(RESOURCES.namespaces, 'shop');
  await namespaceIs('gone');
  return volumes;
}

/** The careful order: Retain, clear the uid, claim with volumeName. `swap` gives two claims each other's volume. */
async function rebind(volumes: Map<string, PersistentVolume>, swap?: [string, string]): Promise<void> {
  await setPolicy(heldVolume ?? '', 'Retain');
  heldVolume = undefined;
  await cluster.namespace('shop');
  for (const name of CLAIMS) {
    const from = swap?.includes(name) === true ? swap.find((other) => other !== name)! : name;
    const volumeName = volumes.get(from)?.metadata.name ?? '';
    await eventually(() => cluster.volumePhase(volumeName), 'Released');
    await cluster.api.patch(RESOURCES.volumes, volumeName, undefined, 'merge', {
      spec: { claimRef: { namespace: 'shop', name, uid: null, resourceVersion: null } },
    });
    await eventually(() => cluster.volumePhase(volumeName), 'Available');
    await cluster.claim('shop', name, { volumeName, storageClassName: 'gp3-wffc' });
    await eventually(() => cluster.claimPhase('shop', name), 'Bound');
  }
}

test('every service says at its URL how it is; the URL is on its Service', async () => {
  const service = await cluster.find(RESOURCES.services, 'ledger', 'shop');
  expect(service?.metadata.annotations?.[URL_ANNOTATION]).toBe(`${url}/shop/ledger`);
  expect((await ask('ledger/healthz')).body).toMatchObject({
    healthy: true,
    message: '3 of 3 members healthy, 2 needed',
  });
  expect((await ask('search/search-0/healthz')).body).toMatchObject({ identity: 'search-0', state: 'healthy' });
  expect((await ask('ledger/ledger-1/identity')).body['clusterId']).toMatch(/^cluster-/);
  expect(await ask('nobody/healthz')).toMatchObject({
    status: 503,
    body: { message: 'no running pods of shop/nobody' },
  });
  expect(await statusOf('ledger/nonsense')).toBe(404);
});

test('its pods and Services answer through the API server as well', async () => {
  const through = async (path: string) => {
    const response = await cluster.server.pipeline.handle({
      method: 'GET',
      path: `/api/v1/namespaces/shop/${path}`,
      query: new URLSearchParams(),
      headers: { authorization: `Bearer ${cluster.server.token()}` },
      body: '',
      client: 'a-person',
    });
    return { status: response.status, content: response.content };
  };
  const member = { identity: 'search-0', state: 'healthy' };
  expect(await through('pods/search-0:80/proxy/healthz')).toMatchObject({ status: 200, content: { value: member } });
  const service = { healthy: true, message: '3 of 3 members healthy, 2 needed' };
  expect(await through('services/http:ledger:80/proxy/healthz')).toMatchObject({ content: { value: service } });
  expect(await through('services/ledger/proxy/nonsense')).toMatchObject({ status: 404 });
  expect(await through('pods/nobody-0/proxy/healthz')).toMatchObject({
    status: 404,
    content: { value: { reason: 'NotFound' } },
  });
  await cluster.api.patch(RESOURCES.statefulSets, 'search', 'shop', 'merge', { spec: { replicas: 0 } });
  await eventually(async () => (await through('services/search/proxy/healthz')).status, 503, 10_000);
});

test('each member has its own volume, with its identity, and is its only writer', async () => {
  const states = await state();
  expect(states.map(({ claim }) => claim)).toEqual(CLAIMS.map((name) => `shop/${name}`));
  expect(states.map(({ identity }) => identity)).toEqual(CLAIMS.map((name) => name.replace('data-', '')));
  expect(new Set(states.map(({ volumeId }) => volumeId)).size).toBe(7);
  for (const { writers, identity } of states)
    expect(writers).toEqual([expect.stringMatching(new RegExp(`^${identity}@`))]);
});

test('without a quorum the service answers 503, and so does what stands in front of it', async () => {
  await cluster.api.patch(RESOURCES.statefulSets, 'ledger', 'shop', 'merge', { spec: { replicas: 1 } });
  await eventually(() => statusOf('ledger/healthz'), 503);
  expect(await messageOf('ledger/healthz')).toBe('1 of 3 members healthy, 2 needed');
  await eventually(() => messageOf('web/healthz'), 'waits for ledger');
  expect(await statusOf('ledger/records')).toBe(503);
});

describe('after the namespace was deleted', () => {
  test('every volume on its claim again: nothing lost, nothing written by two owners', async () => {
    const before = await state();
    const volumes = await disaster();
    expect(await statusOf('web/healthz')).toBe(503);
    await rebind(volumes);
    await deploy();
    await allServe();
    const after = await state();
    expect(differencesOf(before, after)).toEqual([]);
    expect(await recordsOf('ledger')).toBeGreaterThanOrEqual(before[0]?.records ?? 0);
  });

  test('trap 21: applying the manifests alone makes an empty application that looks healthy', async () => {
    const before = await state();
    await disaster();
    await deploy();
    await allServe();
    const differences = differencesOf(before, await state());
    expect(differences).toHaveLength(7 * 4);
    expect(differences.filter((difference) => difference.includes('lost or changed records'))).toHaveLength(7);
  });

  test('trap 7: two volumes swapped: both members crash and say whose disk it is; nothing is written', async () => {
    const volumes = await disaster();
    const handle = volumes.get('data-search-1')?.spec.csi?.volumeHandle ?? '';
    const before = structuredClone(cluster.cloud.content(handle));
    await rebind(volumes, ['data-search-0', 'data-search-1']);
    await deploy();
    await eventually(
      () => messageOf('search/search-0/healthz'),
      'identity mismatch: this is search-0, the disk belongs to search-1',
    );
    await eventually(async () => {
      const pod = await cluster.find<Pod>(RESOURCES.pods, 'search-1', 'shop');
      return (pod?.status?.containerStatuses?.[0]?.state['waiting'] as { reason?: string } | undefined)?.reason;
    }, 'CrashLoopBackOff');
    const after = (await state()).find(({ claim }) => claim === 'shop/data-search-0');
    expect(after?.volumeId).toBe(handle);
    expect(cluster.cloud.content(handle)).toEqual(before);
  });
});
