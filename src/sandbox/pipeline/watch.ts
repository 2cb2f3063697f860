import type { Change } from '../store/history.ts';
import type { KubeObject, KubeStatus, WatchEvent } from '../types.ts';
import { apiVersionOf } from '../registry/registry.ts';
import { expired } from '../registry/status.ts';
import type { Kind } from '../registry/kind.ts';
import type { ApiContext, Target } from './context.ts';
import type { ApiRequest } from './request.ts';
import { isTrue } from './request.ts';
import type { WatchStream } from './result.ts';
import { revisionOf, validateListOptions } from './revision.ts';
import { selectorOf } from './selectors.ts';
import { shown } from './read.ts';

/** A real server's watch of no stated length ends after 30 to 60 minutes. */
const defaultTimeoutSeconds = 1800;
/** How long before its end a watch sends a bookmark, as the cacher does. */
const lastBookmark = 2000;

export function openWatch(api: ApiContext, target: Target, request: ApiRequest): WatchStream {
  const { query } = request;
  validateListOptions(query, true);
  const from = revisionOf(query.get('resourceVersion'), 'watch');
  const stream = new EventQueue(seconds(query.get('timeoutSeconds')));
  const filter = filterOf(target, query);
  const prefix = prefixOf(target);

  const initial = isTrue(query.get('sendInitialEvents') ?? 'false');
  const synthetic = (from === 0 && query.get('sendInitialEvents') !== 'false') || initial;
  if (synthetic) {
    for (const [, object] of api.store.list(target.kind.table, prefix)) {
      const event = filter({ type: 'ADDED', object });
      if (event) stream.push(event);
    }
    // A watch from no revision, or from 0, is one with sendInitialEvents (SetListOptionsDefaults).
    if (isTrue(query.get('allowWatchBookmarks') ?? 'false')) {
      stream.push(bookmark(target.kind, api.store.revision, { 'k8s.io/initial-events-end': 'true' }));
    }
  } else {
    const missed = from === 0 ? [] : api.store.changesSince(target.kind.table, from);
    if (!missed) return tooOld(stream, from, api.store.oldestRevision);
    for (const change of missed) deliver(change);
  }

  function deliver(change: Change): void {
    if (!change.key.startsWith(prefix)) return;
    const event = filter(change);
    if (event) stream.push(event);
  }
  // A watch from the future only waits until the world gets there.
  stream.onClose(api.store.subscribe(target.kind.table, (change) => change.revision > from && deliver(change)));
  if (isTrue(query.get('allowWatchBookmarks') ?? 'false')) {
    stream.sendBookmarks(api.bookmarkEvery, () => bookmark(target.kind, api.store.revision));
  }
  return stream;
}

function prefixOf({ kind, info }: Target): string {
  if (info.namespace === undefined) return '';
  return kind.namespaced ? `${info.namespace}/` : '';
}

interface Seen {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: KubeObject;
  previous?: KubeObject;
}

/** What a selecting watcher sees: an object that enters its selection is ADDED, one that leaves is DELETED. */
function filterOf({ kind, info }: Target, query: URLSearchParams): (change: Seen) => WatchEvent | undefined {
  const select = selectorOf(kind, query);
  const name = info.name;
  const matches = (object: KubeObject): boolean =>
    (name === undefined || object.metadata.name === name) && (!select || select(shown(kind, object)));
  return ({ type, object, previous }) => {
    const after = type !== 'DELETED' && matches(object);
    const before = type === 'ADDED' ? false : matches(previous ?? object);
    if (after) return { type: before ? 'MODIFIED' : 'ADDED', object: shown(kind, object) };
    if (!before) return undefined;
    const last = type === 'DELETED' ? object : withRevisionOf(previous ?? object, object);
    return { type: 'DELETED', object: shown(kind, last) };
  };
}

function withRevisionOf(object: KubeObject, newer: KubeObject): KubeObject {
  const resourceVersion = newer.metadata.resourceVersion;
  return { ...object, metadata: { ...object.metadata, ...(resourceVersion !== undefined && { resourceVersion }) } };
}

function bookmark(kind: Kind, revision: number, annotations?: Record<string, string>): WatchEvent {
  const metadata = { resourceVersion: String(revision), ...(annotations && { annotations }) };
  return { type: 'BOOKMARK', object: { kind: kind.kind, apiVersion: apiVersionOf(kind), metadata } };
}

function tooOld(stream: EventQueue, from: number, oldest: number): EventQueue {
  const status: KubeStatus = expired(`too old resource version: ${from} (${oldest})`).status;
  stream.push({ type: 'ERROR', object: status });
  stream.close();
  return stream;
}

function seconds(text: string | null): number {
  const value = Number(text ?? '');
  return Number.isFinite(value) && value > 0 ? value : defaultTimeoutSeconds;
}

class EventQueue implements WatchStream {
  readonly #events: WatchEvent[] = [];
  readonly #cleanups: (() => void)[] = [];
  readonly #timer: NodeJS.Timeout;
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(timeoutSeconds: number) {
    this.#timeout = timeoutSeconds * 1000;
    this.#timer = setTimeout(() => this.close(), this.#timeout);
    this.#timer.unref();
  }

  readonly #timeout: number;

  push(event: WatchEvent): void {
    if (this.#closed) return;
    this.#events.push(event);
    this.#wake?.();
  }

  onClose(cleanup: () => void): void {
    if (this.#closed) cleanup();
    else this.#cleanups.push(cleanup);
  }

  sendBookmarks(period: number, make: () => WatchEvent): void {
    const every = setInterval(() => this.push(make()), period).unref();
    this.onClose(() => clearInterval(every));
    if (this.#timeout <= lastBookmark) return;
    const last = setTimeout(() => this.push(make()), this.#timeout - lastBookmark).unref();
    this.onClose(() => clearTimeout(last));
  }

  async next(): Promise<WatchEvent | undefined> {
    for (;;) {
      const event = this.#events.shift();
      if (event || this.#closed) return event;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const cleanup of this.#cleanups) cleanup();
    this.#wake?.();
  }
}
