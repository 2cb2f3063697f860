import { expect, test } from 'vitest';
import { Limiter } from '../../src/world/limiter.ts';
import { REQUEST_DEADLINE, SEND_WITHIN } from '../../src/world/transport.ts';
import { startApi, pvOf, reply } from './misbehaving-api.ts';

const well = () => Promise.resolve();
const badly = (trouble: () => void) => Promise.resolve(trouble());

test('sixteen at first, half on trouble, never less than one', async () => {
  const limiter = new Limiter();
  const seen = [limiter.concurrency];
  for (let at = 0; at < 6; at += 1) {
    await limiter.run(badly);
    seen.push(limiter.concurrency);
  }
  expect(seen).toEqual([16, 8, 4, 2, 1, 1, 1]);
});

test('what was in flight together is one trouble', async () => {
  const limiter = new Limiter();
  await Promise.all(Array.from({ length: 16 }, () => limiter.run(badly)));
  expect(limiter.concurrency).toBe(8);
});

test('until the first trouble one more for each that went well, up to a bound', async () => {
  const limiter = new Limiter();
  for (let at = 0; at < 16; at += 1) await limiter.run(well);
  expect(limiter.concurrency).toBe(32);
  for (let at = 0; at < 1_000; at += 1) await limiter.run(well);
  expect(limiter.concurrency).toBe(64);
});

test('grows back slowly: one more for each round that went well, up to the same bound', async () => {
  const limiter = new Limiter();
  await limiter.run(badly);
  await limiter.run(badly);
  expect(limiter.concurrency).toBe(4);
  for (let at = 0; at < 4; at += 1) await limiter.run(well);
  expect(limiter.concurrency).toBe(5);
  for (let at = 0; at < 5_000; at += 1) await limiter.run(well);
  expect(limiter.concurrency).toBe(64);
});

test('work that throws frees its place', async () => {
  const limiter = new Limiter();
  for (let at = 0; at < 40; at += 1) await limiter.run(() => Promise.reject(new Error('no'))).catch(() => undefined);
  expect(await limiter.run(() => Promise.resolve('still here'))).toBe('still here');
});

test('sixteen requests reach a server at first, and none is lost', async () => {
  let now = 0;
  let first = 0;
  await using api = await startApi((_, response) => {
    now += 1;
    setTimeout(() => {
      first ||= now;
      now -= 1;
      reply(response, 200, pvOf('pv-1'));
    }, 200);
  });
  const { world, close } = await api.world();
  const name = { apiVersion: 'v1', kind: 'PersistentVolume', name: 'pv-1' };
  const all = await Promise.all(Array.from({ length: 48 }, () => world.kube('cluster').get(name)));
  expect(all.length).toBe(48);
  // two or three that found out what is served had gone well before
  expect(first).toBeLessThanOrEqual(19);
  await close();
});

const PROXIED = '/api/v1/namespaces/shop/pods/zookeeper-0:8080/proxy/commands/monitor';

test.each(['by itself', 'through the API server'])(
  'an application that is not up yet, asked %s, slows nothing else down',
  async (how) => {
    let now = 0;
    let first = 0;
    await using api = await startApi(({ path }, response) => {
      if (path === '/health' || path === PROXIED) return void response.writeHead(503).end('not yet');
      now += 1;
      setTimeout(() => {
        first ||= now;
        reply(response, 200, pvOf('pv-1'));
      }, 200);
    });
    const { world, close } = await api.world();
    const url = how === 'by itself' ? `${api.url}/health` : `cluster:${PROXIED}`;
    for (let at = 0; at < 6; at += 1) expect((await world.http({ method: 'GET', url })).status).toBe(503);
    const name = { apiVersion: 'v1', kind: 'PersistentVolume', name: 'pv-1' };
    await Promise.all(Array.from({ length: 16 }, () => world.kube('cluster').get(name)));
    expect(first).toBe(16);
    await close();
  },
);

test('what a taker waits out: the time to begin sending, and the time until one request is given up', () => {
  expect(SEND_WITHIN + REQUEST_DEADLINE).toBe(40_000);
});
