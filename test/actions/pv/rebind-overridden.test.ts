import { describe, expect, it } from 'vitest';
import { pvRebind } from '../../../src/actions/pv/rebind.ts';
import { guardLabel, type Guard, type Override, type Planned } from '../../../src/model/action.ts';
import { ec2Volume, ec2VolumeFor, namespaceObject, nodeObject, pvObject } from '../../inventory/objects.ts';
import type { Still } from '../../inventory/still-world.ts';
import { changesIn, itemsOf, planIn } from '../planning.ts';

const input = { namespace: 'shop', claims: ['data-kafka-0'] };
const around = [namespaceObject(), nodeObject()];

function guardsIn(planned: Planned): readonly Guard[] {
  if (planned.effect !== 'blocked') throw new Error(`not blocked but ${planned.effect}`);
  return planned.guards ?? [];
}

/** As if a person had overridden everything that blocks. */
async function said(still: Still, given = input): Promise<Override[]> {
  const guards = guardsIn(await planIn(pvRebind, given, still));
  return guards.map((guard) => ({ guard: guardLabel(guard), evidence: guard.evidence }));
}

const size: Still = { objects: [...around, pvObject()], volumes: [ec2Volume('vol-0', { sizeGiB: 12 })] };

describe('pv/rebind and what a person overrides', () => {
  it.each<[string, string, Still]>([
    ['size', 'size:shop/data-kafka-0', size],
    [
      'owner',
      'owner:shop/data-kafka-0',
      { objects: [...around, pvObject()], volumes: [ec2VolumeFor('vol-0', 'data-kafka-1')] },
    ],
    [
      'no node there',
      'no-node:shop/data-kafka-0',
      { objects: [namespaceObject(), nodeObject('node-z', 'eu-west-1z'), pvObject()], volumes: [ec2Volume()] },
    ],
  ])('%s: named, and passed for this claim', async (_, guard, still) => {
    const overrides = await said(still);
    expect(overrides.map((one) => one.guard)).toEqual([guard]);
    expect(itemsOf(await planIn(pvRebind, input, still, { overrides }))).toHaveLength(1);
  });

  it('other evidence, another claim, or another guard: blocked as before', async () => {
    const [override] = await said(size);
    const larger: Still = { ...size, volumes: [ec2Volume('vol-0', { sizeGiB: 13 })] };
    const evidence = override?.evidence ?? 'sha256:';
    for (const [still, one] of [
      [larger, { guard: 'size:shop/data-kafka-0', evidence }],
      [size, { guard: 'size:shop/data-kafka-1', evidence }],
      [size, { guard: 'owner:shop/data-kafka-0', evidence }],
      [size, { guard: 'size:shop/data-kafka-0', evidence: 'sha256:0' }],
    ] as const)
      expect(await planIn(pvRebind, input, still, { overrides: [one] })).toMatchObject({ effect: 'blocked' });
  });

  it.each<[string, Still]>([
    ['volume-mode', { objects: [...around, pvObject({ volumeMode: undefined })], volumes: [ec2Volume()] }],
    ['terminating', { objects: [...around, pvObject({ terminating: true })], volumes: [ec2Volume()] }],
    ['no-volume', { objects: around, volumes: [] }],
    ['two-volumes', { objects: [...around, pvObject()], volumes: [ec2Volume(), ec2Volume('vol-1')] }],
    ['volume-gone', { objects: [...around, pvObject()], volumes: [] }],
  ])('%s is never overridden, whatever was said', async (code, still) => {
    const planned = await planIn(pvRebind, input, still);
    expect(guardsIn(planned)).toContainEqual(expect.objectContaining({ name: code, overridable: false }));
    expect(await planIn(pvRebind, input, still, { overrides: await said(still) })).toMatchObject({ effect: 'blocked' });
  });

  it('of two problems only the overridden one is passed: the other still blocks, and is all that is named', async () => {
    const still: Still = {
      objects: [...around, pvObject({ terminating: true })],
      volumes: [ec2Volume('vol-0', { sizeGiB: 1 })],
    };
    const overrides = (await said(still)).filter((one) => one.guard.startsWith('size:'));
    const planned = await planIn(pvRebind, input, still, { overrides });
    expect(guardsIn(planned).map((guard) => guard.name)).toEqual(['terminating']);
  });

  it('one doubt about another volume still stops all of them', async () => {
    const both = { namespace: 'shop', claims: ['data-kafka-0', 'data-kafka-1'] };
    const still: Still = {
      objects: [...around, pvObject(), pvObject({ name: 'pv-1', claim: 'shop/data-kafka-1', handle: 'vol-1' })],
      volumes: [ec2Volume('vol-0', { sizeGiB: 12 }), ec2VolumeFor('vol-1', 'data-kafka-1', { sizeGiB: 12 })],
    };
    const [first] = await said(still, both);
    const planned = await planIn(pvRebind, both, still, { overrides: first ? [first] : [] });
    expect(guardsIn(planned).map(guardLabel)).toEqual(['size:shop/data-kafka-1']);
  });

  it('a claim never asks more than its volume has, overridden or not', async () => {
    const text =
      '{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data-kafka-0}, spec: {resources: {requests: {storage: 20Gi}}}}';
    const still: Still = {
      objects: [...around, pvObject()],
      volumes: [ec2Volume()],
      files: [{ path: '/runbooks/m/c.yaml', text }],
    };
    const given = { namespace: 'shop', manifests: 'm' };
    const guards = guardsIn(await planIn(pvRebind, given, still));
    const overrides = guards.map((guard) => ({ guard: guardLabel(guard), evidence: guard.evidence }));
    const changes = changesIn(await planIn(pvRebind, given, still, { overrides }));
    expect(JSON.stringify(changes.at(-1)?.after)).toContain('"storage":"10Gi"');
  });
});
