import { createServer } from 'node:http';
import { networkInterfaces } from 'node:os';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { openWorld, systemClock, type World } from '../../src/world/index.ts';
import { clientOf } from '../cluster/client.ts';
import type { UserName } from '../cluster/access.ts';

const cluster = inject('cluster');
const admin = clientOf(cluster, 'admin');
const namespace = `proxy-${Math.random().toString(36).slice(2, 8)}`;
const core = `/api/v1/namespaces/${namespace}`;
/** The program behind the API server listens on an address of this machine. */
const [address] = Object.values(networkInterfaces())
  .flatMap((all) => all ?? [])
  .filter(({ family, internal }) => family === 'IPv4' && !internal)
  .map((one) => one.address);

const asked: { url: string; headers: NodeJS.Dict<string | string[]> }[] = [];
const member = createServer((request, response) => {
  asked.push({ url: request.url ?? '', headers: request.headers });
  if (request.url?.startsWith('/gone')) response.writeHead(302, { location: '/login' }).end();
  else response.writeHead(request.url?.startsWith('/ill') ? 503 : 200, { 'x-mode': 'follower' }).end('{"ok":true}');
});
const worlds: World[] = [];

async function worldOf(user: UserName): Promise<World['world']> {
  const { kubeconfig } = cluster.users[user];
  const opened = await openWorld({
    target: { name: 'real', cluster: { kubeconfig, context: user } },
    version: '9.9.9',
    clock: systemClock,
  });
  worlds.push(opened);
  return opened.world;
}

const port = (): number => (member.address() as AddressInfo).port;

beforeAll(async () => {
  await new Promise<void>((resolve) => member.listen(0, '0.0.0.0', resolve));
  await admin.expect('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  if (address === undefined) return;
  const spec = { schedulerName: 'nobody', containers: [{ name: 'main', image: 'busybox' }] };
  await admin.expect('POST', `${core}/pods`, { metadata: { name: 'zookeeper-0' }, spec });
  const status = { phase: 'Running', podIP: address, podIPs: [{ ip: address }] };
  await admin.expect('PATCH', `${core}/pods/zookeeper-0/status`, { status }, 'application/merge-patch+json');
  await admin.expect('POST', `${core}/services`, { metadata: { name: 'web' }, spec: { ports: [{ port: 80 }] } });
  // it passes on only to addresses that are those of pods
  const targetRef = { kind: 'Pod', namespace, name: 'zookeeper-0' };
  await admin.expect('POST', `${core}/endpoints`, {
    metadata: { name: 'web' },
    subsets: [{ addresses: [{ ip: address, targetRef }], ports: [{ port: port() }] }],
  });
});

afterAll(async () => {
  await admin.request('DELETE', `/api/v1/namespaces/${namespace}`);
  for (const world of worlds) await world.close();
  await admin.close();
  member.closeAllConnections();
  member.close();
});

const NO_ADDRESS = 'this machine has no address beside loopback, where an API server passes nothing on';

test('a member is asked through the API server, and answers itself', async ({ skip }) => {
  skip(address === undefined, NO_ADDRESS);
  const world = await worldOf('admin');
  const url = `cluster:${core}/pods/zookeeper-0:${port()}/proxy`;
  const ask = (path: string) => world.http({ method: 'GET', url: `${url}${path}` });
  expect(await ask('/commands/monitor?x=a%20b')).toMatchObject({
    status: 200,
    body: '{"ok":true}',
    headers: { 'x-mode': 'follower' },
  });
  expect(asked.at(-1)).toMatchObject({ url: '/commands/monitor?x=a%20b' });
  expect(asked.at(-1)?.headers).not.toHaveProperty('authorization');
  expect(await ask('/ill')).toMatchObject({ status: 503, body: '{"ok":true}' });
  expect(await ask('/gone')).toMatchObject({ status: 302 });
  expect(await world.http({ method: 'HEAD', url: `${url}/` })).toMatchObject({ status: 200, body: '' });
});

test('and so is whoever is behind a Service', async ({ skip }) => {
  skip(address === undefined, NO_ADDRESS);
  const world = await worldOf('admin');
  const url = `cluster:${core}/services/http:web:80/proxy/healthz`;
  expect(await world.http({ method: 'GET', url })).toMatchObject({ status: 200, body: '{"ok":true}' });
});

test('where nobody listens, nobody is there, or one may not: that is said, and is no answer', async () => {
  const [world, viewer] = await Promise.all([worldOf('admin'), worldOf('viewer')]);
  const url = `cluster:${core}/pods/none:80/proxy/`;
  await expect(world.http({ method: 'GET', url })).rejects.toMatchObject({ code: 'CannotSee', trouble: 'not-found' });
  await expect(viewer.http({ method: 'GET', url })).rejects.toMatchObject({ code: 'CannotSee', trouble: 'forbidden' });
});
