import { describe, expect, it } from 'vitest';
import { pvRebind } from '../../../src/actions/pv/rebind.ts';
import { coverStep } from '../../../src/engine/cover.ts';
import type { Json } from '../../../src/model/json.ts';
import type { KubeObject } from '../../../src/ports/read-world.ts';
import {
  claimObject,
  ec2Volume,
  ec2VolumeFor,
  namespaceObject,
  nodeObject,
  podObject,
  pvObject,
  setObject,
} from '../../inventory/objects.ts';
import type { Still } from '../../inventory/still-world.ts';
import { blockedBecause, changesIn, itemsOf, planIn } from '../planning.ts';

const impactAt = '2026-11-20T10:00:00Z';
const AFTER = '2026-11-20T10:10:00.000Z';
const input = { namespace: 'shop', claims: ['data-kafka-0'], hasty: 'swap' };
const around = [namespaceObject(), nodeObject()];

const own = pvObject();
const hastyPv = (more: object = {}): KubeObject =>
  pvObject({ name: 'pv-new', handle: 'vol-new', uid: 'new-uid', phase: 'Bound', policy: 'Delete', ...more });
const hastyClaim = (more: object = {}): KubeObject => claimObject({ volumeName: 'pv-new', ...more });
const clouds = (more: object = {}) => [ec2Volume(), ec2Volume('vol-new', { createTime: AFTER, ...more })];

/** A claim on a new volume, a set of one that made it, and its pod. */
function hastyWorld({
  objects = [own, hastyPv(), hastyClaim(), setObject(), podObject()],
  volumes = clouds(),
}: Still = {}): Still {
  return { objects: [...around, ...objects], volumes };
}

const planHasty = (still: Still, given: Json = input, situation: object = { impactAt }) =>
  planIn(pvRebind, given, still, situation);
const labels = (changes: readonly { kind: string; object: { kind: string; name: string } }[]) =>
  changes.map(({ kind, object }) => `${kind} ${object.kind} ${object.name}`);

describe('pv/rebind over a hasty claim: what is done, in order', () => {
  it('keeps the new volume, stops the set, deletes the claim, frees the old volume, makes the claim on it, starts the set', async () => {
    const [item] = itemsOf(await planHasty(hastyWorld()));
    expect(labels(item?.changes ?? [])).toEqual([
      'kube/patch PersistentVolume pv-new',
      'kube/patch StatefulSet kafka',
      'kube/delete PersistentVolumeClaim data-kafka-0',
      'kube/patch PersistentVolume pv-0',
      'kube/create PersistentVolumeClaim data-kafka-0',
      'kube/patch StatefulSet kafka',
    ]);
    expect(item?.changes.map(({ risk }) => risk)).toEqual([
      'safe',
      'disruptive',
      'destructive',
      'safe',
      'safe',
      'disruptive',
    ]);
    expect(item?.ready).toBe(2);
    expect(item?.because).toContain('now on pv-new (vol-new)');
  });

  it('notes on the set how many members it had, and takes the note off when it starts them again', async () => {
    const [, stop, , , , start] = changesIn(await planHasty(hastyWorld()));
    expect(stop?.after).toEqual({ metadata: { annotations: { 'drctl/rebind-replicas': '3' } }, spec: { replicas: 0 } });
    expect(start?.after).toEqual({
      metadata: { annotations: { 'drctl/rebind-replicas': null } },
      spec: { replicas: 3 },
    });
    expect(stop?.body).toMatchObject({ type: 'merge', patch: { metadata: { uid: 'uid-of-kafka' } }, final: true });
  });

  it('trap 12: a set that deletes the claims of members that go keeps them, in the same request', async () => {
    const set = setObject({ whenScaled: 'Delete' });
    const [, stop] = changesIn(await planHasty(hastyWorld({ objects: [own, hastyPv(), hastyClaim(), set] })));
    expect(stop?.after).toMatchObject({
      spec: { replicas: 0, persistentVolumeClaimRetentionPolicy: { whenScaled: 'Retain' } },
    });
  });

  it('promise 4: deletes by uid, with the volume that must be read back as Retain, and says which it is', async () => {
    const deletion = changesIn(await planHasty(hastyWorld())).find(({ kind }) => kind === 'kube/delete');
    expect(deletion?.body).toEqual({
      uid: 'new-uid',
      proof: { volume: 'pv-new', uid: 'uid-of-pv-new', policy: 'Retain', handle: 'vol-new' },
    });
    expect(deletion?.before).toMatchObject({ spec: { volumeName: 'pv-new' } });
  });

  it('trap 13: the claim waits for its set to be stopped, then for its pods to end, and only then goes', async () => {
    const kept = hastyPv({ policy: 'Retain' });
    const stopped = setObject({ replicas: 0, noted: '3' });
    const running = itemsOf(await planHasty(hastyWorld({ objects: [own, kept, hastyClaim(), stopped, podObject()] })));
    expect(running[0]).toMatchObject({ ready: 0, because: expect.stringContaining('waits for Pod kafka-0 to end') });
    const ended = itemsOf(await planHasty(hastyWorld({ objects: [own, kept, hastyClaim(), stopped] })));
    expect(ended[0]?.ready).toBe(1);
    expect(labels(ended[0]?.changes ?? [])[0]).toBe('kube/delete PersistentVolumeClaim data-kafka-0');
  });

  it('a claim somebody deleted while its pods run: they are stopped all the same, or it would never go', async () => {
    const leaving = hastyClaim({ terminating: true });
    const [item] = itemsOf(
      await planHasty(hastyWorld({ objects: [own, hastyPv(), leaving, setObject(), podObject()] })),
    );
    expect(item?.ready).toBe(2);
    expect(labels(item?.changes ?? [])).not.toContain('kube/delete PersistentVolumeClaim data-kafka-0');
  });

  it('a set that a person had stopped already is not started again', async () => {
    const set = setObject({ replicas: 0 });
    const changes = changesIn(await planHasty(hastyWorld({ objects: [own, hastyPv(), hastyClaim(), set] })));
    expect(labels(changes)).not.toContain('kube/patch StatefulSet kafka');
  });

  it('shows both volumes side by side: size, when made, attached, used by, snapshots, and what becomes of each', async () => {
    const attached = [{ instance: 'i-0a', state: 'attached' }];
    const planned = await planHasty(hastyWorld({ volumes: clouds({ attachments: attached }) }));
    const [evidence] = planned.effect === 'changes' ? (planned.evidence ?? []) : [];
    expect(evidence?.rows).toEqual([
      ['shop/data-kafka-0', 'vol-new', 'pv-new', '10Gi', AFTER, 'i-0a', 'kafka-0', '0', expect.stringMatching(/^kept/)],
      ['shop/data-kafka-0', 'vol-0', 'pv-0', '10Gi', '2026-01-01T00:00:00.000Z', 'no', '-', '0', 'comes back'],
    ]);
  });
});

