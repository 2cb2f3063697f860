import { expect } from 'vitest';
import type { ContractCase } from '../case.ts';
import { claim, configMap, deployment, lease, pod, secret, service, statefulSet, volume } from './objects.ts';

const notFound = { status: 404, reason: 'NotFound', message: 'configmaps "none" not found' };

export const objects: readonly ContractCase[] = [
  {
    name: 'a created object has uid, resourceVersion, creationTimestamp and managedFields',
    requests: (api) =>
      api.post(`${api.core}/configmaps`, configMap('a', { data: { x: '1' } }), {
        status: 201,
        body: {
          kind: 'ConfigMap',
          metadata: {
            uid: expect.any(String),
            resourceVersion: expect.stringMatching(/^\d+$/),
            creationTimestamp: expect.any(String),
            managedFields: [{ manager: 'contract', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1' }],
          },
          data: { x: '1' },
        },
      }),
  },
  {
    name: 'creating a name again is refused with 409 AlreadyExists',
    async requests(api) {
      await api.post(`${api.core}/configmaps`, configMap('a', { data: { x: '1' } }), 201);
      await api.post(`${api.core}/configmaps`, configMap('a'), {
        status: 409,
        reason: 'AlreadyExists',
        message: 'configmaps "a" already exists',
      });
    },
  },
  {
    name: 'what is not there is 404 NotFound, which names resource and name',
    async requests(api) {
      await api.get(`${api.core}/configmaps/none`, notFound);
      await api.delete(`${api.core}/configmaps/none`, notFound);
      await api.patch('merge', `${api.core}/configmaps/none`, {}, notFound);
      await api.put(`${api.core}/configmaps/none`, configMap('none'), notFound);
    },
  },
  {
    name: 'a PUT of a Lease that is not there creates it (201)',
    requests: (api) =>
      api.put(`${api.in('coordination.k8s.io/v1')}/leases/a`, lease('a', { holderIdentity: 'me' }), 201),
  },
  {
    name: 'a PUT replaces the whole object',
    async requests(api) {
      await api.post(`${api.core}/configmaps`, configMap('a', { data: { x: '1', y: '2' } }), 201);
      const { body } = await api.put(`${api.core}/configmaps/a`, configMap('a', { data: { z: '3' } }), 200);
      expect(body['data']).toEqual({ z: '3' });
    },
  },
  {
    name: 'a PUT that changes nothing keeps the resourceVersion',
    async requests(api) {
      const created = await api.post(`${api.core}/configmaps`, configMap('a', { data: { x: '1' } }), 201);
      const same = await api.put(`${api.core}/configmaps/a`, created.body, 200);
      expect(same.body.metadata.resourceVersion).toBe(created.body.metadata.resourceVersion);
    },
  },
  {
    name: 'a DELETE of a ConfigMap answers a Status with the uid',
    async requests(api) {
      await api.post(`${api.core}/configmaps`, configMap('a'), 201);
      await api.delete(`${api.core}/configmaps/a`, {
        status: 200,
        body: {
          kind: 'Status',
          status: 'Success',
          details: { name: 'a', kind: 'configmaps', uid: expect.any(String) },
        },
      });
      await api.get(`${api.core}/configmaps/a`, 404);
    },
  },
  ...(
    [
      ['services', service('a')],
      ['secrets', secret('a')],
      ['pods', pod('a')],
      ['persistentvolumeclaims', claim('a')],
      ['serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'a' } }],
    ] as const
  ).map(([resource, object]): ContractCase => ({
    name: `a DELETE of ${resource} answers in the form that this kind has`,
    async requests(api) {
      const path = `${api.core}/${resource}`;
      await api.post(path, object, 201);
      await api.delete(`${path}/a`, 200, resource === 'pods' ? { gracePeriodSeconds: 0 } : undefined);
    },
  })),
  {
    name: 'generateName adds five letters to a prefix',
    requests: (api) =>
      api.post(
        `${api.core}/configmaps`,
        { ...configMap(''), metadata: { generateName: 'generated-' } },
        {
          status: 201,
          body: { metadata: { name: expect.stringMatching(/^generated-[a-z0-9]{5}$/), generateName: 'generated-' } },
        },
      ),
  },
  {
    name: 'a name wins over generateName',
    requests: (api) =>
      api.post(
        `${api.core}/configmaps`,
        { ...configMap('a'), metadata: { name: 'a', generateName: 'generated-' } },
        {
          status: 201,
          body: { metadata: { name: 'a' } },
        },
      ),
  },
  {
    name: 'an object without name or generateName is 422',
    requests: (api) =>
      api.post(
        `${api.core}/configmaps`,
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} },
        {
          status: 422,
          reason: 'Invalid',
          causes: ['metadata.name FieldValueRequired'],
        },
      ),
  },
  ...['A', 'a_b', 'a..b', '-a', 'a/b', 'x'.repeat(254)].map((name): ContractCase => ({
    name: `a ConfigMap may not be called ${name.length > 20 ? 'something of 254 letters' : name}`,
    requests: (api) =>
      api.post(`${api.core}/configmaps`, configMap(name), {
        status: 422,
        reason: 'Invalid',
        causes: expect.arrayContaining(['metadata.name FieldValueInvalid']) as unknown as string[],
      }),
  })),
  {
    name: 'a Service is named by a DNS label: no dots, no more than 63 letters',
    async requests(api) {
      for (const name of ['a.b', 'x'.repeat(64)]) {
        await api.post(`${api.core}/services`, service(name, { selector: { app: 'x' } }), {
          status: 422,
          reason: 'Invalid',
        });
      }
    },
  },
  {
    name: 'a namespace is named by a DNS label',
    requests: (api) =>
      api.post(
        '/api/v1/namespaces',
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a.b' } },
        { status: 422, causes: ['metadata.name FieldValueInvalid'] },
      ),
  },
  {
    name: 'a ClusterRole may be called what is a path segment',
    async requests(api) {
      const role = (name: string) => ({
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name },
        rules: [],
      });
      const path = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
      await api.post(path, role(`contract:${api.id}_A`), 201);
      await api.post(path, role(`contract/${api.id}`), { status: 422, reason: 'Invalid' });
    },
  },
  {
    name: 'an object of another namespace is 400',
    requests: (api) =>
      api.post(
        `${api.core}/configmaps`,
        { ...configMap('a'), metadata: { name: 'a', namespace: 'default' } },
        {
          status: 400,
          reason: 'BadRequest',
          message: 'the namespace of the provided object does not match the namespace sent on the request',
        },
      ),
  },
  {
    name: 'a PUT under another name is 400',
    async requests(api) {
      await api.post(`${api.core}/configmaps`, configMap('a'), 201);
      await api.put(`${api.core}/configmaps/a`, configMap('b'), {
        status: 400,
        reason: 'BadRequest',
        message: 'the name of the object (b) does not match the name on the URL (a)',
      });
    },
  },
  {
    name: 'a body of another kind is 400',
    requests: (api) => api.post(`${api.core}/configmaps`, secret('a'), { status: 400, reason: 'BadRequest' }),
  },
  {
    name: 'a body of an unknown kind is 400',
    requests: (api) =>
      api.post(`${api.core}/configmaps`, { ...configMap('a'), kind: 'Nothing' }, { status: 400, reason: 'BadRequest' }),
  },
  {
    name: 'a body of another apiVersion is 400',
    requests: (api) =>
      api.post(
        `${api.core}/configmaps`,
        { ...configMap('a'), apiVersion: 'v2' },
        { status: 400, reason: 'BadRequest' },
      ),
  },
  {
    name: 'a body without kind and apiVersion is taken for the kind of the path',
    requests: (api) => api.post(`${api.core}/configmaps`, { metadata: { name: 'a' }, data: { x: '1' } }, 201),
  },
  {
    name: 'an empty body is refused',
    requests: (api) => api.post(`${api.core}/configmaps`, '', { status: 400 }),
  },
  {
    name: 'a body that is no JSON is 400',
    requests: (api) => api.post(`${api.core}/configmaps`, '{"kind": ', { status: 400, reason: 'BadRequest' }),
  },
  {
    name: 'a field of the wrong type is 400',
    requests: (api) =>
      api.post(`${api.core}/configmaps`, configMap('a', { data: { x: 1 } }), { status: 400, reason: 'BadRequest' }),
  },
  {
    name: 'a field of the wrong type in metadata is 400',
    requests: (api) =>
      api.post(
        `${api.core}/configmaps`,
        { ...configMap('a'), metadata: { name: 'a', labels: ['x'] } },
        { status: 400, reason: 'BadRequest' },
      ),
  },
  {
    name: 'a body in YAML is read',
    requests: (api) =>
      api.post(
        `${api.core}/configmaps`,
        'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  x: "1"\n',
        { status: 201, body: { data: { x: '1' } } },
        { headers: { 'content-type': 'application/yaml' } },
      ),
  },
  {
    name: 'a body of a media type that nobody reads is 415',
    async requests(api) {
      for (const type of ['text/plain', 'application/xml']) {
        await api.post(
          `${api.core}/configmaps`,
          'x',
          { status: 415, reason: 'UnsupportedMediaType' },
          { headers: { 'content-type': type } },
        );
      }
    },
  },
  {
    name: 'an Accept that nothing serves is 406, for an object too',
    requests: (api) =>
      api.get(
        '/api/v1/namespaces/default',
        { status: 406, reason: 'NotAcceptable' },
        { headers: { accept: 'text/html' } },
      ),
  },
  {
    name: 'an object is given as YAML where that is asked for',
    async requests(api) {
      await api.post(`${api.core}/configmaps`, configMap('a', { data: { x: '1', y: 'on\n', z: '' } }), 201);
      const { headers } = await api.get(`${api.core}/configmaps/a`, 200, { headers: { accept: 'application/yaml' } });
      expect(headers['content-type']).toBe('application/yaml');
    },
  },
  {
    name: 'methods that a resource does not have are 405',
    async requests(api) {
      const expected = {
        status: 405,
        reason: 'MethodNotAllowed',
        message: 'the server does not allow this method on the requested resource',
      };
      await api.put(`${api.core}/configmaps`, configMap('a'), expected);
      await api.post(`${api.core}/configmaps/a`, configMap('a'), expected);
      await api.patch('merge', `${api.core}/configmaps`, {}, expected);
      await api.delete('/api/v1/configmaps', expected);
      await api.get('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', expected);
    },
  },
  {
    name: 'a namespaced object without its namespace in the path cannot be created',
    requests: (api) => api.post('/api/v1/configmaps', configMap('a'), 405),
  },
  {
    name: 'what has no namespace is not found below one',
    requests: (api) => api.get(`${api.core}/persistentvolumes`, 404),
  },
  {
    name: 'creating in a namespace that is not there is 404 of the namespace',
    requests: (api) =>
      api.post('/api/v1/namespaces/contract-none/configmaps', configMap('a'), {
        status: 404,
        reason: 'NotFound',
        message: 'namespaces "contract-none" not found',
      }),
  },
  {
    name: 'listing in a namespace that is not there is empty, not an error',
    requests: (api) => api.get('/api/v1/namespaces/contract-none/secrets', { status: 200, body: { items: [] } }),
  },
  {
    name: 'a resourceVersion in an object to be created is refused',
    requests: (api) =>
      api.post(
        `${api.core}/configmaps`,
        { ...configMap('a'), metadata: { name: 'a', resourceVersion: '1' } },
        { status: 500 },
      ),
  },
  {
    name: 'a uid that is sent on create is not kept',
    async requests(api) {
      const uid = '11111111-2222-3333-4444-555555555555';
      const { body } = await api.post(
        `${api.core}/configmaps`,
        { ...configMap('a'), metadata: { name: 'a', uid } },
        201,
      );
      expect(body.metadata.uid).not.toBe(uid);
    },
  },
  {
    name: 'creationTimestamp, deletionTimestamp and selfLink that are sent on create are not kept',
    async requests(api) {
      const at = '2001-01-01T00:00:00Z';
      const metadata = {
        name: 'a',
        creationTimestamp: at,
        deletionTimestamp: at,
        deletionGracePeriodSeconds: 3,
        selfLink: '/x',
      };
      const { body } = await api.post(`${api.core}/configmaps`, { ...configMap('a'), metadata }, 201);
      expect(body.metadata).not.toHaveProperty('deletionTimestamp');
      expect(body.metadata['creationTimestamp']).not.toBe(at);
    },
  },
  {
    name: 'a status that is sent on create is not kept',
    async requests(api) {
      const object = { ...volume(api.own('pv')), status: { phase: 'Bound' } };
      await api.post('/api/v1/persistentvolumes', object, { status: 201, body: { status: { phase: 'Pending' } } });
      const set = { ...statefulSet('a'), status: { replicas: 3 } };
      await api.post(`${api.apps}/statefulsets`, set, { status: 201, body: { status: { replicas: 0 } } });
      const other = { ...deployment('a'), status: { replicas: 3 } };
      await api.post(`${api.apps}/deployments`, other, { status: 201, body: { status: {} } });
    },
  },
  {
    name: 'DELETE of a collection answers the list of what it deleted',
    async requests(api) {
      for (const name of ['a', 'b']) await api.post(`${api.core}/secrets`, secret(name), 201);
      await api.delete(`${api.core}/secrets`, { status: 200, body: { kind: 'SecretList', items: [{}, {}] } });
      await api.get(`${api.core}/secrets`, { status: 200, body: { items: [] } });
    },
  },
  {
    name: 'DELETE of a collection deletes what a label selects, and no more',
    async requests(api) {
      const labels = { x: '1' };
      await api.post(`${api.core}/secrets`, secret('a', { metadata: { name: 'a', labels } }), 201);
      await api.post(`${api.core}/secrets`, secret('b'), 201);
      await api.delete(`${api.core}/secrets?labelSelector=x%3D1`, 200);
      await api.get(`${api.core}/secrets`, { status: 200, body: { items: [{ metadata: { name: 'b' } }] } });
    },
  },
];
