import { describe, expect, it } from 'vitest';
import { unfinishedIn } from '../../../src/actions/argocd/unfinished.ts';
import type { CloudVolume, KubeObject } from '../../../src/ports/read-world.ts';
import { claimObject, pvObject, type PvOptions } from '../../inventory/objects.ts';
import { stillWorld, type Still } from '../../inventory/still-world.ts';

const IMPACT = '2026-11-20T10:00:00Z';
const cloud = (id: string, more: Partial<CloudVolume> = {}): CloudVolume => ({
  id,
  state: 'available',
  sizeGiB: 10,
  zone: 'eu-west-1a',
  createTime: '2026-01-01T00:00:00Z',
  tags: {},
  attachments: [],
  ...more,
});
const old = (more: PvOptions = {}) => pvObject({ name: 'pv-old', handle: 'vol-old', phaseSince: IMPACT, ...more });
const late = { createTime: '2026-11-20T11:00:00Z' };
const bound = pvObject({ name: 'pv-new', handle: 'vol-new', uid: 'new-uid', phase: 'Bound' });
const claim = claimObject({ volumeName: 'pv-new' });
const set = (annotations: Record<string, string>): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'kafka', namespace: 'shop', annotations },
  spec: { replicas: 0 },
});

async function found(still: Still, namespaces: readonly string[] = ['shop']): Promise<readonly string[]> {
  const unfinished = await unfinishedIn(stillWorld(still), namespaces, { impactAt: IMPACT });
  return Object.values(unfinished).flat();
}

describe('too early for Argo CD (trap 21)', () => {
  it('a volume waits for a claim that is not there', async () => {
    expect(await found({ objects: [old()], volumes: [cloud('vol-old')] })).toEqual([
      'claim shop/data-kafka-0 is not Bound, and pv-old waits for it',
    ]);
  });

  it('the claim is there, on another volume, and its own of before the impact waits', async () => {
    const objects = [old(), bound, claim];
    expect(await found({ objects, volumes: [cloud('vol-old'), cloud('vol-new', late)] })).toEqual([
      'claim shop/data-kafka-0 stands on another volume, and its own pv-old waits for it',
    ]);
  });

  it('a set is stopped until its turn', async () => {
    expect(await found({ objects: [set({ 'drctl/rebind-replicas': '3' })] })).toEqual([
      'StatefulSet shop/kafka is stopped until its turn',
    ]);
  });
});

describe('no reason to wait', () => {
  it('every claim on its volume, and what was made too early kept aside', async () => {
    const aside = old({ name: 'pv-aside', handle: 'vol-aside' });
    const volumes = [cloud('vol-aside', late), cloud('vol-new')];
    expect(await found({ objects: [bound, claim, aside, set({})], volumes })).toEqual([]);
  });

  it('a volume that an earlier life of the claim left behind, long before the impact', async () => {
    const objects = [old({ phaseSince: '2026-03-01T00:00:00Z' }), bound, claim];
    expect(await found({ objects, volumes: [cloud('vol-old'), cloud('vol-new')] })).toEqual([]);
  });

  it('volumes of another namespace, and no namespace at all', async () => {
    expect(await found({ objects: [old({ claim: 'bank/data-0' })], volumes: [cloud('vol-old')] })).toEqual([]);
    expect(await found({ objects: [old()] }, [])).toEqual([]);
  });

  it('without AWS only what is not Bound is known', async () => {
    expect(await found({ objects: [old(), bound, claim], noCloud: true })).toEqual([]);
    expect(await found({ objects: [old()], noCloud: true })).toHaveLength(1);
  });
});
