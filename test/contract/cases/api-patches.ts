import { expect } from 'vitest';
import type { ContractCase, Expected, Fields, PatchKind, Scope } from '../case.ts';
import { configMap, pod, service, statefulSet, volume } from './objects.ts';

const data = { x: '1', y: '2' };

async function aConfigMap(api: Scope): Promise<string> {
  await api.post(`${api.core}/configmaps`, configMap('a', { data }), 201, { unseen: true });
  return `${api.core}/configmaps/a`;
}

type Row = readonly [fact: string, kind: PatchKind, patch: unknown, expected: Expected];

/** Patches of a ConfigMap `a` whose data is {x: "1", y: "2"}. */
const rows: readonly Row[] = [
  [
    'json: add makes a field',
    'json',
    [{ op: 'add', path: '/data/z', value: '3' }],
    { status: 200, body: { data: { ...data, z: '3' } } },
  ],
  [
    'json: add replaces what is there',
    'json',
    [{ op: 'add', path: '/data/x', value: '3' }],
    { status: 200, body: { data: { x: '3', y: '2' } } },
  ],
  [
    'json: add below what is not there is 422',
    'json',
    [{ op: 'add', path: '/none/x', value: '3' }],
    { status: 422, reason: 'Invalid' },
  ],
  [
    'json: remove takes a field away',
    'json',
    [{ op: 'remove', path: '/data/x' }],
    { status: 200, body: { data: { y: '2' } } },
  ],
  [
    'json: remove of what is not there is 422',
    'json',
    [{ op: 'remove', path: '/data/none' }],
    { status: 422, reason: 'Invalid' },
  ],
  [
    'json: replace changes a field',
    'json',
    [{ op: 'replace', path: '/data/x', value: '3' }],
    { status: 200, body: { data: { x: '3', y: '2' } } },
  ],
  [
    'json: replace of a field that is not there adds it',
    'json',
    [{ op: 'replace', path: '/data/none', value: '3' }],
    { status: 200, body: { data: { ...data, none: '3' } } },
  ],
  [
    'json: move renames',
    'json',
    [{ op: 'move', from: '/data/x', path: '/data/z' }],
    { status: 200, body: { data: { y: '2', z: '1' } } },
  ],
  [
    'json: move of what is not there is 422',
    'json',
    [{ op: 'move', from: '/data/none', path: '/data/z' }],
    { status: 422, reason: 'Invalid' },
  ],
  [
    'json: copy doubles',
    'json',
    [{ op: 'copy', from: '/data/x', path: '/data/z' }],
    { status: 200, body: { data: { ...data, z: '1' } } },
  ],
  [
    'json: a test that holds lets the rest happen',
    'json',
    [
      { op: 'test', path: '/data/x', value: '1' },
      { op: 'remove', path: '/data/x' },
    ],
    { status: 200, body: { data: { y: '2' } } },
  ],
  [
    'json: a test that fails is 422 and nothing happens',
    'json',
    [
      { op: 'remove', path: '/data/y' },
      { op: 'test', path: '/data/x', value: '9' },
    ],
    { status: 422, reason: 'Invalid' },
  ],
  [
    'json: a test of what is not there is 422',
    'json',
    [{ op: 'test', path: '/data/none', value: '9' }],
    { status: 422, reason: 'Invalid' },
  ],
  ['json: a test for null holds of what is not there', 'json', [{ op: 'test', path: '/data/none', value: null }], 200],
  ['json: an unknown operation is 400', 'json', [{ op: 'grow', path: '/data/x' }], { status: 422, reason: 'Invalid' }],
  ['json: an operation without a path is refused', 'json', [{ op: 'add', value: 1 }], 422],
  ['json: a patch that is no list is 400', 'json', { op: 'add' }, { status: 400, reason: 'BadRequest' }],
  ['json: no operations change nothing', 'json', [], 200],
  [
    'json: a slash in a name is written ~1 and a tilde ~0',
    'json',
    [
      { op: 'add', path: '/metadata/annotations', value: {} },
      { op: 'add', path: '/metadata/annotations/a.b~1c', value: '~' },
      { op: 'add', path: '/metadata/annotations/d~0e', value: '1' },
    ],
    { status: 422, reason: 'Invalid' },
  ],
  [
    'json: a stale resourceVersion is 409',
    'json',
    [{ op: 'replace', path: '/metadata/resourceVersion', value: '1' }],
    { status: 409, reason: 'Conflict' },
  ],
  [
    'json: removing a required name of the object is refused',
    'json',
    [{ op: 'remove', path: '/metadata/name' }],
    { status: 400, reason: 'BadRequest' },
  ],
  [
    'json: the kind cannot be changed',
    'json',
    [{ op: 'replace', path: '/kind', value: 'Secret' }],
    { status: 422, reason: 'Invalid', causes: ['patch FieldValueInvalid'] },
  ],
  [
    'json: the whole document is not replaced by one without a kind',
    'json',
    [{ op: 'replace', path: '', value: { data: {} } }],
    { status: 400, reason: 'BadRequest', warnings: ['unknown field "data"'] },
  ],
  ['merge: fields are merged', 'merge', { data: { z: '3' } }, { status: 200, body: { data: { ...data, z: '3' } } }],
  ['merge: null takes a field away', 'merge', { data: { x: null } }, { status: 200, body: { data: { y: '2' } } }],
  ['merge: null of what is not there is nothing', 'merge', { data: { none: null } }, { status: 200, body: { data } }],
  ['merge: null of a whole map', 'merge', { data: null }, { status: 200, body: { data: undefined } }],
  [
    'merge: a list is replaced whole',
    'merge',
    { metadata: { finalizers: ['example.com/a'] } },
    { status: 200, body: { metadata: { finalizers: ['example.com/a'] } } },
  ],
  ['merge: an empty patch changes nothing', 'merge', {}, { status: 200, body: { data } }],
  ['merge: a list as the patch is 400', 'merge', [], { status: 400, reason: 'BadRequest' }],
  ['merge: text that is no JSON is 400', 'merge', '{', { status: 400, reason: 'BadRequest' }],
  [
    'merge: a stale resourceVersion is 409',
    'merge',
    { metadata: { resourceVersion: '1' }, data: { z: '3' } },
    { status: 409, reason: 'Conflict' },
  ],
  [
    'merge: another uid is 422, since it never changes',
    'merge',
    { metadata: { uid: 'x' }, data: { z: '3' } },
    { status: 422, reason: 'Invalid' },
  ],
  ['merge: another name is refused', 'merge', { metadata: { name: 'b' } }, { status: 400, reason: 'BadRequest' }],
  [
    'merge: another namespace is refused',
    'merge',
    { metadata: { namespace: 'default' } },
    { status: 400, reason: 'BadRequest' },
  ],
  [
    'merge: another kind is refused',
    'merge',
    { kind: 'Secret' },
    { status: 422, reason: 'Invalid', causes: ['patch FieldValueInvalid'] },
  ],
  [
    'merge: a value of the wrong type is refused',
    'merge',
    { data: { x: 1 } },
    { status: 422, reason: 'Invalid', causes: ['patch FieldValueInvalid'] },
  ],
  [
    'merge: an unknown field is a warning',
    'merge',
    { spec: { x: 1 } },
    { status: 200, warnings: ['unknown field "spec"'] },
  ],
  [
    'strategic: maps are merged',
    'strategic',
    { data: { z: '3' } },
    { status: 200, body: { data: { ...data, z: '3' } } },
  ],
  [
    'strategic: null takes a field away',
    'strategic',
    { data: { x: null } },
    { status: 200, body: { data: { y: '2' } } },
  ],
  [
    'strategic: $patch: replace replaces a map',
    'strategic',
    { data: { $patch: 'replace', z: '3' } },
    { status: 200, body: { data: { z: '3' } } },
  ],
  ['strategic: $patch: delete empties a map', 'strategic', { data: { $patch: 'delete' } }, 200],
  [
    'strategic: $retainKeys keeps the keys that it names',
    'strategic',
    { data: { $retainKeys: ['x'] } },
    { status: 200, body: { data: { x: '1' } } },
  ],
  ['strategic: an unknown $patch is 500', 'strategic', { data: { $patch: 'grow' } }, 500],
  [
    'strategic: finalizers are merged as a set',
    'strategic',
    { metadata: { finalizers: ['example.com/a'] } },
    { status: 200, body: { metadata: { finalizers: ['example.com/a'] } } },
  ],
  [
    'strategic: a stale resourceVersion is 409',
    'strategic',
    { metadata: { resourceVersion: '1' }, data: { z: '3' } },
    { status: 409, reason: 'Conflict' },
  ],
];

