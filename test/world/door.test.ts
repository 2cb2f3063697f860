import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DrctlError } from '../../src/model/errors.ts';
import type { Outlet } from '../../src/ports/door.ts';
import type { KubeWrite } from '../../src/ports/read-world.ts';
import { systemClock } from '../../src/world/index.ts';
import type { SendFailed } from '../../src/world/trouble.ts';
import { ManualClock } from './manual-clock.ts';
import { grantOf, pvOf, reply, startApi, statusOf, type Route } from './misbehaving-api.ts';

const patch: KubeWrite = {
  verb: 'patch',
  target: { apiVersion: 'v1', kind: 'PersistentVolume', name: 'pv-1' },
  type: 'json',
  patch: [{ op: 'test', path: '/metadata/uid', value: 'u' }],
};

async function failureOf(write: Promise<unknown>): Promise<SendFailed> {
  try {
    await write;
  } catch (error) {
    return error as SendFailed;
  }
  throw new Error('it was sent');
}

async function writing(
  route: Route,
  use: (outlet: Outlet, api: Awaited<ReturnType<typeof startApi>>) => Promise<void>,
): Promise<void> {
  await using api = await startApi(route);
  const { door, close } = await api.world();
  await use(door.open(grantOf(systemClock)), api);
  await close();
}

describe('what is sent', () => {
  test.each([
    [
      'create',
      { verb: 'create', object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } } },
      'POST',
      '/api/v1/namespaces',
      'application/json',
    ],
    [
      'apply',
      { verb: 'apply', object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }, force: true },
      'PATCH',
      '/api/v1/namespaces/shop',
      'application/apply-patch+yaml',
    ],
    ['json patch', patch, 'PATCH', '/api/v1/persistentvolumes/pv-1', 'application/json-patch+json'],
    [
      'merge patch',
      { ...patch, type: 'merge', patch: {} },
      'PATCH',
      '/api/v1/persistentvolumes/pv-1',
      'application/merge-patch+json',
    ],
    [
      'strategic patch',
      { ...patch, type: 'strategic', patch: {} },
      'PATCH',
      '/api/v1/persistentvolumes/pv-1',
      'application/strategic-merge-patch+json',
    ],
  ] as const)(
    '%s: once, strict, with our field manager, run and step in the user agent',
    async (_, write, method, path, type) => {
      await writing(
        (_seen, response) => reply(response, 200, pvOf('pv-1')),
        async (outlet, api) => {
          await outlet.kube('cluster', write);
          const [sent] = api.requests;
          expect(api.requests.length).toBe(1);
          expect(sent).toMatchObject({ method, path });
          expect(sent?.headers['content-type']).toBe(type);
          expect(sent?.headers['user-agent']).toBe('drctl/9.9.9 run-1/rebind[kafka]');
          expect(Object.fromEntries(sent?.query ?? [])).toMatchObject({
            fieldManager: 'drctl',
            fieldValidation: 'Strict',
          });
          expect(sent?.query.has('dryRun')).toBe(false);
        },
      );
    },
  );

  test('a delete names the uid that it means', async () => {
    await writing(
      (_, response) => reply(response, 200, statusOf(200, 'Success')),
      async (outlet, api) => {
        await outlet.kube('cluster', {
          verb: 'delete',
          target: { ...patch.target, kind: 'Namespace' },
          preconditions: { uid: 'u-1' },
          propagation: 'Background',
        });
        expect(JSON.parse(api.requests[0]?.body ?? '')).toMatchObject({
          preconditions: { uid: 'u-1' },
          propagationPolicy: 'Background',
        });
      },
    );
  });

  test('a subresource is addressed as such', async () => {
    await writing(
      (_, response) => reply(response, 200, {}),
      async (outlet, api) => {
        const target = { apiVersion: 'apps/v1', kind: 'StatefulSet', namespace: 'shop', name: 'kafka' };
        await outlet.kube('cluster', { verb: 'patch', target, type: 'json', patch: [], subresource: 'scale' });
        expect(api.requests[0]?.path).toBe('/apis/apps/v1/namespaces/shop/statefulsets/kafka/scale');
      },
    );
  });
});

