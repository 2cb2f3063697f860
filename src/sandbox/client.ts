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
import type { Pipeline } from './pipeline/pipeline.ts';
import type { ApiRequest, Identity } from './pipeline/request.ts';
import type { Result } from './pipeline/result.ts';
import { creationPath, deleteBody, failureOfText, patchMediaTypes, pathOf, queryOf } from './requests.ts';

/** The API for a controller in the same process: the same pipeline and audit log as over the network, without the bytes. */
export class InProcessClient implements ApiClient {
  readonly #pipeline: Pipeline;
  readonly #client: string;
  readonly #identity: Identity;

  constructor(pipeline: Pipeline, client: string, identity: Identity) {
    this.#pipeline = pipeline;
    this.#client = client;
    this.#identity = identity;
  }

  async get(resource: ResourceName, name: string, namespace?: string): Promise<KubeObject> {
    return this.#object('GET', pathOf(resource, namespace, name));
  }

  async list(
    resource: ResourceName,
    options: ListOptions = {},
  ): Promise<{ items: KubeObject[]; resourceVersion: string }> {
    const answer = await this.#answer('GET', pathOf(resource, options.namespace), queryOf({ ...options }));
    const list = own(answer) as {
      items: KubeObject[];
      apiVersion: string;
      kind: string;
      metadata: { resourceVersion: string };
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
    const result = await this.#send('GET', pathOf(resource, namespace), query);
    const { content } = result;
    if (content.type !== 'watch') throw statusOf(result);
    const stop = (): void => content.stream.close();
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    try {
      for (let event = await content.stream.next(); event && !signal.aborted; event = await content.stream.next()) {
        yield { type: event.type, object: clone(event.object) };
      }
    } finally {
      signal.removeEventListener('abort', stop);
      stop();
    }
  }

  async create(resource: ResourceName, object: KubeObject, options: WriteOptions = {}): Promise<KubeObject> {
    return this.#object('POST', creationPath(resource, object, options.subresource), queryOf({ ...options }), object);
  }

  async update(resource: ResourceName, object: KubeObject, options: WriteOptions = {}): Promise<KubeObject> {
    const { namespace, name } = object.metadata;
    return this.#object('PUT', pathOf(resource, namespace, name, options.subresource), queryOf({ ...options }), object);
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
    return this.#object('PATCH', path, queryOf({ ...options }), patch, patchMediaTypes[type]);
  }

  async delete(resource: ResourceName, name: string, namespace?: string, options: DeleteOptions = {}): Promise<void> {
    await this.#answer('DELETE', pathOf(resource, namespace, name), undefined, deleteBody(options));
  }

  async #object(
    method: string,
    path: string,
    query?: URLSearchParams,
    body?: unknown,
    type?: string,
  ): Promise<KubeObject> {
    return own(await this.#answer(method, path, query, body, type)) as KubeObject;
  }

  async #answer(method: string, path: string, query?: URLSearchParams, body?: unknown, type?: string): Promise<Result> {
    const result = await this.#send(method, path, query, body, type);
    if (result.status >= 400) throw statusOf(result);
    return result;
  }

  async #send(method: string, path: string, query?: URLSearchParams, body?: unknown, type?: string): Promise<Result> {
    const request: ApiRequest = {
      method,
      path,
      query: query ?? new URLSearchParams(),
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': type ?? 'application/json' }),
      },
      body: body === undefined ? '' : JSON.stringify(body),
      client: this.#client,
      identity: this.#identity,
    };
    const result = await this.#pipeline.handle(request);
    if (result.break !== undefined)
      throw new Error(`the connection closed before the answer to ${method} ${path} (a fault)`);
    return result;
  }
}

/** What the store holds is shared, so a caller gets a copy that it may change. */
function own(result: Result): unknown {
  return result.content.type === 'object' ? clone(result.content.value) : undefined;
}

function clone<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value;
}

function statusOf(result: Result): Error {
  if (result.content.type === 'object') return new StatusError(result.content.value as KubeStatus);
  return failureOfText(result.status, result.content.type === 'text' ? result.content.value : '');
}