export const patches: readonly ContractCase[] = [
  ...rows.map(([fact, kind, patch, expected]): ContractCase => ({
    name: `patch ${fact}`,
    async requests(api) {
      const path = await aConfigMap(api);
      await api.patch(kind, path, patch, expected);
      await api.get(path, 200);
      api.afterwards(() => api.patch('merge', path, { metadata: { finalizers: null } }, 200, { unseen: true }));
    },
  })),
  {
    name: 'patch strategic: the ports of a Service merge by port',
    async requests(api) {
      await api.post(`${api.core}/services`, service('a', { ports: [{ name: 'x', port: 80 }] }), 201, { unseen: true });
      await api.patch(
        'strategic',
        `${api.core}/services/a`,
        { spec: { ports: [{ name: 'y', port: 81 }] } },
        { status: 200, body: { spec: { ports: [{ port: 81 }, { port: 80 }] } } },
      );
    },
  },
  {
    name: 'patch merge: text where a number is wanted is 422',
    async requests(api) {
      await api.post(`${api.apps}/statefulsets`, statefulSet('a'), 201, { unseen: true });
      await api.patch(
        'merge',
        `${api.apps}/statefulsets/a`,
        { spec: { replicas: 'three' } },
        { status: 422, reason: 'Invalid' },
      );
    },
  },
  {
    name: 'patch: a media type that is no patch is 415',
    async requests(api) {
      const path = await aConfigMap(api);
      for (const type of ['application/json', 'text/plain', 'application/patch'])
        await api.patch(
          'merge',
          path,
          {},
          { status: 415, reason: 'UnsupportedMediaType' },
          { headers: { 'content-type': type } },
        );
    },
  },
  {
    name: 'patch: force is for an apply only',
    async requests(api) {
      await api.patch(
        'merge',
        `${await aConfigMap(api)}?force=true`,
        {},
        { status: 422, reason: 'Invalid', causes: ['force FieldValueForbidden'] },
      );
    },
  },
  {
    name: 'patch json: guarded by a test of claimRef.uid a volume is changed only as it was read',
    async requests(api) {
      const path = '/api/v1/persistentvolumes';
      const name = api.own('pv');
      const claimRef = {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        namespace: `none-${api.id}`,
        name: 'a',
        uid: 'u-1',
      };
      await api.post(path, volume(name, { claimRef }), 201);
      await api.eventually(`${path}/${name}`, 20, { status: 200, body: { status: { phase: 'Released' } } });
      const clear = (uid: string) => [
        { op: 'test', path: '/spec/claimRef/uid', value: uid },
        { op: 'remove', path: '/spec/claimRef/uid' },
      ];
      await api.patch('json', `${path}/${name}`, clear('other'), { status: 422, reason: 'Invalid' });
      await api.patch('json', `${path}/${name}`, clear('u-1'), {
        status: 200,
        body: { spec: { claimRef: { name: 'a', uid: undefined } } },
      });
      await api.eventually(`${path}/${name}`, 30, { status: 200, body: { status: { phase: 'Available' } } });
    },
  },
  {
    name: 'patch merge: uid and resourceVersion of a claimRef are cleared by null',
    async requests(api) {
      const path = '/api/v1/persistentvolumes';
      const name = api.own('pv');
      const claimRef = {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        namespace: `none-${api.id}`,
        name: 'a',
        uid: 'u-1',
        resourceVersion: '7',
      };
      await api.post(path, volume(name, { claimRef }), 201);
      await api.eventually(`${path}/${name}`, 20, { status: 200, body: { status: { phase: 'Released' } } });
      await api.patch(
        'merge',
        `${path}/${name}`,
        { spec: { claimRef: { uid: null, resourceVersion: null } } },
        { status: 200, body: { spec: { claimRef: { uid: undefined, resourceVersion: undefined } } } },
      );
    },
  },
  {
    name: 'patch: only the image, tolerations and deadlines of a pod may change',
    async requests(api) {
      await api.post(`${api.core}/pods`, pod('a'), 201);
      await api.patch(
        'strategic',
        `${api.core}/pods/a`,
        { spec: { containers: [{ name: 'main', image: 'other' }] } },
        200,
      );
      await api.patch(
        'strategic',
        `${api.core}/pods/a`,
        { spec: { hostNetwork: true } },
        { status: 422, reason: 'Invalid', causes: ['spec FieldValueForbidden'] },
      );
    },
  },
  {
    name: 'patch: one that changes nothing keeps the resourceVersion',
    async requests(api) {
      const path = await aConfigMap(api);
      const before = await api.get(path, 200);
      for (const [kind, patch] of [
        ['merge', { data: { x: '1' } }],
        ['strategic', { data: { x: '1' } }],
        ['json', [{ op: 'replace', path: '/data/x', value: '1' }]],
      ] as const) {
        const after = await api.patch(kind, path, patch, 200);
        expect(after.body.metadata.resourceVersion).toBe(before.body.metadata.resourceVersion);
      }
    },
  },
  {
    name: 'patch: of a field manager that is named, its entry of managedFields is another',
    async requests(api) {
      const path = await aConfigMap(api);
      const { body } = await api.patch('merge', `${path}?fieldManager=other`, { data: { z: '3' } }, 200);
      expect((body.metadata['managedFields'] as Fields[]).map((each) => each['manager'])).toEqual([
        'contract',
        'other',
      ]);
    },
  },
  {
    name: 'patch: a field manager of more than 128 letters is 422',
    async requests(api) {
      const path = await aConfigMap(api);
      await api.patch(
        'merge',
        `${path}?fieldManager=${'x'.repeat(129)}`,
        {},
        { status: 422, causes: ['fieldManager FieldValueTooLong'] },
      );
    },
  },
];
