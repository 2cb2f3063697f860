import { expect } from 'vitest';
import type { ContractCase } from '../case.ts';
import { Storage, aWhile, isTold, settles, stays, vanishes } from './controllers-scene.ts';

const stale = '11111111-1111-1111-1111-111111111111';
const pending = { status: 200, body: { status: { phase: 'Pending' } } };
const released = { status: 200, body: { status: { phase: 'Released' } } };
const provisioned = { annotations: { 'pv.kubernetes.io/provisioned-by': 'contract.example.com' } };

export const releasing: readonly ContractCase[] = [
  {
    name: 'a volume whose claim is gone is Released, and its claimRef keeps the dead uid and resourceVersion',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.released();
      const { spec } = await storage.volumeIs('Released');
      expect(spec['claimRef']).toMatchObject({ uid: expect.any(String), resourceVersion: expect.any(String) });
    },
  },
  {
    name: 'a new claim of the old name waits beside the Released volume, which stays as it is',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.released();
      await storage.makeClaim();
      await stays(api, storage.claimPath(), pending);
      await storage.volumeIs('Released');
    },
  },
  {
    name: 'a Released volume without its dead uid is Available, reserved for the name, and takes the next claim of it',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.released();
      await storage.clearUid();
      await storage.volumeIs('Available', { claimRef: { name: 'data', uid: undefined } });
      await storage.makeClaim();
      await storage.areBound();
    },
  },
  {
    name: 'a claim that waits already binds after the uid is cleared, by the resync at the latest',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.released();
      await storage.makeClaim();
      await aWhile();
      await storage.clearUid();
      await storage.areBound();
    },
  },
  {
    name: 'WaitForFirstConsumer: a claim that waits already binds after the uid is cleared, without any pod',
    async requests(api) {
      const storage = await Storage.start(api, { volumeBindingMode: 'WaitForFirstConsumer' });
      await storage.released();
      await storage.makeClaim();
      await aWhile();
      await storage.clearUid();
      await storage.areBound();
    },
  },
  {
    name: "a Released volume that is given the waiting claim's uid is bound to it",
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.released();
      const { metadata } = await storage.makeClaim();
      await storage.waitsForProvisioner();
      await storage.changeVolume({ spec: { claimRef: { uid: metadata.uid, resourceVersion: null } } });
      await storage.areBound();
    },
  },
  {
    name: "WaitForFirstConsumer: a Released volume that is given the waiting claim's uid is bound to it",
    async requests(api) {
      const storage = await Storage.start(api, { volumeBindingMode: 'WaitForFirstConsumer' });
      await storage.released();
      const { metadata } = await storage.makeClaim();
      await storage.claimIs('Pending');
      await storage.changeVolume({ spec: { claimRef: { uid: metadata.uid, resourceVersion: null } } });
      await storage.areBound();
    },
  },
  {
    name: 'a claim that waits with its volumeName set binds when the uid becomes its own, by the resync at the latest',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.released();
      const { metadata } = await storage.makeClaim({ volumeName: api.own('pv') });
      await isTold(api, 'data', 'FailedBinding', `volume "${api.own('pv')}" already bound to a different claim.`);
      await storage.changeVolume({ spec: { claimRef: { uid: metadata.uid, resourceVersion: null } } });
      await storage.areBound();
    },
  },
  {
    name: 'an annotation on a waiting claim has it looked at, and it binds',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.released();
      await storage.makeClaim({ volumeName: api.own('pv') });
      await isTold(api, 'data', 'FailedBinding', `volume "${api.own('pv')}" already bound to a different claim.`);
      await storage.clearUid();
      await storage.changeClaim({ metadata: { annotations: { nudge: '1' } } });
      await storage.areBound();
    },
  },
  {
    name: 'a volumeName that a claim lacks may be set once, and the claim binds',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.released();
      await storage.makeClaim();
      await storage.waitsForProvisioner();
      await storage.clearUid();
      await storage.changeClaim({ spec: { volumeName: api.own('pv') } });
      await storage.areBound();
    },
  },
  {
    name: 'a volumeName that is set is immutable',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeClaim({ volumeName: api.own('pv') });
      const change = { spec: { volumeName: api.own('other') } };
      await api.patch('merge', storage.claimPath(), change, { status: 422, causes: ['spec FieldValueForbidden'] });
    },
  },
  {
    name: 'a volume whose claimRef is taken away is Available to any claim of its class',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.released();
      await storage.changeVolume({ spec: { claimRef: null } });
      await storage.volumeIs('Available', { claimRef: undefined });
      await storage.makeClaim({}, 'newcomer');
      await storage.areBound('newcomer');
      await storage.makeClaim();
      await stays(api, storage.claimPath(), pending);
    },
  },
  {
    name: 'a volume created with a dead uid in its claimRef is Released, though a claim of the name waits',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeClaim();
      const claimRef = { ...(storage.reserved()['claimRef'] as object), uid: stale, resourceVersion: '5' };
      await storage.makeVolume({ claimRef });
      await stays(api, storage.claimPath(), pending);
      await storage.volumeIs('Released', { claimRef: { uid: stale } });
    },
  },
  {
    name: 'a claimRef resourceVersion is never looked at',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeVolume({ claimRef: { ...(storage.reserved()['claimRef'] as object), resourceVersion: '5' } });
      await storage.volumeIs('Available');
      await storage.makeClaim();
      await storage.areBound();
    },
  },
  ...(['Retain', 'Delete'] as const).map((persistentVolumeReclaimPolicy): ContractCase => ({
    name: `policy ${persistentVolumeReclaimPolicy}: a volume that no provisioner serves stays Released`,
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.released({ persistentVolumeReclaimPolicy });
      await stays(api, storage.volumePath(), released);
    },
  })),
  {
    name: 'policy Delete to Retain on a Released volume changes nothing but the policy',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.released({ persistentVolumeReclaimPolicy: 'Delete' });
      await storage.changeVolume({ spec: { persistentVolumeReclaimPolicy: 'Retain' } });
      await aWhile();
      await storage.volumeIs('Released', { persistentVolumeReclaimPolicy: 'Retain' });
    },
  },
  {
    name: 'policy and uid in one patch: the volume of policy Delete is kept, Available and binds again',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.released({ persistentVolumeReclaimPolicy: 'Delete' });
      const claimRef = { uid: null, resourceVersion: null };
      await storage.changeVolume({ spec: { persistentVolumeReclaimPolicy: 'Retain', claimRef } });
      await storage.volumeIs('Available');
      await storage.makeClaim();
      await storage.areBound();
    },
  },
  {
    name: 'policy Recycle is accepted with a warning that it is deprecated',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeVolume();
      const warnings = [/^spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated/];
      const change = { spec: { persistentVolumeReclaimPolicy: 'Recycle' } };
      await api.patch('merge', storage.volumePath(), change, { status: 200, warnings }, { unseen: true });
    },
  },
  {
    name: 'a volume of policy Delete that a provisioner made, whose claim has another volume, is Released',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeVolume(storage.reserved(), 'kept');
      await storage.volumeIs('Available', {}, 'kept');
      const { metadata } = await storage.makeClaim();
      await storage.areBound('data', 'kept');
      const claimRef = { ...(storage.reserved()['claimRef'] as object), uid: metadata.uid };
      const spec = { claimRef, persistentVolumeReclaimPolicy: 'Delete' };
      await storage.makeVolume(spec, 'pv', provisioned);
      await storage.volumeIs('Released');
      await storage.areBound('data', 'kept');
    },
  },
  {
    name: 'a volume of policy Retain whose claim has another volume loses the uid and is Available',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeVolume(storage.reserved(), 'kept');
      await storage.volumeIs('Available', {}, 'kept');
      const { metadata } = await storage.makeClaim();
      await storage.areBound('data', 'kept');
      const claimRef = { ...(storage.reserved()['claimRef'] as object), uid: metadata.uid };
      await storage.makeVolume({ claimRef }, 'pv', provisioned);
      await storage.volumeIs('Available', { claimRef: { name: 'data', uid: undefined } });
      await storage.areBound('data', 'kept');
    },
  },
  {
    name: 'a volume with bound-by-controller whose claim has another volume loses its whole claimRef',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeVolume(storage.reserved(), 'kept');
      await storage.volumeIs('Available', {}, 'kept');
      const { metadata } = await storage.makeClaim();
      await storage.areBound('data', 'kept');
      const claimRef = { ...(storage.reserved()['claimRef'] as object), uid: metadata.uid };
      const annotations = { 'pv.kubernetes.io/bound-by-controller': 'yes' };
      await storage.makeVolume({ claimRef }, 'pv', { annotations });
      await storage.volumeIs('Available', { claimRef: undefined });
    },
  },
  {
    name: 'a volume that is deleted while Bound is Terminating and stays Bound until its claim goes',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeVolume(storage.reserved());
      await storage.volumeIs('Available');
      await storage.makeClaim();
      await storage.areBound();
      await api.delete(storage.volumePath(), 200, undefined, { unseen: true });
      await aWhile();
      const { metadata } = await storage.volumeIs('Bound');
      expect(metadata['deletionTimestamp']).toBeDefined();
      await api.delete(storage.claimPath(), 200, undefined, { unseen: true });
      await vanishes(api, storage.claimPath());
      await vanishes(api, storage.volumePath());
    },
  },
  {
    name: 'a volume that is deleted while Released is gone at once',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.released();
      await api.delete(storage.volumePath(), 200, undefined, { unseen: true });
      await vanishes(api, storage.volumePath());
    },
  },
  {
    name: 'a Terminating volume that something holds is passed over by the claim that it is reserved for',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeVolume(storage.reserved(), 'pv', { finalizers: ['example.com/hold'] });
      await storage.volumeIs('Available');
      await api.delete(storage.volumePath(), 200, undefined, { unseen: true });
      await settles(api, storage.volumePath(), { metadata: { finalizers: ['example.com/hold'] } });
      await storage.makeClaim();
      await stays(api, storage.claimPath(), pending);
    },
  },
  {
    name: 'a Terminating volume that a claim names is bound all the same, and stays Terminating',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeVolume(storage.reserved(), 'pv', { finalizers: ['example.com/hold'] });
      await storage.volumeIs('Available');
      await api.delete(storage.volumePath(), 200, undefined, { unseen: true });
      await settles(api, storage.volumePath(), { metadata: { finalizers: ['example.com/hold'] } });
      await storage.makeClaim({ volumeName: api.own('pv') });
      await storage.areBound();
      const { body } = await api.get(storage.volumePath(), 200, { unseen: true });
      expect(body.metadata['deletionTimestamp']).toBeDefined();
    },
  },
  {
    name: 'a free Terminating volume that a claim names is refused: VolumeMismatch',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeVolume({}, 'pv', { finalizers: ['example.com/hold'] });
      await storage.volumeIs('Available');
      await api.delete(storage.volumePath(), 200, undefined, { unseen: true });
      await storage.makeClaim({ volumeName: api.own('pv') });
      await isTold(api, 'data', 'VolumeMismatch', /the volume is marked for deletion/);
      await storage.claimIs('Pending');
    },
  },
  {
    name: 'the deletionTimestamp of a volume cannot be taken back',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeVolume(storage.reserved(), 'pv', { finalizers: ['example.com/hold'] });
      await api.delete(storage.volumePath(), 200, undefined, { unseen: true });
      const { body } = await storage.changeVolume({ metadata: { deletionTimestamp: null } });
      expect(body.metadata['deletionTimestamp']).toBeDefined();
    },
  },
  {
    name: 'the guard of a rebind: a patch that tests uid and phase is refused when either is another',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.released();
      const { body } = await api.get(storage.volumePath(), 200, { unseen: true });
      const { uid } = body.spec['claimRef'] as { uid: string };
      const guarded = (expectedUid: string, phase: string): unknown => [
        { op: 'test', path: '/spec/claimRef/uid', value: expectedUid },
        { op: 'test', path: '/status/phase', value: phase },
        { op: 'remove', path: '/spec/claimRef/uid' },
      ];
      await api.patch('json', storage.volumePath(), guarded(stale, 'Released'), { status: 422, reason: 'Invalid' });
      await api.patch('json', storage.volumePath(), guarded(uid, 'Bound'), { status: 422, reason: 'Invalid' });
      await storage.volumeIs('Released', { claimRef: { uid } });
      await storage.changeVolume(guarded(uid, 'Released'), 'json');
      await storage.volumeIs('Available');
    },
  },
];
