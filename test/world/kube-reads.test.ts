import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { DrctlError } from '../../src/model/errors.ts';
import type { CannotSee } from '../../src/world/trouble.ts';
import { pvList, pvOf, reply, startApi, statusOf, type Route } from './misbehaving-api.ts';

const pv = { apiVersion: 'v1', kind: 'PersistentVolume', name: 'pv-1' };

async function failureOf(read: Promise<unknown>): Promise<CannotSee> {
  try {
    await read;
  } catch (error) {
    return error as CannotSee;
  }
  throw new Error('it was read');
}

async function getting(route: Route) {
  const api = await startApi(route);
  const { world, close } = await api.world();
  return {
    api,
    kube: world.kube('cluster'),
    async [Symbol.asyncDispose]() {
      await close();
      await api[Symbol.asyncDispose]();
    },
  };
}

describe('one object', () => {
  test('comes with every field it has, also those that nobody knows yet', async () => {
    await using at = await getting((_, response) =>
      reply(response, 200, { apiVersion: 'v1', kind: 'PersistentVolume', ...pvOf('pv-1') }),
    );
    expect(await at.kube.get(pv)).toMatchObject({ metadata: { name: 'pv-1' }, spec: { 'future.field': 1 } });
    expect(at.api.requests[0]?.headers).toMatchObject({ authorization: 'Bearer first', 'user-agent': 'drctl/9.9.9' });
  });

  test('is undefined only when the API itself says that it is not found', async () => {
    await using at = await getting((_, response) =>
      reply(response, 404, statusOf(404, 'NotFound', { name: 'pv-1', kind: 'persistentvolumes' })),
    );
    expect(await at.kube.get(pv)).toBeUndefined();
  });

  test.each([
    [
      'an HTML page of a proxy',
      (response: ServerResponse) => reply(response, 404, '<html>Not Found</html>', { 'content-type': 'text/html' }),
    ],
    ['a group that is not served', (response: ServerResponse) => reply(response, 404, '404 page not found\n')],
    [
      'a Status about something else',
      (response: ServerResponse) => reply(response, 404, statusOf(404, 'NotFound', { name: 'other' })),
    ],
    ['a Status without a name', (response: ServerResponse) => reply(response, 404, statusOf(404, 'NotFound'))],
  ])('a 404 that is %s is CannotSee', async (_, answer) => {
    await using at = await getting((_seen, response) => answer(response));
    expect((await failureOf(at.kube.get(pv))).code).toBe('CannotSee');
  });

  test.each([
    ['403', 403, statusOf(403, 'Forbidden'), 'forbidden'],
    ['an HTML login page with 200', 200, '<html>log in</html>', 'unreachable'],
    ['a redirect to a login page', 302, '', 'unreachable'],
    ['a 403 of a proxy', 403, '<html>blocked</html>', 'unreachable'],
    ['half a JSON text', 200, '{"kind":"PersistentVolume","metad', 'unreachable'],
    ['an answer that is no object', 200, '[1]', 'unreachable'],
    ['501', 501, statusOf(501, 'NotImplemented'), 'invalid'],
  ])('%s is CannotSee, never "not there"', async (_, status, body, trouble) => {
    await using at = await getting((_seen, response) => reply(response, status, body));
    expect(await failureOf(at.kube.get(pv))).toMatchObject({ code: 'CannotSee', trouble });
  });

  test('a kind that the API does not serve is CannotSee for get and list, and undefined for resource', async () => {
    await using at = await getting(() => undefined);
    expect((await failureOf(at.kube.get({ apiVersion: 'v9', kind: 'Nothing', name: 'a' }))).trouble).toBe('not-found');
    expect((await failureOf(at.kube.list('example.org/v1', 'Widget'))).code).toBe('CannotSee');
    expect(await at.kube.resource('example.org/v1', 'Widget')).toBeUndefined();
  });

  test('a kind whose own server does not answer is not taken for one that is not served', async () => {
    await using at = await getting(() => undefined);
    expect((await failureOf(at.kube.resource('metrics.k8s.io/v1beta1', 'NodeMetrics'))).code).toBe('CannotSee');
  });

  test('a namespaced kind without a namespace is refused: there is no default namespace', async () => {
    await using at = await getting(() => undefined);
    const failure = await failureOf(at.kube.get({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', name: 'data-0' }));
    expect((failure as DrctlError).code).toBe('NamespaceMissing');
    expect(at.api.requests).toEqual([]);
  });

  test('a name is one part of a path, whatever it holds', async () => {
    await using at = await getting((_, response) =>
      reply(response, 404, statusOf(404, 'NotFound', { name: '../../secrets?x=1' })),
    );
    await at.kube.get({ ...pv, name: '../../secrets?x=1' });
    expect(at.api.requests[0]?.path).toBe('/api/v1/persistentvolumes/..%2F..%2Fsecrets%3Fx%3D1');
  });
});

describe('trouble', () => {
  test.each([500, 502, 503, 504, 429])('%i is asked again, and a later answer counts', async (status) => {
    await using at = await getting((_, response, nth) =>
      nth < 3 ? reply(response, status, 'overloaded') : reply(response, 200, pvOf('pv-1')),
    );
    expect(await at.kube.get(pv)).toMatchObject({ metadata: { name: 'pv-1' } });
    expect(at.api.requests.length).toBe(3);
  });

  test('asking ends: a server that stays down is CannotSee after a bounded number of attempts', async () => {
    await using at = await getting((_, response) => reply(response, 500, statusOf(500, 'InternalError')));
    expect(await failureOf(at.kube.get(pv))).toMatchObject({ trouble: 'server', failure: { status: 500 } });
    expect(at.api.requests.length).toBe(4);
  });

  test('Retry-After is obeyed', async () => {
    const times: number[] = [];
    await using at = await getting((_, response, nth) => {
      times.push(performance.now());
      return nth === 1
        ? reply(response, 429, statusOf(429, 'TooManyRequests'), { 'retry-after': '1' })
        : reply(response, 200, pvOf('pv-1'));
    });
    await at.kube.get(pv);
    expect(times[1]! - times[0]!).toBeGreaterThan(990);
  });

  test('a server that asks for more patience than there is here is told at once, with what it asked', async () => {
    await using at = await getting((_, response) => reply(response, 429, 'later', { 'retry-after': '120' }));
    expect(await failureOf(at.kube.get(pv))).toMatchObject({ trouble: 'throttled', failure: { retryAfter: 120_000 } });
    expect(at.api.requests.length).toBe(1);
  });

  test('a server that hangs is given up after the deadline', async () => {
    await using api = await startApi(() => undefined);
    const { world, close } = await api.world(undefined, 500);
    expect(await failureOf(world.kube('cluster').get(pv))).toMatchObject({ trouble: 'unreachable' });
    await close();
  });

  test('a body that hangs half-way is given up as well', async () => {
    await using api = await startApi((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"kind":');
    });
    const { world, close } = await api.world(undefined, 500);
    expect(await failureOf(world.kube('cluster').get(pv))).toMatchObject({ trouble: 'unreachable' });
    await close();
  });

  test('a connection that breaks is CannotSee', async () => {
    await using at = await getting((_, response) => void response.socket?.destroy());
    expect(await failureOf(at.kube.get(pv))).toMatchObject({ trouble: 'unreachable' });
  });
});

describe('credentials', () => {
  test('after a 401 they are read from the file again, so that a login in another window helps', async () => {
    await using api = await startApi((seen, response) =>
      seen.headers.authorization === 'Bearer renewed'
        ? reply(response, 200, pvOf('pv-1'))
        : reply(response, 401, statusOf(401, 'Unauthorized')),
    );
    const { world, close } = await api.world();
    expect(await failureOf(world.kube('cluster').get(pv))).toMatchObject({ trouble: 'unauthorized' });
    expect(api.requests.length).toBe(2);
    api.write('renewed');
    expect(await world.kube('cluster').get(pv)).toMatchObject({ metadata: { name: 'pv-1' } });
    await close();
  });

  test('a context that is not in the file is named, with what is there', async () => {
    await using api = await startApi(() => undefined);
    const { openWorld, systemClock } = await import('../../src/world/index.ts');
    const target = { name: 't', cluster: { kubeconfig: api.kubeconfig, context: 'wantd' } };
    const { world } = await openWorld({ target, version: '1', clock: systemClock });
    const failure = await failureOf(world.kube('cluster').get(pv));
    expect(failure).toMatchObject({ code: 'UnknownContext', blame: 'user', nextSteps: ['did you mean "wanted"?'] });
  });

  test('a kubeconfig that is not there is the fault of who named it', async () => {
    const { openWorld, systemClock } = await import('../../src/world/index.ts');
    const target = { name: 't', cluster: { kubeconfig: '/nowhere/config', context: 'a' } };
    const { world } = await openWorld({ target, version: '1', clock: systemClock });
    expect(await failureOf(world.kube('cluster').get(pv))).toMatchObject({
      code: 'KubeconfigUnreadable',
      blame: 'user',
    });
  });
});

describe('a list', () => {
  test('is followed to its last page, and its items carry their kind', async () => {
    await using at = await getting((seen, response) => {
      const token = seen.query.get('continue');
      return reply(response, 200, token === null ? pvList(['a', 'b'], 'next') : pvList(['c']));
    });
    const all = await at.kube.list('v1', 'PersistentVolume', { labelSelector: 'app=kafka' });
    expect(all.map((one) => [one.kind, one.apiVersion, one.metadata.name])).toEqual(
      ['a', 'b', 'c'].map((name) => ['PersistentVolume', 'v1', name]),
    );
    expect(at.api.requests.map(({ query }) => [query.get('limit'), query.get('labelSelector')])).toEqual([
      ['500', 'app=kafka'],
      ['500', 'app=kafka'],
    ]);
  });

  test('is reduced page by page to what is asked for, without the book of who wrote which field', async () => {
    const list = pvList(['a', 'b']);
    const written = { ...list, items: list.items.map((one) => ({ ...one, metadata: { ...one.metadata, managedFields: [{}] } })) }; // prettier-ignore
    await using at = await getting(
      (seen, response) =>
      reply(response, 200, seen.query.get('continue') === null ? { ...written, metadata: { continue: 'x' } } : pvList(['c'])), // prettier-ignore
    );
    const keys = await at.kube.facts('v1', 'PersistentVolume', {}, ({ kind, metadata }) => [kind, ...Object.keys(metadata)]); // prettier-ignore
    expect(keys).toEqual(Array.from({ length: 3 }, () => ['PersistentVolume', 'name', 'uid']));
  });

  test('trap 32: starts over when its token expires, and never mixes two states', async () => {
    let expired = false;
    await using at = await getting((seen, response) => {
      if (seen.query.get('continue') === null)
        return reply(response, 200, expired ? pvList(['new']) : pvList(['old'], 'next'));
      expired = true;
      return reply(response, 410, statusOf(410, 'Expired'));
    });
    expect((await at.kube.list('v1', 'PersistentVolume')).map(({ metadata }) => metadata.name)).toEqual(['new']);
  });

  test('that expires for ever is CannotSee', async () => {
    await using at = await getting((seen, response) =>
      seen.query.get('continue') === null
        ? reply(response, 200, pvList(['a'], 'next'))
        : reply(response, 410, statusOf(410, 'Expired')),
    );
    expect((await failureOf(at.kube.list('v1', 'PersistentVolume'))).code).toBe('CannotSee');
  });

  test.each([
    [
      'a page cut in half',
      (response: ServerResponse) => reply(response, 200, JSON.stringify(pvList(['a', 'b'])).slice(0, 60)),
    ],
    [
      'a page whose connection breaks',
      (response: ServerResponse) => {
        const text = JSON.stringify(pvList(['a', 'b']));
        response.writeHead(200, { 'content-length': String(text.length) });
        response.write(text.slice(0, 60), () => response.socket?.destroy());
      },
    ],
    ['an error in place of a page', (response: ServerResponse) => reply(response, 403, statusOf(403, 'Forbidden'))],
    ['an object in place of a list', (response: ServerResponse) => reply(response, 200, pvOf('a'))],
    [
      'a list without items',
      (response: ServerResponse) => reply(response, 200, { kind: 'PersistentVolumeList', metadata: {} }),
    ],
    [
      'items without names',
      (response: ServerResponse) => reply(response, 200, { kind: 'PersistentVolumeList', metadata: {}, items: [{}] }),
    ],
    ['an HTML page', (response: ServerResponse) => reply(response, 200, '<html></html>')],
  ])('%s on the second page: CannotSee, never the first page for all of it', async (_, answer) => {
    await using at = await getting((seen, response) =>
      seen.query.get('continue') === null ? reply(response, 200, pvList(['a'], 'next')) : answer(response),
    );
    expect((await failureOf(at.kube.list('v1', 'PersistentVolume'))).code).toBe('CannotSee');
  });

  test('trap 32: a token given twice does not turn for ever', async () => {
    await using at = await getting((_, response) => reply(response, 200, pvList(['a'], 'same')));
    expect((await failureOf(at.kube.list('v1', 'PersistentVolume'))).code).toBe('CannotSee');
  });

  test('of nothing is empty, as Go writes it too', async () => {
    await using at = await getting((_, response) =>
      reply(response, 200, { kind: 'PersistentVolumeList', metadata: {}, items: null }),
    );
    expect(await at.kube.list('v1', 'PersistentVolume')).toEqual([]);
  });
});
