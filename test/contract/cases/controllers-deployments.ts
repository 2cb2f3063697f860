import { expect } from 'vitest';
import type { Body, ContractCase, Fields, Scope } from '../case.ts';
import { deployment } from './objects.ts';
import { aWhile, vanishes } from './controllers-scene.ts';

const quiet = { unseen: true } as const;
const patience = 60;

const webPath = (api: Scope): string => `${api.apps}/deployments/web`;
const makeDeployment = (api: Scope, spec: Fields = {}): Promise<unknown> =>
  api.post(`${api.apps}/deployments`, deployment('web', { replicas: 2, paused: false, ...spec }), 201, quiet);
const webIs = (api: Scope, body: unknown): Promise<unknown> =>
  api.eventually(webPath(api), patience, { status: 200, body }, quiet);
const listed = async (api: Scope, path: string, expected: unknown): Promise<readonly Body[]> =>
  (await api.eventually(path, patience, { status: 200, body: expected }, quiet)).body.items;

export const deployments: readonly ContractCase[] = [
  {
    name: 'a Deployment is Available and Progressing when all of its pods are ready',
    async requests(api) {
      await makeDeployment(api);
      await webIs(api, {
        status: { readyReplicas: 2, availableReplicas: 2, updatedReplicas: 2, observedGeneration: 1 },
      });
      const conditions = [
        { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable' },
        { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' },
      ];
      await webIs(api, { status: { conditions } });
    },
  },
  {
    name: 'a Deployment owns one ReplicaSet named by a hash that its pods carry',
    async requests(api) {
      await makeDeployment(api);
      await webIs(api, { status: { readyReplicas: 2 } });
      const [owned] = await listed(api, `${api.apps}/replicasets`, { items: [{ spec: { replicas: 2 } }] });
      const hash = (owned?.metadata['labels'] as Fields | undefined)?.['pod-template-hash'];
      expect(owned?.metadata.name).toBe(`web-${String(hash)}`);
      expect(owned?.metadata['ownerReferences']).toMatchObject([{ kind: 'Deployment', name: 'web', controller: true }]);
      const labels = { app: 'web', 'pod-template-hash': hash };
      await listed(api, `${api.core}/pods`, { items: [{ metadata: { labels } }, { metadata: { labels } }] });
    },
  },
  {
    name: 'scaled to 0 a Deployment keeps its ReplicaSet and no pod',
    async requests(api) {
      await makeDeployment(api);
      await webIs(api, { status: { readyReplicas: 2 } });
      await api.patch('merge', `${webPath(api)}/scale`, { spec: { replicas: 0 } }, 200, quiet);
      await listed(api, `${api.core}/pods`, { items: [] });
      await listed(api, `${api.apps}/replicasets`, { items: [{ spec: { replicas: 0 } }] });
      await webIs(api, { spec: { replicas: 0 }, status: { readyReplicas: undefined, observedGeneration: 2 } });
    },
  },
  {
    name: 'a changed template rolls out by a second ReplicaSet, and the first keeps no replicas',
    async requests(api) {
      await makeDeployment(api);
      await webIs(api, { status: { readyReplicas: 2 } });
      const spec = { template: { metadata: { annotations: { restarted: 'now' } } } };
      await api.patch('merge', webPath(api), { spec }, 200, quiet);
      await webIs(api, { status: { updatedReplicas: 2, readyReplicas: 2, replicas: 2, observedGeneration: 2 } });
      const items = await listed(api, `${api.apps}/replicasets`, { items: [{}, {}] });
      const byRevision = items.map(({ metadata, spec: { replicas } }) => [revisionOf(metadata), replicas]);
      expect(Object.fromEntries(byRevision)).toEqual({ 1: 0, 2: 2 });
    },
  },
  {
    name: 'a paused Deployment makes no pods of a changed template',
    async requests(api) {
      await makeDeployment(api);
      await webIs(api, { status: { readyReplicas: 2 } });
      const template = { metadata: { annotations: { restarted: 'now' } } };
      await api.patch('merge', webPath(api), { spec: { paused: true, template } }, 200, quiet);
      await webIs(api, { status: { observedGeneration: 2 } });
      await aWhile();
      await listed(api, `${api.apps}/replicasets`, { items: [{ spec: { replicas: 2 } }] });
    },
  },
  {
    name: 'a pod of a ReplicaSet that is deleted is replaced under another name',
    async requests(api) {
      await makeDeployment(api, { replicas: 1 });
      await webIs(api, { status: { readyReplicas: 1 } });
      const [pod] = await listed(api, `${api.core}/pods`, { items: [{}] });
      const name = pod?.metadata.name ?? '';
      await api.delete(`${api.core}/pods/${name}`, 200, { gracePeriodSeconds: 0 }, quiet);
      await vanishes(api, `${api.core}/pods/${name}`);
      await listed(api, `${api.core}/pods`, { items: [{ metadata: { name: expect.stringMatching(/^web-/) } }] });
    },
  },
  {
    name: 'a deleted Deployment takes ReplicaSet and pods with it',
    async requests(api) {
      await makeDeployment(api);
      await webIs(api, { status: { readyReplicas: 2 } });
      await api.delete(webPath(api), 200, undefined, quiet);
      await listed(api, `${api.apps}/replicasets`, { items: [] });
      await listed(api, `${api.core}/pods`, { items: [] });
    },
  },
  {
    name: 'the selector of a Deployment is immutable',
    async requests(api) {
      await makeDeployment(api, { replicas: 0 });
      const selector = { matchLabels: { app: 'other' } };
      const template = { metadata: { labels: { app: 'other' } } };
      await api.patch('merge', webPath(api), { spec: { selector, template } }, { status: 422, reason: 'Invalid' });
    },
  },
];

const revisionOf = (metadata: Fields): string =>
  String((metadata['annotations'] as Fields)['deployment.kubernetes.io/revision']);
