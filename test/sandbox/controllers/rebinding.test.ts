import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PersistentVolume, PersistentVolumeClaim } from '../../../src/sandbox/controllers/kinds.ts';
import { RESOURCES } from '../../../src/sandbox/controllers/resources.ts';
import { Cluster, eventually } from './cluster.ts';

/** Long enough that a bind without the resync is told apart from one that waited for it (15 s in a real cluster). */
const RESYNC_MS = 700;
/** A bind that the resync did not have to come for. The real one took about 65 ms. */
const AT_ONCE_MS = 450;

let cluster: Cluster;
beforeEach(async () => {
  cluster = await Cluster.start({ periods: { binderResync: RESYNC_MS } });
  await cluster.classes();
  await cluster.namespace('shop');
});
afterEach(() => cluster.stop());

const reserved = { namespace: 'shop', name: 'data' };

/** A volume whose claim was bound and deleted: Released, with the dead uid in its claimRef. */
async function released(name: string, storageClassName = 'gp3'): Promise<void> {
  await cluster.volume(name, { claimRef: reserved, storageClassName });
  await eventually(() => cluster.volumePhase(name), 'Available');
  await cluster.claim('shop', 'data', { storageClassName });
  await eventually(() => cluster.claimPhase('shop', 'data'), 'Bound');
  await cluster.api.delete(RESOURCES.claims, 'data', 'shop');
  await eventually(() => cluster.volumePhase(name), 'Released');
  await eventually(() => cluster.claimPhase('shop', 'data'), 'gone');
}

const claimIs = (phase: string): Promise<number> => eventually(() => cluster.claimPhase('shop', 'data'), phase);
const volumeIs = (name: string, phase: string): Promise<number> => eventually(() => cluster.volumePhase(name), phase);

async function newUid(): Promise<string> {
  return (await cluster.find(RESOURCES.claims, 'data', 'shop'))?.metadata.uid ?? '';
}

async function setUid(name: string, uid: string): Promise<void> {
  await cluster.api.patch(RESOURCES.volumes, name, undefined, 'merge', {
    spec: { claimRef: { uid, resourceVersion: null } },
  });
}

/** What is seen for that long, or whatever else was seen first. */
async function staying(look: () => Promise<string>, forMs = RESYNC_MS * 1.3): Promise<string> {
  const first = await look();
  const until = performance.now() + forMs;
  while (performance.now() < until) {
    const seen = await look();
    if (seen !== first) return seen;
    await sleep(10);
  }
  return first;
}

