import { createHash, X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { caDigestOf } from '../../src/world/kube/identity.ts';
import { startSandboxWorld, type SandboxWorld } from './sandbox-world.ts';

let at: SandboxWorld;
beforeAll(async () => {
  at = await startSandboxWorld();
});
afterAll(() => at.end());

test('who answers: the uid of kube-system, the CA, the nodes, the account and the region', async () => {
  const identity = await at.world.identity();
  const ca = new X509Certificate(at.sandbox.access.ca).raw;
  expect(identity).toMatchObject({
    cluster: {
      kubeSystemUid: at.sandbox.identity,
      server: at.sandbox.access.kubernetes,
      caDigest: createHash('sha256').update(ca).digest('hex'),
      nodeInstances: expect.arrayContaining([expect.stringMatching(/^i-[0-9a-f]+$/)]),
    },
    aws: { account: '111122223333', region: 'eu-central-1' },
  });
  expect(identity.argocd).toEqual(identity.cluster);
});

test('the digest of a CA does not mind line breaks, comments and order of nothing else', () => {
  const { ca } = at.sandbox.access;
  expect(caDigestOf(`# issued for the drill\n${ca.replaceAll('\n', '\r\n')}\n\n`)).toBe(caDigestOf(ca));
  expect(caDigestOf(`${ca}\n${ca}`)).not.toBe(caDigestOf(ca));
});

test('who we are, by Kubernetes and by AWS', async () => {
  expect(await at.world.caller()).toEqual({
    kubernetes: 'admin',
    aws: 'arn:aws:sts::111122223333:assumed-role/sandbox-admin/admin',
  });
});

test('what we may: asked with SelfSubjectAccessReview, by exactly what is planned', async () => {
  const viewer = await at.open('sandbox-viewer', 'viewer');
  const query = { apiVersion: 'v1', kind: 'PersistentVolume', name: 'pv-1' };
  expect(await at.world.kube('cluster').access({ verb: 'patch', ...query })).toMatchObject({ allowed: true });
  expect(await viewer.world.kube('cluster').access({ verb: 'patch', ...query })).toMatchObject({ allowed: false });
  expect(await viewer.world.kube('cluster').access({ verb: 'get', ...query })).toMatchObject({ allowed: true });
  await viewer.close();
});

test('every kind that discovery names is found, also those of groups', async () => {
  const kube = at.world.kube('cluster');
  expect(await kube.resource('apps/v1', 'StatefulSet')).toMatchObject({ resource: 'statefulsets', namespaced: true });
  expect(await kube.resource('storage.k8s.io/v1', 'StorageClass')).toMatchObject({
    resource: 'storageclasses',
    namespaced: false,
  });
  expect(await kube.resource('apps/v1', 'PersistentVolume')).toBeUndefined();
});

test('more objects than one page holds come in full', async () => {
  const outlet = at.outlet();
  const names = Array.from({ length: 620 }, (_, index) => `many-${index}`);
  const make = (name: string) =>
    outlet.kube('cluster', {
      verb: 'create',
      object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' } },
    });
  await Promise.all(names.map(make));
  const found = await at.world.kube('cluster').list('v1', 'ConfigMap', { namespace: 'default' });
  expect(found.filter(({ metadata }) => metadata.name.startsWith('many-')).length).toBe(620);
});

test('a dry run says what would become of it, and leaves nothing behind', async () => {
  const kube = at.world.kube('cluster');
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'tried', namespace: 'default' },
    data: { a: '1' },
  };
  expect(await kube.dryRun({ verb: 'create', object })).toMatchObject({ object: { metadata: { name: 'tried' } } });
  expect(await kube.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'tried' })).toBeUndefined();
  const nowhere = { ...object, metadata: { name: 'tried', namespace: 'nowhere' } };
  expect(await kube.dryRun({ verb: 'create', object: nowhere })).toMatchObject({ status: 404 });
});

test('an unknown field is refused, not dropped', async () => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'odd', namespace: 'default' }, dta: {} };
  await expect(at.outlet().kube('cluster', { verb: 'create', object })).rejects.toMatchObject({
    sendFailure: 'not-performed',
    trouble: 'invalid',
  });
});
