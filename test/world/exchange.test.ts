import { once } from 'node:events';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';
import { Agent } from 'undici';
import { expect, test } from 'vitest';
import { exchange } from '../../src/world/exchange.ts';

test('a server that also speaks HTTP/2 is asked over HTTP/1.1, each request in flight on a connection of its own', async () => {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  });
  const versions: string[] = [];
  const sockets = new Set<unknown>();
  const server = createSecureServer({ cert, key, allowHTTP1: true }, (request, response) => {
    versions.push(request.httpVersion);
    sockets.add(request.socket);
    setTimeout(() => response.end('here'), 50);
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const agent = new Agent({ connect: { ca: cert } });
  const url = new URL(`https://localhost:${(server.address() as AddressInfo).port}/api`);
  const outgoing = { url, method: 'GET', headers: {}, timeoutMs: 10_000, maxBytes: 1_024, whole: true };
  const answers = await Promise.all([1, 2, 3].map(() => exchange(agent, outgoing, () => undefined)));
  expect(answers.map(({ body }) => body.toString())).toEqual(['here', 'here', 'here']);
  expect([versions, sockets.size]).toEqual([['1.1', '1.1', '1.1'], 3]);
  await agent.close();
  server.close();
});
