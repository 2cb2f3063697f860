import { describe, expect, test } from 'vitest';
import { replicaStatus, decideReplicaSet } from '../../../src/sandbox/controllers/apps/decide-replica-set.ts';
import { hashOf } from '../../../src/sandbox/controllers/apps/hash.ts';
import { decideStatefulSet } from '../../../src/sandbox/controllers/apps/decide-stateful-set.ts';
import { decideMount, waitsFor } from '../../../src/sandbox/controllers/cluster/decide-pod.ts';
import { decideTokenSecret } from '../../../src/sandbox/controllers/cluster/token-secrets.ts';
import type { Pod, ReplicaSet, Secret, StatefulSet } from '../../../src/sandbox/controllers/kinds.ts';
import { attachRefusal, mayLetGo } from '../../../src/sandbox/controllers/storage/attacher.ts';
import {
  decideProvision,
  decideProvisionerFinalizer,
  mustDelete,
} from '../../../src/sandbox/controllers/storage/decide-provision.ts';
import { decideClaimProtection, decideVolumeProtection } from '../../../src/sandbox/controllers/storage/protection.ts';
import type { CloudVolume } from '../../../src/sandbox/types.ts';
import { claim, node, pod, statefulSet, storageClass, volume } from './builders.ts';

const deleting = <T extends { metadata: object }>(object: T): T => ({
  ...object,
  metadata: { ...object.metadata, deletionTimestamp: '2026-11-21T01:00:00Z' },
});

describe('protection', () => {
  test('a claim is let go when no pod that is on a node and running uses it', () => {
    const going = deleting(claim());
    expect(decideClaimProtection(claim(), [])).toBe('keep');
    expect(decideClaimProtection(going, [])).toBe('remove');
    expect(decideClaimProtection(going, [pod('p')])).toBe('remove');
    expect(decideClaimProtection(going, [pod('p', { nodeName: 'node-a', phase: 'Running' })])).toBe('keep');
    expect(decideClaimProtection(going, [pod('p', { nodeName: 'node-a', phase: 'Failed' })])).toBe('remove');
  });

  test('a volume is let go when it is not Bound; both get the finalizer back while they live', () => {
    expect(decideVolumeProtection(volume({}, { deleting: true, phase: 'Bound' }))).toBe('keep');
    expect(decideVolumeProtection(volume({}, { deleting: true, phase: 'Released' }))).toBe('remove');
    expect(decideVolumeProtection(volume({}, { finalizers: [] }))).toBe('add');
    const bare = claim();
    bare.metadata.finalizers = [];
    expect(decideClaimProtection(bare, [])).toBe('add');
  });

  test('the attacher lets a volume go only when it is deleted and attached nowhere', () => {
    const finalizers = ['external-attacher/ebs-csi-aws-com'];
    const attachment = {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'VolumeAttachment',
      metadata: {},
      spec: { attacher: '', nodeName: '', source: {} },
    };
    expect(mayLetGo(volume({}, { finalizers }), [])).toBe(false);
    expect(mayLetGo(volume({}, { finalizers, deleting: true }), [])).toBe(true);
    expect(mayLetGo(volume({}, { finalizers, deleting: true }), [attachment])).toBe(false);
  });
});

