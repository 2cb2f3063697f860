import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { stringify } from 'yaml';
import type { Clock } from '../../src/ports/clock.ts';
import { openWorld, systemClock } from '../../src/world/index.ts';

/** What the server does with one request to open a channel, once it stands; or instead of it, by `refuse`. */
export interface Behaviour {
  readonly refuse?: (socket: Duplex, incoming: IncomingMessage) => void;
  readonly channel?: (channel: WebSocket) => void;
  readonly protocol?: string;
}

/** An API server that opens channels as each test says. */
export async function startChannels({ refuse, channel = () => undefined, protocol }: Behaviour) {
  const requests: { url: URL; headers: IncomingMessage['headers'] }[] = [];
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    handleProtocols: (offered) => protocol ?? [...offered][0] ?? false,
  });
  const server = createServer((_, response) => void response.writeHead(500).end());
  const wires = new Set<Socket>();
  server.on('connection', (wire) => wires.add(wire));
  server.on('upgrade', (incoming, socket, head) => {
    requests.push({ url: new URL(incoming.url ?? '/', 'http://api'), headers: incoming.headers });
    if (refuse) refuse(socket, incoming);
    else sockets.handleUpgrade(incoming, socket, head, channel);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const kubeconfig = join(mkdtempSync(join(tmpdir(), 'drctl-channel-')), 'kubeconfig');
  const write = (token: string): void => writeFileSync(kubeconfig, kubeconfigOf(url, token));
  write('first');
  return {
    url,
    requests,
    write,
    wires,
    world: (clock: Clock = systemClock, timeoutMs = 2_000) =>
      openWorld({
        target: { name: 'test', cluster: { kubeconfig, context: 'c' } },
        version: '9.9.9',
        clock,
        timeoutMs,
      }),
    async [Symbol.asyncDispose]() {
      for (const wire of wires) wire.destroy();
      await new Promise((resolve) => server.close(resolve));
      rmSync(dirname(kubeconfig), { recursive: true });
    },
  };
}

/** One message on a channel. */
export function say(channel: WebSocket, stream: number, text: string | object): void {
  const words = typeof text === 'string' ? text : JSON.stringify(text);
  channel.send(Buffer.concat([Buffer.of(stream), Buffer.from(words)]));
}

export const SUCCESS = { metadata: {}, status: 'Success' };

export function exited(code: number | string) {
  return {
    metadata: {},
    status: 'Failure',
    reason: 'NonZeroExitCode',
    message: `command terminated with non-zero exit code: ${code}`,
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  };
}

function kubeconfigOf(server: string, token: string): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user: { token } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'c',
  });
}
