import { describe, expect, it } from 'vitest';
import { pvSetAside } from '../../../src/actions/pv/set-aside.ts';
import type { KubeObject } from '../../../src/ports/read-world.ts';
import {
  claimObject,
  ec2Snapshot,
  ec2Volume,
  ec2VolumeFor,
  nodeObject,
  podObject,
  pvObject,
  setObject,
} from '../../inventory/objects.ts';
import type { Still } from '../../inventory/still-world.ts';
import { blockedBecause, changesIn, itemsOf, planIn } from '../planning.ts';

const impactAt = '2026-11-20T10:00:00Z';
const AFTER = '2026-11-20T10:10:00.000Z';
const BEFORE = '2026-01-01T00:00:00.000Z';
const input = { namespace: 'shop', statefulSets: { kafka: { data: 1 } } };

const newPv = (more: object = {}): KubeObject =>
  pvObject({ name: 'pv-new', handle: 'vol-new', uid: 'new-uid', phase: 'Bound', policy: 'Delete', ...more });
const kept = newPv({ policy: 'Retain' });
const claim = (more: object = {}): KubeObject => claimObject({ volumeName: 'pv-new', ...more });
const cloud = (more: object = {}) => ec2Volume('vol-new', { createTime: AFTER, ...more });
const stopped = setObject({ replicas: 0, noted: '3' });

function plan(
  { objects = [newPv(), claim(), setObject(), podObject()], volumes = [cloud()], ...more }: Still = {},
  situation: object = { impactAt },
  given: object = input,
) {
  return planIn(pvSetAside, { ...given }, { objects: [nodeObject(), ...objects], volumes, ...more }, situation);
}
const labels = (changes: readonly { kind: string; object: { kind: string; name: string } }[]) =>
  changes.map(({ kind, object }) => `${kind} ${object.kind} ${object.name}`);

describe('pv/set-aside: what is done, in order', () => {
  it('keeps the new volume, stops the set, and deletes the claim; nothing is started', async () => {
    const [item] = itemsOf(await plan());
    expect(labels(item?.changes ?? [])).toEqual([
      'kube/patch PersistentVolume pv-new',
      'kube/patch StatefulSet kafka',
      'kube/delete PersistentVolumeClaim data-kafka-0',
    ]);
    expect(item?.changes.map(({ risk }) => risk)).toEqual(['safe', 'disruptive', 'destructive']);
    expect(item).toMatchObject({ ready: 2, because: 'shop/data-kafka-0, now on pv-new (vol-new)' });
  });

  it('notes on the set how many members it had, for kube/start', async () => {
    const [, stop] = changesIn(await plan());
    expect(stop?.after).toEqual({ metadata: { annotations: { 'drctl/rebind-replicas': '3' } }, spec: { replicas: 0 } });
  });

  it('promise 4: deletes by uid, with the volume that must be read back as Retain', async () => {
    const deletion = changesIn(await plan()).at(-1);
    expect(deletion?.body).toEqual({
      uid: 'new-uid',
      proof: { volume: 'pv-new', uid: 'uid-of-pv-new', policy: 'Retain', handle: 'vol-new' },
    });
  });

  it('trap 13: the claim waits for the set to be stopped, then for its pods to end', async () => {
    const running = itemsOf(await plan({ objects: [kept, claim(), stopped, podObject()] }));
    expect(running[0]).toMatchObject({ ready: 0, because: expect.stringContaining('waits for Pod kafka-0 to end') });
    const ended = itemsOf(await plan({ objects: [kept, claim(), stopped] }));
    expect([ended[0]?.ready, labels(ended[0]?.changes ?? [])]).toEqual([
      1,
      ['kube/delete PersistentVolumeClaim data-kafka-0'],
    ]);
  });

  it('a set is stopped once, in the item of its first claim that goes', async () => {
    const restored = [
      pvObject({ phase: 'Bound', uid: 'home-uid', handle: 'vol-home' }),
      claimObject({ uid: 'home-uid' }),
    ];
    const second = [newPv({ claim: 'shop/data-kafka-1' }), claim({ name: 'data-kafka-1' })];
    const items = itemsOf(
      await plan(
        {
          objects: [...restored, ...second, setObject()],
          volumes: [
            ec2Volume('vol-home', { createTime: AFTER, snapshotId: 'snap-1' }),
            ec2VolumeFor('vol-new', 'data-kafka-1', { createTime: AFTER }),
          ],
        },
        { impactAt },
        { ...input, statefulSets: { kafka: { data: 2 } } },
      ),
    );
    expect(items.map(({ key, changes }) => [key, changes.length])).toEqual([['data-kafka-1', 3]]);
  });

  it('a claim that somebody deleted already: its volume is kept, its pods are stopped, it is waited for', async () => {
    const leaving = claim({ terminating: true });
    const [first] = itemsOf(await plan({ objects: [newPv(), leaving, setObject(), podObject()] }));
    expect(first).toMatchObject({ ready: 2, changes: [{ kind: 'kube/patch' }, { kind: 'kube/patch' }] });
    const [then] = itemsOf(await plan({ objects: [kept, leaving, stopped] }));
    expect(then).toMatchObject({ ready: 0, changes: [] });
    expect(then?.because).toContain('waits for it to be gone; it is held by kubernetes.io/pvc-protection');
  });

  it('a claim without a volume goes as well, by the proof that it has none', async () => {
    const waiting = claim({ volumeName: undefined, phase: 'Pending' });
    const [item] = itemsOf(await plan({ objects: [waiting, stopped], volumes: [] }));
    expect(item).toMatchObject({ ready: 1, because: 'shop/data-kafka-0, without a volume' });
    expect(item?.changes.map(({ body }) => body)).toEqual([{ uid: 'new-uid', proof: { unbound: true } }]);
  });

  it('a volume that was made for it this moment is kept first, and the claim waited for until it names it', async () => {
    const waiting = claim({ volumeName: undefined, phase: 'Pending' });
    const [first] = itemsOf(await plan({ objects: [newPv(), waiting, stopped] }));
    expect([first?.ready, first?.changes[0]?.object.name]).toEqual([1, 'pv-new']);
    const [then] = itemsOf(await plan({ objects: [kept, waiting, stopped] }));
    expect(then).toMatchObject({ ready: 0, because: expect.stringContaining('waits for it to name it') });
  });

  it('shows what each stands on, when it was made, who uses it, its snapshots, and that it is kept', async () => {
    const planned = await plan({ snapshots: [ec2Snapshot('snap-9', 'vol-new')] });
    const [evidence] = planned.effect === 'changes' ? (planned.evidence ?? []) : [];
    expect(evidence?.rows).toEqual([
      ['shop/data-kafka-0', 'vol-new', 'pv-new', '10Gi', AFTER, 'no', 'kafka-0', '1', expect.stringMatching(/^kept/)],
    ]);
  });
});

