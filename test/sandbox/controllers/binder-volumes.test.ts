import { describe, expect, test } from 'vitest';
import { decideVolume } from '../../../src/sandbox/controllers/binder/decide-volume.ts';
import {
  claimBoundTo,
  claimInPhase,
  volumeBoundTo,
  volumeInPhase,
  volumeUnbound,
} from '../../../src/sandbox/controllers/binder/writes.ts';
import { claim, volume } from './builders.ts';

const reserved = { namespace: 'shop', name: 'data' };
const mine = { ...reserved, uid: 'claim-uid' };
const provisioned = { 'pv.kubernetes.io/provisioned-by': 'ebs.csi.aws.com' };

describe('what becomes of a volume', () => {
  test('free, and reserved without a uid: Available', () => {
    expect(decideVolume(volume(), undefined)).toEqual({ do: 'phase', phase: 'Available' });
    expect(decideVolume(volume({ claimRef: reserved }), claim())).toEqual({ do: 'phase', phase: 'Available' });
    expect(decideVolume(volume({ claimRef: { ...reserved, uid: '' } }), claim())).toEqual({
      do: 'phase',
      phase: 'Available',
    });
  });

  test('finding 4: a Bound volume whose uid was cleared becomes Available, whatever its claim says', () => {
    const bound = volume({ claimRef: reserved }, { phase: 'Bound' });
    expect(decideVolume(bound, claim({ volumeName: 'v1' }, { phase: 'Bound' }))).toEqual({
      do: 'phase',
      phase: 'Available',
    });
  });

  test('trap 3: one whose claim is gone, or has another uid, is Released at once', () => {
    expect(decideVolume(volume({ claimRef: mine }), undefined)).toEqual({ do: 'phase', phase: 'Released' });
  });

  test('a claim that waits without volumeName is woken, one with volumeName is not (it waits for the resync)', () => {
    const released = volume({ claimRef: mine }, { phase: 'Released' });
    expect(decideVolume(released, claim())).toEqual({ do: 'wakeClaim' });
    expect(decideVolume(released, claim({ volumeName: 'v1' }))).toEqual({ do: 'phase', phase: 'Bound' });
  });

  test('a claim of another volumeMode is told, not woken', () => {
    expect(decideVolume(volume({ claimRef: mine, volumeMode: 'Block' }), claim())).toEqual({ do: 'tellModes' });
  });

  test('finding 10: provisioned, policy Delete, and its claim bound elsewhere: Released, which destroys it', () => {
    const elsewhere = claim({ volumeName: 'y0' });
    const doomed = volume({ claimRef: mine, persistentVolumeReclaimPolicy: 'Delete' }, { annotations: provisioned });
    expect(decideVolume(doomed, elsewhere)).toEqual({ do: 'phase', phase: 'Released' });
    expect(decideVolume(volume({ claimRef: mine }, { annotations: provisioned }), elsewhere)).toEqual({ do: 'unbind' });
    const byHand = volume({ claimRef: mine, persistentVolumeReclaimPolicy: 'Delete' });
    expect(decideVolume(byHand, elsewhere)).toEqual({ do: 'unbind' });
  });
});

describe('what binding writes', () => {
  test('a reserved volume gets the uid and resourceVersion, without the controller’s mark', () => {
    const bound = volumeBoundTo(volume({ claimRef: reserved }), claim());
    expect(bound?.spec.claimRef).toEqual({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      namespace: 'shop',
      name: 'data',
      uid: 'claim-uid',
      resourceVersion: '7',
    });
    expect(bound?.metadata.annotations).toBeUndefined();
  });

  test('A5: a free volume is marked bound-by-controller', () => {
    expect(volumeBoundTo(volume(), claim())?.metadata.annotations).toEqual({
      'pv.kubernetes.io/bound-by-controller': 'yes',
    });
  });

  test('A3c: a volume that has the uid already is not written', () => {
    expect(volumeBoundTo(volume({ claimRef: mine }), claim())).toBeUndefined();
  });

  test('A0 and A5: the claim is marked as chosen by the controller only when it had named nothing', () => {
    expect(claimBoundTo(claim(), volume())?.metadata.annotations).toEqual({
      'pv.kubernetes.io/bind-completed': 'yes',
      'pv.kubernetes.io/bound-by-controller': 'yes',
    });
    const named = claimBoundTo(claim({ volumeName: 'v1' }), volume());
    expect(named?.metadata.annotations).toEqual({ 'pv.kubernetes.io/bind-completed': 'yes' });
    expect(claimBoundTo(named!, volume())).toBeUndefined();
  });

  test('a Bound claim shows the volume’s size and modes, a Pending one nothing', () => {
    expect(claimInPhase(claim(), 'Bound', volume())?.status).toEqual({
      phase: 'Bound',
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '10Gi' },
    });
    expect(claimInPhase(claim({}, { phase: 'Bound' }), 'Lost')?.status).toEqual({ phase: 'Lost' });
    expect(claimInPhase(claim(), 'Pending')).toBeUndefined();
    expect(volumeInPhase(volume(), 'Available')).toBeUndefined();
  });

  test('A2, unbinding: the whole claimRef when the controller wrote it, only the uid when a person did', () => {
    expect(volumeUnbound(volume({ claimRef: { ...mine } })).spec.claimRef).toEqual(reserved);
    const byController = volume({ claimRef: mine }, { annotations: { 'pv.kubernetes.io/bound-by-controller': 'yes' } });
    expect(volumeUnbound(byController).spec.claimRef).toBeUndefined();
    expect(volumeUnbound(byController).metadata.annotations).toEqual({});
  });

  test('what was read is never changed', () => {
    const before = volume({ claimRef: reserved });
    volumeBoundTo(before, claim());
    expect(before).toEqual(volume({ claimRef: reserved }));
  });
});
