import { expect } from 'vitest';
import type { Answer, ContractCase, Scope } from '../case.ts';
import { claim, labelled, pod, secret, service } from './objects.ts';

const labels: Readonly<Record<string, Record<string, string>>> = {
  a: { app: 'web', tier: 'front' },
  b: { app: 'web', tier: 'back' },
  c: { app: 'db' },
  d: { other: '' },
};

/** Label selectors and the objects above that they select. */
const selections: readonly (readonly [selector: string, names: string])[] = [
  ['app=web', 'a b'],
  ['app==web', 'a b'],
  ['app!=web,app', 'c'],
  ['app', 'a b c'],
  ['app in (web,db)', 'a b c'],
  ['app in (db),tier!=x', 'c'],
  ['app notin (web),app', 'c'],
  ['app in (web),tier notin (back)', 'a'],
  ['tier,app=web', 'a b'],
  ['!tier,app', 'c'],
  ['other=', 'd'],
  [' app = web , tier = back ', 'b'],
  ['app=none', ''],
];

async function four(api: Scope): Promise<string> {
  const path = `${api.core}/configmaps`;
  for (const [name, of] of Object.entries(labels)) await api.post(path, labelled(name, of), 201, { unseen: true });
  return path;
}

async function secrets(api: Scope, names: string): Promise<string> {
  const path = `${api.core}/secrets`;
  for (const name of names.split(' ')) await api.post(path, secret(name), 201, { unseen: true });
  return path;
}

async function expectSelected(api: Scope, selector: string, names: string): Promise<void> {
  const path = await four(api);
  const answer = await api.get(`${path}?labelSelector=${encodeURIComponent(selector)}`, 200);
  expect(namesOf(answer)).toBe(names);
}

const namesOf = ({ body }: Answer): string => body.items.map(({ metadata }) => metadata.name).join(' ');