describe('what came of it', () => {
  test.each([
    [400, statusOf(400, 'BadRequest'), 'not-performed', 'invalid'],
    [401, statusOf(401, 'Unauthorized'), 'not-performed', 'unauthorized'],
    [403, statusOf(403, 'Forbidden'), 'not-performed', 'forbidden'],
    [403, statusOf(403, 'Forbidden', { causes: [{ reason: 'NamespaceTerminating' }] }), 'not-performed', 'conflict'],
    [404, statusOf(404, 'NotFound'), 'not-performed', 'not-found'],
    [409, statusOf(409, 'Conflict'), 'not-performed', 'conflict'],
    [422, statusOf(422, 'Invalid'), 'not-performed', 'invalid'],
    [429, 'too many requests', 'not-performed', 'throttled'],
    [500, statusOf(500, 'InternalError'), 'unknown', 'server'],
    [502, '<html>bad gateway</html>', 'unknown', 'server'],
    [503, statusOf(503, 'ServiceUnavailable'), 'unknown', 'server'],
    [504, statusOf(504, 'Timeout'), 'unknown', 'server'],
    [501, statusOf(501, 'NotImplemented'), 'not-performed', 'invalid'],
    [404, '<html>who are you?</html>', 'unknown', 'unreachable'],
    [302, '', 'unknown', 'unreachable'],
    [200, '{"kind":"Persis', 'unknown', 'unreachable'],
  ] as const)('%i: %j is %s, %s, and is never sent again', async (status, body, sendFailure, trouble) => {
    await writing(
      (_, response) => reply(response, status, body),
      async (outlet, api) => {
        expect(await failureOf(outlet.kube('cluster', patch))).toMatchObject({ sendFailure, trouble, status });
        expect(api.requests.length).toBe(1);
      },
    );
  });

  test('the Retry-After of a 429 is handed on, and not obeyed by sending again', async () => {
    await writing(
      (_, response) => reply(response, 429, 'later', { 'retry-after': '7' }),
      async (outlet, api) => {
        expect(await failureOf(outlet.kube('cluster', patch))).toMatchObject({
          trouble: 'throttled',
          retryAfter: 7_000,
        });
        expect(api.requests.length).toBe(1);
      },
    );
  });

  test.each<[string, Route]>([
    ['a connection closed without an answer', (_, response) => void response.socket?.destroy()],
    [
      'a connection closed in mid-answer',
      (_, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{', () => response.socket?.destroy());
      },
    ],
    ['no answer in time', () => undefined],
  ])('%s is unknown, and is not sent again', async (_, route) => {
    await using api = await startApi(route);
    const { door, close } = await api.world(systemClock, 800);
    expect(await failureOf(door.open(grantOf(systemClock)).kube('cluster', patch))).toMatchObject({
      sendFailure: 'unknown',
      trouble: 'unreachable',
    });
    expect(api.requests.length).toBe(1);
    await close();
  });

  test('a kept connection that breaks loses one write, and none is sent twice', async () => {
    let die = false;
    await writing(
      (_, response) => (die ? void response.socket?.destroy() : reply(response, 200, pvOf('pv-1'))),
      async (outlet, api) => {
        await outlet.kube('cluster', patch);
        die = true;
        expect(await failureOf(outlet.kube('cluster', patch))).toMatchObject({ sendFailure: 'unknown' });
        expect(api.requests.length).toBe(2);
      },
    );
  });

  test('a server that cannot be reached was surely sent nothing', async () => {
    const api = await startApi((_, response) => reply(response, 200, pvOf('pv-1')));
    const { world, door, close } = await api.world();
    await world.kube('cluster').resource('v1', 'PersistentVolume');
    await api[Symbol.asyncDispose]();
    expect(await failureOf(door.open(grantOf(systemClock)).kube('cluster', patch))).toMatchObject({
      sendFailure: 'not-performed',
      trouble: 'unreachable',
    });
    await close();
  });

  test('a kubeconfig that is half written by a login: not performed, and the next attempt goes', async () => {
    await using api = await startApi((_, response, nth) =>
      nth === 1 ? reply(response, 401, statusOf(401, 'Unauthorized')) : reply(response, 200, pvOf('pv-1')),
    );
    const { door, close } = await api.world();
    const outlet = door.open(grantOf(systemClock));
    expect(await failureOf(outlet.kube('cluster', patch))).toMatchObject({ trouble: 'unauthorized' });
    writeFileSync(api.kubeconfig, 'apiVersion: v1\nclusters: [{na');
    expect(await failureOf(outlet.kube('cluster', patch))).toMatchObject({
      sendFailure: 'not-performed',
      trouble: 'unauthorized',
    });
    api.write('renewed');
    expect(await outlet.kube('cluster', patch)).toMatchObject({ metadata: { name: 'pv-1' } });
    expect(api.requests.length).toBe(2);
    await close();
  });

  test('what must be read first and cannot be: nothing was sent', async () => {
    await using api = await startApi(() => undefined);
    const { door, close } = await api.world();
    const unknown: KubeWrite = {
      verb: 'create',
      object: { apiVersion: 'v1', kind: 'Widget', metadata: { name: 'a' } },
    };
    expect(await failureOf(door.open(grantOf(systemClock)).kube('cluster', unknown))).toMatchObject({
      sendFailure: 'not-performed',
    });
    expect(api.requests).toEqual([]);
    await close();
  });
});

describe('leave to send', () => {
  test('is asked for before every first byte: fenced once, nothing leaves', async () => {
    await using api = await startApi((_, response) => reply(response, 200, pvOf('pv-1')));
    const { door, close } = await api.world();
    const fenced = new DrctlError('Fenced', 'user', 'somebody else drives');
    let epoch = 1;
    const outlet = door.open(
      grantOf(systemClock, { check: () => (epoch === 1 ? Promise.resolve() : Promise.reject(fenced)) }),
    );
    await outlet.kube('cluster', patch);
    epoch = 2;
    await expect(outlet.kube('cluster', patch)).rejects.toBe(fenced);
    await expect(outlet.http({ method: 'POST', url: `${api.url}/hook` })).rejects.toBe(fenced);
    await expect(outlet.command({ argv: ['true'], timeoutMs: 1_000 })).rejects.toBe(fenced);
    expect(api.requests.length).toBe(1);
    await close();
  });

  test.each([
    [9_999, true],
    [10_000, false],
    [60_000, false],
  ])('%i ms after its intent a write may be sent: %s', async (age, sent) => {
    await using api = await startApi((_, response) => reply(response, 200, pvOf('pv-1')));
    const clock = new ManualClock();
    const { door, close } = await api.world(clock);
    const outlet = door.open(grantOf(clock));
    clock.advance(age);
    const outcome = await outlet.kube('cluster', patch).then(
      () => 'sent',
      (error: SendFailed) => `${error.trouble}, ${error.sendFailure}`,
    );
    expect(outcome).toBe(sent ? 'sent' : 'late, not-performed');
    expect(api.requests.length).toBe(sent ? 1 : 0);
    await close();
  });

  test('runs out also while the grant is being asked', async () => {
    await using api = await startApi((_, response) => reply(response, 200, pvOf('pv-1')));
    const clock = new ManualClock();
    const { door, close } = await api.world(clock);
    const check = () => Promise.resolve(clock.advance(11_000));
    expect(await failureOf(door.open(grantOf(clock, { check })).kube('cluster', patch))).toMatchObject({
      trouble: 'late',
    });
    expect(api.requests).toEqual([]);
    await close();
  });

  test('ends with its signal: before the first byte nothing is sent, after it nobody knows', async () => {
    await using api = await startApi(() => undefined);
    const { door, close } = await api.world();
    const stop = new AbortController();
    const outlet = door.open(grantOf(systemClock, { signal: stop.signal }));
    const flying = failureOf(outlet.kube('cluster', patch));
    await expect.poll(() => api.requests.length).toBe(1);
    stop.abort();
    expect(await flying).toMatchObject({ sendFailure: 'unknown' });
    expect(await failureOf(outlet.kube('cluster', patch))).toMatchObject({ sendFailure: 'not-performed' });
    expect(api.requests.length).toBe(1);
    await close();
  });
});

describe('a world without a door', () => {
  test('refuses a write before a byte is sent', async () => {
    await using api = await startApi((_, response) => reply(response, 200, {}));
    const { world, close } = await api.world();
    await expect(world.http({ method: 'POST', url: `${api.url}/hook` })).rejects.toMatchObject({
      code: 'WriteRefused',
      blame: 'tool',
    });
    await expect(world.http({ method: 'DELETE', url: `${api.url}/hook` })).rejects.toMatchObject({
      code: 'WriteRefused',
    });
    expect(api.requests).toEqual([]);
    await close();
  });

  test('tries a write as a dry run, and tells what the API thinks of it', async () => {
    await using api = await startApi((seen, response) =>
      seen.path.endsWith('pv-1') ? reply(response, 200, pvOf('pv-1')) : reply(response, 422, statusOf(422, 'Invalid')),
    );
    const { world, close } = await api.world();
    const kube = world.kube('cluster');
    expect(await kube.dryRun(patch)).toMatchObject({ object: { metadata: { name: 'pv-1' } } });
    expect(await kube.dryRun({ ...patch, target: { ...patch.target, name: 'pv-2' } })).toEqual({
      refused: 'Invalid it is',
      status: 422,
    });
    expect(api.requests.every(({ query }) => query.get('dryRun') === 'All')).toBe(true);
    await close();
  });

  test('names an endpoint that the target does not have', async () => {
    await using api = await startApi(() => undefined);
    const { world, door, close } = await api.world();
    await expect(world.cloud.volumes({})).rejects.toMatchObject({ code: 'NotConfigured' });
    // Argo CD lives in the cluster that it deploys to, where the target does not say otherwise.
    expect(world.kube('argocd')).toBe(world.kube('cluster'));
    await expect(
      door.open(grantOf(systemClock)).cloud({ action: 'CreateTags', resources: [], tags: {} }),
    ).rejects.toMatchObject({ code: 'NotConfigured' });
    expect(door.endpoints).toEqual(['cluster', 'http', 'host']);
    await close();
  });
});