describe('a Released volume that is kept', () => {
  test('A1: keeps the dead uid and resourceVersion in its claimRef', async () => {
    await released('a0');
    const { spec } = (await cluster.find<PersistentVolume>(RESOURCES.volumes, 'a0'))!;
    expect(spec.claimRef).toMatchObject({ ...reserved, kind: 'PersistentVolumeClaim', uid: expect.any(String) });
    expect(spec.claimRef?.resourceVersion).toEqual(expect.any(String));
  });

  test('A3b: uid cleared first, claim afterwards: Available, then Bound at once', async () => {
    await released('a0');
    await cluster.clearUid('a0');
    expect(await volumeIs('a0', 'Available')).toBeLessThan(AT_ONCE_MS);
    await cluster.claim('shop', 'data');
    expect(await claimIs('Bound')).toBeLessThan(AT_ONCE_MS);
    const { spec } = (await cluster.find<PersistentVolume>(RESOURCES.volumes, 'a0'))!;
    expect(spec.claimRef?.uid).toBe(await newUid());
  });

  test('A3c: the claim waits, then claimRef.uid is set to its uid: Bound at once', async () => {
    await released('a0', 'gp3-wffc');
    await cluster.claim('shop', 'data', { storageClassName: 'gp3-wffc' });
    await setUid('a0', await newUid());
    expect(await claimIs('Bound')).toBeLessThan(AT_ONCE_MS);
  });

  test('A5c: a claim with volumeName says whose it is, and binds after the uid is cleared, with the resync', async () => {
    await released('v3');
    await cluster.claim('shop', 'data', { volumeName: 'v3' });
    await eventually(
      async () => (await cluster.eventsAbout('shop', 'data')).join('\n').includes('FailedBinding'),
      true,
    );
    expect(await cluster.eventsAbout('shop', 'data')).toContain(
      'Warning FailedBinding: volume "v3" already bound to a different claim.',
    );
    await cluster.clearUid('v3');
    await volumeIs('v3', 'Available');
    expect(await cluster.claimPhase('shop', 'data')).toBe('Pending');
    await claimIs('Bound');
  });

  test('A3h, A3i: with volumeName and the new uid the volume is Bound, the claim waits for the resync or a touch', async () => {
    await released('h1');
    await cluster.claim('shop', 'data', { volumeName: 'h1' });
    await claimIs('Pending');
    await setUid('h1', await newUid());
    await volumeIs('h1', 'Bound');
    expect(await cluster.claimPhase('shop', 'data')).toBe('Pending');
    await cluster.api.patch(RESOURCES.claims, 'data', 'shop', 'merge', { metadata: { annotations: { nudge: '1' } } });
    expect(await claimIs('Bound')).toBeLessThan(AT_ONCE_MS);
  });

  test('A8, trap 3: made again from an export, with the old uid, it is Released at once', async () => {
    await cluster.volume('o1', {
      claimRef: { ...reserved, uid: '11111111-1111-1111-1111-111111111111', resourceVersion: '5' },
    });
    expect(await volumeIs('o1', 'Released')).toBeLessThan(AT_ONCE_MS);
  });

  test('A4d: reserved without a uid, it is nobody else’s', async () => {
    await released('s8');
    await cluster.clearUid('s8');
    await volumeIs('s8', 'Available');
    await cluster.namespace('thief');
    await cluster.claim('thief', 'cache', { storageClassName: 'gp3-wffc' });
    expect(await staying(() => cluster.volumePhase('s8'))).toBe('Available');
  });

  test('A4c: with claimRef removed, a newcomer of the class takes it', async () => {
    await released('s7');
    await cluster.api.patch(RESOURCES.volumes, 's7', undefined, 'merge', { spec: { claimRef: null } });
    await volumeIs('s7', 'Available');
    await cluster.namespace('thief');
    await cluster.claim('thief', 'cache', { resources: { requests: { storage: '1Gi' } } });
    await eventually(() => cluster.claimPhase('thief', 'cache'), 'Bound');
    const { spec, metadata } = (await cluster.find<PersistentVolume>(RESOURCES.volumes, 's7'))!;
    expect(spec.claimRef).toMatchObject({ namespace: 'thief', name: 'cache' });
    expect(metadata.annotations).toEqual({ 'pv.kubernetes.io/bound-by-controller': 'yes' });
  });
});

describe('claims and volumes that do not go together', () => {
  test('A5f: a claim with volumeName waits for a volume that comes later; nothing is provisioned', async () => {
    await cluster.claim('shop', 'data', { volumeName: 'v6' });
    expect(await staying(() => cluster.claimPhase('shop', 'data'))).toBe('Pending');
    expect(Object.keys(cluster.store.state.volumes)).toHaveLength(0);
    await cluster.volume('v6', { claimRef: reserved });
    await claimIs('Bound');
  });

  test('A5h: a free volume of another class is refused with an event', async () => {
    await cluster.volume('v8', { storageClassName: 'other' });
    await volumeIs('v8', 'Available');
    await cluster.claim('shop', 'data', { volumeName: 'v8' });
    const mismatch = 'Warning VolumeMismatch: Cannot bind to requested volume "v8": storageClassName does not match';
    await eventually(async () => (await cluster.eventsAbout('shop', 'data')).includes(mismatch), true);
    expect(await cluster.claimPhase('shop', 'data')).toBe('Pending');
  });

  test('A7b: with volumeName and claimRef set nothing is checked: 20Gi on 10Gi', async () => {
    await cluster.volume('m5', { claimRef: reserved });
    await cluster.claim('shop', 'data', { volumeName: 'm5', resources: { requests: { storage: '20Gi' } } });
    await claimIs('Bound');
    const { metadata, status } = (await cluster.find<PersistentVolumeClaim>(RESOURCES.claims, 'data', 'shop'))!;
    expect(metadata.annotations).toEqual({ 'pv.kubernetes.io/bind-completed': 'yes' });
    expect(status?.capacity).toEqual({ storage: '10Gi' });
  });

  test('A6c: WaitForFirstConsumer waits for a pod and says so', async () => {
    await cluster.volume('w3', { storageClassName: 'gp3-wffc' });
    await cluster.claim('shop', 'data', { storageClassName: 'gp3-wffc' });
    const waiting = 'Normal WaitForFirstConsumer: waiting for first consumer to be created before binding';
    await eventually(async () => (await cluster.eventsAbout('shop', 'data')).includes(waiting), true);
    expect(await staying(() => cluster.claimPhase('shop', 'data'))).toBe('Pending');
  });
});