describe('pv/set-aside has nothing to do', () => {
  it('where no claim is there: the set stays stopped, with its note', async () => {
    expect(await plan({ objects: [newPv({ phase: 'Released', policy: 'Retain' }), stopped] })).toEqual({
      effect: 'satisfied',
      because: 'of 1 claims none is hasty: 0 restored, 1 not there; kafka stays stopped (3 members noted)',
    });
    expect((await plan({ objects: [] }, {})).effect).toBe('satisfied');
  });

  it.each([
    ['its volume was made from a snapshot', [newPv(), claim()]],
    [
      'Velero has made both, and the binder has not looked yet',
      [newPv({ uid: undefined }), claim({ phase: 'Pending' })],
    ],
  ])('where the claim is restored: %s', async (_, objects) => {
    expect(await plan({ objects: [...objects, setObject()], volumes: [cloud({ snapshotId: 'snap-1' })] })).toEqual({
      effect: 'satisfied',
      because: 'of 1 claims none is hasty: 1 restored, 0 not there',
    });
  });

  it('where the claim waits to be filled from a snapshot', async () => {
    const waiting = claim({ volumeName: undefined, phase: 'Pending' });
    const dataSource = { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 'data-0' };
    const filled = { ...waiting, spec: { ...(waiting['spec'] as object), dataSource } };
    expect((await plan({ objects: [filled], volumes: [] })).effect).toBe('satisfied');
  });
});