describe('pv/rebind over hasty claims: the set comes back when all are home', () => {
  const two = { ...input, claims: ['data-kafka-0', 'data-kafka-1'] };
  const home = (ordinal: number): KubeObject[] => [
    pvObject({
      name: `pv-${ordinal}`,
      handle: `vol-${ordinal}`,
      claim: `shop/data-kafka-${ordinal}`,
      uid: `uid-${ordinal}`,
      phase: 'Bound',
    }),
    claimObject({ name: `data-kafka-${ordinal}`, uid: `uid-${ordinal}`, volumeName: `pv-${ordinal}` }),
  ];
  const volumes = [
    ec2Volume(),
    ec2VolumeFor('vol-1', 'data-kafka-1'),
    ec2VolumeFor('vol-new', 'data-kafka-1', { createTime: AFTER }),
  ];
  const stopped = setObject({ replicas: 0, noted: '3' });

  it('stops stand in the first item of the set, starts in the last of the step', async () => {
    const other = [
      pvObject({ name: 'pv-1', handle: 'vol-1', claim: 'shop/data-kafka-1' }),
      hastyPv({ claim: 'shop/data-kafka-1' }),
      hastyClaim({ name: 'data-kafka-1' }),
    ];
    const items = itemsOf(await planHasty({ objects: [...around, ...home(0), ...other, setObject()], volumes }, two));
    expect(items.map(({ key, changes, ready }) => [key, labels(changes), ready])).toEqual([
      ['data-kafka-0', ['kube/patch StatefulSet kafka'], 1],
      [
        'data-kafka-1',
        [
          'kube/patch PersistentVolume pv-new',
          'kube/delete PersistentVolumeClaim data-kafka-1',
          'kube/patch PersistentVolume pv-1',
          'kube/create PersistentVolumeClaim data-kafka-1',
          'kube/patch StatefulSet kafka',
        ],
        1,
      ],
    ]);
  });

  it('no member returns while one claim of the step is not on its volume', async () => {
    const waiting = pvObject({ name: 'pv-0', handle: 'vol-0', uid: undefined, phase: 'Available' });
    const objects = [...around, waiting, ...home(1), stopped];
    const items = itemsOf(await planHasty({ objects, volumes: volumes.slice(0, 2) }, two));
    expect(items.map(({ key, ready }) => [key, ready])).toEqual([
      ['data-kafka-0', 1],
      ['data-kafka-1', 0],
    ]);
  });

  it('a lost journal: the note on the set is enough to start it as it was', async () => {
    const objects = [...around, ...home(0), ...home(1), stopped];
    const [item] = itemsOf(await planHasty({ objects, volumes: volumes.slice(0, 2) }, two));
    expect(item).toMatchObject({ key: 'data-kafka-1', ready: 1 });
    expect(item?.changes[0]?.after).toMatchObject({ spec: { replicas: 3 } });
  });

  it('somebody started it meanwhile: as many members stay as they gave it, only the note goes', async () => {
    const objects = [...around, ...home(0), ...home(1), setObject({ replicas: 5, noted: '3' })];
    const [item] = itemsOf(await planHasty({ objects, volumes: volumes.slice(0, 2) }, two));
    expect(item?.changes.map(({ before, after }) => [before, after])).toEqual([
      [
        { metadata: { annotations: { 'drctl/rebind-replicas': '3' } }, spec: { replicas: 5 } },
        { metadata: { annotations: { 'drctl/rebind-replicas': null } }, spec: { replicas: 5 } },
      ],
    ]);
  });

  it('somebody started it while claims are still away: it is stopped again, which was not approved a second time', async () => {
    const started = setObject({ replicas: 3, noted: '3' });
    const away = pvObject({ name: 'pv-0', handle: 'vol-0', uid: undefined, phase: 'Available' });
    const objects = [...around, away, ...home(1), started];
    const items = itemsOf(await planHasty({ objects, volumes: volumes.slice(0, 2) }, two));
    const [stop] = items[0]?.changes ?? [];
    expect(stop?.after).toMatchObject({ spec: { replicas: 0 } });
    const first = [{ items }];
    expect(coverStep(items, first, stop ? [stop] : [], () => ['patch'])).toMatchObject({
      covered: false,
      why: 'moved',
    });
  });

  it('a look at one claim alone starts nothing: the others were not seen', async () => {
    const objects = [...around, ...home(0), ...home(1), stopped];
    const planned = await planIn(pvRebind, two, { objects, volumes: volumes.slice(0, 2) }, { impactAt }, [
      'data-kafka-1',
    ]);
    expect(itemsOf(planned)).toMatchObject([{ key: 'data-kafka-1', ready: 0 }]);
  });
});

