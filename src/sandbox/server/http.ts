import { createServer as createHttpServer, ServerResponse } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { asksForWebSocket } from '../pipeline/exec.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import type { ApiRequest } from '../pipeline/request.ts';
import type { Content, Result } from '../pipeline/result.ts';
import { ExecChannels } from './exec-channel.ts';
import { decodeProtobuf } from './protobuf.ts';

export interface HttpOptions {
  port: number;
  tls?: { cert: string; key: string };
}

/** The pipeline over HTTP on loopback. */
export class HttpEdge {
  readonly #server: Server;
  readonly #channels: ExecChannels;
  readonly url: string;

  private constructor(server: Server, channels: ExecChannels, url: string) {
    this.#server = server;
    this.#channels = channels;
    this.url = url;
  }

  static async listen(pipeline: Pipeline, { port, tls }: HttpOptions): Promise<HttpEdge> {
    const handle = (incoming: IncomingMessage, outgoing: ServerResponse): void =>
      void serve(pipeline, incoming, outgoing);
    // Another upgrade (SPDY, h2c) is a request like any other, and answered as one.
    const shouldUpgradeCallback = ({ headers }: IncomingMessage): boolean => asksForWebSocket(headers);
    const server = tls
      ? createHttpsServer({ ...tls, shouldUpgradeCallback }, handle)
      : createHttpServer({ shouldUpgradeCallback }, handle);
    const channels = new ExecChannels();
    server.on('upgrade', (incoming, socket, head) => void upgrade(pipeline, channels, incoming, socket, head));
    // Watches stay open for long and say nothing.
    server.requestTimeout = 0;
    server.keepAliveTimeout = 65_000;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    const { port: actual } = server.address() as AddressInfo;
    return new HttpEdge(server, channels, `${tls ? 'https' : 'http'}://127.0.0.1:${actual}`);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    this.#channels.close();
    await closed;
  }
}

async function serve(pipeline: Pipeline, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  try {
    const result = await pipeline.handle(requestOf(incoming, await bodyOf(incoming)));
    await reply(result, incoming, outgoing);
  } catch {
    // The client is gone, or what it sent ended in the middle: there is nobody to answer.
    incoming.socket.destroy();
  }
}

/** A request to open a channel: the channel, or an answer like any other on the same connection, which ends with it. */
async function upgrade(
  pipeline: Pipeline,
  channels: ExecChannels,
  incoming: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  socket.on('error', () => socket.destroy());
  const result = await pipeline.handle(requestOf(incoming, Buffer.alloc(0)));
  const { content } = result;
  if (content.type !== 'exec') {
    const outgoing = new ServerResponse(incoming);
    outgoing.shouldKeepAlive = false;
    outgoing.assignSocket(incoming.socket);
    outgoing.on('finish', () => socket.end());
    await reply(result, incoming, outgoing);
    return;
  }
  if (result.break !== 'before-reply')
    return channels.open(incoming, socket, head, content, result.break !== undefined);
  content.run();
  socket.destroy();
}

const protobuf = 'application/vnd.kubernetes.protobuf';

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function requestOf(incoming: IncomingMessage, bytes: Buffer): ApiRequest {
  const url = new URL(incoming.url ?? '/', 'http://127.0.0.1');
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
  const decoded = headers['content-type'] === protobuf ? decodeProtobuf(bytes) : undefined;
  if (decoded) headers['content-type'] = 'application/json';
  return {
    method: incoming.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers,
    body: decoded ? JSON.stringify(decoded) : bytes.toString('utf8'),
    client: incoming.headers['user-agent'] ?? '',
  };
}

async function reply(result: Result, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { content } = result;
  // a channel is opened by `upgrade` alone
  if (result.break === 'before-reply' || content.type === 'exec') {
    incoming.socket.destroy();
    return;
  }
  if (content.type === 'watch') {
    await stream(result, content, outgoing);
    return;
  }
  const body = content.type === 'text' ? content.value : `${JSON.stringify(content.value)}\n`;
  const bytes = Buffer.from(body);
  outgoing.writeHead(result.status, { ...result.headers, 'content-length': bytes.length });
  if (result.break === 'half-reply') {
    outgoing.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => incoming.socket.destroy());
    return;
  }
  outgoing.end(bytes);
}

async function stream(result: Result, content: Content & { type: 'watch' }, outgoing: ServerResponse): Promise<void> {
  outgoing.on('close', () => content.stream.close());
  outgoing.writeHead(result.status, result.headers);
  outgoing.flushHeaders();
  for (let event = await content.stream.next(); event; event = await content.stream.next()) {
    const isFast = outgoing.write(`${JSON.stringify(content.encode(event))}\n`);
    if (!isFast && !outgoing.destroyed)
      await new Promise((resolve) => outgoing.once('drain', resolve).once('close', resolve));
    if (result.break === 'half-reply') outgoing.destroy();
  }
  outgoing.end();
}
