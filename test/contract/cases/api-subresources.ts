import { expect } from 'vitest';
import type { ContractCase } from '../case.ts';
import { claim, configMap, deployment, pod, service, statefulSet, volume } from './objects.ts';

const unseen = { unseen: true } as const;
const condition = {
  type: 'Checked',
  status: 'True',
  reason: 'x',
  message: '',
  lastTransitionTime: '2026-01-01T00:00:00Z',
};

export const subresources: readonly ContractCase[] = [
  {
    name: 'a PUT of the object leaves the status',
    async requests(api) {
      const { body } = await api.post(`${api.core}/services`, service('a'), 201);
      await api.put(
        `${api.core}/services/a`,
        { ...body, status: { conditions: [condition] } },
        { status: 200, body: { status: { conditions: undefined } } },
      );
    },
  },
  {
    name: 'a PUT of the status leaves the rest, but takes labels',
    async requests(api) {
      const { body } = await api.post(`${api.core}/services`, service('a'), 201);
      const changed = {
        ...body,
        metadata: { ...body.metadata, labels: { x: '1' } },
        spec: { ...body.spec, sessionAffinity: 'ClientIP' },
        status: { conditions: [condition] },
      };
      await api.put(`${api.core}/services/a/status`, changed, {
        status: 200,
        body: { spec: { sessionAffinity: 'None' }, status: { conditions: [condition] } },
      });
    },
  },
  {
    name: 'a patch of the object leaves the status',
    async requests(api) {
      const name = api.own('pv');
      const path = `/api/v1/persistentvolumes/${name}`;
      await api.post('/api/v1/persistentvolumes', volume(name), 201);
      await api.eventually(path, 20, { status: 200, body: { status: { phase: 'Available' } } });
      await api.patch(
        'merge',
        path,
        { status: { phase: 'Bound' } },
        { status: 200, body: { status: { phase: 'Available' } } },
      );
    },
  },
  {
    name: 'a patch of the status leaves the spec',
    async requests(api) {
      await api.post(`${api.core}/persistentvolumeclaims`, claim('a'), 201);
      await api.patch(
        'merge',
        `${api.core}/persistentvolumeclaims/a/status`,
        { spec: { volumeName: 'x' }, status: { conditions: [{ ...condition, type: 'Resizing' }] } },
        { status: 200, body: { spec: { volumeName: undefined }, status: { conditions: [{ type: 'Resizing' }] } } },
      );
    },
  },
  {
    name: 'the status of a volume can be written, and its phase has a time',
    async requests(api) {
      const name = api.own('pv');
      await api.post('/api/v1/persistentvolumes', volume(name), 201);
      const path = `/api/v1/persistentvolumes/${name}`;
      await api.eventually(path, 20, { status: 200, body: { status: { phase: 'Available' } } });
      await api.patch(
        'merge',
        `${path}/status?dryRun=All`,
        { status: { phase: 'Failed', message: 'x' } },
        { status: 200, body: { status: { phase: 'Failed', lastPhaseTransitionTime: expect.any(String) } } },
      );
    },
  },
  {
    name: 'the status is read as the whole object',
    async requests(api) {
      await api.post(`${api.core}/services`, service('a'), 201);
      await api.get(`${api.core}/services/a/status`, { status: 200, body: { kind: 'Service', spec: {} } });
    },
  },
  {
    name: 'a kind without a status subresource answers 404 for it',
    async requests(api) {
      await api.post(`${api.core}/configmaps`, configMap('a'), 201);
      await api.get(`${api.core}/configmaps/a/status`, {
        status: 404,
        reason: 'NotFound',
        message: 'the server could not find the requested resource',
      });
      await api.put(`${api.core}/configmaps/a/status`, configMap('a'), { status: 404, reason: 'NotFound' });
    },
  },
  {
    name: 'a status cannot be deleted or created',
    async requests(api) {
      await api.post(`${api.core}/services`, service('a'), 201);
      await api.delete(`${api.core}/services/a/status`, 405);
      await api.post(`${api.core}/services/a/status`, service('a'), 405);
    },
  },
  {
    name: 'a write to the status is owned with the subresource status',
    async requests(api) {
      await api.post(`${api.core}/services`, service('a'), 201);
      const { body } = await api.patch(
        'merge',
        `${api.core}/services/a/status`,
        { status: { conditions: [condition] } },
        200,
      );
      expect(body.metadata['managedFields']).toMatchObject(
        [{ subresource: undefined }, { subresource: 'status' }].map((each) => (each.subresource ? each : {})),
      );
    },
  },
  {
    name: 'a status that is not there is 404',
    requests: (api) =>
      api.patch('merge', `${api.core}/services/none/status`, { status: {} }, { status: 404, reason: 'NotFound' }),
  },
  ...(['statefulsets', 'deployments'] as const).flatMap((resource): ContractCase[] => {
    const object = resource === 'statefulsets' ? statefulSet('a') : deployment('a');
    return [
      {
        name: `scale: ${resource} are read as autoscaling/v1 Scale`,
        async requests(api) {
          await api.post(`${api.apps}/${resource}`, object, 201, unseen);
          await api.get(`${api.apps}/${resource}/a/scale`, {
            status: 200,
            body: { kind: 'Scale', apiVersion: 'autoscaling/v1', spec: {}, status: { replicas: 0, selector: 'app=a' } },
          });
        },
      },
      {
        name: `scale: a PUT sets the replicas of ${resource}`,
        async requests(api) {
          await api.post(`${api.apps}/${resource}?dryRun=All`, object, 201, unseen);
          await api.post(`${api.apps}/${resource}`, object, 201, unseen);
          const scale = {
            apiVersion: 'autoscaling/v1',
            kind: 'Scale',
            metadata: { name: 'a', namespace: api.namespace },
            spec: { replicas: 2 },
          };
          await api.put(`${api.apps}/${resource}/a/scale?dryRun=All`, scale, {
            status: 200,
            body: { spec: { replicas: 2 } },
          });
          await api.get(`${api.apps}/${resource}/a/scale`, { status: 200, body: { spec: { replicas: undefined } } });
        },
      },
      {
        name: `scale: a merge patch and a json patch set the replicas of ${resource}`,
        async requests(api) {
          await api.post(`${api.apps}/${resource}`, object, 201, unseen);
          await api.patch(
            'merge',
            `${api.apps}/${resource}/a/scale?dryRun=All`,
            { spec: { replicas: 3 } },
            { status: 200, body: { spec: { replicas: 3 } } },
          );
          await api.patch(
            'json',
            `${api.apps}/${resource}/a/scale?dryRun=All`,
            [{ op: 'add', path: '/spec/replicas', value: 3 }],
            { status: 200, body: { spec: { replicas: 3 } } },
          );
        },
      },
      {
        name: `scale: a negative number of replicas of ${resource} is 422`,
        async requests(api) {
          await api.post(`${api.apps}/${resource}`, object, 201, unseen);
          await api.patch(
            'merge',
            `${api.apps}/${resource}/a/scale`,
            { spec: { replicas: -1 } },
            { status: 422, reason: 'Invalid', causes: ['spec.replicas FieldValueInvalid'] },
          );
        },
      },
      {
        name: `scale: of ${resource} that are not there is 404`,
        async requests(api) {
          await api.get(`${api.apps}/${resource}/none/scale`, { status: 404, reason: 'NotFound' });
          await api.patch('merge', `${api.apps}/${resource}/none/scale`, { spec: { replicas: 1 } }, 404);
        },
      },
    ];
  }),
  {
    name: 'scale: a stale resourceVersion is 409',
    async requests(api) {
      await api.post(`${api.apps}/statefulsets`, statefulSet('a'), 201, unseen);
      await api.patch(
        'merge',
        `${api.apps}/statefulsets/a/scale`,
        { metadata: { resourceVersion: '1' }, spec: { replicas: 1 } },
        { status: 409, reason: 'Conflict' },
      );
    },
  },
  {
    name: 'scale: replicas that are no number are refused',
    async requests(api) {
      await api.post(`${api.apps}/statefulsets`, statefulSet('a'), 201, unseen);
      await api.patch(
        'merge',
        `${api.apps}/statefulsets/a/scale`,
        { spec: { replicas: 'x' } },
        { status: 422, reason: 'Invalid' },
      );
    },
  },
  {
    name: 'scale: of a kind that has none is 404',
    requests: (api) => api.get(`${api.core}/configmaps/a/scale`, { status: 404, reason: 'NotFound' }),
  },
  {
    name: 'binding: a pod is bound to a node once',
    async requests(api) {
      await api.post(`${api.core}/pods`, pod('a'), 201, unseen);
      const binding = {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name: 'a' },
        target: { apiVersion: 'v1', kind: 'Node', name: `none-${api.id}` },
      };
      await api.post(`${api.core}/pods/a/binding`, binding, {
        status: 201,
        body: { kind: 'Status', status: 'Success' },
      });
      await api.get(`${api.core}/pods/a`, { status: 200, body: { spec: { nodeName: `none-${api.id}` } } }, unseen);
      await api.post(`${api.core}/pods/a/binding`, binding, { status: 409, reason: 'Conflict' });
    },
  },
  {
    name: 'binding: of a pod that is not there is 404',
    requests: (api) =>
      api.post(
        `${api.core}/pods/none/binding`,
        { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'none' }, target: { kind: 'Node', name: 'x' } },
        { status: 404, reason: 'NotFound' },
      ),
  },
  {
    name: 'binding: without a node it is refused',
    async requests(api) {
      await api.post(`${api.core}/pods`, pod('a'), 201, unseen);
      await api.post(
        `${api.core}/pods/a/binding`,
        { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'a' }, target: {} },
        500,
      );
    },
  },
  {
    name: 'eviction: a pod that no budget guards is deleted',
    async requests(api) {
      await api.post(`${api.core}/pods`, pod('a'), 201, unseen);
      const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'a', namespace: api.namespace } };
      await api.post(`${api.core}/pods/a/eviction`, eviction, {
        status: 201,
        body: { kind: 'Status', status: 'Success' },
      });
      await api.eventually(`${api.core}/pods/a`, 40, 404);
    },
  },
  {
    name: 'eviction: of a pod that is not there is 404',
    requests: (api) =>
      api.post(
        `${api.core}/pods/none/eviction`,
        { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'none' } },
        { status: 404, reason: 'NotFound' },
      ),
  },
  {
    name: 'finalize: the finalizers of a namespace change by this subresource only',
    async requests(api) {
      const path = `/api/v1/namespaces/${api.namespace}`;
      const { body } = await api.get(path, 200);
      const { body: put } = await api.put(path, { ...body, spec: { finalizers: [] } }, 200);
      expect(put.spec['finalizers']).toEqual(['kubernetes']);
      await api.put(
        `${path}/finalize?dryRun=All`,
        { ...put, spec: { finalizers: [] } },
        { status: 200, body: { spec: {} } },
      );
    },
  },
  {
    name: 'a namespace that is ending takes nothing new',
    async requests(api) {
      await api.post(
        `${api.core}/configmaps`,
        { ...configMap('held'), metadata: { name: 'held', finalizers: ['example.com/hold'] } },
        201,
      );
      await api.delete(`/api/v1/namespaces/${api.namespace}`, {
        status: 200,
        body: { status: { phase: 'Terminating' } },
      });
      await api.post(`${api.core}/configmaps`, configMap('a'), {
        status: 403,
        reason: 'Forbidden',
        causes: ['metadata.namespace NamespaceTerminating'],
      });
      await api.post(`${api.core}/configmaps?dryRun=All`, configMap('a'), { status: 403, reason: 'Forbidden' });
      await api.patch(
        'merge',
        `${api.core}/configmaps/held`,
        { data: { x: '1' } },
        { status: 200, body: { data: { x: '1' } } },
        unseen,
      );
    },
  },
  {
    name: 'the namespaces default and kube-system cannot be deleted',
    async requests(api) {
      for (const name of ['default', 'kube-system', 'kube-public'])
        await api.delete(`/api/v1/namespaces/${name}?dryRun=All`, { status: 403, reason: 'Forbidden' });
    },
  },
  {
    name: 'token: a service account is given a token for an audience and a time',
    async requests(api) {
      await api.post(
        `${api.core}/serviceaccounts`,
        { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'a' } },
        201,
      );
      const request = {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { audiences: ['x'], expirationSeconds: 600 },
      };
      await api.post(`${api.core}/serviceaccounts/a/token`, request, {
        status: 201,
        body: { spec: { audiences: ['x'], expirationSeconds: 600 }, status: { token: expect.any(String) } },
      });
      await api.post(
        `${api.core}/serviceaccounts/a/token`,
        { ...request, spec: { expirationSeconds: 5 } },
        { status: 422, reason: 'Invalid' },
      );
      await api.post(`${api.core}/serviceaccounts/none/token`, request, { status: 404, reason: 'NotFound' });
    },
  },
];