describe('claims that are Lost', () => {
  const exported = { 'pv.kubernetes.io/bind-completed': 'yes', 'pv.kubernetes.io/bound-by-controller': 'yes' };

  test('finding 4, A3g: clearing the uid of a Bound volume loses its claim for good', async () => {
    await cluster.volume('g1', { claimRef: reserved });
    await cluster.claim('shop', 'data');
    await claimIs('Bound');
    await cluster.clearUid('g1');
    await claimIs('Lost');
    expect(await cluster.volumePhase('g1')).toBe('Available');
    await eventually(
      async () => (await cluster.eventsAbout('shop', 'data')).at(-1),
      'Warning ClaimMisbound: Two claims are bound to the same volume, this one is bound incorrectly',
    );
    expect(await staying(() => cluster.claimPhase('shop', 'data'))).toBe('Lost');
  });

  test('A5d, trap 11: an exported claim is Lost, also after its volume is repaired; A5i: the new uid rescues it', async () => {
    await released('v4');
    await cluster.claim('shop', 'data', { volumeName: 'v4' }, exported);
    await claimIs('Lost');
    await cluster.clearUid('v4');
    expect(await staying(() => cluster.claimPhase('shop', 'data'))).toBe('Lost');
    await setUid('v4', await newUid());
    await claimIs('Bound');
  });

  test('A5i: dropping the annotations rescues it at once, while the volume has no uid', async () => {
    await cluster.volume('r3', { claimRef: reserved });
    await cluster.claim('shop', 'data', { volumeName: 'r3' }, exported);
    await claimIs('Lost');
    await cluster.api.patch(RESOURCES.claims, 'data', 'shop', 'merge', { metadata: { annotations: null } });
    expect(await claimIs('Bound')).toBeLessThan(AT_ONCE_MS);
  });

  test('A5k: with a free volume an exported claim binds', async () => {
    await cluster.volume('r5');
    await volumeIs('r5', 'Available');
    await cluster.claim('shop', 'data', { volumeName: 'r5' }, exported);
    expect(await claimIs('Bound')).toBeLessThan(AT_ONCE_MS);
  });
});

test('C6: two volumes that name a claim bound elsewhere: Delete destroys, Retain is taken back', async () => {
  const provisioned = { 'pv.kubernetes.io/provisioned-by': 'ebs.csi.aws.com' };
  await cluster.volume('y0', { claimRef: reserved });
  await cluster.claim('shop', 'data');
  await claimIs('Bound');
  const claimRef = { ...reserved, uid: await newUid() };
  const kept = await cluster.volume('y2', { claimRef }, provisioned);
  const doomed = await cluster.volume('y1', { claimRef, persistentVolumeReclaimPolicy: 'Delete' }, provisioned);
  await volumeIs('y2', 'Available');
  await volumeIs('y1', 'gone');
  const handleOf = (object: typeof kept): string => (object as PersistentVolume).spec.csi?.volumeHandle ?? '';
  expect((await cluster.cloud.describe(handleOf(kept)))?.state).toBe('available');
  expect((await cluster.cloud.describe(handleOf(doomed)))?.state ?? 'gone').toMatch(/gone|delet/);
});

test('A9, trap 14: a Bound volume that is deleted stays, Terminating, until its claim goes', async () => {
  await cluster.volume('t1', { claimRef: reserved });
  await cluster.claim('shop', 'data');
  await claimIs('Bound');
  await cluster.api.delete(RESOURCES.volumes, 't1');
  expect(await staying(() => cluster.volumePhase('t1'), 100)).toBe('Bound');
  await cluster.api.delete(RESOURCES.claims, 'data', 'shop');
  expect(await volumeIs('t1', 'gone')).toBeLessThan(AT_ONCE_MS);
});
