import { expect } from 'vitest';
import type { Body, ContractCase, Fields, Scope } from '../case.ts';
import { statefulSet } from './objects.ts';
import { Storage, aWhile, settles, stays, vanishes } from './controllers-scene.ts';

const quiet = { unseen: true } as const;
const patience = 60;

const setPath = (api: Scope): string => `${api.apps}/statefulsets/db`;
const podPath = (api: Scope, ordinal: number): string => `${api.core}/pods/db-${ordinal}`;
const claimPath = (api: Scope, ordinal: number): string => `${api.core}/persistentvolumeclaims/data-db-${ordinal}`;

/** A set `db` with a claim template `data` of a class that provisions nothing. */
async function makeSet(api: Scope, spec: Fields = {}, claimSpec: Fields = {}): Promise<Body> {
  const template = {
    metadata: { name: 'data' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
      storageClassName: api.own('class'),
      ...claimSpec,
    },
  };
  const object = statefulSet('db', { volumeClaimTemplates: [template], replicas: 1, ...spec });
  return (await api.post(`${api.apps}/statefulsets`, object, 201, quiet)).body;
}

async function makeVolumes(storage: Storage, ...ordinals: number[]): Promise<void> {
  for (const ordinal of ordinals) {
    await storage.makeVolume(storage.reserved(`data-db-${ordinal}`), `pv-${ordinal}`);
    await storage.volumeIs('Available', {}, `pv-${ordinal}`);
  }
}

const isReady = (api: Scope, readyReplicas: number): Promise<unknown> =>
  api.eventually(setPath(api), patience, { status: 200, body: { status: { readyReplicas } } }, quiet);
const isThere = (api: Scope, path: string): Promise<unknown> => api.eventually(path, patience, 200, quiet);
const scale = (api: Scope, replicas: number): Promise<unknown> =>
  api.patch('merge', `${setPath(api)}/scale`, { spec: { replicas } }, 200, quiet);
const retention = (whenScaled: string, whenDeleted: string): Fields => ({
  persistentVolumeClaimRetentionPolicy: { whenScaled, whenDeleted },
});

/** Two members with their claims, all bound. */
async function running(api: Scope, spec: Fields = {}): Promise<Storage> {
  const storage = await Storage.start(api);
  await makeVolumes(storage, 0, 1);
  await makeSet(api, { replicas: 2, ...spec });
  await isReady(api, 2);
  return storage;
}

