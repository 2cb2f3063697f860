import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Audit } from '../pipeline/audit.ts';
import type { Faults } from '../pipeline/faults.ts';
import { performCall } from './call.ts';
import type { Call } from './call.ts';
import { faultReply, requestInfoOf } from './faults.ts';
import type { Principals } from './principals.ts';
import { signatureOf } from './principals.ts';
import { Query } from './query.ts';
import type { CloudStore } from './store.ts';
import { serviceOf } from './reply.ts';
import type { Reply } from './reply.ts';

export interface Ec2ServerOptions {
  store: CloudStore;
  principals: Principals;
  audit: Audit;
  faults: Faults;
  port?: number;
}

/** EC2 and STS on one loopback port, told apart by the service that the signature names. */
export class Ec2Server {
  readonly #options: Ec2ServerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  static async start(options: Ec2ServerOptions): Promise<Ec2Server> {
    const server = new Ec2Server(options);
    await new Promise<void>((resolve, reject) => {
      server.#server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve);
    });
    return server;
  }

  private constructor(options: Ec2ServerOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => void this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const call = callOf(request, await textOf(request));
      const fault = this.#options.faults.match({ ...requestInfoOf(call), client: call.client });
      if (fault?.delayMs !== undefined) await sleep(fault.delayMs);
      const reply = fault?.dropBefore ? nothing : (faultReply(call, fault) ?? performCall(call, this.#options));
      this.#record(call, reply.status);
      if (fault?.dropBefore || fault?.dropAfter) request.socket.destroy();
      else send(response, reply, fault?.partialBody === true);
    } catch {
      // The client went away in the middle of its own request: there is nobody to answer.
      request.socket.destroy();
    }
  }

  #record(call: Call, status: number): void {
    this.#options.audit.record({
      time: new Date(this.#options.store.now()).toISOString(),
      client: call.client,
      verb: call.query.action,
      path: call.query.path(),
      status,
      dryRun: call.query.text('DryRun') === 'true',
    });
  }
}

const nothing: Reply = { status: 0, body: '' };

function callOf(request: IncomingMessage, body: string): Call {
  const query = new Query(request.method === 'GET' ? (request.url ?? '').replace(/^[^?]*\??/, '') : body);
  const signature = signatureOf(request.headers);
  return {
    query,
    client: request.headers['user-agent'] ?? '',
    ...(signature ? { signature } : {}),
    service: serviceOf(query, signature),
    signedAt: String(request.headers['x-amz-date'] ?? ''),
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function send(response: ServerResponse, reply: Reply, half: boolean): void {
  const body = Buffer.from(reply.body);
  const headers = { 'content-type': 'text/xml;charset=UTF-8', 'x-amzn-requestid': randomUUID() };
  response.writeHead(reply.status, { ...headers, 'content-length': body.length });
  if (half) response.write(body.subarray(0, body.length / 2), () => response.destroy());
  else response.end(body);
}
