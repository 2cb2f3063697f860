import { expect } from 'vitest';
import type { ContractCase, Fields } from '../case.ts';
import { pod } from './objects.ts';
import { Storage, aWhile, isTold, settles, stays } from './controllers-scene.ts';

const unclaimed = { claimRef: undefined };
const pending = { status: 200, body: { status: { phase: 'Pending' } } };

/** What a volume reserved by name is still asked for, and what not (recovery-facts A2, testbed finding 7). */
const reservedMismatches: [string, Fields, Fields, 'Bound' | 'Pending'][] = [
  ['another class', { storageClassName: 'other' }, {}, 'Bound'],
  ['a size below the request', {}, { resources: { requests: { storage: '2Gi' } } }, 'Pending'],
  ['fewer access modes', {}, { accessModes: ['ReadWriteOnce', 'ReadWriteMany'] }, 'Pending'],
  ['another volumeMode', { volumeMode: 'Block' }, {}, 'Pending'],
  ['another attributes class', { volumeAttributesClassName: 'gold' }, {}, 'Pending'],
];

const freeMismatches: [string, Fields, Fields, string][] = [
  ['its class', { storageClassName: 'other' }, {}, 'storageClassName does not match'],
  ['its size', {}, { resources: { requests: { storage: '2Gi' } } }, 'requested PV is too small'],
  ['its access modes', {}, { accessModes: ['ReadWriteMany'] }, 'incompatible accessMode'],
  ['its volumeMode', { volumeMode: 'Block' }, {}, 'incompatible volumeMode'],
  ['its attributes class', { volumeAttributesClassName: 'gold' }, {}, 'volumeAttributesClassName does not match'],
];

