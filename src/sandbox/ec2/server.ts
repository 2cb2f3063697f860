import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { performCall } from './call.ts';
import type { Call } from './call.ts';
import { CloudFailure } from './failure.ts';
import type { Principals } from './principals.ts';
import { signatureOf } from './principals.ts';
import { Query } from './query.ts';
import type { CloudStore } from './store.ts';
import { failureReply, serviceOf } from './reply.ts';
import type { Reply } from './reply.ts';

export interface Ec2ServerOptions {
  store: CloudStore;
  principals: Principals;
  audit: (entry: Ec2AuditEntry) => void;
  /** Asked once per request; what it answers is done to the request. */
  fault?: (request: { client: string; verb: string; path: string }) => Ec2Fault | undefined;
  port?: number;
}

export interface Ec2AuditEntry {
  time: string;
  client: string;
  verb: string;
  path: string;
  status: number;
  dryRun: boolean;
}

/** `lost-request` breaks the connection before the call is performed, `lost-reply` after. */
export interface Ec2Fault {
  delay?: number;
  answer?: { status: number; code: string; message: string };
  break?: 'lost-request' | 'lost-reply';
}

/** EC2 and STS on one loopback port, told apart by the service that the signature names. */
export class Ec2Server {
  readonly #options: Ec2ServerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #out = false;

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
      if (this.#out) socket.destroy();
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** While out, every connection is cut, also those that are open. */
  setOutage(out: boolean): void {
    this.#out = out;
    if (out) this.#cut();
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => void this.#server.close(() => resolve()));
    this.#cut();
    await closed;
  }

  #cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const call = callOf(request, await textOf(request));
      const reply = await this.#answer(call);
      if (reply === 'broken') request.socket.destroy();
      else send(response, reply);
    } catch {
      // The client went away in the middle of its own request: there is nobody to answer.
      request.socket.destroy();
    }
  }

  async #answer(call: Call): Promise<Reply | 'broken'> {
    const path = call.query.path();
    const fault = this.#options.fault?.({ client: call.client, verb: call.query.action, path });
    if (fault?.delay !== undefined) await sleep(fault.delay);
    if (fault?.break === 'lost-request') {
      this.#record(call, path, 0);
      return 'broken';
    }
    const reply = fault?.answer
      ? failureReply(call.service, newFailure(fault.answer))
      : performCall(call, this.#options);
    this.#record(call, path, reply.status);
    return fault?.break === 'lost-reply' ? 'broken' : reply;
  }

  #record(call: Call, path: string, status: number): void {
    const time = new Date(this.#options.store.now()).toISOString();
    const dryRun = call.query.text('DryRun') === 'true';
    this.#options.audit({ time, client: call.client, verb: call.query.action, path, status, dryRun });
  }
}

const newFailure = (answer: { status: number; code: string; message: string }): CloudFailure =>
  new CloudFailure(answer.code, answer.message, answer.status);

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

function send(response: ServerResponse, reply: Reply): void {
  response.writeHead(reply.status, { 'content-type': 'text/xml;charset=UTF-8', 'x-amzn-requestid': randomUUID() });
  response.end(reply.body);
}
