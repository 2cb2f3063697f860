import { describe, expect, it } from 'vitest';
import { ebsHold } from '../../../src/actions/ebs/hold.ts';
import type { CloudVolume } from '../../../src/ports/read-world.ts';
import { pvObject } from '../../inventory/objects.ts';
import { blockedBecause, itemsOf, planIn } from '../planning.ts';

const IMPACT = '2026-11-20T10:00:00Z';
const volume = (id: string, more: Partial<CloudVolume> = {}): CloudVolume => ({
  id,
  state: 'available',
  sizeGiB: 10,
  zone: 'eu-west-1a',
  createTime: '2026-01-01T00:00:00Z',
  tags: {},
  attachments: [],
  ...more,
});
const pvs = [0, 1].map((one) => pvObject({ name: `pv-${one}`, claim: `shop/data-${one}`, handle: `vol-${one}` }));
const plan = (state: string, volumes: CloudVolume[], objects = pvs) =>
  planIn(ebsHold, { namespace: 'shop', state }, { objects, volumes }, { impactAt: IMPACT, address: 'prod/hold' });

describe('ebs/hold', () => {
  it('tags what is not tagged, with the address of its step', async () => {
    const planned = await plan('held', [volume('vol-0'), volume('vol-1', { tags: { 'drctl/hold': 'prod/hold' } })]);
    expect(planned).toMatchObject({ because: '1 of 2 volumes are not held' });
    expect(itemsOf(planned).map(({ key, changes }) => [key, changes[0]?.after])).toEqual([
      ['vol-0', { tags: { 'drctl/hold': 'prod/hold' } }],
    ]);
  });

  it('a volume that was restored since the impact breaks no hold; one that was made from nothing does', async () => {
    const late = { createTime: '2026-11-20T11:00:00Z' };
    const held = volume('vol-0', { tags: { 'drctl/hold': 'x' } });
    expect((await plan('held', [held, volume('vol-1', { ...late, snapshotId: 'snap-1' })])).effect).toBe('satisfied');
    expect((await plan('held', [held, volume('vol-1', late)])).effect).toBe('changes');
  });

  it('releases only what is tagged', async () => {
    const planned = await plan('released', [volume('vol-0'), volume('vol-1', { tags: { 'drctl/hold': 'x' } })]);
    expect(itemsOf(planned).map(({ key }) => key)).toEqual(['vol-1']);
  });

  it('a namespace without a volume is blocked: nothing there is not the same as nothing to do', async () => {
    expect(blockedBecause(await plan('held', [], []))).toContain('no PersistentVolume of namespace shop');
  });
});
