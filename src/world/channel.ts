import type { Duplex } from 'node:stream';
import { WebSocket, type Dispatcher } from 'undici';
import { messageOf } from '../model/errors.ts';
import { ExchangeFailed, HTTP_1, type Incoming } from './exchange.ts';

export interface ChannelRequest {
  /** https: or http:, as the API server's address has it. */
  readonly url: URL;
  readonly protocols: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  /** How long the server may take to open it. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** An open websocket. */
export interface Channel {
  /** Each message as it comes; what came before it was asked for is kept. */
  onMessage(listener: (data: Buffer) => void): void;
  /** When the connection has ended, whoever ended it and however. */
  readonly closed: Promise<void>;
  /** At once, without a word to the other side. */
  destroy(): void;
}

/** What the server answered instead of opening a channel. */
export class ChannelRefused extends Error {
  readonly answer: Incoming;

  constructor(answer: Incoming) {
    super(`answered ${answer.status}, and no channel`);
    this.answer = answer;
  }
}

/** More of a refusal is no refusal. */
const MAX_REFUSAL = 64 * 1024;

/**
 * Opens one websocket, once, over the same connections and certificates as any other request. `beforeFirstByte` runs after
 * the connection stands and may throw: then nothing is sent, and what it threw is thrown. Throws ChannelRefused for another
 * answer than a channel, and ExchangeFailed for none.
 */
export function openChannel(
  dispatcher: Dispatcher,
  request: ChannelRequest,
  beforeFirstByte: () => void,
): Promise<Channel> {
  return new Promise((resolve, reject) => {
    const way = new OneChannel(request, beforeFirstByte, resolve, reject);
    const url = new URL(request.url);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const { protocols, headers } = request;
    way.begin(
      () =>
        new WebSocket(url, {
          protocols: [...protocols],
          headers,
          dispatcher: dispatcher.compose((dispatch) => (options, handler) => {
            // HTTP/2 has no upgrade, and Go's servers do not know its websockets (RFC 8441)
            return dispatch({ ...options, ...HTTP_1 }, way.watching(handler));
          }),
        }),
    );
  });
}

/** The opening of one channel, from the inside of undici: only there is it known whether a byte was sent. */
class OneChannel implements Channel {
  readonly #request: ChannelRequest;
  readonly #beforeFirstByte: () => void;
  readonly #resolve: (channel: Channel) => void;
  readonly #reject: (error: unknown) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #ended = Promise.withResolvers<void>();
  readonly #early: Buffer[] = [];
  #listener: ((data: Buffer) => void) | undefined;
  #socket: WebSocket | undefined;
  #wire: Duplex | undefined;
  #sent = false;
  #over = false;
  #why: unknown;

  constructor(
    request: ChannelRequest,
    beforeFirstByte: () => void,
    resolve: (channel: Channel) => void,
    reject: (error: unknown) => void,
  ) {
    this.#request = request;
    this.#beforeFirstByte = beforeFirstByte;
    this.#resolve = resolve;
    this.#reject = reject;
    const { timeoutMs, signal } = request;
    this.#timer = setTimeout(() => this.#giveUp(`no channel within ${timeoutMs} ms`, true), timeoutMs);
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  get closed(): Promise<void> {
    return this.#ended.promise;
  }

  begin(open: () => WebSocket): void {
    if (this.#request.signal.aborted) return this.#onAbort();
    const socket = open();
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', () => this.#opened());
    socket.addEventListener('message', ({ data }) => this.#take(Buffer.from(data as ArrayBuffer)));
    socket.addEventListener('error', ({ error }) => (this.#why ??= error));
    socket.addEventListener('close', () => {
      this.#ended.resolve();
      this.#fail(new ExchangeFailed(messageOf(this.#why ?? 'closed'), { sent: this.#sent, cause: this.#why }));
    });
  }

  onMessage(listener: (data: Buffer) => void): void {
    this.#listener = listener;
    for (const data of this.#early.splice(0)) listener(data);
  }

  destroy(): void {
    this.#wire?.destroy();
    this.#ended.resolve();
  }

  watching(inner: Dispatcher.DispatchHandler): Dispatcher.DispatchHandler {
    const answer = new Refusal();
    return {
      onRequestStart: (controller, context) => {
        this.#start(controller);
        inner.onRequestStart?.(controller, context);
      },
      onRequestUpgrade: (controller, status, headers, wire) => {
        this.#wire = wire;
        if (this.#over) wire.destroy();
        inner.onRequestUpgrade?.(controller, status, headers, wire);
      },
      onResponseStart: (_, status, headers) => answer.start(status, headers),
      onResponseData: (controller, chunk) => answer.add(chunk, controller),
      onResponseEnd: (controller) => {
        this.#fail(new ChannelRefused(answer.whole));
        inner.onResponseError?.(controller, new Error('no channel'));
      },
      onResponseError: (controller, error) => {
        this.#why ??= error;
        inner.onResponseError?.(controller, error);
      },
    };
  }

  #start(controller: Dispatcher.DispatchController): void {
    if (this.#over) return controller.abort(new Error('given up before it was sent'));
    // undici starts a request over when the one before it on the connection failed: never for us
    if (this.#sent) return controller.abort(new Error('not sent twice'));
    try {
      this.#beforeFirstByte();
      this.#sent = true;
    } catch (error) {
      this.#fail(error);
      controller.abort(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #opened(): void {
    if (this.#end()) this.#resolve(this);
  }

  #take(data: Buffer): void {
    if (this.#listener) this.#listener(data);
    else this.#early.push(data);
  }

  readonly #onAbort = (): void => this.#giveUp('stopped', false);

  #giveUp(why: string, timedOut: boolean): void {
    this.#fail(new ExchangeFailed(why, { sent: this.#sent, timedOut }));
    this.#wire?.destroy();
    // while it is being opened this takes back the request
    this.#socket?.close();
  }

  #fail(error: unknown): void {
    if (this.#end()) this.#reject(error);
  }

  /** True the first time: the opening is over, well or not. */
  #end(): boolean {
    if (this.#over) return false;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#request.signal.removeEventListener('abort', this.#onAbort);
    return true;
  }
}

/** An answer that opens nothing, collected. */
class Refusal {
  #status = 0;
  #headers: Record<string, string> = {};
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  start(status: number, headers: Record<string, string | string[] | undefined>): void {
    this.#status = status;
    this.#headers = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value ?? '')]),
    );
  }

  add(chunk: Buffer, controller: Dispatcher.DispatchController): void {
    this.#bytes += chunk.length;
    if (this.#bytes > MAX_REFUSAL) controller.abort(new Error(`the answer is longer than ${MAX_REFUSAL} bytes`));
    else this.#chunks.push(chunk);
  }

  get whole(): Incoming {
    return { status: this.#status, headers: this.#headers, body: Buffer.concat(this.#chunks) };
  }
}