export const binding: readonly ContractCase[] = [
  {
    name: 'a volume without claimRef becomes Available, protected by a finalizer',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeVolume();
      const { metadata } = await storage.volumeIs('Available', unclaimed);
      expect(metadata['finalizers']).toEqual(['kubernetes.io/pv-protection']);
    },
  },
  {
    name: 'a volume reserved by namespace and name alone is Available',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeVolume(storage.reserved());
      await storage.volumeIs('Available', { claimRef: { name: 'data', uid: undefined } });
    },
  },
  {
    name: 'the status that a volume is created with is discarded: its phase starts as Pending',
    async requests(api) {
      const storage = await Storage.start(api);
      const made = await api.post(
        '/api/v1/persistentvolumes',
        {
          apiVersion: 'v1',
          kind: 'PersistentVolume',
          metadata: { name: api.own('pv') },
          spec: {
            capacity: { storage: '1Gi' },
            accessModes: ['ReadWriteOnce'],
            storageClassName: storage.className,
            csi: { driver: 'ebs.csi.aws.com', volumeHandle: 'vol-1' },
          },
          status: { phase: 'Bound' },
        },
        201,
      );
      expect(made.body.status).toMatchObject({ phase: 'Pending' });
      expect(made.body.spec).toMatchObject({ persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' });
    },
  },
  {
    name: 'a claim binds to the volume that is reserved for its name',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeVolume(storage.reserved());
      await storage.volumeIs('Available');
      await storage.makeClaim();
      await storage.areBound();
    },
  },
  {
    name: 'binding leaves no bound-by-controller on a volume that was reserved, and one on the claim that did not name it',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeVolume(storage.reserved());
      await storage.volumeIs('Available');
      await storage.makeClaim();
      await storage.areBound();
      const volume = await api.get(storage.volumePath(), 200, { unseen: true });
      expect(volume.body.metadata['annotations']).toBeUndefined();
      const claim = await storage.claimIs('Bound');
      expect(claim.metadata['annotations']).toMatchObject({
        'pv.kubernetes.io/bind-completed': 'yes',
        'pv.kubernetes.io/bound-by-controller': 'yes',
      });
    },
  },
  {
    name: 'a claim binds to a free volume of its class, and the volume says that the controller did it',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeVolume();
      await storage.volumeIs('Available');
      await storage.makeClaim();
      await storage.areBound();
      const { body } = await api.get(storage.volumePath(), 200, { unseen: true });
      expect(body.metadata['annotations']).toEqual({ 'pv.kubernetes.io/bound-by-controller': 'yes' });
    },
  },
  {
    name: 'of the free volumes the smallest that fits is taken',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeVolume({ capacity: { storage: '8Gi' } }, 'large');
      await storage.makeVolume({ capacity: { storage: '3Gi' } }, 'middle');
      await storage.makeVolume({ capacity: { storage: '1Gi' } }, 'small');
      for (const base of ['large', 'middle', 'small']) await storage.volumeIs('Available', unclaimed, base);
      await storage.makeClaim({ resources: { requests: { storage: '2Gi' } } });
      await storage.areBound('data', 'middle');
    },
  },
  {
    name: 'a claim takes the volume reserved for it before a smaller free one',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeVolume({}, 'small');
      await storage.makeVolume({ capacity: { storage: '9Gi' }, ...storage.reserved() });
      await storage.volumeIs('Available', unclaimed, 'small');
      await storage.volumeIs('Available');
      await storage.makeClaim();
      await storage.areBound();
    },
  },
  {
    name: 'a claim with a selector takes only a free volume that it selects',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeVolume({}, 'plain');
      await storage.makeVolume({ capacity: { storage: '4Gi' } }, 'chosen', { labels: { disk: 'mine' } });
      await storage.volumeIs('Available', unclaimed, 'plain');
      await storage.volumeIs('Available', unclaimed, 'chosen');
      await storage.makeClaim({ selector: { matchLabels: { disk: 'mine' } } });
      await storage.areBound('data', 'chosen');
    },
  },
  {
    name: 'nobody but the named claim gets a reserved volume, though another of its class waits',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeClaim({}, 'other');
      await storage.makeVolume(storage.reserved());
      await storage.volumeIs('Available');
      await stays(api, storage.claimPath('other'), pending);
      await storage.makeClaim();
      await storage.areBound();
    },
  },
  {
    name: 'a claim that names a free volume gets it, and only the volume says that the controller did it',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeVolume();
      await storage.volumeIs('Available');
      await storage.makeClaim({ volumeName: api.own('pv') });
      await storage.areBound();
    },
  },
  {
    name: 'a claim that names a reserved volume binds, and neither says that the controller did it',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeVolume(storage.reserved());
      await storage.volumeIs('Available');
      await storage.makeClaim({ volumeName: api.own('pv') });
      await storage.areBound();
      const { body } = await api.get(storage.claimPath(), 200, { unseen: true });
      expect(body.metadata['annotations']).toEqual({ 'pv.kubernetes.io/bind-completed': 'yes' });
    },
  },
  {
    name: 'a claim whose volumeName names no volume yet waits, says nothing, and binds when the volume comes',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeClaim({ volumeName: api.own('pv') });
      await storage.claimIs('Pending');
      await storage.makeVolume();
      await storage.areBound();
    },
  },
  {
    name: 'a claim that names a volume bound to another claim waits: FailedBinding',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeVolume(storage.reserved('first'));
      await storage.volumeIs('Available');
      await storage.makeClaim({}, 'first');
      await storage.areBound('first');
      await storage.makeClaim({ volumeName: api.own('pv') });
      await isTold(api, 'data', 'FailedBinding', `volume "${api.own('pv')}" already bound to a different claim.`);
      await storage.claimIs('Pending');
      await storage.volumeIs('Bound');
    },
  },
  ...reservedMismatches.map(([what, ofVolume, ofClaim, phase]): ContractCase => ({
    name: `a reserved volume with ${what} is ${phase === 'Bound' ? 'bound all the same' : 'passed over'}`,
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeVolume({ ...storage.reserved(), ...ofVolume });
      await storage.volumeIs('Available');
      await storage.makeClaim(ofClaim);
      if (phase === 'Bound') return storage.areBound();
      await isTold(api, 'data', 'ExternalProvisioning', /^Waiting for a volume to be created either by the external/);
      await stays(api, storage.claimPath(), pending);
      await storage.volumeIs('Available');
    },
  })),
  ...reservedMismatches.map(([what, ofVolume, ofClaim]): ContractCase => ({
    name: `a claim that names a volume reserved for it gets it unchecked, with ${what} too`,
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeVolume({ ...storage.reserved(), ...ofVolume });
      await storage.volumeIs('Available');
      await storage.makeClaim({ volumeName: api.own('pv'), ...ofClaim });
      await storage.areBound();
    },
  })),
  ...freeMismatches.map(([what, ofVolume, ofClaim, message]): ContractCase => ({
    name: `a claim that names a free volume is refused for ${what}: VolumeMismatch`,
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeVolume(ofVolume);
      await storage.volumeIs('Available');
      await storage.makeClaim({ volumeName: api.own('pv'), ...ofClaim });
      await isTold(api, 'data', 'VolumeMismatch', `Cannot bind to requested volume "${api.own('pv')}": ${message}`);
      await storage.claimIs('Pending');
      await storage.volumeIs('Available', unclaimed);
    },
  })),
  {
    name: 'a claim that names a free volume gets it against its own selector',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeVolume();
      await storage.volumeIs('Available');
      await storage.makeClaim({ volumeName: api.own('pv'), selector: { matchLabels: { disk: 'other' } } });
      await storage.areBound();
    },
  },
  {
    name: 'a claim of a class with a provisioner waits for it and names it in annotations: ExternalProvisioning',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeClaim();
      await isTold(
        api,
        'data',
        'ExternalProvisioning',
        /external provisioner 'contract.example.com\/nobody' or manually/,
      );
      await settles(api, storage.claimPath(), {
        metadata: { annotations: { 'volume.kubernetes.io/storage-provisioner': 'contract.example.com/nobody' } },
        status: { phase: 'Pending' },
      });
    },
  },
  {
    name: 'a claim of a class that does not exist waits: ProvisioningFailed',
    async requests(api) {
      const storage = new Storage(api);
      await storage.makeClaim();
      const message = `storageclass.storage.k8s.io "${storage.className}" not found`;
      await isTold(api, 'data', 'ProvisioningFailed', message);
      await storage.claimIs('Pending');
    },
  },
  {
    name: 'a class that does not exist still binds a volume to a claim that both name it',
    async requests(api) {
      const storage = new Storage(api);
      await storage.makeVolume();
      await storage.volumeIs('Available');
      await storage.makeClaim();
      await storage.areBound();
    },
  },
  {
    name: 'a claim of the class "" waits for a volume without class: FailedBinding',
    async requests(api) {
      const storage = new Storage(api);
      await storage.makeClaim({ storageClassName: '', selector: { matchLabels: { only: api.id } } });
      const message = 'no persistent volumes available for this claim and no storage class is set';
      await isTold(api, 'data', 'FailedBinding', message);
      await storage.claimIs('Pending');
    },
  },
  {
    name: 'a claim of the class "" binds to a volume without class',
    async requests(api) {
      const storage = new Storage(api);
      await storage.makeVolume({ storageClassName: '', ...storage.reserved() });
      await storage.volumeIs('Available');
      await storage.makeClaim({ storageClassName: '' });
      await storage.areBound();
    },
  },
  {
    name: 'WaitForFirstConsumer: a reserved volume binds without any pod',
    async requests(api) {
      const storage = await Storage.start(api, { volumeBindingMode: 'WaitForFirstConsumer' });
      await storage.makeVolume(storage.reserved());
      await storage.volumeIs('Available');
      await storage.makeClaim();
      await storage.areBound();
    },
  },
  {
    name: 'WaitForFirstConsumer: a claim that names a free volume gets it without any pod',
    async requests(api) {
      const storage = await Storage.start(api, { volumeBindingMode: 'WaitForFirstConsumer' });
      await storage.makeVolume();
      await storage.volumeIs('Available');
      await storage.makeClaim({ volumeName: api.own('pv') });
      await storage.areBound();
    },
  },
  {
    name: 'WaitForFirstConsumer: a free volume waits for a pod, then the scheduler binds it',
    async requests(api) {
      const storage = await Storage.start(api, { volumeBindingMode: 'WaitForFirstConsumer' });
      await storage.makeVolume();
      await storage.volumeIs('Available');
      await storage.makeClaim();
      await isTold(api, 'data', 'WaitForFirstConsumer', 'waiting for first consumer to be created before binding');
      await aWhile();
      await storage.claimIs('Pending');
      const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];
      await api.post(`${api.core}/pods`, pod('user', { schedulerName: 'default-scheduler', volumes }), 201, {
        unseen: true,
      });
      await storage.areBound();
    },
  },
];
