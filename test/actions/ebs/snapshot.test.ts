import { describe, expect, it } from 'vitest';
import { ebsSnapshot } from '../../../src/actions/ebs/snapshot.ts';
import { ec2Snapshot, ec2Volume, pvObject } from '../../inventory/objects.ts';
import type { Still } from '../../inventory/still-world.ts';
import { blockedBecause, changesIn, itemsOf, planIn } from '../planning.ts';

const shop = { namespace: 'shop' };
const base: Still = { objects: [pvObject()], volumes: [ec2Volume()], now: '2026-11-20T12:00:00Z' };
const planWith = (snapshots: Still['snapshots'], impactAt?: string) =>
  planIn(ebsSnapshot, shop, { ...base, snapshots: snapshots ?? [] }, impactAt === undefined ? {} : { impactAt });

describe('ebs/snapshot', () => {
  it('takes one of each volume of the namespace, saying in the creating call whose it is', async () => {
    const objects = [
      pvObject(),
      pvObject({ name: 'pv-1', handle: 'vol-1' }),
      pvObject({ name: 'pv-2', claim: 'other/x', handle: 'vol-2' }),
    ];
    const planned = await planIn(ebsSnapshot, shop, { objects, volumes: [ec2Volume(), ec2Volume('vol-1')] });
    expect(itemsOf(planned).map(({ key }) => key)).toEqual(['vol-0', 'vol-1']);
    expect(changesIn(planned)[0]).toMatchObject({
      kind: 'ec2/create-snapshot',
      risk: 'safe',
      after: { tags: { 'drctl/step': 'prod-eu/step' } },
    });
  });

  it.each(['pending', 'completed'])('is satisfied by a %s one of this step', async (state) => {
    expect((await planWith([ec2Snapshot('snap-1', 'vol-0', { state })])).effect).toBe('satisfied');
  });

  it.each([
    ['failed', { state: 'error' }],
    ['of another step', { tags: { 'drctl/step': 'prod-eu/other' } }],
    ['of nobody', { tags: {} }],
    ['of another volume', { volumeId: 'vol-9' }],
    ['older than maxAge', { startTime: '2026-11-19T11:59:59Z' }],
  ])('is not satisfied by one that is %s', async (_, more) => {
    expect((await planWith([ec2Snapshot('snap-1', 'vol-0', more)])).effect).toBe('changes');
  });

  it('with an impact time, counts only what began after it, however young', async () => {
    const snapshot = ec2Snapshot('snap-1', 'vol-0', { startTime: '2026-11-20T11:00:00Z' });
    expect((await planWith([snapshot], '2026-11-20T11:30:00Z')).effect).toBe('changes');
    expect((await planWith([snapshot], '2026-11-20T10:30:00Z')).effect).toBe('satisfied');
  });

  it('gives a second attempt another id: the id in the tags is the probe', async () => {
    const first = changesIn(await planWith([]))[0];
    const second = changesIn(await planWith([ec2Snapshot('snap-1', 'vol-0', { state: 'error' })]))[0];
    const again = changesIn(await planWith([]))[0];
    expect(JSON.stringify(second?.after)).not.toBe(JSON.stringify(first?.after));
    expect(again).toEqual(first);
  });

  it('takes one snapshot where two objects stand over one volume', async () => {
    const objects = [pvObject(), pvObject({ name: 'pv-x', inTree: 'aws:///vol-0' })];
    expect(itemsOf(await planIn(ebsSnapshot, shop, { objects, volumes: [ec2Volume()] }))).toHaveLength(1);
  });

  it('shows size, zone and the last snapshot', async () => {
    const planned = await planWith([ec2Snapshot('snap-1', 'vol-0', { state: 'error' })]);
    const rows = planned.effect === 'changes' ? planned.evidence?.[0]?.rows : [];
    expect(rows).toEqual([['vol-0', 'pv-0', '10Gi', 'eu-west-1a', 'available', 'snap-1, error, 1h old']]);
  });

  it('is blocked when no volume is in scope, or one is gone', async () => {
    expect(blockedBecause(await planIn(ebsSnapshot, shop, {}))).toContain('no PersistentVolume of namespace shop');
    expect(blockedBecause(await planIn(ebsSnapshot, shop, { objects: [pvObject()] }))).toContain(
      'vol-0 does not exist',
    );
    const deleting = { objects: [pvObject()], volumes: [ec2Volume('vol-0', { state: 'deleting' })] };
    expect(blockedBecause(await planIn(ebsSnapshot, shop, deleting))).toContain('vol-0 does not exist');
  });

  it('does not take a target without AWS for one without volumes', async () => {
    await expect(planIn(ebsSnapshot, shop, { objects: [pvObject()], noCloud: true })).rejects.toMatchObject({
      code: 'NotConfigured',
    });
  });

  it('takes volumes by id, without asking the cluster', async () => {
    const planned = await planIn(ebsSnapshot, { volumes: ['vol-0'] }, { volumes: [ec2Volume()] });
    expect(itemsOf(planned)[0]?.because).toBe('snapshot of vol-0');
  });

  it.each([
    [{}],
    [{ namespace: 'a', volumes: ['vol-1'] }],
    [{ volumes: ['disk'] }],
    [{ namespace: 'a', maxAge: 'long' }],
  ])('refuses input %j', (input) => {
    expect(ebsSnapshot.input.safeParse(input).success).toBe(false);
  });
});
