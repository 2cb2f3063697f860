import { expect } from 'vitest';
import type { ContractCase } from '../case.ts';
import { claim, configMap, pod, secret, service, statefulSet, volume } from './objects.ts';

const uid = '11111111-2222-3333-4444-555555555555';

/** What field validation makes of a body: an unknown field, the same field twice. */
const unknown = { ...configMap('a'), spec: 1, metadata: { name: 'a', nothing: 'x' } };
const twice = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","name":"a"},"data":{"x":"1","x":"2"}}';

export const writes: readonly ContractCase[] = [
  {
    name: 'dry run of a create answers the whole object and writes nothing',
    async requests(api) {
      const { body } = await api.post(`${api.core}/configmaps?dryRun=All`, configMap('a'), {
        status: 201,
        body: { metadata: { uid: expect.any(String) } },
      });
      expect(body.metadata).not.toHaveProperty('resourceVersion');
      await api.get(`${api.core}/configmaps/a`, 404);
    },
  },
  {
    name: 'dry run of a create is refused as the create would be',
    async requests(api) {
      await api.post(`${api.core}/configmaps`, configMap('a'), 201);
      await api.post(`${api.core}/configmaps?dryRun=All`, configMap('a'), { status: 409, reason: 'AlreadyExists' });
      await api.post(`${api.core}/configmaps?dryRun=All`, configMap('A'), { status: 422, reason: 'Invalid' });
      await api.post('/api/v1/namespaces/contract-none/configmaps?dryRun=All', configMap('a'), 404);
    },
  },
  {
    name: 'dry run of a PUT shows the result with the old resourceVersion',
    async requests(api) {
      const { body } = await api.post(`${api.core}/configmaps`, configMap('a'), 201);
      const answer = await api.put(`${api.core}/configmaps/a?dryRun=All`, configMap('a', { data: { x: '1' } }), {
        status: 200,
        body: { data: { x: '1' } },
      });
      expect(answer.body.metadata.resourceVersion).toBe(body.metadata.resourceVersion);
      await api.get(`${api.core}/configmaps/a`, { status: 200, body: { data: undefined } });
    },
  },
  {
    name: 'dry run of a patch shows the result and leaves the object',
    async requests(api) {
      await api.post(`${api.core}/configmaps`, configMap('a'), 201);
      await api.patch(
        'merge',
        `${api.core}/configmaps/a?dryRun=All`,
        { data: { x: '1' } },
        { status: 200, body: { data: { x: '1' } } },
      );
      await api.get(`${api.core}/configmaps/a`, { status: 200, body: { data: undefined } });
    },
  },
  {
    name: 'dry run of a delete answers as the delete would, and deletes nothing',
    async requests(api) {
      await api.post(`${api.core}/configmaps`, configMap('a'), 201);
      await api.delete(`${api.core}/configmaps/a?dryRun=All`, { status: 200, body: { status: 'Success' } });
      await api.get(`${api.core}/configmaps/a`, { status: 200, body: { metadata: { deletionTimestamp: undefined } } });
    },
  },
  {
    name: 'dry run of a delete may stand in the body',
    async requests(api) {
      await api.post(`${api.core}/configmaps`, configMap('a'), 201);
      await api.delete(`${api.core}/configmaps/a`, 200, { dryRun: ['All'] });
      await api.get(`${api.core}/configmaps/a`, 200);
    },
  },
  {
    name: 'dry run of a delete of a collection deletes nothing',
    async requests(api) {
      await api.post(`${api.core}/secrets`, secret('a'), 201);
      await api.delete(`${api.core}/secrets?dryRun=All`, 200);
      await api.get(`${api.core}/secrets/a`, 200);
    },
  },
  {
    name: 'dry run of a claim does not look for its storage class',
    requests: (api) =>
      api.post(`${api.core}/persistentvolumeclaims?dryRun=All`, claim('a'), {
        status: 201,
        body: { status: { phase: 'Pending' } },
      }),
  },
  {
    name: 'dry run of a patch of a volume keeps its old phase',
    async requests(api) {
      const name = api.own('pv');
      const path = `/api/v1/persistentvolumes/${name}`;
      await api.post(
        '/api/v1/persistentvolumes',
        volume(name, { claimRef: { namespace: 'none', name: 'a', uid } }),
        201,
      );
      await api.eventually(path, 20, { status: 200, body: { status: { phase: 'Released' } } });
      await api.patch(
        'merge',
        `${path}?dryRun=All`,
        { spec: { claimRef: { uid: null } } },
        { status: 200, body: { spec: { claimRef: { uid: undefined } }, status: { phase: 'Released' } } },
      );
      await api.get(path, { status: 200, body: { spec: { claimRef: { uid } } } });
    },
  },
  ...[
    ['dryRun=Some', 'dryRun FieldValueNotSupported'],
    ['dryRun=All&dryRun=Some', 'dryRun FieldValueNotSupported'],
    ['fieldValidation=Perhaps', 'fieldValidation FieldValueNotSupported'],
    [`fieldManager=${'x'.repeat(129)}`, 'fieldManager FieldValueTooLong'],
  ].map(([query = '', cause = '']): ContractCase => ({
    name: `a create with ${query.length > 60 ? 'a field manager of 129 letters' : query} is 422`,
    requests: (api) =>
      api.post(`${api.core}/configmaps?${query}`, configMap('a'), { status: 422, reason: 'Invalid', causes: [cause] }),
  })),
  {
    name: 'a field manager that cannot be printed is 422',
    requests: (api) =>
      api.post(`${api.core}/configmaps?fieldManager=a%0Ab`, configMap('a'), { status: 422, reason: 'Invalid' }),
  },
  {
    name: 'precondition: a delete with another uid is 409 and deletes nothing',
    async requests(api) {
      await api.post(`${api.core}/configmaps`, configMap('a'), 201);
      await api.delete(`${api.core}/configmaps/a`, { status: 409, reason: 'Conflict' }, { preconditions: { uid } });
      await api.get(`${api.core}/configmaps/a`, 200);
    },
  },
  {
    name: 'precondition: a delete with a stale resourceVersion is 409',
    async requests(api) {
      await api.post(`${api.core}/configmaps`, configMap('a'), 201);
      await api.delete(
        `${api.core}/configmaps/a`,
        { status: 409, reason: 'Conflict' },
        { preconditions: { resourceVersion: '1' } },
      );
    },
  },
  {
    name: 'precondition: a delete with the right uid and resourceVersion deletes',
    async requests(api) {
      const { body } = await api.post(`${api.core}/configmaps`, configMap('a'), 201);
      const { uid, resourceVersion } = body.metadata;
      await api.delete(`${api.core}/configmaps/a`, 200, { preconditions: { uid, resourceVersion } });
    },
  },
  {
    name: 'precondition: a dry run of a delete looks at the uid too',
    async requests(api) {
      await api.post(`${api.core}/configmaps`, configMap('a'), 201);
      await api.delete(
        `${api.core}/configmaps/a?dryRun=All`,
        { status: 409, reason: 'Conflict' },
        { preconditions: { uid } },
      );
    },
  },
  {
    name: 'precondition: a PUT with a stale resourceVersion is 409',
    async requests(api) {
      const { body } = await api.post(`${api.core}/configmaps`, configMap('a'), 201);
      await api.put(`${api.core}/configmaps/a`, { ...body, data: { x: '1' } }, 200);
      await api.put(
        `${api.core}/configmaps/a`,
        { ...body, data: { x: '2' } },
        {
          status: 409,
          reason: 'Conflict',
          message: /the object has been modified; please apply your changes to the latest version and try again$/,
        },
      );
    },
  },
  {
    name: 'precondition: a PUT without a resourceVersion is unconditional',
    async requests(api) {
      await api.post(`${api.core}/configmaps`, configMap('a'), 201);
      await api.put(`${api.core}/configmaps/a`, configMap('a', { data: { x: '1' } }), 200);
    },
  },
  {
    name: 'precondition: a PUT with another uid is 409',
    async requests(api) {
      await api.post(`${api.core}/configmaps`, configMap('a'), 201);
      await api.put(
        `${api.core}/configmaps/a`,
        { ...configMap('a'), metadata: { name: 'a', uid } },
        { status: 409, reason: 'Conflict' },
      );
    },
  },
  {
    name: 'precondition: a resourceVersion that is no number is refused in a PUT',
    async requests(api) {
      await api.post(`${api.core}/configmaps`, configMap('a'), 201);
      await api.put(
        `${api.core}/configmaps/a`,
        { ...configMap('a'), metadata: { name: 'a', resourceVersion: 'x' } },
        500,
      );
    },
  },
  {
    name: 'precondition: kinds that are locks (Lease) must be PUT with their resourceVersion',
    async requests(api) {
      const path = `${api.in('coordination.k8s.io/v1')}/leases`;
      const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'a' }, spec: {} };
      await api.post(path, lease, 201);
      await api.put(`${path}/a`, lease, {
        status: 422,
        reason: 'Invalid',
        causes: ['metadata.resourceVersion FieldValueInvalid'],
      });
    },
  },
  {
    name: 'field validation: by default an unknown field is a warning and is dropped',
    async requests(api) {
      const { body } = await api.post(`${api.core}/configmaps`, unknown, {
        status: 201,
        warnings: ['unknown field "metadata.nothing"', 'unknown field "spec"'],
      });
      expect(body).not.toHaveProperty('spec');
    },
  },
  {
    name: 'field validation: Strict refuses unknown fields and names them all',
    requests: (api) =>
      api.post(`${api.core}/configmaps?fieldValidation=Strict`, unknown, {
        status: 400,
        reason: 'BadRequest',
        message: /unknown field "metadata\.nothing", unknown field "spec"/,
      }),
  },
  {
    name: 'field validation: Ignore drops them without a word',
    requests: (api) => api.post(`${api.core}/configmaps?fieldValidation=Ignore`, unknown, 201),
  },
  {
    name: 'field validation: a field that stands twice is a warning, and its last value counts',
    requests: (api) =>
      api.post(`${api.core}/configmaps`, twice, {
        status: 201,
        warnings: [/duplicate field "(data\.x|metadata\.name)"/, /duplicate field/],
        body: { data: { x: '2' } },
      }),
  },
  {
    name: 'field validation: Strict refuses a field that stands twice',
    requests: (api) =>
      api.post(`${api.core}/configmaps?fieldValidation=Strict`, twice, { status: 400, reason: 'BadRequest' }),
  },
  {
    name: 'field validation: deep unknown fields are named by their path',
    requests: (api) =>
      api.post(
        `${api.core}/pods?dryRun=All`,
        pod('a', { containers: [{ name: 'main', image: 'x', imagePolicy: 'y', env: [{ nam: 'z', name: 'z' }] }] }),
        {
          status: 201,
          warnings: ['unknown field "spec.containers[0].imagePolicy"', 'unknown field "spec.containers[0].env[0].nam"'],
        },
      ),
  },
  {
    name: 'field validation: a PUT is looked at as well',
    async requests(api) {
      await api.post(`${api.core}/configmaps`, configMap('a'), 201);
      await api.put(`${api.core}/configmaps/a?fieldValidation=Strict`, unknown, { status: 400, reason: 'BadRequest' });
    },
  },
  {
    name: 'field validation: a merge patch is looked at as well',
    async requests(api) {
      await api.post(`${api.core}/configmaps`, configMap('a'), 201);
      await api.patch(
        'merge',
        `${api.core}/configmaps/a?fieldValidation=Strict`,
        { spec: 1 },
        { status: 422, reason: 'Invalid' },
      );
      await api.patch('merge', `${api.core}/configmaps/a?fieldValidation=Ignore`, { spec: 1 }, 200);
    },
  },
  {
    name: 'field names are case sensitive',
    requests: (api) =>
      api.post(
        `${api.core}/configmaps?fieldValidation=Strict`,
        { ...configMap('a'), Data: {} },
        { status: 400, reason: 'BadRequest' },
      ),
  },
  {
    name: 'a null for a map is as if it were not there',
    requests: (api) =>
      api.post(`${api.core}/configmaps`, configMap('a', { data: null }), { status: 201, body: { data: undefined } }),
  },
  {
    name: 'a body of more than 3 MiB is 413',
    requests: (api) =>
      api.post(`${api.core}/configmaps`, configMap('a', { data: { x: 'x'.repeat(3_200_000) } }), {
        status: 413,
        reason: 'RequestEntityTooLarge',
      }),
  },
  {
    name: 'a ConfigMap of more than 1 MiB is 422',
    requests: (api) =>
      api.post(`${api.core}/configmaps`, configMap('a', { data: { x: 'x'.repeat(1_048_577) } }), {
        status: 422,
        reason: 'Invalid',
      }),
  },
  {
    name: 'a service account that is not there keeps a pod from being created',
    requests: (api) =>
      api.post(`${api.core}/pods`, pod('a', { serviceAccountName: 'none' }), {
        status: 403,
        reason: 'Forbidden',
        message: /serviceaccount "none" not found/,
      }),
  },
  {
    name: 'a replaced Service keeps its address, a StatefulSet counts its generation',
    async requests(api) {
      const { body } = await api.post(`${api.core}/services`, service('a'), 201);
      await api.put(`${api.core}/services/a`, service('a'), {
        status: 200,
        body: { spec: { clusterIP: body.spec['clusterIP'] } },
      });
      await api.post(`${api.apps}/statefulsets`, statefulSet('a'), {
        status: 201,
        body: { metadata: { generation: 1 } },
      });
      await api.patch(
        'merge',
        `${api.apps}/statefulsets/a`,
        { spec: { minReadySeconds: 1 } },
        { status: 200, body: { metadata: { generation: 2 } } },
        { unseen: true },
      );
    },
  },
];
