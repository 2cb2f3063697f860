import { expect } from 'vitest';
import type { ContractCase, Fields, Scope } from '../case.ts';
import { configMap, pod } from './objects.ts';
import { Storage, aWhile, isTold, settles, stays, vanishes } from './controllers-scene.ts';

const dead = '11111111-1111-1111-1111-111111111111';
const quiet = { unseen: true } as const;

const owned = (name: string, owner: Fields, more: Fields = {}): Fields =>
  configMap(name, { metadata: { name, ownerReferences: [owner], ...more } });

/** A ConfigMap that owns another: neither has a controller, so only the collector acts. */
async function family(api: Scope, more: Fields = {}): Promise<Fields> {
  const { body } = await api.post(`${api.core}/configmaps`, configMap('owner'), 201, quiet);
  const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: body.metadata.uid, ...more };
  await api.post(`${api.core}/configmaps`, owned('child', reference), 201, quiet);
  await aWhile();
  return reference;
}

const remove = (api: Scope, name: string, propagationPolicy?: string): Promise<unknown> =>
  api.delete(`${api.core}/configmaps/${name}`, 200, propagationPolicy && { propagationPolicy }, quiet);

/** A pod that waits for its claim and is scheduled, as kwok and the sandbox have it. */
const userOf = (claimName: string, more: Fields = {}): Fields =>
  pod('user', {
    schedulerName: 'default-scheduler',
    terminationGracePeriodSeconds: 0,
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }],
    ...more,
  });

const podIs = (api: Scope, body: unknown): Promise<unknown> =>
  api.eventually(`${api.core}/pods/user`, 60, { status: 200, body }, quiet);

