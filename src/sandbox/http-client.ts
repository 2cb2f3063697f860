import { Agent, request } from 'undici';
import type { Dispatcher } from 'undici';
import { creationPath, deleteBody, failureOfText, patchMediaTypes, pathOf, queryOf } from './requests.ts';
import { StatusError } from './types.ts';
import type {
  ApiClient,
  DeleteOptions,
  Json,
  KubeObject,
  KubeStatus,
  ListOptions,
  PatchType,
  ResourceName,
  WatchEvent,
  WriteOptions,
} from './types.ts';

export interface HttpClientOptions {
  url: string;
  token?: string;
  /** PEM of the authority; without it the system's are trusted. */
  ca?: string;
  userAgent: string;
}

type Body = Dispatcher.ResponseData['body'];

/** The API over HTTP, so that the sandbox's controllers can be pointed at any API server. */
export class HttpClient implements ApiClient {
  readonly #options: HttpClientOptions;
  readonly #agent: Agent;

  constructor(options: HttpClientOptions) {
    this.#options = options;
    // A watch may say nothing for as long as it is open.
    this.#agent = new Agent({ bodyTimeout: 0, ...(options.ca !== undefined && { connect: { ca: options.ca } }) });
  }

  async get(resource: ResourceName, name: string, namespace?: string): Promise<KubeObject> {
    return (await this.#json('GET', pathOf(resource, namespace, name))) as KubeObject;
  }

  async list(
    resource: ResourceName,
    options: ListOptions = {},
  ): Promise<{ items: KubeObject[]; resourceVersion: string }> {
    const list = (await this.#json('GET', pathOf(resource, options.namespace), queryOf({ ...options }))) as {
      apiVersion: string;
      kind: string;
      metadata: { resourceVersion: string };
      items: KubeObject[];
    };
    const kind = list.kind.replace(/List$/, '');
    const items = list.items.map((item) => ({ ...item, apiVersion: list.apiVersion, kind }));
    return { items, resourceVersion: list.metadata.resourceVersion };
  }

  async *watch(
    resource: ResourceName,
    { signal, namespace, ...options }: ListOptions & { resourceVersion: string; signal: AbortSignal },
  ): AsyncIterable<WatchEvent> {
    const query = queryOf({ ...options, watch: true });
    try {
      const body = await this.#send('GET', pathOf(resource, namespace), query, undefined, undefined, signal);
      for await (const line of linesOf(body)) yield JSON.parse(line) as WatchEvent;
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async create(resource: ResourceName, object: KubeObject, options: WriteOptions = {}): Promise<KubeObject> {
    const path = creationPath(resource, object, options.subresource);
    return (await this.#json('POST', path, queryOf({ ...options }), object)) as KubeObject;
  }

  async update(resource: ResourceName, object: KubeObject, options: WriteOptions = {}): Promise<KubeObject> {
    const path = pathOf(resource, object.metadata.namespace, object.metadata.name, options.subresource);
    return (await this.#json('PUT', path, queryOf({ ...options }), object)) as KubeObject;
  }

  async patch(
    resource: ResourceName,
    name: string,
    namespace: string | undefined,
    type: PatchType,
    patch: Json,
    options: WriteOptions = {},
  ): Promise<KubeObject> {
    const path = pathOf(resource, namespace, name, options.subresource);
    return (await this.#json('PATCH', path, queryOf({ ...options }), patch, patchMediaTypes[type])) as KubeObject;
  }

  async delete(resource: ResourceName, name: string, namespace?: string, options: DeleteOptions = {}): Promise<void> {
    await this.#json('DELETE', pathOf(resource, namespace, name), undefined, deleteBody(options));
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #json(method: string, path: string, query?: URLSearchParams, sent?: unknown, type?: string): Promise<unknown> {
    const body = await this.#send(method, path, query, sent, type);
    return body.json();
  }

  async #send(
    method: string,
    path: string,
    query?: URLSearchParams,
    sent?: unknown,
    type = 'application/json',
    signal?: AbortSignal,
  ): Promise<Body> {
    const { url, token, userAgent } = this.#options;
    const search = query === undefined || query.size === 0 ? '' : `?${query.toString()}`;
    const { statusCode, body } = await request(`${url}${path}${search}`, {
      method,
      dispatcher: this.#agent,
      headers: {
        accept: 'application/json',
        'user-agent': userAgent,
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(sent !== undefined && { 'content-type': type }),
      },
      ...(sent !== undefined && { body: JSON.stringify(sent) }),
      ...(signal && { signal }),
    });
    if (statusCode < 400) return body;
    throw await failureOf(statusCode, body);
  }
}

async function failureOf(code: number, body: Body): Promise<Error> {
  const text = await body.text();
  const status = statusIn(text);
  return status ? new StatusError(status) : failureOfText(code, text);
}

function statusIn(text: string): KubeStatus | undefined {
  try {
    const value = JSON.parse(text) as Partial<KubeStatus> | null;
    return value?.kind === 'Status' ? (value as KubeStatus) : undefined;
  } catch {
    return undefined;
  }
}

async function* linesOf(body: Body): AsyncIterable<string> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk as Buffer, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line !== '');
  }
}
