import { createServer, type AddressInfo, type Server } from 'node:net';
import type { Ports } from './commands.ts';

/** Ports of loopback that nobody uses now: all held open at once, so that no two are the same. */
export async function freePorts(): Promise<Ports> {
  const servers = await Promise.all(Array.from({ length: 4 }, listening));
  const [etcd = 0, etcdPeers = 0, kubernetes = 0, aws = 0] = servers.map(
    (server) => (server.address() as AddressInfo).port,
  );
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return { etcd, etcdPeers, kubernetes, aws };
}

function listening(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}
