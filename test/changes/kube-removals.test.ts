import { describe, expect, test } from 'vitest';
import { deleteObject, scaleObject } from '../../src/changes/index.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { KubeObject } from '../../src/ports/read-world.ts';
import { kindOf, useBench, type Made } from './bench.ts';

const bench = useBench();
const { guard, probe, perform, make, configMap, volume } = bench;

describe('kube/delete', () => {
  const claimOf = (volumeName?: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: bench.name, namespace: 'shop' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
      storageClassName: '',
      ...(volumeName !== undefined && { volumeName }),
    },
  });
  const refOf = (object: Made) => {
    const { uid } = object.metadata;
    return {
      endpoint: 'cluster',
      apiVersion: 'v1',
      kind: object.kind,
      namespace: 'shop',
      name: bench.name,
      uid,
    } as const;
  };

  test('only the very object, and gone is gone', async () => {
    const map = await make(configMap());
    const change = deleteObject({ object: refOf(map) });
    expect([await guard(change), await probe(change)]).toEqual([{ go: true }, 'absent']);
    const other = deleteObject({ object: { ...refOf(map), uid: 'other' } });
    expect(await guard(other)).toMatchObject({ go: false });
    await expect(perform(other)).rejects.toMatchObject({ trouble: 'conflict', sendFailure: 'not-performed' });
    expect(await perform(change)).toEqual({ deleted: map.metadata.uid });
    expect(await probe(change)).toBe('done');
  });

  test('a claim goes only while its volume is read back as Retain', async () => {
    const pv = await make({
      ...volume('Delete'),
      spec: { ...(volume('Delete')['spec'] as object), storageClassName: '' },
    });
    const claim = await make(claimOf(bench.name));
    const change = deleteObject({
      object: refOf(claim),
      proof: { volume: bench.name, uid: pv.metadata.uid, policy: 'Retain' },
    });
    expect(await guard(change)).toMatchObject({
      go: false,
      because: expect.stringContaining('policy Delete, not Retain'),
    });
    const target = { apiVersion: 'v1', kind: 'PersistentVolume', name: bench.name };
    const patch = { spec: { persistentVolumeReclaimPolicy: 'Retain' } };
    await bench.at.outlet().kube('cluster', { verb: 'patch', target, type: 'merge', patch });
    expect(await guard(change)).toEqual({ go: true });
    const unbound = deleteObject({ object: refOf(claim), proof: { unbound: true } });
    expect(await guard(unbound)).toMatchObject({ go: false, because: expect.stringContaining('not what was planned') });
    const another = deleteObject({
      object: refOf(claim),
      proof: { volume: bench.name, uid: 'another', policy: 'Retain' },
    });
    expect(await guard(another)).toMatchObject({ go: false });
  });

  test('trap 13: a claim goes only while no pod mounts it and no set would make it again', async () => {
    const spec = { ...(volume('Retain')['spec'] as object), storageClassName: '' };
    const pv = await make({ ...volume('Retain'), spec });
    const claim = await make(claimOf(bench.name));
    const change = deleteObject({
      object: refOf(claim),
      proof: { volume: bench.name, uid: pv.metadata.uid, policy: 'Retain' },
    });
    expect(await guard(change)).toEqual({ go: true });
    const pod = await make({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `${bench.name}-user`, namespace: 'shop' },
      spec: {
        containers: [{ name: 'c', image: 'c' }],
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: bench.name } }],
      },
    });
    expect(await guard(change)).toMatchObject({ go: false, because: expect.stringContaining('is in use by Pod') });
    const target = { apiVersion: 'v1', kind: 'Pod', name: pod.metadata.name, namespace: 'shop' };
    await bench.at.outlet().kube('cluster', { verb: 'delete', target, preconditions: { uid: pod.metadata.uid } });
    await expect.poll(() => guard(change)).toEqual({ go: true });
  });

  test('trap 13: nor while a set with members has a template and an ordinal of that name', async () => {
    const pv = await make({
      ...volume('Retain'),
      spec: { ...(volume('Retain')['spec'] as object), storageClassName: '' },
    });
    const name = `data-${bench.name}-0`;
    const claim = await make({ ...claimOf(bench.name), metadata: { name, namespace: 'shop' } });
    const change = deleteObject({
      object: { ...refOf(claim), name },
      proof: { volume: bench.name, uid: pv.metadata.uid, policy: 'Retain' },
    });
    expect(await guard(change)).toEqual({ go: true });
    await make({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: bench.name, namespace: 'shop' },
      spec: {
        serviceName: bench.name,
        replicas: 2,
        selector: { matchLabels: { app: bench.name } },
        template: {
          metadata: { labels: { app: bench.name } },
          // no node takes it: its pods stay Pending, and claims are made for Pending pods too
          spec: { containers: [{ name: 'c', image: 'c' }], nodeSelector: { none: 'such' } },
        },
        volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claimOf()['spec'] }],
      },
    });
    expect(await guard(change)).toMatchObject({ go: false });
  });

  test('nothing that would take claims along', async () => {
    const owner = await make(configMap());
    const metadata = {
      name: bench.name,
      namespace: 'shop',
      ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: bench.name, uid: owner.metadata.uid }],
    };
    await make({ ...claimOf(), metadata });
    expect(await guard(deleteObject({ object: refOf(owner) }))).toMatchObject({
      go: false,
      because: expect.stringContaining('owns 1 claims'),
    });
    expect(await guard(deleteObject({ object: refOf(owner), propagation: 'Orphan' }))).toEqual({ go: true });
  });

  test('nothing whose finalizer deletes what Argo CD made', async () => {
    const finalizers = ['resources-finalizer.argocd.argoproj.io/background'];
    const map = await make({ ...configMap(), metadata: { name: bench.name, namespace: 'shop', finalizers } });
    expect(await guard(deleteObject({ object: refOf(map) }))).toMatchObject({
      go: false,
      because: expect.stringContaining('finalizer'),
    });
  });
});