describe('pv/rebind recognises a hasty volume by evidence, or asks', () => {
  const cases: { why: string; says: string; still: Still; with?: Json; situation?: object }[] = [
    {
      why: 'nobody said when the disaster began',
      says: '2 volumes answer to shop/data-kafka-0: pv-0 (vol-0), pv-new (vol-new); say which in "choose", or when the disaster began',
      still: hastyWorld(),
      situation: {},
    },
    {
      why: 'the step does not say that it swaps',
      says: '1 made after the impact: "hasty: swap" in the step sets those aside',
      still: hastyWorld(),
      with: { namespace: 'shop', claims: ['data-kafka-0'] },
    },
    {
      why: 'the volume it lives on is older than the impact',
      says: '2 volumes answer to shop/data-kafka-0',
      still: hastyWorld({ volumes: clouds({ createTime: '2026-11-20T09:59:59.999Z' }) }),
    },
    {
      why: 'older than the impact, and a person chose the other one: what it lives on is still not given up',
      says: 'before the impact at 2026-11-20T10:00:00Z: it is no hasty volume',
      still: hastyWorld({ volumes: clouds({ createTime: '2026-11-20T09:00:00.000Z' }) }),
      with: { ...input, choose: { 'data-kafka-0': 'vol-0' } },
    },
    {
      why: 'the volume was made from a snapshot: somebody restored it',
      says: 'vol-new was made from snapshot snap-1: somebody restored it',
      still: hastyWorld({ volumes: clouds({ snapshotId: 'snap-1' }) }),
      with: { ...input, choose: { 'data-kafka-0': 'vol-0' } },
    },
    {
      why: 'trap 8: two old volumes beside it',
      says: '2 volumes answer to shop/data-kafka-0: pv-0 (vol-0), pv-1 (vol-1)',
      still: hastyWorld({
        objects: [own, pvObject({ name: 'pv-1', handle: 'vol-1' }), hastyPv(), hastyClaim()],
        volumes: [...clouds(), ec2Volume('vol-1')],
      }),
    },
    {
      why: 'the old volume was released long before: the time of the impact may be wrong, and the new volume the right one',
      says: 'pv-0 was released at 2026-11-19T08:00:00Z, before the impact at 2026-11-20T10:00:00Z',
      still: hastyWorld({ objects: [pvObject({ phaseSince: '2026-11-19T08:00:00Z' }), hastyPv(), hastyClaim()] }),
    },
    {
      why: 'no volume from before the impact',
      says: 'no volume from before the impact (2026-11-20T10:00:00Z) answers to shop/data-kafka-0, only what was made since: pv-new (vol-new)',
      still: hastyWorld({ objects: [hastyPv(), hastyClaim()], volumes: clouds().slice(1) }),
    },
    {
      why: 'the volume it lives on belongs to another claim by its PV',
      says: 'its PersistentVolume is bound to another claim than this one',
      still: hastyWorld({ objects: [own, hastyPv({ uid: 'another-uid' }), hastyClaim()] }),
    },
    {
      why: 'the claim names a volume that is not there',
      says: 'no PersistentVolume of that name is bound to it',
      still: hastyWorld({
        objects: [own, hastyClaim({ volumeName: 'pv-gone', phase: 'Lost' })],
        volumes: [ec2Volume()],
      }),
    },
    {
      why: 'a Deployment mounts the claim: only StatefulSets are stopped',
      says: 'Pod web-1 (ReplicaSet web-abc) mounts it',
      still: hastyWorld({
        objects: [
          own,
          hastyPv(),
          hastyClaim(),
          podObject({ name: 'web-1', owner: { kind: 'ReplicaSet', name: 'web-abc' } }),
        ],
      }),
    },
    {
      why: 'a pod that nobody made mounts the claim',
      says: 'Pod debug (nobody made it) mounts it',
      still: hastyWorld({ objects: [own, hastyPv(), hastyClaim(), podObject({ name: 'debug', owner: undefined })] }),
    },
  ];

  it.each(cases)('$why', async ({ says, still, with: given = input, situation = { impactAt } }) => {
    expect(blockedBecause(await planHasty(still, given, situation))).toContain(says);
  });

  it.each(['2026-11-20T10:00:00Z', '2026-11-20T10:01:00Z'])(
    'the old volume was released by the disaster, at %s',
    async (at) => {
      const objects = [pvObject({ phaseSince: at }), hastyPv(), hastyClaim()];
      expect((await planHasty(hastyWorld({ objects }), input, { impactAt: '2026-11-20T10:00:00.900Z' })).effect).toBe(
        'changes',
      );
    },
  );

  it('the new volume is right after all: a person says so in "choose", and it stays', async () => {
    const planned = await planHasty(hastyWorld(), { ...input, choose: { 'data-kafka-0': 'vol-new' } });
    expect(planned).toMatchObject({ effect: 'satisfied' });
  });

  it('a pod that has ended holds nothing, and a pod of the set is no stranger', async () => {
    const done = podObject({ name: 'backup', owner: { kind: 'Job', name: 'backup' }, phase: 'Succeeded' });
    const objects = [own, hastyPv(), hastyClaim(), setObject(), podObject(), done];
    expect((await planHasty(hastyWorld({ objects }))).effect).toBe('changes');
  });

  it('after the swap: the kept volume is set aside and the claim on its own volume is all there is to want', async () => {
    const bound = pvObject({ phase: 'Bound', uid: 'home-uid' });
    const kept = hastyPv({ phase: 'Released', policy: 'Retain' });
    const objects = [bound, kept, claimObject({ uid: 'home-uid' }), setObject()];
    expect((await planHasty(hastyWorld({ objects }))).effect).toBe('satisfied');
  });

  it('claims are those of the set by template, name and ordinal: a longer name is another set', async () => {
    const other = setObject({ name: 'kafka-0' });
    const objects = [own, hastyPv(), hastyClaim(), other];
    expect(labels(changesIn(await planHasty(hastyWorld({ objects }))))).not.toContain('kube/patch StatefulSet kafka-0');
  });
});

describe('pv/rebind without hasty: swap', () => {
  it('promises to delete nothing and to stop nothing', () => {
    const scopes = pvRebind.touches({ namespace: 'shop', claims: ['a'] });
    expect(scopes.every(({ worst }) => worst === 'safe')).toBe(true);
    expect(scopes.flatMap(({ kinds }) => kinds)).not.toContain('StatefulSet');
    const swapping = pvRebind.touches(input);
    expect(swapping.some(({ worst }) => worst === 'destructive')).toBe(true);
  });
});
