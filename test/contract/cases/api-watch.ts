import { expect } from 'vitest';
import type { ContractCase, Fields, Scope } from '../case.ts';
import { secret } from './objects.ts';

const unseen = { unseen: true } as const;
const named = (name: string): Fields => ({ metadata: { name } });

const labelled = (name: string, labels: Fields): Fields => secret(name, { metadata: { name, labels } });
const label = (api: Scope, name: string, value: string | null) =>
  api.patch('merge', `${api.core}/secrets/${name}`, { metadata: { labels: { x: value } } }, 200, unseen);

export const watches: readonly ContractCase[] = [
  {
    name: 'a watch without a resourceVersion begins with what is there',
    async requests(api) {
      await api.post(`${api.core}/secrets`, secret('a'), 201, unseen);
      await api.watch(`${api.core}/secrets?watch=1`, {
        events: 2,
        during: () => api.post(`${api.core}/secrets`, secret('b'), 201, unseen),
        expected: [
          ['ADDED', named('a')],
          ['ADDED', named('b')],
        ],
      });
    },
  },
  {
    name: 'a watch shows creation, change and deletion in order',
    async requests(api) {
      await api.watch(`${api.core}/secrets?watch=true`, {
        events: 3,
        during: async () => {
          await api.post(`${api.core}/secrets`, secret('a'), 201, unseen);
          await label(api, 'a', '1');
          await api.delete(`${api.core}/secrets/a`, 200, undefined, unseen);
        },
        expected: [
          ['ADDED', named('a')],
          ['MODIFIED', { metadata: { labels: { x: '1' } } }],
          ['DELETED', { metadata: { labels: { x: '1' } } }],
        ],
      });
    },
  },
  {
    name: 'a watch from a list shows exactly what happened since',
    async requests(api) {
      await api.post(`${api.core}/secrets`, secret('a'), 201, unseen);
      const { body } = await api.get(`${api.core}/secrets`, 200);
      await api.post(`${api.core}/secrets`, secret('b'), 201, unseen);
      await label(api, 'a', '1');
      await api.watch(`${api.core}/secrets?watch=1&resourceVersion=${body.metadata.resourceVersion}`, {
        events: 2,
        expected: [
          ['ADDED', named('b')],
          ['MODIFIED', named('a')],
        ],
      });
    },
  },
  {
    name: 'DELETED carries the last state and the resourceVersion of the deletion',
    async requests(api) {
      const { body } = await api.post(`${api.core}/secrets`, secret('a', { data: { x: 'eA==' } }), 201);
      const [event] = await api.watch(`${api.core}/secrets?watch=1&resourceVersion=${body.metadata.resourceVersion}`, {
        events: 1,
        during: () => api.delete(`${api.core}/secrets/a`, 200, undefined, unseen),
        expected: [['DELETED', { data: { x: 'eA==' } }]],
      });
      expect(Number(event?.object.metadata.resourceVersion)).toBeGreaterThan(Number(body.metadata.resourceVersion));
    },
  },
  {
    name: 'what enters a selection is ADDED to its watcher, what leaves it is DELETED',
    async requests(api) {
      await api.post(`${api.core}/secrets`, secret('a'), 201, unseen);
      await api.watch(`${api.core}/secrets?watch=1&labelSelector=x%3D1`, {
        events: 4,
        during: async () => {
          await label(api, 'a', '1');
          await api.patch('merge', `${api.core}/secrets/a`, { data: { y: 'eA==' } }, 200, unseen);
          await label(api, 'a', '2');
          await label(api, 'a', '1');
        },
        expected: [['ADDED'], ['MODIFIED'], ['DELETED', { metadata: { labels: { x: '1' } } }], ['ADDED']],
      });
    },
  },
  {
    name: 'the deletion of what is outside a selection is not shown',
    async requests(api) {
      await api.post(`${api.core}/secrets`, labelled('a', { x: '2' }), 201, unseen);
      await api.watch(`${api.core}/secrets?watch=1&labelSelector=x%3D1`, {
        events: 1,
        during: async () => {
          await api.delete(`${api.core}/secrets/a`, 200, undefined, unseen);
          await api.post(`${api.core}/secrets`, labelled('b', { x: '1' }), 201, unseen);
        },
        expected: [['ADDED', named('b')]],
      });
    },
  },
  {
    name: 'a watch of one object by metadata.name shows no other',
    async requests(api) {
      await api.watch(`${api.core}/secrets?watch=1&fieldSelector=metadata.name%3Db`, {
        events: 1,
        during: async () => {
          await api.post(`${api.core}/secrets`, secret('a'), 201, unseen);
          await api.post(`${api.core}/secrets`, secret('b'), 201, unseen);
        },
        expected: [['ADDED', named('b')]],
      });
    },
  },
  {
    name: 'a watch below /watch/ is the older form',
    async requests(api) {
      await api.post(`${api.core}/secrets`, secret('a'), 201, unseen);
      await api.watch(`/api/v1/watch/namespaces/${api.namespace}/secrets`, {
        events: 1,
        expected: [['ADDED', named('a')]],
      });
    },
  },
  {
    name: 'an update that changes nothing is not shown',
    async requests(api) {
      const { body } = await api.post(`${api.core}/secrets`, secret('a'), 201);
      await api.watch(`${api.core}/secrets?watch=1&resourceVersion=${body.metadata.resourceVersion}`, {
        events: 1,
        during: async () => {
          await api.put(`${api.core}/secrets/a`, body, 200, unseen);
          await api.post(`${api.core}/secrets`, secret('b'), 201, unseen);
        },
        expected: [['ADDED', named('b')]],
      });
    },
  },
  {
    name: 'a held object is MODIFIED when it is deleted, and DELETED when its last finalizer goes',
    async requests(api) {
      const held = secret('a', { metadata: { name: 'a', finalizers: ['example.com/hold'] } });
      await api.watch(`${api.core}/secrets?watch=1`, {
        events: 3,
        during: async () => {
          await api.post(`${api.core}/secrets`, held, 201, unseen);
          await api.delete(`${api.core}/secrets/a`, 200, undefined, unseen);
          await api.patch('merge', `${api.core}/secrets/a`, { metadata: { finalizers: null } }, 200, unseen);
        },
        expected: [
          ['ADDED'],
          ['MODIFIED', { metadata: { deletionTimestamp: expect.any(String) } }],
          ['DELETED', { metadata: { finalizers: ['example.com/hold'] } }],
        ],
      });
    },
  },
  {
    name: 'timeoutSeconds ends a watch without an event',
    requests: (api) =>
      api.watch(`${api.core}/secrets?watch=1&timeoutSeconds=1`, { events: 0, ends: true, expected: [] }),
  },
  ...['', '&resourceVersion=0'].map((query): ContractCase => ({
    name: `a watch${query && ' from 0'} that may send bookmarks sends one after what is there, which says so`,
    async requests(api) {
      await api.post(`${api.core}/secrets`, secret('a'), 201, unseen);
      await api.eventually(`${api.core}/secrets?resourceVersion=0`, 5, { status: 200, body: { items: [{}] } });
      await api.watch(`${api.core}/secrets?watch=1&allowWatchBookmarks=true${query}`, {
        events: 2,
        bookmarks: true,
        expected: [
          ['ADDED', named('a')],
          ['BOOKMARK', { kind: 'Secret', metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } }],
        ],
      });
    },
  })),
  {
    name: 'a watch from a list that may send bookmarks is sent one before it ends, without a mark',
    async requests(api) {
      const { body } = await api.get(`${api.core}/secrets`, 200);
      await api.watch(
        `${api.core}/secrets?watch=1&timeoutSeconds=4&allowWatchBookmarks=true&resourceVersion=${body.metadata.resourceVersion}`,
        {
          events: 1,
          bookmarks: true,
          expected: [['BOOKMARK', { kind: 'Secret', apiVersion: 'v1', metadata: { annotations: undefined } }]],
        },
      );
    },
  },
  {
    name: 'sendInitialEvents ends what is there with a bookmark that says so',
    async requests(api) {
      await api.post(`${api.core}/secrets`, secret('a'), 201, unseen);
      await api.watch(
        `${api.core}/secrets?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
        {
          events: 2,
          bookmarks: true,
          expected: [
            ['ADDED', named('a')],
            ['BOOKMARK', { metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } }],
          ],
        },
      );
    },
  },
  {
    name: 'sendInitialEvents=false shows nothing of what is there',
    async requests(api) {
      await api.post(`${api.core}/secrets`, secret('a'), 201, unseen);
      await api.watch(`${api.core}/secrets?watch=1&sendInitialEvents=false&resourceVersionMatch=NotOlderThan`, {
        events: 1,
        during: () => api.post(`${api.core}/secrets`, secret('b'), 201, unseen),
        expected: [['ADDED', named('b')]],
      });
    },
  },
  ...[
    ['sendInitialEvents=true', 'sendInitialEvents without resourceVersionMatch'],
    ['resourceVersionMatch=NotOlderThan', 'resourceVersionMatch without sendInitialEvents'],
    ['sendInitialEvents=true&resourceVersionMatch=Exact', 'sendInitialEvents with resourceVersionMatch=Exact'],
    ['continue=x', 'a page token'],
  ].map(([query = '', what = '']): ContractCase => ({
    name: `a watch with ${what} is 422`,
    requests: (api) => api.get(`${api.core}/secrets?watch=1&${query}`, { status: 422, reason: 'Invalid' }),
  })),
  {
    name: 'a watch from a resourceVersion that is no number is refused',
    requests: (api) => api.get(`${api.core}/secrets?watch=1&resourceVersion=abc`, 500),
  },
  // That a watch from long ago is told 410 depends on how much a server has seen: test/sandbox/api/watch.test.ts holds it.
  {
    name: 'a watch as tables sends the columns with the first row only',
    async requests(api) {
      const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
      await api.watch(`${api.core}/secrets?watch=1`, {
        headers: { accept },
        events: 2,
        during: async () => {
          await api.post(`${api.core}/secrets`, secret('a'), 201, unseen);
          await api.post(`${api.core}/secrets`, secret('b'), 201, unseen);
        },
        expected: [
          ['ADDED', { kind: 'Table', rows: [{}] }],
          ['ADDED', { kind: 'Table', columnDefinitions: null }],
        ],
      });
    },
  },
  {
    name: 'a watch of metadata only sends PartialObjectMetadata',
    async requests(api) {
      const accept = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io';
      await api.post(`${api.core}/secrets`, secret('a', { data: { x: 'eA==' } }), 201, unseen);
      await api.watch(`${api.core}/secrets?watch=1`, {
        headers: { accept },
        events: 1,
        expected: [['ADDED', { kind: 'PartialObjectMetadata', data: undefined }]],
      });
    },
  },
  {
    name: 'a watch with a field that is not selected by is 400',
    requests: (api) =>
      api.get(`${api.core}/secrets?watch=1&fieldSelector=x%3Dy`, { status: 400, reason: 'BadRequest' }),
  },
  {
    name: 'a watch of what can be neither listed nor watched is 405',
    requests: (api) => api.get('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews?watch=1', 405),
  },
];
