import { expect, test } from 'vitest';
import { reply, startApi } from './misbehaving-api.ts';

test('every status is an answer, with headers in lower case and its body', async () => {
  await using api = await startApi((_, response) => void response.writeHead(503, { 'X-Mode': 'standby' }).end('down'));
  const { world, close } = await api.world();
  const answer = await world.http({
    method: 'GET',
    url: `${api.url}/health?token=secret`,
    headers: { accept: 'text/plain' },
  });
  expect(answer).toMatchObject({ status: 503, body: 'down', headers: { 'x-mode': 'standby' } });
  expect(api.requests[0]?.headers).toMatchObject({ accept: 'text/plain', 'user-agent': 'drctl/9.9.9' });
  await close();
});

test('a redirect is not followed: it is the answer', async () => {
  await using api = await startApi((_, response) => void response.writeHead(302, { location: '/login' }).end());
  const { world, close } = await api.world();
  expect(await world.http({ method: 'GET', url: api.url })).toMatchObject({
    status: 302,
    headers: { location: '/login' },
  });
  expect(api.requests.length).toBe(1);
  await close();
});

test('no more than 1 MiB is kept', async () => {
  await using api = await startApi((_, response) => void response.end('x'.repeat(3 * 1024 ** 2)));
  const { world, close } = await api.world();
  expect((await world.http({ method: 'GET', url: api.url })).body.length).toBe(1024 ** 2);
  await close();
});

test('a HEAD has no body', async () => {
  await using api = await startApi((_, response) => void response.writeHead(200, { 'content-length': '5' }).end());
  const { world, close } = await api.world();
  expect(await world.http({ method: 'HEAD', url: api.url })).toMatchObject({ status: 200, body: '' });
  await close();
});

test('no answer is CannotSee, and names the place without its query', async () => {
  await using api = await startApi(() => undefined);
  const { world, close } = await api.world();
  const read = world.http({ method: 'GET', url: `${api.url}/health?token=secret`, timeoutMs: 50 });
  await expect(read).rejects.toMatchObject({ code: 'CannotSee', trouble: 'unreachable' });
  await expect(world.http({ method: 'GET', url: `${api.url}/health?token=secret`, timeoutMs: 50 })).rejects.not.toThrow(
    /secret/,
  );
  await close();
});

test.each(['file:///etc/passwd', 'not a url', 'ftp://a/b'])('%s is not an address to ask', async (url) => {
  await using api = await startApi(() => undefined);
  const { world, close } = await api.world();
  await expect(world.http({ method: 'GET', url })).rejects.toMatchObject({ code: 'UrlInvalid', blame: 'user' });
  await close();
});

const MEMBER = '/api/v1/namespaces/shop/pods/kafka-0:7071/proxy/metrics';
const status = (code: number, reason: string, message: string): object => ({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  code,
  reason,
  message,
});

test('through an API server, with its credentials and the headers of the check: what is behind it answers', async () => {
  await using api = await startApi(
    (_, response) => void response.writeHead(503, { 'X-Mode': 'standby' }).end('{"a":1}'),
  );
  const { world, close } = await api.world();
  const headers = { accept: 'text/plain' };
  const answer = await world.http({ method: 'GET', url: `cluster:${MEMBER}?name=a%20b`, headers });
  expect(answer).toMatchObject({ status: 503, body: '{"a":1}', headers: { 'x-mode': 'standby' } });
  const [seen] = api.requests;
  expect(seen).toMatchObject({ method: 'GET', path: MEMBER });
  expect(seen?.query.get('name')).toBe('a b');
  expect(seen?.headers).toMatchObject({ accept: 'text/plain', authorization: 'Bearer first' });
  await close();
});

test.each([
  [403, 'forbidden', status(403, 'Forbidden', 'cannot get resource "pods/proxy"')],
  [404, 'not-found', status(404, 'NotFound', 'pods "kafka-0" not found')],
  [503, 'server', status(503, 'ServiceUnavailable', 'error trying to reach service: connection refused')],
])('the API server says itself that it got nowhere, %i: that is CannotSee', async (code, trouble, body) => {
  await using api = await startApi((_, response) => reply(response, code, body));
  const { world, close } = await api.world();
  await expect(world.http({ method: 'GET', url: `cluster:${MEMBER}?token=secret` })).rejects.toMatchObject({
    code: 'CannotSee',
    trouble,
    message: expect.stringMatching(/^cannot see GET cluster:\/api\/v1\/[^?]*: /) as string,
  });
  await close();
});

test('a token that has run out is read anew at the next attempt', async () => {
  await using api = await startApi((seen, response) =>
    seen.headers.authorization === 'Bearer second'
      ? void response.end('fine')
      : reply(response, 401, status(401, 'Unauthorized', 'Unauthorized')),
  );
  const { world, close } = await api.world();
  const ask = () => world.http({ method: 'GET', url: `cluster:${MEMBER}` });
  await expect(ask()).rejects.toMatchObject({ code: 'CannotSee', trouble: 'unauthorized' });
  api.write('second');
  expect(await ask()).toMatchObject({ status: 200, body: 'fine' });
  await close();
});

test.each([
  ['GET', 'cluster:/api/v1/nodes/n/proxy/run/shop/a/c', 'leads to no pod and no Service', {}],
  ['GET', `cluster:${MEMBER.replace('/proxy/metrics', '/exec')}`, 'leads to no pod and no Service', {}],
  ['POST', `cluster:${MEMBER}`, 'only GET and HEAD', {}],
  ['GET', `cluster:${MEMBER}`, 'does not pass it on', { Authorization: 'Basic x' }],
  ['GET', `cluster:${MEMBER}`, 'does not pass it on', { 'impersonate-user': 'admin' }],
] as const)('is refused before a byte is sent: %s %s, it %s', async (method, url, because, headers) => {
  await using api = await startApi((_, response) => void response.end());
  const { world, close } = await api.world();
  await expect(world.http({ method, url, headers })).rejects.toMatchObject({
    code: 'UrlInvalid',
    blame: 'user',
    message: expect.stringContaining(because) as string,
  });
  expect(api.requests).toEqual([]);
  await close();
});
