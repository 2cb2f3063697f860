import { messageOf } from '../../model/errors.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Clock } from '../../ports/clock.ts';
import { ExchangeFailed, failureOfExchange, type Incoming, type Outgoing } from '../exchange.ts';
import { READ_RETRIES, readAgain, type RetryOptions } from '../retry.ts';
import { REQUEST_DEADLINE, type Transport, type Wire } from '../transport.ts';
import { CannotSee, SendFailed, type Failure } from '../trouble.ts';
import { kubeAnswerOf, type KubeAnswer } from './answers.ts';
import type { KubeConnection } from './connection.ts';

/** One request to a Kubernetes API, before address and credentials are added. */
export interface KubeCall {
  /** For messages: `PersistentVolume pv-1`. */
  readonly what: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
}

export interface KubeApiOptions {
  readonly userAgent: string;
  readonly clock: Clock;
  readonly retry?: RetryOptions;
  readonly timeoutMs?: number;
}

/** What a pod or a Service is asked through the API server. */
export interface ProxyCall {
  readonly what: string;
  readonly method: 'GET' | 'HEAD';
  readonly path: string;
  readonly search: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** More of an answer is cut off. */
  readonly maxBytes: number;
}

/** More than any answer of an API server: etcd's objects end at 1.5 MiB, and a page has 500 of them. */
const MAX_ANSWER = 1024 ** 3;

/** Requests to one API server, with credentials, retries and judged answers. */
export class KubeApi {
  readonly connection: KubeConnection;
  readonly #transport: Transport;
  readonly #options: KubeApiOptions;

  constructor(connection: KubeConnection, transport: Transport, options: KubeApiOptions) {
    this.connection = connection;
    this.#transport = transport;
    this.#options = options;
  }

  /** The object, or the API server's refusal as it is. Throws CannotSee when neither can be had. */
  async ask(call: KubeCall): Promise<KubeAnswer> {
    let renewed = false;
    return readAgain(async () => {
      const answer = await this.#answer(call);
      if (!('failure' in answer)) return answer;
      if (answer.failure.trouble === 'unauthorized' && !renewed) {
        renewed = true; // with credentials read anew, once: a token may have run out since
        throw new CannotSee(call.what, { ...answer.failure, again: true });
      }
      if (answer.failure.again || answer.status === undefined) throw new CannotSee(call.what, answer.failure);
      return answer;
    }, this.#options.retry ?? READ_RETRIES);
  }

  /** The object. Throws CannotSee for everything else. */
  async read(call: KubeCall): Promise<JsonObject> {
    const answer = await this.ask(call);
    if ('failure' in answer) throw new CannotSee(call.what, answer.failure);
    return answer.object;
  }

  /** Every status of what is behind the API server is an answer. Throws CannotSee for the API server's own refusals. */
  async through(call: ProxyCall): Promise<Incoming> {
    const { headers, dispatcher, server } = await this.connection.authorize();
    const { what, method, path, search, timeoutMs, maxBytes } = call;
    const url = new URL(`${server.replace(/\/+$/, '')}${path}${search}`);
    const outgoing: Outgoing = {
      url,
      method,
      // the API server takes these credentials away before it passes the rest on
      headers: { 'user-agent': this.#options.userAgent, ...call.headers, ...headers },
      timeoutMs,
      maxBytes,
      whole: false,
    };
    const incoming = await this.#leave({ asked: { api: 'proxy', method, path }, dispatcher, outgoing }, what);
    const answer = kubeAnswerOf(incoming, this.#options.clock.now());
    if (!('failure' in answer) || answer.status?.['apiVersion'] !== 'v1') return incoming;
    if (answer.failure.trouble === 'unauthorized') this.connection.stale();
    throw new CannotSee(what, answer.failure);
  }

  /** Sends a write once, through the transport of a grant. Throws SendFailed. */
  async write(call: KubeCall, transport: Transport, userAgent: string): Promise<JsonObject> {
    await this.connection.authorize().catch((error: unknown) => {
      throw new SendFailed(call.what, noLeave(error));
    });
    const answer = await this.#answer(call, transport, userAgent).catch((error: unknown) => {
      throw error instanceof CannotSee ? new SendFailed(call.what, error.failure) : error;
    });
    if ('failure' in answer) throw new SendFailed(call.what, answer.failure);
    return answer.object;
  }

  async #answer(call: KubeCall, transport = this.#transport, userAgent = this.#options.userAgent): Promise<KubeAnswer> {
    const incoming = await this.#send(call, transport, userAgent);
    const answer = kubeAnswerOf(incoming, this.#options.clock.now());
    if ('failure' in answer && answer.failure.trouble === 'unauthorized') this.connection.stale();
    return answer;
  }

  async #send(call: KubeCall, transport: Transport, userAgent: string): Promise<Incoming> {
    const { headers, dispatcher, server } = await this.connection.authorize();
    const url = new URL(`${server.replace(/\/+$/, '')}${call.path}`);
    for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value);
    const outgoing: Outgoing = {
      url,
      method: call.method,
      headers: { ...headers, ...headersOf(call), 'user-agent': userAgent },
      ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
      timeoutMs: this.#options.timeoutMs ?? REQUEST_DEADLINE,
      maxBytes: MAX_ANSWER,
      whole: true,
    };
    const asked = { api: 'kube' as const, method: call.method, path: call.path, query: url.searchParams };
    return this.#leave({ asked, dispatcher, outgoing }, call.what, transport);
  }

  async #leave(wire: Wire, what: string, transport = this.#transport): Promise<Incoming> {
    try {
      return await transport(wire);
    } catch (error) {
      if (error instanceof ExchangeFailed) throw new CannotSee(what, at(wire.outgoing.url, failureOfExchange(error)));
      throw error;
    }
  }
}

/** The file is being written anew by a login, or a plugin fails: nothing was sent, and a later attempt may go. */
export function noLeave(error: unknown): Failure {
  const reason = messageOf(error);
  return { trouble: 'unauthorized', effect: 'not-performed', again: false, reason, cause: error };
}

function at(url: URL, failure: Failure): Failure {
  return { ...failure, reason: `${url.host}: ${messageOf(failure.cause)}` };
}

function headersOf({ accept, contentType, body }: KubeCall): Record<string, string> {
  return {
    accept: accept ?? 'application/json',
    ...(body !== undefined && { 'content-type': contentType ?? 'application/json' }),
  };
}
