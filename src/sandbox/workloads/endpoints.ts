import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Running } from '../types.ts';
import { type ServiceReport, answer } from './board.ts';

/** The HTTP side of the services, on loopback. `url` has no slash at its end. */
export async function serveEndpoints(
  reports: ReadonlyMap<string, ServiceReport>,
  port = 0,
): Promise<Running & { url: string }> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const { status, body } = answer(path, reports);
    const type = typeof body === 'string' ? 'text/plain; version=0.0.4' : 'application/json';
    response.writeHead(status, { 'content-type': type, connection: 'close' });
    response.end(typeof body === 'string' ? body : `${JSON.stringify(body)}\n`);
  });
  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject);
  server.listen(port, '127.0.0.1', listening.resolve);
  await listening.promise;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      await closed.promise;
    },
  };
}
