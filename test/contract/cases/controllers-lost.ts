import { expect } from 'vitest';
import type { ContractCase } from '../case.ts';
import { Storage, aWhile, isTold, settles, stays } from './controllers-scene.ts';

/** What an exported claim carries, and what makes the binder believe it (recovery-facts A2, testbed finding 5). */
const exported = {
  annotations: { 'pv.kubernetes.io/bind-completed': 'yes', 'pv.kubernetes.io/bound-by-controller': 'yes' },
};
const lost = { status: 200, body: { status: { phase: 'Lost' } } };
const misbound = 'Two claims are bound to the same volume, this one is bound incorrectly';
const stale = '11111111-1111-1111-1111-111111111111';

async function poisoned(storage: Storage): Promise<string> {
  const claimRef = { ...(storage.reserved()['claimRef'] as object), uid: stale };
  await storage.makeVolume({ claimRef });
  await storage.volumeIs('Released');
  const { metadata } = await storage.makeClaim({ volumeName: storage.api.own('pv') }, 'data', exported);
  await storage.claimIs('Lost');
  return metadata.uid;
}

export const losing: readonly ContractCase[] = [
  {
    name: 'a claim with bind-completed whose volume has another uid is Lost: ClaimMisbound',
    async requests(api) {
      const storage = await Storage.start(api);
      await poisoned(storage);
      await isTold(api, 'data', 'ClaimMisbound', misbound);
    },
  },
  {
    name: 'a claim with bind-completed whose volume is reserved without uid is Lost: ClaimMisbound',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeVolume(storage.reserved());
      await storage.volumeIs('Available');
      await storage.makeClaim({ volumeName: api.own('pv') }, 'data', exported);
      await storage.claimIs('Lost');
      await isTold(api, 'data', 'ClaimMisbound', misbound);
      await storage.volumeIs('Available');
    },
  },
  {
    name: 'a claim with bind-completed whose volume is not there is Lost: ClaimLost',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeClaim({ volumeName: api.own('pv') }, 'data', exported);
      await storage.claimIs('Lost');
      await isTold(api, 'data', 'ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!');
    },
  },
  {
    name: 'a claim with bind-completed and no volumeName is Lost: ClaimLost',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeClaim({}, 'data', exported);
      await storage.claimIs('Lost');
      const message = 'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!';
      await isTold(api, 'data', 'ClaimLost', message);
    },
  },
  {
    name: 'a claim with bind-completed binds to a volume without claimRef',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeVolume();
      await storage.volumeIs('Available');
      await storage.makeClaim({ volumeName: api.own('pv') }, 'data', exported);
      await storage.areBound();
    },
  },
  {
    name: 'a claim with bind-completed binds unchecked to a volume without claimRef that is too small',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeVolume({ storageClassName: 'other' });
      await storage.volumeIs('Available');
      const resources = { requests: { storage: '5Gi' } };
      await storage.makeClaim({ volumeName: api.own('pv'), resources }, 'data', exported);
      await storage.areBound();
    },
  },
  {
    name: 'a Lost claim stays Lost though its volume is repaired to its name alone',
    async requests(api) {
      const storage = await Storage.start(api);
      await poisoned(storage);
      await storage.clearUid();
      await storage.volumeIs('Available');
      await stays(api, storage.claimPath(), lost);
    },
  },
  {
    name: 'a Lost claim is rescued by its own uid in the claimRef',
    async requests(api) {
      const storage = await Storage.start(api);
      const uid = await poisoned(storage);
      await storage.changeVolume({ spec: { claimRef: { uid } } });
      await storage.areBound();
    },
  },
  {
    name: 'a Lost claim is rescued by a volume without claimRef',
    async requests(api) {
      const storage = await Storage.start(api);
      await poisoned(storage);
      await storage.changeVolume({ spec: { claimRef: null } });
      await storage.areBound();
    },
  },
  {
    name: 'a Lost claim is rescued by losing its annotations while the volume is reserved without uid',
    async requests(api) {
      const storage = await Storage.start(api);
      await poisoned(storage);
      await storage.clearUid();
      await storage.volumeIs('Available');
      const annotations = {
        'pv.kubernetes.io/bind-completed': null,
        'pv.kubernetes.io/bound-by-controller': null,
      };
      await storage.changeClaim({ metadata: { annotations } });
      await storage.areBound();
    },
  },
  {
    name: 'a volume that is not there yet does not rescue the Lost claim when it comes reserved without uid',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeClaim({ volumeName: api.own('pv') }, 'data', exported);
      await storage.claimIs('Lost');
      await storage.makeVolume(storage.reserved());
      await stays(api, storage.claimPath(), lost);
      await storage.volumeIs('Available');
    },
  },
  {
    name: 'clearing the uid of a Bound volume loses its live claim: ClaimMisbound, volume Available',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeVolume(storage.reserved());
      await storage.volumeIs('Available');
      await storage.makeClaim();
      await storage.areBound();
      await storage.clearUid();
      await storage.claimIs('Lost');
      await isTold(api, 'data', 'ClaimMisbound', misbound);
      await storage.volumeIs('Available');
      await stays(api, storage.claimPath(), lost);
    },
  },
  {
    name: 'taking the claimRef of a Bound volume away only has it written again',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeVolume(storage.reserved());
      await storage.volumeIs('Available');
      await storage.makeClaim();
      await storage.areBound();
      await storage.changeVolume({ spec: { claimRef: null } });
      await storage.areBound();
    },
  },
  {
    name: 'a claim whose Bound volume vanishes is Lost: ClaimLost',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeVolume(storage.reserved());
      await storage.volumeIs('Available');
      await storage.makeClaim();
      await storage.areBound();
      await api.delete(storage.volumePath(), 200, undefined, { unseen: true });
      await storage.changeVolume({ metadata: { finalizers: null } });
      await api.eventually(storage.volumePath(), 20, 404);
      await storage.claimIs('Lost');
      await isTold(api, 'data', 'ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!');
    },
  },
  {
    name: 'a Lost claim gives up its accessModes and capacity',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeClaim({ volumeName: api.own('pv') }, 'data', exported);
      const { status } = await storage.claimIs('Lost');
      expect(status).toEqual({ phase: 'Lost' });
    },
  },
  {
    name: 'a claim that is exported with dead owners is collected',
    async requests(api) {
      const storage = await Storage.start(api);
      const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'gone', uid: stale };
      await storage.makeClaim({}, 'data', { ownerReferences: [owner] });
      await api.eventually(storage.claimPath(), 60, 404);
    },
  },
  {
    name: 'a bound claim without bind-completed gets it again',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeVolume(storage.reserved());
      await storage.volumeIs('Available');
      await storage.makeClaim();
      await storage.areBound();
      await storage.changeClaim({ metadata: { annotations: { 'pv.kubernetes.io/bind-completed': null } } });
      await settles(api, storage.claimPath(), {
        metadata: { annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } },
        status: { phase: 'Bound' },
      });
    },
  },
  {
    name: 'the storage-provisioner annotations of an exported claim do no harm',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeVolume(storage.reserved());
      await storage.volumeIs('Available');
      const annotations = {
        'volume.beta.kubernetes.io/storage-provisioner': 'ebs.csi.aws.com',
        'volume.kubernetes.io/storage-provisioner': 'ebs.csi.aws.com',
        'volume.kubernetes.io/selected-node': 'gone',
      };
      await storage.makeClaim({ volumeName: api.own('pv') }, 'data', { annotations });
      await storage.areBound();
      await aWhile();
      await storage.areBound();
    },
  },
];
