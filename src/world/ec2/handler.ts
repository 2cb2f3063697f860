import { Agent, type Dispatcher } from 'undici';
import type { Asked } from '../request-classes.ts';
import { REQUEST_DEADLINE, type Transport } from '../transport.ts';

/** The SDK's request, as far as a handler needs it. */
interface SdkRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | string[] | null>>;
  readonly body?: unknown;
}

interface SdkResponse {
  readonly response: { statusCode: number; headers: Record<string, string>; body: Uint8Array };
}

const MAX_ANSWER = 256 * 1024 ** 2;

/**
 * Lets the SDK send through our transport, so that what it sends is judged by the same table as all else. `user-agent` is
 * not signed and may be ours: CloudTrail then shows who asked.
 */
export class TransportHandler {
  readonly #transport: Transport;
  readonly #userAgent: string;
  readonly #dispatcher: Dispatcher;
  readonly #timeoutMs: number;
  readonly metadata = { handlerProtocol: 'http/1.1' };

  constructor(transport: Transport, userAgent: string, dispatcher: Dispatcher, timeoutMs = REQUEST_DEADLINE) {
    this.#transport = transport;
    this.#userAgent = userAgent;
    this.#dispatcher = dispatcher;
    this.#timeoutMs = timeoutMs;
  }

  async handle(request: SdkRequest): Promise<SdkResponse> {
    const body = bodyOf(request.body);
    const incoming = await this.#transport({
      asked: askedOf(body),
      dispatcher: this.#dispatcher,
      outgoing: {
        url: urlOf(request),
        method: request.method,
        headers: { ...request.headers, 'user-agent': this.#userAgent },
        ...(body !== '' && { body }),
        timeoutMs: this.#timeoutMs,
        maxBytes: MAX_ANSWER,
        whole: true,
      },
    });
    return { response: { statusCode: incoming.status, headers: { ...incoming.headers }, body: incoming.body } };
  }

  updateHttpClientConfig(): void {
    // nothing of the SDK's own to configure: the transport decides
  }

  httpHandlerConfigs(): Record<string, never> {
    return {};
  }

  destroy(): void {
    // the dispatcher is shared and closed by its owner
  }
}

export function newDispatcher(): Dispatcher {
  return new Agent();
}

/** EC2 and STS speak the query protocol: the action stands in the form that is the body. What has none is a write. */
function askedOf(body: string): Asked {
  const form = new URLSearchParams(body);
  return { api: 'aws', action: form.get('Action') ?? '', dryRun: form.get('DryRun') === 'true' };
}

function bodyOf(body: unknown): string {
  if (typeof body === 'string') return body;
  return body instanceof Uint8Array ? Buffer.from(body).toString('utf8') : '';
}

function urlOf({ protocol, hostname, port, path, query }: SdkRequest): URL {
  const url = new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`);
  for (const [name, value] of Object.entries(query ?? {}))
    for (const one of [value].flat()) url.searchParams.append(name, one ?? '');
  return url;
}
