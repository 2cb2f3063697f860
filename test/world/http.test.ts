import { expect, test } from 'vitest';
import { startApi } from './misbehaving-api.ts';

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