export const collecting: readonly ContractCase[] = [
  {
    name: 'Background: the owner is gone at once, and its dependents follow',
    async requests(api) {
      await family(api);
      await remove(api, 'owner', 'Background');
      await api.get(`${api.core}/configmaps/owner`, 404);
      await vanishes(api, `${api.core}/configmaps/child`);
    },
  },
  {
    name: 'no policy said: dependents of a ConfigMap are collected in the background',
    async requests(api) {
      await family(api);
      await remove(api, 'owner');
      await api.get(`${api.core}/configmaps/owner`, 404);
      await vanishes(api, `${api.core}/configmaps/child`);
    },
  },
  {
    name: 'Orphan: dependents stay and lose the reference before the owner goes',
    async requests(api) {
      await family(api);
      await remove(api, 'owner', 'Orphan');
      await vanishes(api, `${api.core}/configmaps/owner`);
      await settles(api, `${api.core}/configmaps/child`, { metadata: { ownerReferences: undefined } });
    },
  },
  {
    name: 'Foreground: the owner waits, with a finalizer, for a dependent that blocks it',
    async requests(api) {
      const reference = await family(api, { blockOwnerDeletion: true });
      const held = owned('held', reference, { finalizers: ['example.com/hold'] });
      await api.post(`${api.core}/configmaps`, held, 201, quiet);
      await aWhile();
      await remove(api, 'owner', 'Foreground');
      await vanishes(api, `${api.core}/configmaps/child`);
      const waiting = { metadata: { finalizers: ['foregroundDeletion'], deletionTimestamp: expect.any(String) } };
      await settles(api, `${api.core}/configmaps/owner`, waiting);
      await api.patch('merge', `${api.core}/configmaps/held`, { metadata: { finalizers: null } }, 200, quiet);
      await vanishes(api, `${api.core}/configmaps/owner`);
    },
  },
  {
    name: 'Foreground: a dependent that does not block is deleted, and not waited for',
    async requests(api) {
      const reference = await family(api);
      const held = owned('held', reference, { finalizers: ['example.com/hold'] });
      await api.post(`${api.core}/configmaps`, held, 201, quiet);
      await aWhile();
      await remove(api, 'owner', 'Foreground');
      await vanishes(api, `${api.core}/configmaps/owner`);
      await settles(api, `${api.core}/configmaps/held`, { metadata: { deletionTimestamp: expect.any(String) } });
    },
  },
  {
    name: 'an object whose only owner never lived is collected',
    async requests(api) {
      const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: dead };
      await api.post(`${api.core}/configmaps`, owned('child', reference), 201, quiet);
      await vanishes(api, `${api.core}/configmaps/child`);
    },
  },
  {
    name: 'an object whose owner has the name but another uid is collected',
    async requests(api) {
      await api.post(`${api.core}/configmaps`, configMap('owner'), 201, quiet);
      const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: dead };
      await api.post(`${api.core}/configmaps`, owned('child', reference), 201, quiet);
      await vanishes(api, `${api.core}/configmaps/child`);
      await api.get(`${api.core}/configmaps/owner`, 200);
    },
  },
  {
    name: 'an object with one owner of two alive stays, without the dead reference',
    async requests(api) {
      const reference = await family(api);
      const two = [reference, { ...reference, name: 'gone', uid: dead }];
      const object = configMap('two', { metadata: { name: 'two', ownerReferences: two } });
      await api.post(`${api.core}/configmaps`, object, 201, quiet);
      await settles(api, `${api.core}/configmaps/two`, { metadata: { ownerReferences: [{ name: 'owner' }] } });
    },
  },
  {
    name: "an object without owners is nobody's garbage",
    async requests(api) {
      await api.post(`${api.core}/configmaps`, configMap('alone'), 201, quiet);
      await stays(api, `${api.core}/configmaps/alone`, 200);
    },
  },
  {
    name: 'a grandchild goes when its grandparent does',
    async requests(api) {
      await family(api);
      const { body } = await api.get(`${api.core}/configmaps/child`, 200, quiet);
      const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'child', uid: body.metadata.uid };
      await api.post(`${api.core}/configmaps`, owned('grandchild', reference), 201, quiet);
      await aWhile();
      await remove(api, 'owner');
      await vanishes(api, `${api.core}/configmaps/grandchild`);
    },
  },
  {
    name: 'an owner of another namespace is no owner: the object is collected',
    async requests(api) {
      const { body } = await api.post(
        '/api/v1/namespaces',
        {
          apiVersion: 'v1',
          kind: 'Namespace',
          metadata: { name: api.own('other') },
        },
        201,
        quiet,
      );
      expect(body.metadata.name).toBe(api.own('other'));
      const path = `/api/v1/namespaces/${api.own('other')}/configmaps`;
      const owner = await api.post(path, configMap('owner'), 201, quiet);
      const uid = owner.body.metadata.uid;
      const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid };
      await api.post(`${api.core}/configmaps`, owned('child', reference), 201, quiet);
      await vanishes(api, `${api.core}/configmaps/child`);
    },
  },
];

