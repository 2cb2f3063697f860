import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Condition, Namespace, Secret } from '../../../src/sandbox/controllers/kinds.ts';
import { RESOURCES } from '../../../src/sandbox/controllers/resources.ts';
import type { KubeObject } from '../../../src/sandbox/types.ts';
import { Cluster, eventually } from './cluster.ts';

let cluster: Cluster;
beforeEach(async () => {
  cluster = await Cluster.start({ caCertificate: 'the certificate of the authority' });
  await cluster.classes();
  await cluster.namespace('shop');
});
afterEach(() => cluster.stop());

const gone = (): Promise<number> => eventually(() => cluster.phase(RESOURCES.namespaces, 'shop'), 'gone');
const exists = async (name: string): Promise<boolean> =>
  (await cluster.find(RESOURCES.configMaps, name, 'shop')) !== undefined;

async function configMap(name: string, finalizers: string[] = []): Promise<void> {
  await cluster.api.create(RESOURCES.configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'shop', finalizers },
  });
}

async function condition(type: string): Promise<Condition | undefined> {
  const namespace = await cluster.find<Namespace>(RESOURCES.namespaces, 'shop');
  return namespace?.status?.conditions?.find((one) => one.type === type);
}

describe('a namespace that is deleted', () => {
  test('takes its content along and can be made again; its volumes stay', async () => {
    await cluster.volume('v', { claimRef: { namespace: 'shop', name: 'data' } });
    await cluster.claim('shop', 'data');
    await eventually(() => cluster.claimPhase('shop', 'data'), 'Bound');
    await cluster.api.delete(RESOURCES.namespaces, 'shop');
    await gone();
    expect(await cluster.claimPhase('shop', 'data')).toBe('gone');
    await eventually(() => cluster.volumePhase('v'), 'Released');
    await cluster.namespace('shop');
    await eventually(() => exists('kube-root-ca.crt'), true);
  });

  test('F: pods go first; nothing else is deleted until none remain', async () => {
    await cluster.pod('shop', 'p', []);
    await eventually(() => cluster.phase(RESOURCES.pods, 'p', 'shop'), 'Running');
    await cluster.api.patch(RESOURCES.pods, 'p', 'shop', 'merge', { metadata: { finalizers: ['example.com/hold'] } });
    await configMap('export-me');
    await cluster.api.delete(RESOURCES.namespaces, 'shop');
    await eventually(async () => (await condition('NamespaceContentRemaining'))?.status, 'True');
    expect(await condition('NamespaceContentRemaining')).toMatchObject({
      reason: 'SomeResourcesRemain',
      message: 'Some resources are remaining: pods. has 1 resource instances',
    });
    expect(await exists('export-me')).toBe(true);
    await cluster.api.patch(RESOURCES.pods, 'p', 'shop', 'merge', { metadata: { finalizers: null } });
    await gone();
  });

  test('one object with a finalizer keeps it, and the conditions say which', async () => {
    await configMap('held', ['example.com/hold']);
    await cluster.api.delete(RESOURCES.namespaces, 'shop');
    await eventually(async () => (await condition('NamespaceFinalizersRemaining'))?.status, 'True');
    expect(await condition('NamespaceFinalizersRemaining')).toMatchObject({
      reason: 'SomeFinalizersRemain',
      message: 'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
    });
    expect(await condition('NamespaceContentRemaining')).toMatchObject({
      message: 'Some resources are remaining: configmaps. has 1 resource instances',
    });
    await cluster.api.patch(RESOURCES.configMaps, 'held', 'shop', 'merge', { metadata: { finalizers: null } });
    await gone();
  });
});

test('every namespace has its default account and root certificate, and gets them back', async () => {
  await eventually(() => exists('kube-root-ca.crt'), true);
  const find = (): Promise<KubeObject | undefined> => cluster.find(RESOURCES.serviceAccounts, 'default', 'shop');
  await eventually(async () => (await find()) !== undefined, true);
  const uid = (await find())?.metadata.uid;
  await cluster.api.delete(RESOURCES.serviceAccounts, 'default', 'shop');
  await eventually(async () => [undefined, uid].includes((await find())?.metadata.uid), false);
  expect((await cluster.find<KubeObject & Secret>(RESOURCES.configMaps, 'kube-root-ca.crt', 'shop'))?.data).toEqual({
    'ca.crt': 'the certificate of the authority',
  });
});

describe('service-account token Secrets', () => {
  const account = async (name: string): Promise<string> => {
    const object = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: 'shop' } };
    return (await cluster.api.create(RESOURCES.serviceAccounts, object)).metadata.uid ?? '';
  };
  const find = (name = 'tok'): Promise<Secret | undefined> => cluster.find<Secret>(RESOURCES.secrets, name, 'shop');
  const token = async (name = 'tok'): Promise<string> => (await find(name))?.data?.['token'] ?? '';
  const filled = async (): Promise<boolean> => (await token()) !== '';

  async function secret(annotations: Record<string, string> = {}, data?: Record<string, string>): Promise<void> {
    await cluster.api.create(RESOURCES.secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/service-account-token',
      metadata: {
        name: 'tok',
        namespace: 'shop',
        annotations: { 'kubernetes.io/service-account.name': 'bot', ...annotations },
      },
      ...(data === undefined ? {} : { data }),
    });
  }

  test('E1: is filled in, with the uid of its account', async () => {
    const uid = await account('bot');
    await secret();
    await eventually(filled, true);
    expect((await find())?.metadata.annotations?.['kubernetes.io/service-account.uid']).toBe(uid);
    const decoded = Object.fromEntries(
      Object.entries((await find())?.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
    );
    expect(decoded).toMatchObject({ namespace: 'shop', 'ca.crt': 'the certificate of the authority' });
    const claims = JSON.parse(Buffer.from(decoded['token']?.split('.')[1] ?? '', 'base64url').toString()) as object;
    expect(claims).toMatchObject({
      sub: 'system:serviceaccount:shop:bot',
      'kubernetes.io/serviceaccount/service-account.uid': uid,
    });
  });

  test('E2: made again under its name for the same account it has the very same token', async () => {
    await account('bot');
    await secret();
    await eventually(filled, true);
    const first = await token();
    await cluster.api.delete(RESOURCES.secrets, 'tok', 'shop');
    await secret();
    await eventually(filled, true);
    expect(await token()).toBe(first);
  });

  test('E3, E6, trap 27: made before its account it is deleted, though the create answered 201', async () => {
    await secret();
    await eventually(async () => (await find()) === undefined, true);
    expect(await find()).toBeUndefined();
  });

  test('E4: goes with its account', async () => {
    await account('bot');
    await secret();
    await eventually(filled, true);
    await cluster.api.delete(RESOURCES.serviceAccounts, 'bot', 'shop');
    await eventually(async () => (await find()) === undefined, true);
    expect(await find()).toBeUndefined();
  });

  test('E5: an exported one with the uid of the old account is deleted; without it its stale token is kept', async () => {
    await account('bot');
    await secret({ 'kubernetes.io/service-account.uid': '11111111-1111-1111-1111-111111111111' });
    await eventually(async () => (await find()) === undefined, true);
    const stale = Buffer.from('an old token').toString('base64');
    await secret({}, { token: stale });
    await eventually(
      async () => (await find())?.metadata.annotations?.['kubernetes.io/service-account.uid'] !== undefined,
      true,
    );
    expect(await token()).toBe(stale);
  });
});