describe('the provisioner', () => {
  const nodes = [node('node-a', 'eu-west-1a')];
  const asked = { 'volume.kubernetes.io/storage-provisioner': 'ebs.csi.aws.com' };
  const provisions = (...[spec, more]: Parameters<typeof claim>): string =>
    decideProvision(claim(spec, { annotations: asked, ...more }), storageClass(), nodes).do;

  test('makes a volume only when it is asked, and never for a claim with volumeName', () => {
    expect(provisions()).toBe('provision');
    expect(provisions({ volumeName: 'v1' })).toBe('nothing');
    expect(provisions({}, { annotations: {} })).toBe('nothing');
    expect(provisions({}, { annotations: { 'volume.kubernetes.io/storage-provisioner': 'other.csi' } })).toBe(
      'nothing',
    );
  });

  test('says why it cannot', () => {
    const selected = claim({}, { annotations: { ...asked, 'volume.kubernetes.io/selected-node': 'gone' } });
    expect(decideProvision(selected, storageClass(), nodes)).toMatchObject({
      do: 'fail',
      message: expect.stringContaining('"gone" not found'),
    });
    expect(decideProvision(claim({}, { annotations: asked }), undefined, nodes)).toMatchObject({ do: 'fail' });
    expect(decideProvision(claim({}, { annotations: asked }), storageClass(), [])).toMatchObject({ do: 'fail' });
  });

  test('trap 1: destroys what is Released with policy Delete, provisioned or hand-made, and nothing else', () => {
    const released = (spec: object, more: object = {}): boolean =>
      mustDelete(volume({ persistentVolumeReclaimPolicy: 'Delete', ...spec }, { phase: 'Released', ...more }));
    expect(released({})).toBe(true);
    expect(released({ persistentVolumeReclaimPolicy: 'Retain' })).toBe(false);
    expect(released({}, { phase: 'Bound' })).toBe(false);
    expect(released({ csi: { driver: 'other.csi', volumeHandle: 'x' } })).toBe(false);
    expect(released({}, { deleting: true })).toBe(false);
    expect(released({}, { deleting: true, finalizers: ['external-provisioner.volume.kubernetes.io/finalizer'] })).toBe(
      true,
    );
  });

  test('takes its finalizer away when the policy becomes Retain, also from a Terminating volume', () => {
    const finalizers = ['external-provisioner.volume.kubernetes.io/finalizer'];
    expect(decideProvisionerFinalizer(volume({}, { finalizers, deleting: true }))).toBe('remove');
    const doomed = { persistentVolumeReclaimPolicy: 'Delete' };
    expect(decideProvisionerFinalizer(volume(doomed, { phase: 'Bound' }))).toBe('add');
    expect(decideProvisionerFinalizer(volume(doomed, { phase: 'Available' }))).toBe('keep');
    expect(decideProvisionerFinalizer(volume(doomed, { phase: 'Bound', deleting: true }))).toBe('keep');
  });
});

test('EC2 refuses another zone, another instance, and a disk that is gone', () => {
  const home = node('a', 'eu-west-1a');
  const disk = (more: Partial<CloudVolume> = {}): CloudVolume => ({
    id: 'vol-1',
    state: 'available',
    sizeGiB: 1,
    zone: 'eu-west-1a',
    createTime: '',
    tags: {},
    attachments: [],
    ...more,
  });
  expect(attachRefusal(disk(), 'vol-1', home)).toBeUndefined();
  expect(attachRefusal(disk({ zone: 'eu-west-1b' }), 'vol-1', home)).toContain('InvalidVolume.ZoneMismatch');
  expect(
    attachRefusal(disk({ attachments: [{ instance: 'i-other', device: '', state: 'attached' }] }), 'vol-1', home),
  ).toContain('VolumeInUse');
  expect(attachRefusal(undefined, 'vol-1', home)).toContain('InvalidVolume.NotFound');
  expect(attachRefusal(disk(), 'vol-1', undefined)).toContain('providerID');
});

describe('a node and its disks', () => {
  const blank = { files: {}, writers: [] };

  test('trap 9: formats what has no signature, unless it is a Block volume', () => {
    expect(decideMount(volume(), blank)).toEqual({ do: 'format', filesystem: 'ext4' });
    expect(decideMount(volume({ volumeMode: 'Block' }), blank)).toEqual({ do: 'mount' });
    expect(decideMount(volume(), { ...blank, filesystem: 'ext4' })).toEqual({ do: 'mount' });
    expect(decideMount(volume(), { ...blank, filesystem: 'xfs' })).toMatchObject({ do: 'fail' });
  });

  test('says what a pod waits for', () => {
    const mounted = { name: 'data', claimName: 'data' };
    expect(waitsFor(mounted)).toBe('persistentvolumeclaim "data" not found');
    expect(waitsFor({ ...mounted, claim: claim() })).toBe('PVC data is not bound');
    const bound = claim({ volumeName: 'v1' }, { phase: 'Bound' });
    expect(waitsFor({ ...mounted, claim: bound })).toBe('persistentvolume "v1" not found');
    expect(waitsFor({ ...mounted, claim: bound, volume: volume() })).toBe('volume v1 is not attached');
  });
});