export const protecting: readonly ContractCase[] = [
  {
    name: 'a claim is protected from its creation, and deleted at once where no pod uses it',
    async requests(api) {
      const storage = await Storage.start(api);
      const { metadata } = await storage.makeClaim();
      expect(metadata['finalizers']).toEqual(['kubernetes.io/pvc-protection']);
      await api.delete(storage.claimPath(), 200, undefined, quiet);
      await vanishes(api, storage.claimPath());
    },
  },
  {
    name: 'a claim that a running pod uses is Terminating and Bound until the pod goes',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeVolume(storage.reserved());
      await storage.volumeIs('Available');
      await storage.makeClaim();
      await storage.areBound();
      await api.post(`${api.core}/pods`, userOf('data'), 201, quiet);
      await podIs(api, { spec: { nodeName: expect.any(String) } });
      await api.delete(storage.claimPath(), 200, undefined, quiet);
      await stays(api, storage.claimPath(), { status: 200, body: { status: { phase: 'Bound' } } });
      const { metadata } = await storage.claimIs('Bound');
      expect(metadata['deletionTimestamp']).toBeDefined();
      await api.delete(`${api.core}/pods/user`, 200, { gracePeriodSeconds: 0 }, quiet);
      await vanishes(api, storage.claimPath());
      await storage.volumeIs('Released');
    },
  },
  {
    name: 'a claim that only an unscheduled pod names is not held',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeClaim();
      await api.post(`${api.core}/pods`, userOf('data', { schedulerName: 'nobody' }), 201, quiet);
      await aWhile();
      await api.delete(storage.claimPath(), 200, undefined, quiet);
      await vanishes(api, storage.claimPath());
    },
  },
  {
    name: 'a pod whose claim is not there is not scheduled: FailedScheduling',
    async requests(api) {
      await api.post(`${api.core}/pods`, userOf('none'), 201, quiet);
      await isTold(api, 'user', 'FailedScheduling', /persistentvolumeclaim "none" not found/);
      await podIs(api, { status: { phase: 'Pending' } });
    },
  },
  {
    name: 'a pod whose claim of class Immediate is not bound is not scheduled: FailedScheduling',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeClaim();
      await api.post(`${api.core}/pods`, userOf('data'), 201, quiet);
      await isTold(api, 'user', 'FailedScheduling', /unbound immediate PersistentVolumeClaims/);
    },
  },
  {
    name: 'a pod whose volume is of a zone without nodes is not scheduled: FailedScheduling',
    async requests(api) {
      const storage = await Storage.start(api);
      const zone = { key: 'topology.kubernetes.io/zone', operator: 'In', values: ['nowhere-1z'] };
      const nodeAffinity = { required: { nodeSelectorTerms: [{ matchExpressions: [zone] }] } };
      await storage.makeVolume({ ...storage.reserved(), nodeAffinity });
      await storage.volumeIs('Available');
      await storage.makeClaim();
      await storage.areBound();
      await api.post(`${api.core}/pods`, userOf('data'), 201, quiet);
      await isTold(
        api,
        'user',
        'FailedScheduling',
        /node\(s\) (had volume node affinity conflict|didn't match PersistentVolume's node affinity)/,
      );
    },
  },
];

const namespaceOf = (api: Scope): string => `/api/v1/namespaces/${api.namespace}`;

