import type { Dispatcher } from 'undici';
import type { Failure } from './trouble.ts';
import { messageOf } from '../model/errors.ts';

export interface Outgoing {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
  /** More than this is cut off or, with `whole`, a failure. */
  readonly maxBytes: number;
  readonly whole: boolean;
  readonly signal?: AbortSignal;
}

export interface Incoming {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The exchange ended without a complete answer. `sent`: whether a byte may have left. */
export class ExchangeFailed extends Error {
  readonly sent: boolean;
  readonly timedOut: boolean;

  constructor(message: string, how: { sent: boolean; timedOut?: boolean; cause?: unknown }) {
    super(message, { cause: how.cause });
    this.sent = how.sent;
    this.timedOut = how.timedOut ?? false;
  }
}

/**
 * For undici's Agent, request by request: HTTP/1.1 also where the server offers HTTP/2. Each request in flight has a connection
 * of its own, so that one that fails takes no other along.
 */
export const HTTP_1: object = { allowH2: false };

/**
 * One request and its whole answer over one connection of the dispatcher. `beforeFirstByte` runs after the connection
 * stands and may throw: then nothing is sent, and what it threw is thrown. Redirects are answers like any other, nothing is
 * sent twice. Throws ExchangeFailed. The low-level interface of undici, since only there is it known whether a byte was sent.
 */
export function exchange(dispatcher: Dispatcher, outgoing: Outgoing, beforeFirstByte: () => void): Promise<Incoming> {
  return new Promise((resolve, reject) => {
    const handler = new OneAnswer(outgoing, beforeFirstByte, resolve, reject);
    const { url, method, headers, body } = outgoing;
    const path = `${url.pathname}${url.search}`;
    // our own timer bounds the whole exchange; undici's would not fire to the millisecond
    const timeouts = { headersTimeout: 0, bodyTimeout: 0 };
    try {
      dispatcher.dispatch(
        { origin: url.origin, path, method, headers: { ...headers }, body: body ?? null, ...timeouts, ...HTTP_1 },
        handler,
      );
    } catch (error) {
      handler.fail(error);
    }
  });
}

class OneAnswer implements Dispatcher.DispatchHandler {
  readonly #outgoing: Outgoing;
  readonly #beforeFirstByte: () => void;
  readonly #resolve: (incoming: Incoming) => void;
  readonly #reject: (error: unknown) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #status = 0;
  #headers: Record<string, string> = {};
  #controller: Dispatcher.DispatchController | undefined;
  #sent = false;
  #over = false;
  #refusal: unknown;

  constructor(
    outgoing: Outgoing,
    beforeFirstByte: () => void,
    resolve: (incoming: Incoming) => void,
    reject: (error: unknown) => void,
  ) {
    this.#outgoing = outgoing;
    this.#beforeFirstByte = beforeFirstByte;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#timer = setTimeout(() => this.#giveUp(`no answer within ${outgoing.timeoutMs} ms`, true), outgoing.timeoutMs);
    outgoing.signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (outgoing.signal?.aborted) this.#onAbort();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#over) return controller.abort(new Error('given up before it was sent'));
    // undici starts a request over when the one before it on the connection failed: never for us
    if (this.#sent) return controller.abort(new Error('not sent twice'));
    try {
      this.#beforeFirstByte();
      this.#sent = true;
    } catch (error) {
      this.#refusal = error;
      controller.abort(error instanceof Error ? error : new Error(String(error)));
    }
  }

  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    this.#status = status;
    this.#headers = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        name.toLowerCase(),
        Array.isArray(value) ? value.join(', ') : (value ?? ''),
      ]),
    );
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    const room = this.#outgoing.maxBytes - this.#bytes;
    this.#bytes += chunk.length;
    this.#chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk);
    if (chunk.length <= room) return;
    if (this.#outgoing.whole) this.#giveUp(`the answer is longer than ${this.#outgoing.maxBytes} bytes`, false);
    else {
      this.#finish();
      this.#controller?.abort(new Error('the rest is not wanted'));
    }
  }

  onResponseEnd(): void {
    this.#finish();
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.fail(error);
  }

  fail(error: unknown): void {
    if (!this.#end()) return;
    if (this.#refusal !== undefined) return this.#reject(this.#refusal);
    this.#reject(new ExchangeFailed(wordsOf(error), { sent: this.#sent, cause: error }));
  }

  readonly #onAbort = (): void => this.#giveUp('stopped', false);

  #giveUp(why: string, timedOut: boolean): void {
    if (!this.#end()) return;
    this.#reject(new ExchangeFailed(why, { sent: this.#sent, timedOut }));
    this.#controller?.abort(new Error(why));
  }

  #finish(): void {
    if (this.#end()) this.#resolve({ status: this.#status, headers: this.#headers, body: Buffer.concat(this.#chunks) });
  }

  /** True the first time. */
  #end(): boolean {
    if (this.#over) return false;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#outgoing.signal?.removeEventListener('abort', this.#onAbort);
    return true;
  }
}

/** A message with the system's code where it has one: `connect ECONNREFUSED 127.0.0.1:1`. */
function wordsOf(error: unknown): string {
  // happy eyeballs fail with one error per address and an empty message
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return messageOf(error);
}

export function failureOfExchange(error: ExchangeFailed): Failure {
  return {
    trouble: 'unreachable',
    effect: error.sent ? 'unknown' : 'not-performed',
    again: true,
    reason: error.message,
    cause: error,
  };
}
