import { describe, expect, it } from 'vitest';
import { kubeStart } from '../../../src/actions/kube/start.ts';
import type { KubeObject } from '../../../src/ports/read-world.ts';
import { claimObject, setObject } from '../../inventory/objects.ts';
import { blockedBecause, changesIn, itemsOf, planIn } from '../planning.ts';

const input = { namespace: 'shop', statefulSets: ['kafka'] };
const stopped = setObject({ replicas: 0, noted: '2' });
const claims = ['data-kafka-0', 'data-kafka-1'].map((name) => claimObject({ name }));
const planOf = (objects: readonly KubeObject[], given: object = input) => planIn(kubeStart, { ...given }, { objects });

describe('kube/start', () => {
  it('gives a stopped set as many members as were noted, and takes the note off, in one request', async () => {
    const [item] = itemsOf(await planOf([stopped, ...claims]));
    expect(item).toMatchObject({ key: 'kafka', ready: 1 });
    expect(item?.changes).toMatchObject([
      {
        kind: 'kube/patch',
        object: { kind: 'StatefulSet', name: 'kafka', uid: 'uid-of-kafka' },
        before: { metadata: { annotations: { 'drctl/rebind-replicas': '2' } }, spec: { replicas: 0 } },
        after: { metadata: { annotations: { 'drctl/rebind-replicas': null } }, spec: { replicas: 2 } },
        risk: 'disruptive',
        body: { final: true },
      },
    ]);
  });

  it('has nothing to do with a set that has no note, whatever becomes of its claims', async () => {
    expect(await planOf([setObject()])).toEqual({
      effect: 'satisfied',
      because: 'none of kafka is stopped by drctl',
    });
    // a person stopped it, and starts it
    expect((await planOf([setObject({ replicas: 0 })])).effect).toBe('satisfied');
  });

  it('only takes the note off where somebody gave it members meanwhile', async () => {
    const [change] = changesIn(await planOf([setObject({ replicas: 1, noted: '2' }), ...claims]));
    expect(change?.after).toMatchObject({ spec: { replicas: 1 } });
  });

  it('does not wait: one Change a set, however often a set is named', async () => {
    const other = setObject({ name: 'zookeeper', replicas: 0, noted: '1' });
    const statefulSets = ['zookeeper', 'kafka', 'zookeeper'];
    const objects = [stopped, ...claims, other, claimObject({ name: 'data-zookeeper-0' })];
    const items = itemsOf(await planOf(objects, { ...input, statefulSets }));
    expect(items.map(({ key, changes }) => [key, changes.length])).toEqual([
      ['zookeeper', 1],
      ['kafka', 1],
    ]);
    expect(kubeStart.touches({ ...input, statefulSets })[0]?.atMost).toBe(2);
  });

  const mounting: KubeObject = {
    ...stopped,
    spec: {
      ...(stopped['spec'] as object),
      template: { spec: { volumes: [{ name: 'tls', persistentVolumeClaim: { claimName: 'certificates' } }] } },
    },
  };
  const fromOne: KubeObject = { ...stopped, spec: { ...(stopped['spec'] as object), ordinals: { start: 1 } } };
  const leaving: KubeObject = {
    ...stopped,
    metadata: { ...stopped.metadata, deletionTimestamp: '2026-11-20T10:00:00Z' },
  };
  const cases: { why: string; says: string; objects: readonly KubeObject[] }[] = [
    { why: 'the set is not there', says: 'shop/kafka is not there', objects: claims },
    { why: 'the set is being deleted', says: 'shop/kafka is being deleted', objects: [leaving, ...claims] },
    {
      why: 'a claim is missing: an empty volume would be made',
      says: 'waits for its claim data-kafka-1: it is not there',
      objects: [stopped, ...claims.slice(0, 1)],
    },
    {
      why: 'a claim is being deleted',
      says: 'data-kafka-0: it is being deleted',
      objects: [stopped, claimObject({ terminating: true }), ...claims.slice(1)],
    },
    {
      why: 'a claim is not Bound',
      says: 'data-kafka-0: it is Pending, not Bound',
      objects: [stopped, claimObject({ phase: 'Pending', volumeName: undefined }), ...claims.slice(1)],
    },
    {
      why: 'a claim has lost its volume',
      says: 'data-kafka-0: it is Lost, not Bound',
      objects: [stopped, claimObject({ phase: 'Lost' }), ...claims.slice(1)],
    },
    {
      why: 'members begin with another number, and the last claim is missing',
      says: 'waits for its claim data-kafka-2: it is not there',
      objects: [fromOne, ...claims],
    },
    {
      why: 'a claim that its pods mount by name is missing',
      says: 'waits for its claim certificates',
      objects: [mounting, ...claims],
    },
    {
      why: 'nobody can read what is noted',
      says: 'has "three" noted on it (drctl/rebind-replicas), which is no number',
      objects: [setObject({ replicas: 0, noted: 'three' }), ...claims],
    },
  ];

  it.each(cases)('is blocked where $why', async ({ says, objects }) => {
    expect(blockedBecause(await planOf(objects))).toContain(says);
  });

  it('starts none where one of them cannot be started, and names all that is missing', async () => {
    const other = setObject({ name: 'zookeeper', replicas: 0, noted: '2' });
    const planned = await planOf([stopped, ...claims, other], { ...input, statefulSets: ['kafka', 'zookeeper'] });
    expect(blockedBecause(planned)).toContain('none is started');
    expect(blockedBecause(planned)).toContain('zookeeper waits for its claim data-zookeeper-0');
    expect(blockedBecause(planned)).toContain('zookeeper waits for its claim data-zookeeper-1');
  });

  it('refuses an empty list', () => {
    expect(kubeStart.input.safeParse({ namespace: 'shop', statefulSets: [] }).success).toBe(false);
  });
});
