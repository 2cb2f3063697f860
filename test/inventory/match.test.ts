import { describe, expect, it } from 'vitest';
import { evidenceOf, INVENTORY_COLUMNS, inventoryOf } from '../../src/inventory/inventory.ts';
import { matchVolumes } from '../../src/inventory/match.ts';
import { survey } from '../../src/inventory/survey.ts';
import { attachmentObject, claimObject, ec2Volume, ec2VolumeFor, nodeObject, pvObject } from './objects.ts';
import { stillWorld, type Still } from './still-world.ts';

const surveyOf = (still: Still, claims?: string[]) =>
  survey(stillWorld(still), { endpoint: 'cluster', namespace: 'shop', ...(claims && { claims }) });
const claim = { namespace: 'shop', name: 'data-kafka-0' };

describe('a survey', () => {
  it('holds the volumes of the namespace, and every other object over one of them', async () => {
    const objects = [
      pvObject(),
      pvObject({ name: 'pv-twin', claim: 'other/x', inTree: 'aws:///vol-0' }),
      pvObject({ name: 'pv-far', claim: 'other/y', handle: 'vol-9' }),
      attachmentObject('pv-far'),
      attachmentObject('pv-0'),
    ];
    const found = await surveyOf({ objects, volumes: [ec2Volume()] });
    expect(found.volumes.map(({ name }) => name)).toEqual(['pv-0', 'pv-twin']);
    expect(found.attachments.map(({ volume }) => volume)).toEqual(['pv-0']);
  });

  it('tells a target without AWS from an account without volumes', async () => {
    expect((await surveyOf({ objects: [pvObject()], noCloud: true })).cloud).toBeUndefined();
    expect((await surveyOf({ objects: [pvObject()] })).cloud).toEqual({ volumes: [] });
  });

  it('does not swallow a read that failed', async () => {
    const world = stillWorld({ objects: [pvObject()] });
    const failing = { ...world, cloud: { ...world.cloud, volumes: () => Promise.reject(new Error('half a page')) } };
    await expect(survey(failing, { endpoint: 'cluster', namespace: 'shop' })).rejects.toThrow('half a page');
  });

  it.each([
    ['by the tags alone where they find all', 450, [0]],
    ['for those that have no tags in several questions', 0, [200, 200, 50, 0]],
    ['by id only for those that the tags did not find', 449, [1, 0]],
  ])('asks EC2 for more than two hundred volumes %s', async (_, tagged, questions) => {
    const ids = Array.from({ length: 450 }, (_, index) => `vol-${index}`);
    const objects = ids.map((id, index) => pvObject({ name: `pv-${index}`, handle: id, claim: `shop/c-${index}` }));
    const asked: number[] = [];
    const volumesOf = ids.map((id, index) =>
      index < tagged ? ec2VolumeFor(id, `c-${index}`) : ec2Volume(id, { tags: {} }),
    );
    const world = stillWorld({ objects, volumes: volumesOf });
    const volumes: typeof world.cloud.volumes = (filter) => {
      asked.push(filter.filters?.['volume-id']?.length ?? 0);
      return world.cloud.volumes(filter);
    };
    const counting = { ...world, cloud: { ...world.cloud, volumes } };
    const found = await survey(counting, { endpoint: 'cluster', namespace: 'shop' });
    expect(found.cloud?.volumes).toHaveLength(450);
    expect(asked.toSorted((a, b) => b - a)).toEqual(questions);
  });

  it('narrows to the claims that are waited for', async () => {
    const objects = [
      pvObject(),
      pvObject({ name: 'pv-1', claim: 'shop/data-kafka-1', handle: 'vol-1' }),
      claimObject(),
      claimObject({ name: 'data-kafka-1' }),
    ];
    const found = await surveyOf({ objects, volumes: [ec2Volume(), ec2VolumeFor('vol-1', 'data-kafka-1')] }, [
      'data-kafka-1',
    ]);
    expect(found.volumes.map(({ name }) => name)).toEqual(['pv-1']);
    expect(found.claims.map(({ name }) => name)).toEqual(['data-kafka-1']);
    expect(found.cloud?.volumes.map(({ id }) => id)).toEqual(['vol-1']);
  });

  it('takes a cordoned node for ready but not for usable', async () => {
    const cordoned = { ...nodeObject(), spec: { unschedulable: true } };
    expect((await surveyOf({ objects: [cordoned] })).nodes).toEqual([
      { name: 'node-a', ready: true, usable: false, zone: 'eu-west-1a' },
    ]);
  });
});

