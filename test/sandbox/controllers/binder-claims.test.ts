import { describe, expect, test } from 'vitest';
import { type ClaimView, decideClaim } from '../../../src/sandbox/controllers/binder/decide-claim.ts';
import type { PersistentVolumeClaim } from '../../../src/sandbox/controllers/kinds.ts';
import { claim, storageClass, volume } from './builders.ts';

const reserved = { namespace: 'shop', name: 'data' };
const stale = { ...reserved, uid: 'dead-uid', resourceVersion: '419' };
const gp3 = storageClass('gp3');
const late = storageClass('gp3-wffc', { volumeBindingMode: 'WaitForFirstConsumer' });

function decide(subject: PersistentVolumeClaim, view: Partial<ClaimView> = {}): string {
  const decision = decideClaim(subject, { candidates: [], classes: [gp3, late], ...view });
  if (decision.do === 'bind') return `bind ${decision.volume.metadata.name}`;
  if (decision.do === 'provision') return `provision by ${decision.provisioner}`;
  if (decision.do === 'assignClass') return `class ${decision.className}`;
  return [decision.do, decision.event?.type, decision.event?.reason, decision.event?.message]
    .filter(Boolean)
    .join(' | ');
}

function named(spec: Parameters<typeof volume>[0] = {}, more?: Parameters<typeof volume>[1]): string {
  return decide(claim({ volumeName: 'v1' }), { named: volume(spec, more) });
}

describe('a claim without volumeName', () => {
  test('A0, A3b: takes the volume that is reserved for its name', () => {
    expect(decide(claim(), { candidates: [volume(), volume({ claimRef: reserved }, { name: 'mine' })] })).toBe(
      'bind mine',
    );
  });

  test('A3c: takes a Released volume whose claimRef.uid was set to its own', () => {
    const mine = volume({ claimRef: { ...reserved, uid: 'claim-uid' } }, { phase: 'Released' });
    expect(decide(claim(), { candidates: [mine] })).toBe('bind v1');
  });

  test('A2: leaves a Released volume with a stale uid alone and asks the provisioner: a new, empty volume', () => {
    const released = volume({ claimRef: stale }, { phase: 'Released' });
    expect(decide(claim(), { candidates: [released] })).toBe('provision by ebs.csi.aws.com');
  });

  test('A4d: a volume reserved for another claim is nobody else’s', () => {
    const candidates = [volume({ claimRef: { namespace: 'other', name: 'cache' } })];
    expect(decide(claim(), { candidates })).toBe('provision by ebs.csi.aws.com');
  });

  test('A4: with claimRef gone the smallest volume that fits is taken, whoever it was for', () => {
    const candidates = [
      volume({ capacity: { storage: '100Gi' } }, { name: 'big' }),
      volume({ capacity: { storage: '10Gi' } }, { name: 'ten' }),
      volume({ capacity: { storage: '5Gi' } }, { name: 'five' }),
      volume({ capacity: { storage: '20Gi' } }, { name: 'twenty' }),
    ];
    expect(decide(claim(), { candidates })).toBe('bind ten');
    const small = claim({ resources: { requests: { storage: '1Gi' } } }, { namespace: 'thief', name: 'cache' });
    expect(decide(small, { candidates })).toBe('bind five');
  });

  test('a free volume must be Available, of the class, and match the selector', () => {
    const other = (spec: Parameters<typeof volume>[0], more?: Parameters<typeof volume>[1]): string =>
      decide(claim(), { candidates: [volume(spec, more)] });
    expect(other({}, { phase: 'Released' })).toMatch(/^provision/);
    expect(other({ storageClassName: 'io2' })).toMatch(/^provision/);
    const choosy = claim({ selector: { matchLabels: { disk: 'fast' } } });
    expect(decide(choosy, { candidates: [volume()] })).toMatch(/^provision/);
    const fast = volume();
    fast.metadata.labels = { disk: 'fast' };
    expect(decide(choosy, { candidates: [fast] })).toBe('bind v1');
  });

  test('A7: of a reserved volume the class is ignored', () => {
    expect(decide(claim({ storageClassName: 'other' }), { candidates: [volume({ claimRef: reserved })] })).toBe(
      'bind v1',
    );
  });

  test.each([
    ['too small', { capacity: { storage: '5Gi' } }],
    ['of another mode', { volumeMode: 'Block' }],
    ['without the access mode', { accessModes: ['ReadOnlyMany'] }],
    ['of another attributes class', { volumeAttributesClassName: 'fast' }],
  ])('trap 5: a reserved volume that is %s is passed over in silence and a new one provisioned', (_why, spec) => {
    expect(decide(claim(), { candidates: [volume({ ...spec, claimRef: reserved })] })).toBe(
      'provision by ebs.csi.aws.com',
    );
  });

  test('trap 14, finding 9: a Terminating volume is never bound without volumeName', () => {
    const going = volume({ claimRef: reserved }, { deleting: true });
    expect(decide(claim(), { candidates: [going] })).toBe('provision by ebs.csi.aws.com');
  });

  test('A6: a volume reserved for it binds without a pod, also for WaitForFirstConsumer', () => {
    expect(decide(claim({ storageClassName: 'gp3-wffc' }), { candidates: [volume({ claimRef: reserved })] })).toBe(
      'bind v1',
    );
  });

  test('A6c: WaitForFirstConsumer leaves free volumes to the scheduler', () => {
    const waiting = 'pending | Normal | WaitForFirstConsumer | waiting for first consumer to be created before binding';
    const candidates = [volume({ storageClassName: 'gp3-wffc' })];
    expect(decide(claim({ storageClassName: 'gp3-wffc' }), { candidates })).toBe(waiting);
  });

  test('once a node is selected, WaitForFirstConsumer is for the provisioner', () => {
    const annotations = { 'volume.kubernetes.io/selected-node': 'node-a' };
    expect(decide(claim({ storageClassName: 'gp3-wffc' }, { annotations }))).toBe('provision by ebs.csi.aws.com');
  });

  test('class "" means none: it waits for a volume without a class', () => {
    const none =
      'pending | Normal | FailedBinding | no persistent volumes available for this claim and no storage class is set';
    expect(decide(claim({ storageClassName: '' }))).toBe(none);
    expect(decide(claim({ storageClassName: '' }), { candidates: [volume({ storageClassName: '' })] })).toBe('bind v1');
  });

  test('a class that does not exist is fine for static binding, and an event otherwise', () => {
    const subject = claim({ storageClassName: 'gone' });
    expect(decide(subject)).toBe('tell | Warning | ProvisioningFailed | storageclass.storage.k8s.io "gone" not found');
    expect(decide(subject, { candidates: [volume({ storageClassName: 'gone' })] })).toBe('bind v1');
  });

  test('without any class it is given the newest default class', () => {
    const marked = { 'storageclass.kubernetes.io/is-default-class': 'true' };
    const older = storageClass('old', {
      metadata: { name: 'old', annotations: marked, creationTimestamp: '2026-01-01T00:00:00Z' },
    });
    const newer = storageClass('new', {
      metadata: { name: 'new', annotations: marked, creationTimestamp: '2026-02-01T00:00:00Z' },
    });
    const { storageClassName: _none, ...spec } = claim().spec;
    const classless = { ...claim(), spec };
    expect(decide(classless, { classes: [older, newer] })).toBe('class new');
    expect(decide(classless)).toMatch(/^pending \| Normal \| FailedBinding/);
  });
});