describe('token Secrets', () => {
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'bot', uid: 'u1' } };
  const secret = (uid?: string, data?: Record<string, string>): Secret => ({
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/service-account-token',
    metadata: {
      name: 'tok',
      namespace: 'shop',
      ...(uid === undefined ? {} : { annotations: { 'kubernetes.io/service-account.uid': uid } }),
    },
    ...(data === undefined ? {} : { data }),
  });

  test('are filled, kept or deleted', () => {
    expect(decideTokenSecret(secret(), account, 'ca')).toEqual({
      do: 'fill',
      missing: ['ca.crt', 'namespace', 'token'],
    });
    expect(decideTokenSecret(secret(), undefined, 'ca')).toEqual({ do: 'delete' });
    expect(decideTokenSecret(secret('u0'), account, 'ca')).toEqual({ do: 'delete' });
    const whole = { 'ca.crt': btoa('ca'), namespace: btoa('shop'), token: btoa('t') };
    expect(decideTokenSecret(secret('u1', whole), account, 'ca')).toEqual({ do: 'nothing' });
    expect(decideTokenSecret(secret('u1', whole), account, 'new ca')).toEqual({ do: 'fill', missing: ['ca.crt'] });
    expect(decideTokenSecret({ ...secret(), type: 'Opaque' }, undefined, 'ca')).toEqual({ do: 'nothing' });
  });
});

describe('sets of pods', () => {
  const member = (ordinal: number, more: Parameters<typeof pod>[1] & { revision?: string } = {}): Pod => {
    const made = pod(`web-${ordinal}`, { nodeName: 'node-a', phase: 'Running', ready: true, ...more });
    made.metadata.labels = { 'controller-revision-hash': more.revision ?? 'new' };
    return made;
  };
  const next = (set: StatefulSet, pods: Pod[]): string =>
    decideStatefulSet(set, pods, { current: 'old', update: 'new' })
      .map((action) => `${action.do} ${action.do === 'delete' ? action.pod.metadata.name : action.ordinal}`)
      .join(', ');

  test.each([
    ['OrderedReady makes the lowest that is missing', statefulSet(), [member(1)], 'create 0'],
    ['and waits for it', statefulSet(), [member(0, { ready: false })], ''],
    ['and for one that is being stopped', statefulSet(), [member(0, { deleting: true }), member(1)], ''],
    ['Parallel makes all', statefulSet({ podManagementPolicy: 'Parallel' }), [member(1)], 'create 0, create 2'],
    [
      'a Pending pod gets its claims again',
      statefulSet(),
      [member(0, { phase: 'Pending', ready: false })],
      'ensureClaims 0',
    ],
    ['scaling down takes the highest', statefulSet({ replicas: 1 }), [member(0), member(1), member(2)], 'delete web-2'],
    [
      'and waits until it is gone',
      statefulSet({ replicas: 1 }),
      [member(0), member(1), member(2, { deleting: true })],
      '',
    ],
    [
      'an update takes the highest of an old revision',
      statefulSet(),
      [member(0, { revision: 'old' }), member(1, { revision: 'old' }), member(2)],
      'delete web-1',
    ],
    [
      'not below the partition',
      statefulSet({ updateStrategy: { rollingUpdate: { partition: 2 } } }),
      [member(0, { revision: 'old' }), member(1, { revision: 'old' }), member(2)],
      '',
    ],
    [
      'and not at all OnDelete',
      statefulSet({ updateStrategy: { type: 'OnDelete' } }),
      [member(0, { revision: 'old' }), member(1), member(2)],
      '',
    ],
    [
      'a pod that failed is made anew',
      statefulSet({ replicas: 1 }),
      [member(0, { phase: 'Failed', ready: false })],
      'delete web-0',
    ],
  ])('%s', (_why, set, pods, wanted) => {
    expect(next(set, pods)).toBe(wanted);
  });

  test('a ReplicaSet takes away first what is not ready, and does not count what is going', () => {
    const set: ReplicaSet = {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { generation: 2 },
      spec: { replicas: 1, selector: {}, template: { spec: { containers: [] } } },
    };
    const pods = [pod('a', { ready: true }), pod('b'), pod('c', { deleting: true })];
    expect(decideReplicaSet(set, pods).remove.map(({ metadata }) => metadata.name)).toEqual(['b']);
    expect(decideReplicaSet({ ...set, spec: { ...set.spec, replicas: 5 } }, pods).create).toBe(3);
    expect(replicaStatus(set, pods)).toEqual({
      replicas: 2,
      fullyLabeledReplicas: 2,
      readyReplicas: 1,
      availableReplicas: 1,
      terminatingReplicas: 1,
      observedGeneration: 2,
    });
  });

  test('a template’s hash does not depend on the order of its keys', () => {
    expect(hashOf({ a: 1, b: { c: [1, 2] } })).toBe(hashOf({ b: { c: [1, 2] }, a: 1 }));
    expect(hashOf({ a: 1 })).not.toBe(hashOf({ a: 2 }));
    expect(hashOf({})).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{10}$/);
  });
});