describe('kube/scale', () => {
  const set = (retention?: JsonObject): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: bench.name, namespace: 'shop' },
    spec: {
      serviceName: bench.name,
      replicas: 0,
      selector: { matchLabels: { app: bench.name } },
      template: { metadata: { labels: { app: bench.name } }, spec: { containers: [{ name: 'c', image: 'c' }] } },
      ...(retention && { persistentVolumeClaimRetentionPolicy: retention }),
    },
  });
  const scale = (uid: string, from: number, to: number) =>
    scaleObject({
      object: {
        endpoint: 'cluster',
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        namespace: 'shop',
        name: bench.name,
        uid,
      },
      from,
      to,
    });

  test('from what it was to what it shall be, and back', async () => {
    const made = await make(set());
    const up = scale(made.metadata.uid, 0, 2);
    expect(up.risk).toBe('safe');
    expect([await guard(up), await probe(up)]).toEqual([{ go: true }, 'absent']);
    await perform(up);
    expect([(await guard(up)).go, await probe(up)]).toEqual([false, 'done']);
    const down = kindOf(up).reverse?.(up, {});
    expect(down).toMatchObject({
      risk: 'disruptive',
      before: { spec: { replicas: 2 } },
      after: { spec: { replicas: 0 } },
    });
    expect(await guard(down!)).toEqual({ go: true });
    await perform(down!);
    expect(await probe(down!)).toBe('done');
    await expect(perform(down!)).rejects.toMatchObject({ sendFailure: 'not-performed' });
  });

  test('not down while that deletes claims (trap 12)', async () => {
    const made = await make(set({ whenScaled: 'Delete', whenDeleted: 'Retain' }));
    await perform(scale(made.metadata.uid, 0, 2));
    expect(await guard(scale(made.metadata.uid, 2, 1))).toMatchObject({
      go: false,
      because: expect.stringContaining('whenScaled'),
    });
    expect(await guard(scale(made.metadata.uid, 2, 3))).toEqual({ go: true });
  });
});