describe('how sure it is that a volume is the claim’s own', () => {
  const certaintyIn = async (still: Still, chosen?: string) => {
    const [match] = matchVolumes(await surveyOf({ ...still, objects: [nodeObject(), ...(still.objects ?? [])] }), [
      { ...claim, ...(chosen !== undefined && { chosen }) },
    ]);
    return [match?.certainty, match?.own?.pv.name];
  };
  const two = {
    objects: [pvObject(), pvObject({ name: 'pv-1', handle: 'vol-1' })],
    volumes: [ec2Volume(), ec2Volume('vol-1')],
  };

  it('certain: one PV names the claim, and EC2 does not contradict', async () => {
    expect(await certaintyIn({ objects: [pvObject()], volumes: [ec2Volume()] })).toEqual(['certain', 'pv-0']);
  });
  it('trap 8: contested, with two; the one that a person chose, by any of its names', async () => {
    expect(await certaintyIn(two)).toEqual(['contested', undefined]);
    expect(await certaintyIn(two, 'pv-1')).toEqual(['chosen', 'pv-1']);
    expect(await certaintyIn(two, 'vol-0')).toEqual(['chosen', 'pv-0']);
  });
  it('none: nothing names the claim', async () => {
    expect(await certaintyIn({})).toEqual(['none', undefined]);
  });
  it('a volume that EC2 is deleting is no candidate', async () => {
    const volumes = [ec2Volume(), ec2Volume('vol-1', { state: 'deleting' })];
    expect(await certaintyIn({ objects: [pvObject()], volumes })).toEqual(['certain', 'pv-0']);
  });
});

describe('the inventory', () => {
  it('lists every volume with its claim, by claim, and says how certain it is', async () => {
    const found = await surveyOf({
      objects: [
        pvObject({ name: 'pv-b', claim: 'shop/data-kafka-1', handle: 'vol-1' }),
        pvObject(),
        pvObject({ name: 'pv-swap', claim: 'shop/data-etcd-0', handle: 'vol-2' }),
      ],
      volumes: [
        ec2Volume(),
        ec2VolumeFor('vol-1', 'data-kafka-1'),
        ec2VolumeFor('vol-2', 'data-etcd-1'),
        ec2VolumeFor('vol-orphan', 'data-kafka-1'),
      ],
    });
    expect(inventoryOf(found).map((row) => [row.claim, row.pv, row.volume, row.taggedOwner, row.certainty])).toEqual([
      ['shop/data-etcd-0', 'pv-swap', 'vol-2', 'shop/data-etcd-1', 'contested'],
      ['shop/data-kafka-0', 'pv-0', 'vol-0', 'shop/data-kafka-0', 'certain'],
      ['shop/data-kafka-1', '(none)', 'vol-orphan', 'shop/data-kafka-1', 'contested'],
      ['shop/data-kafka-1', 'pv-b', 'vol-1', 'shop/data-kafka-1', 'contested'],
    ]);
  });

  it('as evidence has a word in every column', async () => {
    const { columns, rows } = evidenceOf(
      'x',
      inventoryOf(await surveyOf({ objects: [pvObject()], volumes: [ec2Volume()] })),
    );
    expect(columns).toBe(INVENTORY_COLUMNS);
    expect(rows[0]).toEqual([
      'shop/data-kafka-0',
      'pv-0',
      'vol-0',
      '10Gi',
      'eu-west-1a',
      'ext4',
      'Filesystem',
      'gp3',
      'Retain',
      'Released',
      'shop/data-kafka-0',
      '2026-01-01T00:00:00.000Z',
      'certain',
    ]);
  });
});