export const lists: readonly ContractCase[] = [
  ...selections.map(([selector, names]): ContractCase => ({
    name: `the label selector "${selector}" selects ${names === '' ? 'nothing' : names}`,
    requests: (api) => expectSelected(api, selector, names),
  })),
  ...['app in', 'app=(', '=x', 'app in web', 'a b', 'app=web,,tier', 'app>x', '-x=1', 'app=a b'].map(
    (selector): ContractCase => ({
      name: `the label selector "${selector}" is 400`,
      requests: (api) =>
        api.get(`/api/v1/namespaces?labelSelector=${encodeURIComponent(selector)}`, {
          status: 400,
          reason: 'BadRequest',
        }),
    }),
  ),
  {
    name: 'a label selector may compare numbers with > and <',
    async requests(api) {
      const path = `${api.core}/configmaps`;
      for (const n of ['1', '5', 'x']) await api.post(path, labelled(`n${n}`, { n }), 201, { unseen: true });
      expect(namesOf(await api.get(`${path}?labelSelector=n%3E3`, 200))).toBe('n5');
      expect(namesOf(await api.get(`${path}?labelSelector=n%3C3`, 200))).toBe('n1');
    },
  },
  {
    name: 'every kind can be selected by metadata.name and metadata.namespace',
    async requests(api) {
      const path = await secrets(api, 'a b');
      expect(namesOf(await api.get(`${path}?fieldSelector=metadata.name%3Da`, 200))).toBe('a');
      expect(namesOf(await api.get(`${path}?fieldSelector=metadata.name!%3Da`, 200))).toBe('b');
      expect(namesOf(await api.get(`/api/v1/secrets?fieldSelector=metadata.namespace%3D${api.namespace}`, 200))).toBe(
        'a b',
      );
    },
  },
  {
    name: 'Secrets can be selected by type',
    async requests(api) {
      const path = await secrets(api, 'a');
      await api.post(path, secret('b', { type: 'example.com/b' }), 201);
      expect(namesOf(await api.get(`${path}?fieldSelector=type%3Dexample.com%2Fb`, 200))).toBe('b');
    },
  },
  {
    name: 'pods can be selected by spec.nodeName, spec.schedulerName, spec.restartPolicy and status.phase',
    async requests(api) {
      const path = `${api.core}/pods`;
      await api.post(path, pod('a'), 201);
      for (const [selector, names] of [
        ['spec.nodeName=', 'a'],
        ['spec.schedulerName=nobody', 'a'],
        ['spec.restartPolicy=Never', ''],
        ['status.phase=Pending', 'a'],
        ['status.phase!=Pending', ''],
        ['spec.serviceAccountName=default', 'a'],
      ] as const) {
        expect(namesOf(await api.get(`${path}?fieldSelector=${encodeURIComponent(selector)}`, 200))).toBe(names);
      }
    },
  },
  {
    name: 'namespaces can be selected by status.phase',
    requests: (api) =>
      api.get(`/api/v1/namespaces?fieldSelector=status.phase%3DNone`, { status: 200, body: { items: [] } }),
  },
  {
    name: 'a PersistentVolume cannot be selected by status.phase',
    requests: (api) =>
      api.get('/api/v1/persistentvolumes?fieldSelector=status.phase%3DReleased', { status: 400, reason: 'BadRequest' }),
  },
  {
    name: 'a claim cannot be selected by spec.volumeName',
    requests: (api) =>
      api.get(`${api.core}/persistentvolumeclaims?fieldSelector=spec.volumeName%3Dx`, {
        status: 400,
        reason: 'BadRequest',
      }),
  },
  {
    name: 'a field that a kind does not select by is 400',
    async requests(api) {
      await api.get(`${api.core}/configmaps?fieldSelector=data.x%3D1`, { status: 400, reason: 'BadRequest' });
      await api.get(`${api.core}/pods?fieldSelector=spec.image%3D1`, { status: 400, reason: 'BadRequest' });
      await api.get(`${api.apps}/statefulsets?fieldSelector=spec.replicas%3D1`, { status: 400, reason: 'BadRequest' });
    },
  },
  {
    name: 'a field selector that is none is 400',
    requests: (api) => api.get(`${api.core}/configmaps?fieldSelector=abc`, { status: 400, reason: 'BadRequest' }),
  },
  {
    name: 'a list is in the order of names',
    async requests(api) {
      expect(namesOf(await api.get(await secrets(api, 'b a-b a.b a c'), 200))).toBe('a a-b a.b b c');
    },
  },
  {
    name: 'items of a list do not repeat kind and apiVersion',
    async requests(api) {
      const { body } = await api.get(await secrets(api, 'a'), {
        status: 200,
        body: { kind: 'SecretList', apiVersion: 'v1' },
      });
      expect(body.items[0]).not.toHaveProperty('kind');
    },
  },
  {
    name: 'pages: limit, a token, how many remain, and an end without a token',
    async requests(api) {
      const path = await secrets(api, 'a b c d e');
      const first = await api.get(`${path}?limit=2`, { status: 200, body: { metadata: { remainingItemCount: 3 } } });
      const second = await api.get(`${path}?limit=2&continue=${first.body.metadata.continue}`, {
        status: 200,
        body: { metadata: { remainingItemCount: 1 } },
      });
      const third = await api.get(`${path}?limit=2&continue=${second.body.metadata.continue}`, 200);
      expect([first, second, third].map(namesOf)).toEqual(['a b', 'c d', 'e']);
      expect(third.body.metadata).not.toHaveProperty('continue');
      expect(third.body.metadata.resourceVersion).toBe(first.body.metadata.resourceVersion);
    },
  },
  {
    name: 'pages show the moment of the first one, whatever is written meanwhile',
    async requests(api) {
      const path = await secrets(api, 'a b c d');
      const first = await api.get(`${path}?limit=2`, 200);
      await api.delete(`${path}/c`, 200);
      await api.post(path, secret('e'), 201);
      expect(namesOf(await api.get(`${path}?limit=9&continue=${first.body.metadata.continue}`, 200))).toBe('c d');
    },
  },
  {
    name: 'a page of a selection does not say how many remain',
    async requests(api) {
      const path = await four(api);
      const { body } = await api.get(`${path}?limit=1&labelSelector=app`, 200);
      expect(body.metadata).not.toHaveProperty('remainingItemCount');
      expect(body.metadata.continue).toBeTruthy();
    },
  },
  {
    name: 'a limit larger than the list is one page',
    async requests(api) {
      const { body } = await api.get(`${await secrets(api, 'a b')}?limit=500`, 200);
      expect(body.metadata).not.toHaveProperty('continue');
    },
  },
  {
    name: 'a limit that is no number is 400',
    requests: (api) => api.get(`${api.core}/secrets?limit=x`, { status: 400, reason: 'BadRequest' }),
  },
  {
    name: 'a negative limit is all',
    async requests(api) {
      expect(namesOf(await api.get(`${await secrets(api, 'a b')}?limit=-1`, 200))).toBe('a b');
    },
  },
  ...['x', 'eyJ2IjoieCJ9', '!!!', 'e30'].map((token): ContractCase => ({
    name: `the page token "${token}" is 400`,
    requests: (api) =>
      api.get(`${api.core}/secrets?limit=1&continue=${encodeURIComponent(token)}`, {
        status: 400,
        reason: 'BadRequest',
      }),
  })),
  {
    name: 'a page token with a resourceVersion is 400',
    async requests(api) {
      const path = await secrets(api, 'a b');
      const { body } = await api.get(`${path}?limit=1`, 200);
      await api.get(
        `${path}?limit=1&resourceVersion=${body.metadata.resourceVersion}&continue=${body.metadata.continue}`,
        { status: 400, reason: 'BadRequest' },
      );
    },
  },
  {
    name: 'a list at resourceVersion 0 is served whole, whatever the limit',
    async requests(api) {
      const path = await secrets(api, 'a b c');
      await api.eventually(`${path}?resourceVersion=0`, 5, { status: 200, body: { items: [{}, {}, {}] } });
      const { body } = await api.get(`${path}?resourceVersion=0&limit=1`, 200);
      expect(body.items).toHaveLength(3);
    },
  },
  {
    name: 'resourceVersionMatch=Exact shows that very moment',
    async requests(api) {
      const path = await secrets(api, 'a');
      const { body } = await api.get(path, 200);
      await api.post(path, secret('b'), 201);
      const answer = await api.get(
        `${path}?resourceVersionMatch=Exact&resourceVersion=${body.metadata.resourceVersion}`,
        200,
      );
      expect(namesOf(answer)).toBe('a');
      expect(answer.body.metadata.resourceVersion).toBe(body.metadata.resourceVersion);
    },
  },
  {
    name: 'resourceVersionMatch=NotOlderThan shows that moment or a later one',
    async requests(api) {
      const path = await secrets(api, 'a');
      const { body } = await api.get(path, 200);
      await api.post(path, secret('b'), 201);
      const answer = await api.get(
        `${path}?resourceVersionMatch=NotOlderThan&resourceVersion=${body.metadata.resourceVersion}`,
        200,
        { unseen: true },
      );
      expect(namesOf(answer)).toMatch(/^a( b)?$/);
    },
  },
  ...[
    ['resourceVersionMatch=Exact', 'resourceVersionMatch without resourceVersion'],
    ['resourceVersionMatch=Exact&resourceVersion=0', 'resourceVersionMatch=Exact of 0'],
    ['resourceVersionMatch=Other&resourceVersion=1', 'an unknown resourceVersionMatch'],
    ['sendInitialEvents=true', 'sendInitialEvents of a list'],
  ].map(([query, what]): ContractCase => ({
    name: `${what ?? ''} is 422`,
    requests: (api) => api.get(`${api.core}/secrets?${query ?? ''}`, { status: 422, reason: 'Invalid' }),
  })),
  {
    name: 'a list from the future is 504 Timeout with the cause ResourceVersionTooLarge',
    requests: (api) =>
      api.get(`${api.core}/secrets?resourceVersion=999999999`, {
        status: 504,
        reason: 'Timeout',
        message: /^Timeout: Too large resource version/,
      }),
  },
  {
    name: 'an object from the future is 504 Timeout',
    async requests(api) {
      await api.get(`${await secrets(api, 'a')}/a?resourceVersion=999999999`, { status: 504, reason: 'Timeout' });
    },
  },
  {
    name: 'a resourceVersion that is no number is 400 of a list and 500 without a reason of an object',
    async requests(api) {
      const path = await secrets(api, 'a');
      await api.get(`${path}?resourceVersion=abc`, { status: 400, reason: 'BadRequest' });
      await api.get(`${path}/a?resourceVersion=abc`, 500);
    },
  },
  {
    name: 'an object at resourceVersion 0 may come from the cache',
    async requests(api) {
      await api.eventually(`${await secrets(api, 'a')}/a?resourceVersion=0`, 5, {
        status: 200,
        body: { metadata: { name: 'a' } },
      });
    },
  },
  {
    name: 'a list over all namespaces names the namespace of each item',
    async requests(api) {
      await api.post(`${api.core}/services`, service('a'), 201);
      const answer = await api.get(`/api/v1/services?fieldSelector=metadata.namespace%3D${api.namespace}`, 200);
      expect(answer.body.items[0]?.metadata['namespace']).toBe(api.namespace);
    },
  },
  {
    name: 'an empty list has items [], not null',
    async requests(api) {
      await api.get(`${api.core}/persistentvolumeclaims`, {
        status: 200,
        body: { kind: 'PersistentVolumeClaimList', items: [] },
      });
      await api.post(`${api.core}/persistentvolumeclaims`, claim('a'), 201);
    },
  },
  {
    name: 'pretty=true writes the same answer over several lines',
    async requests(api) {
      await api.get(`${await secrets(api, 'a')}/a?pretty=true`, 200);
    },
  },
];
