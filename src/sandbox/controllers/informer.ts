import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient, KubeObject, ResourceName, WatchEvent } from '../types.ts';
import { isNotServed } from './failures.ts';
import { keyFor, keyOf } from './objects.ts';
import { backOff } from './work-queue.ts';

const RELIST_AFTER_MS = 50;
const NOT_SERVED_RETRY_MS = 2_000;

/** `before` is absent for a new object, `after` for one that is gone. */
export interface Change<T extends KubeObject> {
  before?: T;
  after?: T;
}

/**
 * A cache of one resource, filled by list and watch. It lists again when a watch ends with an error (410 included), so that
 * a missed deletion is noticed. Objects in it are shared: never change one.
 */
export class Informer<T extends KubeObject> {
  readonly #client: ApiClient;
  readonly #resource: ResourceName;
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, Index<T>>();
  readonly #listeners: ((change: Change<T>) => void)[] = [];
  readonly #ready = Promise.withResolvers<void>();
  #running: Promise<void> = Promise.resolve();

  constructor(client: ApiClient, resource: ResourceName) {
    this.#client = client;
    this.#resource = resource;
  }

  get(name: string, namespace?: string): T | undefined {
    return this.#objects.get(keyFor(name, namespace));
  }

  byKey(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(namespace?: string): T[] {
    const all = [...this.#objects.values()];
    return namespace === undefined ? all : all.filter((object) => object.metadata.namespace === namespace);
  }

  onChange(listener: (change: Change<T>) => void): void {
    this.#listeners.push(listener);
  }

  /** Declares an index once; asking twice for one name gives the same index. */
  index(name: string, valuesOf: (object: T) => string[]): (value: string) => T[] {
    const index = this.#indexes.get(name) ?? new Index(valuesOf);
    if (!this.#indexes.has(name)) {
      this.#indexes.set(name, index);
      for (const object of this.#objects.values()) index.put(object);
    }
    return (value) => index.get(value);
  }

  /** What a write answered, before the watch says so: the next decision must not be made on what was before it. */
  assume(object: T): void {
    const known = this.#objects.get(keyOf(object));
    if (known !== undefined && versionOf(known) <= versionOf(object)) this.#store(object);
  }

  start(signal: AbortSignal): Promise<void> {
    this.#running = this.#run(signal);
    return this.#ready.promise;
  }

  async stopped(): Promise<void> {
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted;) {
      const error = await this.#listAndWatch(signal).then(
        () => undefined,
        (reason: unknown) => reason ?? new Error('unknown'),
      );
      failures = error === undefined ? 0 : failures + 1;
      if (isNotServed(error)) this.#ready.resolve();
      const pause = isNotServed(error) ? NOT_SERVED_RETRY_MS : backOff(RELIST_AFTER_MS, Math.max(1, failures));
      if (!signal.aborted) await sleep(pause, undefined, { signal, ref: false }).catch(() => undefined);
    }
    this.#ready.resolve();
  }

  async #listAndWatch(signal: AbortSignal): Promise<void> {
    const { items, resourceVersion } = await this.#client.list(this.#resource);
    if (signal.aborted) return;
    this.#replace(items as T[]);
    this.#ready.resolve();
    for await (const event of this.#client.watch(this.#resource, { resourceVersion, signal })) {
      if (signal.aborted || !this.#apply(event)) break;
    }
  }

  #replace(items: T[]): void {
    const listed = new Set(items.map(keyOf));
    for (const [key, object] of this.#objects) if (!listed.has(key)) this.#forget(object);
    for (const item of items) this.#learn(item);
  }

  #apply(event: WatchEvent): boolean {
    if (event.type === 'ERROR') return false;
    if (event.type === 'BOOKMARK') return true;
    const object = event.object as T;
    if (event.type === 'DELETED') this.#forget(object);
    else this.#learn(object);
    return true;
  }

  #learn(after: T): void {
    const before = this.#objects.get(keyOf(after));
    if (before !== undefined && versionOf(before) > versionOf(after)) return;
    this.#store(after);
    this.#tell(before === undefined ? { after } : { before, after });
  }

  #forget(gone: T): void {
    const before = this.#objects.get(keyOf(gone));
    if (before !== undefined) for (const index of this.#indexes.values()) index.remove(before);
    this.#objects.delete(keyOf(gone));
    this.#tell({ before: gone });
  }

  #store(object: T): void {
    const before = this.#objects.get(keyOf(object));
    for (const index of this.#indexes.values()) {
      if (before !== undefined) index.remove(before);
      index.put(object);
    }
    this.#objects.set(keyOf(object), object);
  }

  #tell(change: Change<T>): void {
    for (const listener of this.#listeners) listener(change);
  }
}

class Index<T extends KubeObject> {
  readonly #valuesOf: (object: T) => string[];
  readonly #buckets = new Map<string, Map<string, T>>();

  constructor(valuesOf: (object: T) => string[]) {
    this.#valuesOf = valuesOf;
  }

  get(value: string): T[] {
    return [...(this.#buckets.get(value)?.values() ?? [])];
  }

  put(object: T): void {
    for (const value of this.#valuesOf(object)) {
      const bucket = this.#buckets.get(value) ?? new Map<string, T>();
      this.#buckets.set(value, bucket.set(keyOf(object), object));
    }
  }

  remove(object: T): void {
    for (const value of this.#valuesOf(object)) {
      const bucket = this.#buckets.get(value);
      bucket?.delete(keyOf(object));
      if (bucket?.size === 0) this.#buckets.delete(value);
    }
  }
}

/** resourceVersions of one resource are comparable as numbers since Kubernetes 1.35; the real binder has always done so. */
function versionOf(object: KubeObject): number {
  return Number(object.metadata.resourceVersion ?? 0);
}