describe('pv/set-aside recognises a hasty claim by evidence, or stops', () => {
  const two = { ...input, statefulSets: { kafka: { data: 2 } } };
  const cases: { why: string; says: string; still?: Still; situation?: object; with?: object }[] = [
    { why: 'nobody said when the disaster began', says: '--impact-at', situation: {} },
    {
      why: 'its volume is older than the impact: its data is there',
      says: `it stands on pv-new (vol-new), made at ${BEFORE}, before the impact at ${impactAt}: it is not hasty`,
      still: { volumes: [cloud({ createTime: BEFORE })] },
    },
    {
      why: 'its volume was made in the very moment of the impact',
      says: 'it is not hasty',
      still: { volumes: [cloud({ createTime: '2026-11-20T10:00:00.000Z' })] },
    },
    {
      why: 'an older volume of it is Released',
      says: `an older volume of it survives: pv-0 (vol-0, made at ${BEFORE}, Released); pv/rebind`,
      still: { objects: [pvObject(), newPv(), claim()], volumes: [ec2Volume(), cloud()] },
    },
    {
      why: 'an older volume of it is Available, and the claim has none',
      says: 'an older volume of it survives: pv-0',
      still: {
        objects: [pvObject({ phase: 'Available', uid: undefined }), claim({ volumeName: undefined, phase: 'Pending' })],
        volumes: [ec2Volume()],
      },
    },
    {
      why: 'EC2 has an older volume of it that no PersistentVolume names',
      says: `no PersistentVolume (vol-0, made at ${BEFORE})`,
      still: { volumes: [ec2Volume(), cloud()] },
    },
    {
      why: 'an older volume of it is no EBS volume, so that nobody can say whether it is gone',
      says: 'an older volume of it survives: pv-0 (fs-1',
      still: { objects: [pvObject({ handle: 'fs-1' }), newPv(), claim()] },
    },
    {
      why: 'a volume with restored data waits beside it',
      says: 'an older volume of it survives: pv-0 (vol-0',
      still: {
        objects: [pvObject(), newPv(), claim()],
        volumes: [ec2Volume('vol-0', { createTime: AFTER, snapshotId: 'snap-1' }), cloud()],
      },
    },
    {
      why: 'EC2 does not show the volume',
      says: 'cannot see when the volume of pv-new was made: EC2 does not show vol-new',
      still: { volumes: [] },
    },
    { why: 'the target names no AWS endpoint', says: 'cannot see when its volume was made', still: { noCloud: true } },
    {
      why: 'there is no AWS endpoint, and the claim has no volume: an old one may be there',
      says: 'cannot see',
      still: { objects: [claim({ volumeName: undefined, phase: 'Pending' })], noCloud: true },
    },
    {
      why: 'the PersistentVolume is not there',
      says: 'it names pv-new, but no PersistentVolume of that name',
      still: { objects: [claim({ phase: 'Lost' })] },
    },
    {
      why: 'the PersistentVolume belongs to an earlier claim of its name',
      says: 'pv-new (vol-new) is not bound to it',
      still: { objects: [newPv({ uid: 'another' }), claim()] },
    },
    {
      why: 'something else than a StatefulSet mounts the claim',
      says: 'Pod web-1 (ReplicaSet web-abc) mounts it',
      still: {
        objects: [newPv(), claim(), podObject({ name: 'web-1', owner: { kind: 'ReplicaSet', name: 'web-abc' } })],
      },
    },
    {
      why: 'another claim of the step is in doubt',
      says: 'shop/data-kafka-1: it names pv-1',
      still: { objects: [newPv(), claim(), claim({ name: 'data-kafka-1', volumeName: 'pv-1' })] },
      with: two,
    },
  ];

  it.each(cases)('$why', async ({ says, still, situation = { impactAt }, with: given = input }) => {
    expect(blockedBecause(await plan(still, situation, given))).toContain(says);
  });

  it('an older PersistentVolume whose EC2 volume is gone stands in nobody’s way', async () => {
    const lost = pvObject({ phase: 'Released' });
    const objects = [lost, newPv(), claim(), setObject()];
    expect((await plan({ objects })).effect).toBe('changes');
    const deleting = ec2Volume('vol-0', { state: 'deleting' });
    expect((await plan({ objects, volumes: [deleting, cloud()] })).effect).toBe('changes');
  });
});

describe('pv/set-aside', () => {
  it('may delete claims of its namespace only, and change no other kind than volumes and StatefulSets', () => {
    const scopes = pvSetAside.touches(input).filter(({ endpoint }) => endpoint === 'cluster');
    expect(scopes).toMatchObject([
      { verbs: ['patch'], kinds: ['PersistentVolume'], worst: 'safe' },
      { verbs: ['delete'], kinds: ['PersistentVolumeClaim'], namespaces: ['shop'], worst: 'destructive' },
      { verbs: ['patch'], kinds: ['StatefulSet'], namespaces: ['shop'], worst: 'disruptive' },
    ]);
  });

  it.each([{ statefulSets: {} }, { statefulSets: { kafka: {} } }, { statefulSets: { kafka: { data: 0 } } }])(
    'refuses %j, which names no claim',
    (given) => {
      expect(pvSetAside.input.safeParse({ namespace: 'shop', ...given }).success).toBe(false);
    },
  );
});
