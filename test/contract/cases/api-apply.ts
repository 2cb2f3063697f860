import { expect } from 'vitest';
import type { Answer, ContractCase, Expected, Fields, Scope, SendOptions } from '../case.ts';
import { configMap, deployment, service, statefulSet } from './objects.ts';

interface Applied extends SendOptions {
  readonly by?: string;
  readonly query?: string;
}

/** Applies to ConfigMap `a` unless told otherwise. */
function apply(
  api: Scope,
  body: unknown,
  expected: Expected,
  { by = 'one', query = '', ...options }: Applied = {},
): Promise<Answer> {
  return api.patch('apply', `${api.core}/configmaps/a?fieldManager=${by}${query}`, body, expected, options);
}

const of = (data: Fields): Fields => configMap('a', { data });

const managers = ({ body }: Answer): string[] =>
  ((body.metadata['managedFields'] ?? []) as Fields[]).map(
    (each) => `${String(each['manager'])} ${String(each['operation'])}`,
  );

const conflict = (field: string) => ({ status: 409, reason: 'Conflict', causes: [`${field} FieldManagerConflict`] });

export const applies: readonly ContractCase[] = [
  {
    name: 'apply creates what is not there (201) and owns its fields',
    async requests(api) {
      const answer = await apply(api, of({ x: '1' }), { status: 201, body: { data: { x: '1' } } });
      expect(managers(answer)).toEqual(['one Apply']);
    },
  },
  {
    name: 'apply of the same again is 200 and writes nothing',
    async requests(api) {
      const first = await apply(api, of({ x: '1' }), 201);
      const second = await apply(api, of({ x: '1' }), 200);
      expect(second.body.metadata.resourceVersion).toBe(first.body.metadata.resourceVersion);
    },
  },
  {
    name: 'apply without a field that it owned removes it',
    async requests(api) {
      await apply(api, of({ x: '1', y: '2' }), 201);
      const { body } = await apply(api, of({ x: '1' }), 200);
      expect(body['data']).toEqual({ x: '1' });
    },
  },
  {
    name: 'apply without a field that another owns as well leaves it',
    async requests(api) {
      await apply(api, of({ x: '1', y: '2' }), 201);
      await apply(api, of({ y: '2' }), 200, { by: 'two' });
      const answer = await apply(api, of({ x: '1' }), { status: 200, body: { data: { x: '1', y: '2' } } });
      expect(managers(answer).toSorted()).toEqual(['one Apply', 'two Apply']);
    },
  },
  {
    name: 'apply of another value over a field of another manager is 409, which names the field and its manager',
    async requests(api) {
      await apply(api, of({ x: '1' }), 201);
      await apply(
        api,
        of({ x: '2' }),
        { ...conflict('.data.x'), message: /conflict with "one": \.data\.x$/ },
        { by: 'two' },
      );
    },
  },
  {
    name: 'apply that conflicts in several fields names each',
    async requests(api) {
      await apply(api, of({ x: '1', y: '1' }), 201);
      await apply(
        api,
        of({ x: '2', y: '2' }),
        { status: 409, causes: ['.data.x FieldManagerConflict', '.data.y FieldManagerConflict'] },
        { by: 'two' },
      );
    },
  },
  {
    name: 'apply of the same value as another manager shares the field',
    async requests(api) {
      await apply(api, of({ x: '1' }), 201);
      await apply(api, of({ x: '1' }), 200, { by: 'two' });
      await apply(api, of({ x: '2' }), conflict('.data.x'), { by: 'two' });
    },
  },
  {
    name: 'apply with force takes the field, and the former manager is gone',
    async requests(api) {
      await apply(api, of({ x: '1' }), 201);
      const answer = await apply(
        api,
        of({ x: '2' }),
        { status: 200, body: { data: { x: '2' } } },
        { by: 'two', query: '&force=true' },
      );
      expect(managers(answer)).toEqual(['two Apply']);
      await apply(api, of({ x: '1' }), conflict('.data.x'));
    },
  },
  {
    name: 'apply over a field that an update wrote conflicts with that manager, and when it wrote',
    async requests(api) {
      await api.post(`${api.core}/configmaps`, of({ x: '1' }), 201);
      await apply(api, of({ x: '2' }), { ...conflict('.data.x'), message: /conflict with "contract" using v1/ });
    },
  },
  {
    name: 'apply over several managers names each',
    async requests(api) {
      await apply(api, of({ x: '1' }), 201);
      await api.patch('merge', `${api.core}/configmaps/a?fieldManager=three`, { data: { y: '1' } }, 200);
      await apply(api, of({ x: '2', y: '2' }), { status: 409, message: /conflicts with/ }, { by: 'two', unseen: true });
    },
  },
  {
    name: 'a merge patch takes a field from its applier without asking',
    async requests(api) {
      await apply(api, of({ x: '1' }), 201);
      const answer = await api.patch('merge', `${api.core}/configmaps/a`, { data: { x: '2' } }, 200);
      expect(managers(answer)).toEqual(['contract Update']);
    },
  },
  {
    name: 'a PUT keeps the fields that an applier owns if it sends them unchanged',
    async requests(api) {
      const { body } = await apply(api, of({ x: '1' }), 201);
      const answer = await api.put(`${api.core}/configmaps/a`, { ...body, data: { x: '1', y: '2' } }, 200);
      expect(managers(answer)).toEqual(['one Apply', 'contract Update']);
    },
  },
  {
    name: 'managedFields that are set to an empty list are forgotten',
    async requests(api) {
      await apply(api, of({ x: '1' }), 201);
      const answer = await api.patch(
        'json',
        `${api.core}/configmaps/a`,
        [{ op: 'replace', path: '/metadata/managedFields', value: [{}] }],
        200,
      );
      expect(managers(answer)).toEqual([]);
    },
  },
  {
    name: 'a first apply over an object without managedFields conflicts with before-first-apply',
    async requests(api) {
      await apply(api, of({ x: '1' }), 201);
      await api.patch(
        'json',
        `${api.core}/configmaps/a`,
        [{ op: 'replace', path: '/metadata/managedFields', value: [{}] }],
        200,
      );
      await apply(api, of({ x: '2' }), { ...conflict('.data.x'), message: /before-first-apply/ });
    },
  },
  {
    name: 'apply with managedFields is 400',
    requests: (api) =>
      apply(
        api,
        {
          ...configMap('a'),
          metadata: { name: 'a', managedFields: [{ manager: 'x', operation: 'Apply', apiVersion: 'v1' }] },
        },
        { status: 400, reason: 'BadRequest', message: 'metadata.managedFields must be nil' },
      ),
  },
  {
    name: 'apply without a field manager is 422',
    requests: (api) =>
      api.patch('apply', `${api.core}/configmaps/a`, of({}), {
        status: 422,
        reason: 'Invalid',
        causes: ['fieldManager FieldValueRequired'],
      }),
  },
  {
    name: 'apply with a stale resourceVersion is 409',
    async requests(api) {
      await apply(api, of({ x: '1' }), 201);
      await apply(
        api,
        { ...of({ x: '2' }), metadata: { name: 'a', resourceVersion: '1' } },
        { status: 409, reason: 'Conflict' },
      );
    },
  },
  {
    name: 'apply with a uid to what is not there is 409',
    requests: (api) =>
      apply(
        api,
        { ...of({}), metadata: { name: 'a', uid: '11111111-2222-3333-4444-555555555555' } },
        { status: 409, reason: 'Conflict' },
      ),
  },
  {
    name: 'apply with a resourceVersion to what is not there creates it all the same',
    requests: (api) => apply(api, { ...of({}), metadata: { name: 'a', resourceVersion: '1' } }, 201),
  },
  {
    name: 'apply with another uid is 409',
    async requests(api) {
      await apply(api, of({ x: '1' }), 201);
      await apply(
        api,
        { ...of({ x: '2' }), metadata: { name: 'a', uid: '11111111-2222-3333-4444-555555555555' } },
        { status: 422 },
      );
    },
  },
  {
    name: 'apply of another kind or version is 400',
    async requests(api) {
      await apply(api, { ...of({}), kind: 'Secret' }, { status: 400, reason: 'BadRequest' });
      await apply(api, { ...of({}), apiVersion: 'v2' }, { status: 400, reason: 'BadRequest' });
    },
  },
  {
    name: 'apply under another name is 400',
    requests: (api) => apply(api, configMap('b'), { status: 400, reason: 'BadRequest' }),
  },
  {
    name: 'apply without a name is 400',
    requests: (api) =>
      apply(api, { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} }, { status: 400, reason: 'BadRequest' }),
  },
  {
    name: 'apply in YAML is read',
    requests: (api) =>
      apply(api, 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: "1"}\n', {
        status: 201,
        body: { data: { x: '1' } },
      }),
  },
  {
    name: 'apply of text that is no YAML is 400',
    requests: (api) => apply(api, 'a: [', { status: 400, reason: 'BadRequest' }),
  },
  {
    name: 'apply with an unknown field is 500, which names it',
    requests: (api) => apply(api, { ...of({}), spec: { x: 1 } }, { status: 500 }),
  },
  {
    name: 'apply with dryRun answers the result and writes nothing',
    async requests(api) {
      await apply(api, of({ x: '1' }), 201, { query: '&dryRun=All' });
      await api.get(`${api.core}/configmaps/a`, 404);
    },
  },
  {
    name: 'apply of null for a field takes it away',
    async requests(api) {
      await apply(api, of({ x: '1' }), 201);
      await apply(api, { ...configMap('a'), data: null }, 200);
    },
  },
  {
    name: 'apply of labels and annotations owns each by itself',
    async requests(api) {
      await apply(api, configMap('a', { metadata: { name: 'a', labels: { x: '1' } } }), 201);
      await apply(
        api,
        configMap('a', { metadata: { name: 'a', labels: { y: '2' } } }),
        { status: 200, body: { metadata: { labels: { x: '1', y: '2' } } } },
        { by: 'two' },
      );
      const { body } = await apply(api, configMap('a'), 200);
      expect(body.metadata['labels']).toEqual({ y: '2' });
    },
  },
  {
    name: 'apply of finalizers keeps those of others, as a set',
    async requests(api) {
      const held = (...finalizers: string[]): Fields => configMap('a', { metadata: { name: 'a', finalizers } });
      api.afterwards(() => api.patch('merge', `${api.core}/configmaps/a`, { metadata: { finalizers: null } }, 200));
      await apply(api, held('example.com/a'), 201);
      await apply(
        api,
        held('example.com/b'),
        { status: 200, body: { metadata: { finalizers: ['example.com/a', 'example.com/b'] } } },
        { by: 'two' },
      );
      await apply(api, configMap('a'), { status: 200, body: { metadata: { finalizers: ['example.com/b'] } } });
    },
  },
  {
    name: 'apply of ownerReferences knows them by uid, and conflicts within one',
    async requests(api) {
      const { body } = await api.post(`${api.core}/configmaps`, configMap('owner'), 201);
      const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: body.metadata.uid };
      await apply(api, configMap('a', { metadata: { name: 'a', ownerReferences: [reference] } }), 201);
      await apply(
        api,
        configMap('a', { metadata: { name: 'a', ownerReferences: [{ ...reference, controller: true }] } }),
        { status: 409, reason: 'Conflict' },
        { by: 'two' },
      );
    },
  },
  {
    name: 'apply of containers merges them by name, and of env by name below',
    async requests(api) {
      const path = `${api.apps}/statefulsets/a`;
      await api.patch('apply', `${path}?fieldManager=one`, statefulSet('a'), 201);
      const side = {
        spec: { template: { spec: { containers: [{ name: 'main', env: [{ name: 'A', value: '1' }] }] } } },
      };
      await api.patch(
        'apply',
        `${path}?fieldManager=two`,
        { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'a' }, ...side },
        {
          status: 200,
          body: {
            spec: { template: { spec: { containers: [{ name: 'main', image: 'busybox', env: [{ name: 'A' }] }] } } },
          },
        },
        { unseen: true },
      );
    },
  },
  {
    name: 'apply of a list with the same key twice is 500',
    async requests(api) {
      const container = { name: 'main', image: 'busybox' };
      const set = deployment('a', {
        template: { metadata: { labels: { app: 'a' } }, spec: { containers: [container, container] } },
      });
      await api.patch('apply', `${api.apps}/deployments/a?fieldManager=one`, set, { status: 500 });
    },
  },
  {
    name: 'apply of ports merges them by port and protocol',
    async requests(api) {
      const path = `${api.core}/services/a`;
      await api.patch('apply', `${path}?fieldManager=one`, service('a', { ports: [{ name: 'x', port: 80 }] }), 201);
      const other = {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'a' },
        spec: { ports: [{ name: 'y', port: 81, protocol: 'TCP' }] },
      };
      await api.patch('apply', `${path}?fieldManager=two`, other, {
        status: 200,
        body: { spec: { ports: [{ port: 80 }, { port: 81 }] } },
      });
    },
  },
  {
    name: 'apply of replicas conflicts with whoever scaled by the subresource',
    async requests(api) {
      const path = `${api.apps}/statefulsets/a`;
      await api.patch('apply', `${path}?fieldManager=one`, statefulSet('a'), 201);
      await api.patch('merge', `${path}/scale?fieldManager=scaler`, { spec: { replicas: 1 } }, 200, { unseen: true });
      await api.patch('apply', `${path}?fieldManager=one`, statefulSet('a'), {
        status: 409,
        reason: 'Conflict',
        message: /conflict with "scaler" with subresource "scale" using apps\/v1/,
      });
    },
  },
  {
    name: 'apply to the status owns the status and nothing else',
    async requests(api) {
      await api.post(`${api.core}/services`, service('a'), 201);
      const status = {
        conditions: [
          { type: 'Ready', status: 'True', reason: 'x', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
        ],
      };
      const body = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, status };
      const answer = await api.patch('apply', `${api.core}/services/a/status?fieldManager=one`, body, {
        status: 200,
        body: { status },
      });
      expect(managers(answer)).toEqual(['one Apply', 'contract Update']);
    },
  },
  {
    name: 'apply to the status of what is not there is refused as an object that would be invalid',
    requests: (api) =>
      api.patch(
        'apply',
        `${api.core}/services/a/status?fieldManager=one`,
        { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, status: {} },
        { status: 422, reason: 'Invalid', causes: ['spec.ports FieldValueRequired'] },
      ),
  },
];