export const sets: readonly ContractCase[] = [
  {
    name: 'a StatefulSet names its claims TEMPLATE-SET-ORDINAL, with the labels of its selector and no owner',
    async requests(api) {
      const storage = await Storage.start(api);
      await makeVolumes(storage, 0);
      await makeSet(api);
      await isReady(api, 1);
      const { metadata } = await settles(api, claimPath(api, 0), { status: { phase: 'Bound' } });
      expect(metadata['labels']).toEqual({ app: 'db' });
      expect(metadata['ownerReferences']).toBeUndefined();
    },
  },
  {
    name: 'ordinals.start: the first member, and its claim, has that number',
    async requests(api) {
      const storage = await Storage.start(api);
      await makeVolumes(storage, 5);
      await makeSet(api, { ordinals: { start: 5 } });
      await isReady(api, 1);
      await settles(api, claimPath(api, 5), { status: { phase: 'Bound' } });
      await api.get(podPath(api, 0), 404);
      await api.get(podPath(api, 5), 200, quiet);
    },
  },
  {
    name: 'a claim that is there already is taken as it is: same uid, no label, no owner',
    async requests(api) {
      const storage = await Storage.start(api);
      await makeVolumes(storage, 0);
      const before = await storage.makeClaim({}, 'data-db-0');
      await makeSet(api);
      await isReady(api, 1);
      const after = await settles(api, claimPath(api, 0), { status: { phase: 'Bound' } });
      expect(after.metadata.uid).toBe(before.metadata.uid);
      expect(after.metadata['labels']).toBeUndefined();
    },
  },
  {
    name: 'a claim of another size and class than the template is taken unchecked',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeVolume({
        ...storage.reserved('data-db-0'),
        capacity: { storage: '8Gi' },
        storageClassName: 'x',
      });
      const resources = { requests: { storage: '7Gi' } };
      await storage.makeClaim({ storageClassName: 'x', resources }, 'data-db-0');
      await storage.areBound('data-db-0');
      await makeSet(api);
      await isReady(api, 1);
      await settles(api, claimPath(api, 0), { spec: { resources } });
    },
  },
  {
    name: 'OrderedReady: the second member is not made before the first is ready',
    async requests(api) {
      await Storage.start(api);
      await makeSet(api, { replicas: 3 });
      await isThere(api, podPath(api, 0));
      await stays(api, podPath(api, 1), 404);
      await api.get(claimPath(api, 1), 404);
    },
  },
  {
    name: 'Parallel: all members and claims are made at once',
    async requests(api) {
      await Storage.start(api);
      await makeSet(api, { replicas: 3, podManagementPolicy: 'Parallel' });
      for (const ordinal of [0, 1, 2]) {
        await isThere(api, podPath(api, ordinal));
        await isThere(api, claimPath(api, ordinal));
      }
    },
  },
  {
    name: 'a claim that is deleted under a Pending member is made again, empty',
    async requests(api) {
      const storage = await Storage.start(api);
      await makeSet(api);
      await isThere(api, podPath(api, 0));
      const { body } = await api.eventually(claimPath(api, 0), patience, 200, quiet);
      await api.delete(claimPath(api, 0), 200, undefined, quiet);
      const other = { metadata: { uid: expect.not.stringMatching(body.metadata.uid) } };
      await api.eventually(claimPath(api, 0), patience, { status: 200, body: other }, quiet);
      await storage.waitsForProvisioner('data-db-0');
    },
  },
  {
    name: 'scaled to 0 and stopped: a deleted claim is not made again',
    async requests(api) {
      await Storage.start(api);
      await makeSet(api);
      await isThere(api, podPath(api, 0));
      await scale(api, 0);
      await vanishes(api, podPath(api, 0));
      await api.delete(claimPath(api, 0), 200, undefined, quiet);
      await vanishes(api, claimPath(api, 0));
      await stays(api, claimPath(api, 0), 404);
    },
  },
  {
    name: 'scaling down takes the highest ordinal first, and by default its claim stays',
    async requests(api) {
      const storage = await running(api);
      await scale(api, 1);
      await vanishes(api, podPath(api, 1));
      await isThere(api, podPath(api, 0));
      await stays(api, claimPath(api, 1), { status: 200, body: { metadata: { ownerReferences: undefined } } });
      await storage.volumeIs('Bound', {}, 'pv-1');
    },
  },
  {
    name: 'scaling down and up again takes the same claim, with the same volume',
    async requests(api) {
      const storage = await running(api);
      const before = await api.get(claimPath(api, 1), 200, quiet);
      await scale(api, 1);
      await vanishes(api, podPath(api, 1));
      await scale(api, 2);
      await isReady(api, 2);
      const { metadata } = await storage.claimIs('Bound', { volumeName: api.own('pv-1') }, 'data-db-1');
      expect(metadata.uid).toBe(before.body.metadata.uid);
    },
  },
  {
    name: 'the retention policy of claims is Retain and Retain where nothing is said',
    async requests(api) {
      const { spec } = await makeSet(api, { replicas: 0 });
      expect(spec).toMatchObject(retention('Retain', 'Retain'));
    },
  },
  {
    name: 'whenDeleted Delete: claims are owned by the set, those that were there before too, and go with it',
    async requests(api) {
      const storage = await Storage.start(api);
      await makeVolumes(storage, 0);
      await storage.makeClaim({}, 'data-db-0');
      await makeSet(api, retention('Retain', 'Delete'));
      await isReady(api, 1);
      const owner = { kind: 'StatefulSet', name: 'db' };
      await settles(api, claimPath(api, 0), { metadata: { ownerReferences: [owner] } });
      await api.delete(setPath(api), 200, undefined, quiet);
      await vanishes(api, claimPath(api, 0));
      await storage.volumeIs('Released', {}, 'pv-0');
    },
  },
  {
    name: 'whenDeleted Delete turned back to Retain: the owner reference goes, and the claim survives its set',
    async requests(api) {
      const storage = await running(api, retention('Retain', 'Delete'));
      await settles(api, claimPath(api, 1), { metadata: { ownerReferences: [{ name: 'db' }] } });
      await api.patch('merge', setPath(api), { spec: retention('Retain', 'Retain') }, 200, quiet);
      await settles(api, claimPath(api, 0), { metadata: { ownerReferences: undefined } });
      await settles(api, claimPath(api, 1), { metadata: { ownerReferences: undefined } });
      await api.delete(setPath(api), 200, undefined, quiet);
      await vanishes(api, podPath(api, 0));
      await aWhile();
      await storage.claimIs('Bound', {}, 'data-db-0');
    },
  },
  {
    name: 'whenScaled Delete: the claim of a member scaled away goes after its pod, the others stay',
    async requests(api) {
      const storage = await running(api, retention('Delete', 'Retain'));
      await scale(api, 1);
      await vanishes(api, claimPath(api, 1));
      await storage.volumeIs('Released', {}, 'pv-1');
      await storage.claimIs('Bound', {}, 'data-db-0');
    },
  },
  {
    name: 'whenScaled Delete: the pod that is scaled away owns its claim',
    async requests(api) {
      await running(api, retention('Delete', 'Retain'));
      const held = { metadata: { finalizers: ['example.com/hold'] } };
      await api.patch('strategic', claimPath(api, 1), held, 200, quiet);
      const free = { metadata: { finalizers: null } };
      api.afterwards(() => api.patch('merge', claimPath(api, 1), free, 200, quiet));
      await scale(api, 1);
      await vanishes(api, podPath(api, 1));
      const ownerReferences = [{ kind: 'Pod', name: 'db-1' }];
      await settles(api, claimPath(api, 1), {
        metadata: { ownerReferences, deletionTimestamp: expect.any(String), finalizers: ['example.com/hold'] },
      });
    },
  },
  {
    name: 'whenScaled Delete: scaling to 0 deletes every claim',
    async requests(api) {
      const storage = await running(api, retention('Delete', 'Retain'));
      await scale(api, 0);
      for (const ordinal of [0, 1]) await vanishes(api, claimPath(api, ordinal));
      await storage.volumeIs('Released', {}, 'pv-0');
    },
  },
  {
    name: 'a deleted set takes its pods with it, and leaves its claims',
    async requests(api) {
      const storage = await running(api);
      await api.delete(setPath(api), 200, undefined, quiet);
      for (const ordinal of [0, 1]) await vanishes(api, podPath(api, ordinal));
      await aWhile();
      await storage.claimIs('Bound', {}, 'data-db-0');
    },
  },
  {
    name: 'an orphaned set leaves its pods, and a set made again takes them as its own',
    async requests(api) {
      await running(api);
      const before = await api.get(podPath(api, 0), 200, quiet);
      await api.delete(setPath(api), 200, { propagationPolicy: 'Orphan' }, quiet);
      await vanishes(api, setPath(api));
      await api.eventually(
        podPath(api, 0),
        20,
        { status: 200, body: { metadata: { ownerReferences: undefined } } },
        quiet,
      );
      const made = await makeSet(api, { replicas: 2, podManagementPolicy: 'Parallel' });
      const owned = { metadata: { ownerReferences: [{ kind: 'StatefulSet', uid: made.metadata.uid }] } };
      const after = await api.eventually(podPath(api, 0), patience, { status: 200, body: owned }, quiet);
      expect(after.body.metadata.uid).toBe(before.body.metadata.uid);
      await isReady(api, 2);
    },
  },
  {
    name: 'a member that is deleted is made again under its name, with the same claim',
    async requests(api) {
      await running(api);
      const claim = await api.get(claimPath(api, 1), 200, quiet);
      const before = await api.get(podPath(api, 1), 200, quiet);
      await api.delete(podPath(api, 1), 200, { gracePeriodSeconds: 0 }, quiet);
      const other = { metadata: { uid: expect.not.stringMatching(before.body.metadata.uid) } };
      await api.eventually(podPath(api, 1), patience, { status: 200, body: other }, quiet);
      const after = await api.get(claimPath(api, 1), 200, quiet);
      expect(after.body.metadata.uid).toBe(claim.body.metadata.uid);
    },
  },
  ...(
    [
      ['podManagementPolicy', 'Parallel'],
      ['serviceName', 'other'],
      ['selector', { matchLabels: { app: 'other' } }],
      ['volumeClaimTemplates', []],
    ] as const
  ).map(([field, value]): ContractCase => ({
    name: `the ${field} of a StatefulSet is immutable`,
    async requests(api) {
      await makeSet(api, { replicas: 0 });
      await api.patch('merge', setPath(api), { spec: { [field]: value } }, { status: 422, reason: 'Invalid' });
    },
  })),
  {
    name: 'replicas, ordinals, template and retention policy of a StatefulSet may change',
    async requests(api) {
      await makeSet(api, { replicas: 0 });
      const template = { metadata: { annotations: { at: 'noon' } } };
      const spec = { ordinals: { start: 3 }, template, ...retention('Delete', 'Delete') };
      const { body } = await api.patch('merge', setPath(api), { spec }, 200, quiet);
      expect(body.spec).toMatchObject(spec);
    },
  },
  {
    name: 'the status of a StatefulSet counts what there is, and has observed its generation',
    async requests(api) {
      await running(api);
      const status = { observedGeneration: 1, replicas: 2, readyReplicas: 2, currentReplicas: 2, availableReplicas: 2 };
      const { body } = await api.eventually(setPath(api), patience, { status: 200, body: { status } }, quiet);
      const { currentRevision: _current, updateRevision: _update, ...counted } = body.status;
      api.observe('status', counted);
    },
  },
  {
    name: 'the scale subresource says what runs and by which selector',
    async requests(api) {
      await running(api);
      const body = { spec: { replicas: 2 }, status: { replicas: 2, selector: 'app=db' } };
      await settles(api, `${setPath(api)}/scale`, body);
    },
  },
];