export const ending: readonly ContractCase[] = [
  {
    name: 'a deleted namespace goes with what is in it, and what has no namespace stays',
    async requests(api) {
      const storage = await Storage.start(api);
      await storage.makeVolume(storage.reserved());
      await storage.volumeIs('Available');
      await storage.makeClaim();
      await storage.areBound();
      await api.post(`${api.core}/configmaps`, configMap('a'), 201, quiet);
      await api.delete(namespaceOf(api), { status: 200, body: { status: { phase: 'Terminating' } } });
      await vanishes(api, namespaceOf(api));
      await api.get(`${api.core}/configmaps/a`, 404);
      await storage.volumeIs('Released');
      await api.get(`/apis/storage.k8s.io/v1/storageclasses/${storage.className}`, 200);
    },
  },
  {
    name: 'a namespace that an object holds says which finalizer and how many',
    async requests(api) {
      const held = configMap('held', { metadata: { name: 'held', finalizers: ['example.com/hold'] } });
      await api.post(`${api.core}/configmaps`, held, 201, quiet);
      await api.post(`${api.core}/configmaps`, configMap('free'), 201, quiet);
      await api.delete(namespaceOf(api), 200, undefined, quiet);
      const conditions = expect.arrayContaining([
        expect.objectContaining({
          type: 'NamespaceFinalizersRemaining',
          status: 'True',
          message: 'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
        }),
      ]) as unknown;
      await settles(api, namespaceOf(api), { status: { phase: 'Terminating', conditions } });
      await vanishes(api, `${api.core}/configmaps/free`);
      await api.patch('merge', `${api.core}/configmaps/held`, { metadata: { finalizers: null } }, 200, quiet);
      await vanishes(api, namespaceOf(api));
    },
  },
  {
    name: 'in a namespace that ends pods go first: what they use stays until none remains',
    async requests(api) {
      const held = pod('held');
      const metadata = { name: 'held', finalizers: ['example.com/hold'] };
      await api.post(`${api.core}/pods`, { ...held, metadata }, 201, quiet);
      await api.post(`${api.core}/configmaps`, configMap('used'), 201, quiet);
      await api.delete(namespaceOf(api), 200, undefined, quiet);
      const marked = { status: 200, body: { metadata: { deletionTimestamp: expect.any(String) } } };
      await api.eventually(`${api.core}/pods/held`, 30, marked, quiet);
      await stays(api, `${api.core}/configmaps/used`, 200);
      await api.patch('merge', `${api.core}/pods/held`, { metadata: { finalizers: null } }, 200, quiet);
      await vanishes(api, namespaceOf(api));
    },
  },
  {
    name: 'what is there in a namespace that ends may still be changed',
    async requests(api) {
      const held = configMap('held', { metadata: { name: 'held', finalizers: ['example.com/hold'] } });
      await api.post(`${api.core}/configmaps`, held, 201, quiet);
      await api.delete(namespaceOf(api), 200, undefined, quiet);
      await api.patch('merge', `${api.core}/configmaps/held`, { data: { a: '1' } }, 200, quiet);
      const forbidden = { status: 403, reason: 'Forbidden', causes: ['metadata.namespace NamespaceTerminating'] };
      await api.post(`${api.core}/configmaps`, configMap('new'), forbidden);
      await api.post(`${api.core}/configmaps?dryRun=All`, configMap('new'), forbidden);
    },
  },
  {
    name: 'a namespace of the same name can be made when the old one is gone, with another uid',
    async requests(api) {
      const before = await api.get(namespaceOf(api), 200, quiet);
      const held = configMap('held', { metadata: { name: 'held', finalizers: ['example.com/hold'] } });
      await api.post(`${api.core}/configmaps`, held, 201, quiet);
      await api.delete(namespaceOf(api), 200, undefined, quiet);
      const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: api.namespace } };
      await api.post('/api/v1/namespaces', object, { status: 409, reason: 'AlreadyExists' });
      await api.patch('merge', `${api.core}/configmaps/held`, { metadata: { finalizers: null } }, 200, quiet);
      await vanishes(api, namespaceOf(api));
      const { body } = await api.post('/api/v1/namespaces', object, 201);
      expect(body.metadata.uid).not.toBe(before.body.metadata.uid);
    },
  },
  {
    name: 'a second DELETE of a namespace that ends is accepted, and changes nothing',
    async requests(api) {
      const held = configMap('held', { metadata: { name: 'held', finalizers: ['example.com/hold'] } });
      await api.post(`${api.core}/configmaps`, held, 201, quiet);
      await api.delete(namespaceOf(api), 200, undefined, quiet);
      const conditions = expect.arrayContaining([
        expect.objectContaining({ type: 'NamespaceFinalizersRemaining', status: 'True' }),
      ]) as unknown;
      await settles(api, namespaceOf(api), { status: { phase: 'Terminating', conditions } });
      await api.delete(namespaceOf(api), 200, undefined, quiet);
      await settles(api, namespaceOf(api), { status: { phase: 'Terminating', conditions } });
    },
  },
  {
    name: 'a new namespace is given the ServiceAccount default and the ConfigMap kube-root-ca.crt',
    async requests(api) {
      await api.eventually(`${api.core}/serviceaccounts/default`, 20, 200, quiet);
      const root = { status: 200, body: { data: { 'ca.crt': expect.any(String) } } };
      await api.eventually(`${api.core}/configmaps/kube-root-ca.crt`, 20, root);
    },
  },
  {
    name: 'a deleted ServiceAccount default and kube-root-ca.crt are made again',
    async requests(api) {
      const account = `${api.core}/serviceaccounts/default`;
      const { body } = await api.eventually(account, 20, 200, quiet);
      await api.delete(account, 200, undefined, quiet);
      const again = { status: 200, body: { metadata: { uid: expect.not.stringMatching(body.metadata.uid) } } };
      await api.eventually(account, 60, again, quiet);
      await api.eventually(`${api.core}/configmaps/kube-root-ca.crt`, 20, 200, quiet);
      await api.delete(`${api.core}/configmaps/kube-root-ca.crt`, 200, undefined, quiet);
      await api.eventually(`${api.core}/configmaps/kube-root-ca.crt`, 60, 200, quiet);
    },
  },
];