describe('a claim with volumeName', () => {
  test('A5f: waits without an event for a volume that does not exist, and is never provisioned', () => {
    expect(decide(claim({ volumeName: 'v1' }))).toBe('pending');
  });

  test('A5: takes a free volume that fits', () => {
    expect(named()).toBe('bind v1');
  });

  test.each([
    ['requested PV is too small', { capacity: { storage: '9Gi' } }, {}],
    ['storageClassName does not match', { storageClassName: 'io2' }, {}],
    ['volumeAttributesClassName does not match', { volumeAttributesClassName: 'fast' }, {}],
    ['incompatible volumeMode', { volumeMode: 'Block' }, {}],
    ['incompatible accessMode', { accessModes: ['ReadOnlyMany'] }, {}],
    ['the volume is marked for deletion "v1"', {}, { deleting: true }],
  ])('A5h: of a free volume it is checked: %s', (why, spec, more) => {
    expect(named(spec, more)).toBe(`pending | Warning | VolumeMismatch | Cannot bind to requested volume "v1": ${why}`);
  });

  test('A7b: of a volume reserved for it nothing is checked', () => {
    expect(
      named({ claimRef: reserved, capacity: { storage: '1Gi' }, storageClassName: 'io2', volumeMode: 'Block' }),
    ).toBe('bind v1');
  });

  test('finding 9: a Terminating volume with its uid does bind', () => {
    expect(named({ claimRef: { ...reserved, uid: 'claim-uid' } }, { deleting: true, phase: 'Released' })).toBe(
      'bind v1',
    );
  });

  test('A5c, A5g, trap 3: a volume of another uid keeps it Pending and says so', () => {
    const message = 'pending | Warning | FailedBinding | volume "v1" already bound to a different claim.';
    expect(named({ claimRef: stale }, { phase: 'Released' })).toBe(message);
    expect(named({ claimRef: { namespace: 'other', name: 'cache', uid: 'x' } }, { phase: 'Bound' })).toBe(message);
  });
});

describe('a claim that carries bind-completed', () => {
  const annotations = { 'pv.kubernetes.io/bind-completed': 'yes', 'pv.kubernetes.io/bound-by-controller': 'yes' };
  const exported = (volumeName?: string): PersistentVolumeClaim =>
    claim(volumeName === undefined ? {} : { volumeName }, { annotations });

  test('A5j: is Lost at once without volumeName', () => {
    expect(decide(exported())).toBe(
      'lost | Warning | ClaimLost | Bound claim has lost reference to PersistentVolume. Data on the volume is lost!',
    );
  });

  test('A5e: is Lost when its volume does not exist', () => {
    expect(decide(exported('v1'))).toBe(
      'lost | Warning | ClaimLost | Bound claim has lost its PersistentVolume. Data on the volume is lost!',
    );
  });

  test('A5d, A5l, A3g, trap 11: is Lost when its volume has another uid, or none', () => {
    const message =
      'lost | Warning | ClaimMisbound | Two claims are bound to the same volume, this one is bound incorrectly';
    expect(decide(exported('v1'), { named: volume({ claimRef: stale }, { phase: 'Released' }) })).toBe(message);
    expect(decide(exported('v1'), { named: volume({ claimRef: reserved }) })).toBe(message);
  });

  test('A5k: binds with no checks when its volume has no claimRef at all', () => {
    expect(decide(exported('v1'), { named: volume({ capacity: { storage: '1Gi' }, storageClassName: 'io2' }) })).toBe(
      'bind v1',
    );
  });

  test('A5i: is rescued from Lost when the volume gets its uid', () => {
    const lost = claim({ volumeName: 'v1' }, { annotations, phase: 'Lost' });
    expect(decide(lost, { named: volume({ claimRef: { ...reserved, uid: 'claim-uid' } }) })).toBe('bind v1');
  });
});
