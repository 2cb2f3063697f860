import { expect } from 'vitest';
import type { ContractCase, Fields } from '../case.ts';
import { claim, configMap, deployment, lease, pod, secret, service, statefulSet, volume } from './objects.ts';

const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };
const partial = { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' };
const partialList = { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' };

const core: Readonly<Record<string, Fields>> = {
  configmaps: configMap('a', { data: { x: '1' } }),
  secrets: secret('a', { data: { x: 'eA==' } }),
  services: service('a'),
  pods: pod('a'),
  persistentvolumeclaims: claim('a'),
};

const tableOf = (what: string, create: (name: string) => Fields, path: string): ContractCase => ({
  name: `table: ${what} have the columns, cells and descriptions that kubectl prints`,
  async requests(api) {
    const object = create(api.own('a'));
    await api.post(path, object, 201, { unseen: true });
    const { body } = await api.get(
      `${path}/${api.own('a')}`,
      { status: 200, body: { kind: 'Table' } },
      { headers: table, unseen: true },
    );
    const [row] = body['rows'] as { cells: unknown[] }[];
    api.observe('columns', body['columnDefinitions']);
    api.observe('count', row?.cells.length);
  },
});

export const forms: readonly ContractCase[] = [
  ...Object.entries(core).map(([resource, object]): ContractCase => ({
    name: `table: ${resource} have the columns, cells and descriptions that kubectl prints`,
    async requests(api) {
      await api.post(`${api.core}/${resource}`, object, 201, { unseen: true });
      await api.get(
        `${api.core}/${resource}`,
        { status: 200, body: { kind: 'Table', rows: expect.any(Array) } },
        resource === 'configmaps' ? { headers: table, unseen: true } : { headers: table },
      );
      await api.get(
        `${api.core}/${resource}/a`,
        { status: 200, body: { kind: 'Table', rows: [{ object: { kind: 'PartialObjectMetadata' } }] } },
        { headers: table },
      );
    },
  })),
  ...(
    [
      ['statefulsets', statefulSet('a')],
      ['deployments', deployment('a')],
    ] as const
  ).map(([resource, object]): ContractCase => ({
    name: `table: ${resource} have the columns, cells and descriptions that kubectl prints`,
    async requests(api) {
      await api.post(
        `${api.apps}/${resource}?dryRun=All`,
        object,
        { status: 201, body: { kind: 'Table' } },
        { headers: table },
      );
    },
  })),
  {
    name: 'table: leases have the columns, cells and descriptions that kubectl prints',
    async requests(api) {
      const path = `${api.in('coordination.k8s.io/v1')}/leases`;
      await api.post(path, lease('a', { holderIdentity: 'me' }), 201);
      await api.get(
        path,
        { status: 200, body: { rows: [{ cells: ['a', 'me', expect.any(String)] }] } },
        { headers: table },
      );
    },
  },
  tableOf('persistentvolumes', (name) => volume(name), '/api/v1/persistentvolumes'),
  tableOf('namespaces', (name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }), '/api/v1/namespaces'),
  tableOf(
    'storageclasses',
    (name) => ({
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name },
      provisioner: 'x.example.com',
    }),
    '/apis/storage.k8s.io/v1/storageclasses',
  ),
  tableOf(
    'clusterroles',
    (name) => ({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name }, rules: [] }),
    '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  ),
  ...['None', 'Metadata', 'Object'].map((include): ContractCase => ({
    name: `table: includeObject=${include} says what of the object comes along`,
    async requests(api) {
      await api.post(`${api.core}/secrets`, secret('a', { data: { x: 'eA==' } }), 201);
      await api.get(`${api.core}/secrets?includeObject=${include}`, 200, { headers: table });
    },
  })),
  {
    name: 'table: an unknown includeObject is 400',
    requests: (api) =>
      api.get(`${api.core}/secrets?includeObject=Some`, { status: 400, reason: 'BadRequest' }, { headers: table }),
  },
  {
    name: 'table: an empty list has its columns and no rows',
    requests: (api) =>
      api.get(`${api.core}/secrets`, { status: 200, body: { kind: 'Table', rows: [] } }, { headers: table }),
  },
  {
    name: 'table: a page has its token',
    async requests(api) {
      for (const name of ['a', 'b']) await api.post(`${api.core}/secrets`, secret(name), 201);
      await api.get(
        `${api.core}/secrets?limit=1`,
        { status: 200, body: { kind: 'Table', metadata: { remainingItemCount: 1 }, rows: [{}] } },
        { headers: table },
      );
    },
  },
  {
    name: 'table: an error stays a Status',
    requests: (api) =>
      api.get(`${api.core}/secrets/none`, { status: 404, body: { kind: 'Status' } }, { headers: table }),
  },
  {
    name: 'table: the answer to a create and to a delete',
    async requests(api) {
      await api.post(`${api.core}/secrets`, secret('a'), { status: 201, body: { kind: 'Table' } }, { headers: table });
      await api.delete(`${api.core}/secrets/a`, { status: 200, body: { kind: 'Status' } }, undefined, {
        headers: table,
      });
    },
  },
  {
    name: 'metadata only: an object without spec and data',
    async requests(api) {
      await api.post(`${api.core}/secrets`, secret('a', { data: { x: 'eA==' } }), 201);
      await api.get(
        `${api.core}/secrets/a`,
        { status: 200, body: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', data: undefined } },
        { headers: partial },
      );
    },
  },
  {
    name: 'metadata only: a list',
    async requests(api) {
      await api.post(`${api.core}/secrets`, secret('a', { data: { x: 'eA==' } }), 201);
      await api.get(
        `${api.core}/secrets`,
        {
          status: 200,
          body: { kind: 'PartialObjectMetadataList', items: [{ metadata: { name: 'a' }, data: undefined }] },
        },
        { headers: partialList },
      );
    },
  },
  {
    name: 'metadata only: a list is not served as one object, nor an object as a list',
    async requests(api) {
      await api.post(`${api.core}/secrets`, secret('a'), 201);
      await api.get(`${api.core}/secrets`, { status: 406, reason: 'NotAcceptable' }, { headers: partial });
      await api.get(`${api.core}/secrets/a`, { status: 406, reason: 'NotAcceptable' }, { headers: partialList });
    },
  },
  {
    name: 'metadata only: the answer to a patch',
    async requests(api) {
      await api.post(`${api.core}/secrets`, secret('a'), 201);
      await api.patch(
        'merge',
        `${api.core}/secrets/a`,
        { data: { x: 'eA==' } },
        { status: 200, body: { kind: 'PartialObjectMetadata' } },
        { headers: partial },
      );
    },
  },
  {
    name: 'who am I: SelfSubjectReview names the user',
    async requests(api) {
      const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
      const { body } = await api.post(
        '/apis/authentication.k8s.io/v1/selfsubjectreviews',
        review,
        { status: 201, body: { kind: 'SelfSubjectReview', status: { userInfo: { username: 'viewer' } } } },
        { as: 'viewer', unseen: true },
      );
      api.observe('groups', (body.status['userInfo'] as Fields)['groups']);
    },
  },
  {
    name: 'SelfSubjectAccessReview says what may be done, and what not',
    async requests(api) {
      const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
      const review = (verb: string, resource: string): Fields => ({
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: { namespace: 'default', verb, resource } },
      });
      for (const [verb, resource, allowed] of [
        ['list', 'pods', true],
        ['get', 'secrets', false],
        ['delete', 'pods', false],
      ] as const) {
        const { body } = await api.post(
          path,
          review(verb, resource),
          { status: 201, body: { status: { allowed } } },
          { as: 'viewer', unseen: true },
        );
        api.observe(`${verb} ${resource}`, body.status['allowed']);
      }
    },
  },
  {
    name: 'what a viewer may not is 403, which says who, what and where',
    async requests(api) {
      const denied = {
        status: 403,
        reason: 'Forbidden',
        message:
          /^secrets "a" is forbidden: User "viewer" cannot get resource "secrets" in API group "" in the namespace/,
      };
      await api.get(`${api.core}/secrets/a`, denied, { as: 'viewer' });
      await api.post(`${api.core}/configmaps`, configMap('a'), { status: 403, reason: 'Forbidden' }, { as: 'viewer' });
      await api.delete('/api/v1/persistentvolumes/none', { status: 403, reason: 'Forbidden' }, undefined, {
        as: 'viewer',
      });
      await api.get('/apis/apps/v1/namespaces/default/statefulsets/a/status', { status: 404 }, { as: 'admin' });
    },
  },
];
