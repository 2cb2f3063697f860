import { describe, expect, it } from 'vitest';
import { kubePatch } from '../../../src/actions/kube/patch.ts';
import type { Json } from '../../../src/model/json.ts';
import type { KubeObject } from '../../../src/ports/read-world.ts';
import { pvObject } from '../../inventory/objects.ts';
import { blockedBecause, changesIn, planIn } from '../planning.ts';

const live: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'kafka', namespace: 'shop', uid: 'u1', resourceVersion: '9', labels: { a: '1' } },
  spec: { replicas: 3, list: [1, 2], persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete' } },
};
const kafka = { apiVersion: 'apps/v1', kind: 'StatefulSet', namespace: 'shop', name: 'kafka' };
const plan = (more: { [key: string]: Json }, objects = [live]) => planIn(kubePatch, { ...kafka, ...more }, { objects });

describe('kube/patch', () => {
  it('shows both sides of what it writes, for this very object', async () => {
    const patch = { metadata: { labels: { a: null, b: '2' } } };
    expect(changesIn(await plan({ patch }))).toMatchObject([
      {
        kind: 'kube/patch',
        risk: 'disruptive',
        object: { ...kafka, uid: 'u1' },
        before: { metadata: { labels: { a: '1', b: null } } },
        after: patch,
      },
    ]);
  });

  it.each([
    [{ spec: { replicas: 3 } }],
    [{ spec: { list: [1, 2] } }],
    [{ metadata: { labels: { gone: null } } }],
    [{ metadata: { annotations: { gone: null } } }],
  ])('is satisfied by an object that %j would not change', async (patch) => {
    expect((await plan({ patch })).effect).toBe('satisfied');
  });

  it.each([[{ spec: { list: [1] } }], [{ metadata: { annotations: { a: '1' } } }], [{ spec: { replicas: '3' } }]])(
    'is not satisfied where %j differs',
    async (patch) => {
      expect((await plan({ patch })).effect).toBe('changes');
    },
  );

  it('asks `expect` instead, where one is given; a missing key is "not so"', async () => {
    const patch = { spec: { replicas: 5 } };
    expect((await plan({ patch, expect: 'self.spec.replicas >= 3' })).effect).toBe('satisfied');
    expect((await plan({ patch, expect: 'self.spec.paused == true' })).effect).toBe('changes');
  });

  it('is blocked where there is nothing, or something on its way out', async () => {
    const patch = { spec: { replicas: 5 } };
    expect(blockedBecause(await plan({ patch }, []))).toBe('StatefulSet shop/kafka does not exist');
    const going = { ...live, metadata: { ...live.metadata, deletionTimestamp: '2026-11-20T10:00:00Z' } };
    expect(blockedBecause(await plan({ patch }, [going]))).toContain('is being deleted');
  });

  it('trap 12: sets a retention policy to Retain, and to nothing else', async () => {
    const policy = (whenScaled: string) => ({ spec: { persistentVolumeClaimRetentionPolicy: { whenScaled } } });
    expect((await plan({ patch: policy('Retain') })).effect).toBe('changes');
    const kept = { ...live, spec: { replicas: 3 } };
    expect(blockedBecause(await plan({ patch: policy('Delete') }, [kept]))).toContain('claims would be deleted');
  });

  it.each([
    ['trap 6: a claimRef', 'PersistentVolume', { spec: { claimRef: null } }],
    ['trap 14: finalizers', 'PersistentVolumeClaim', { metadata: { finalizers: null } }],
    ['trap 11: owners', 'ConfigMap', { metadata: { ownerReferences: [] } }],
    ['what a Secret holds', 'Secret', { stringData: { a: 'b' } }],
  ])('refuses %s', async (_, kind, patch) => {
    const planned = await planIn(kubePatch, { apiVersion: 'v1', kind, name: 'x', patch }, { objects: [] });
    expect(blockedBecause(planned)).not.toContain('does not exist');
  });

  it('trap 2: never sets a reclaim policy to Delete', async () => {
    const patch = { spec: { persistentVolumeReclaimPolicy: 'Delete' } };
    const input = { apiVersion: 'v1', kind: 'PersistentVolume', name: 'pv-0', patch };
    expect(blockedBecause(await planIn(kubePatch, input, { objects: [pvObject()] }))).toContain('never done');
  });

  it.each([[{}], [{ patch: {} }], [{ patch: [] }]])('refuses input %j', (more) => {
    expect(kubePatch.input.safeParse({ ...kafka, ...more }).success).toBe(false);
  });
});
