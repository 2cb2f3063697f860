import type { KubeObject } from '../types.ts';
import { History } from './history.ts';
import type { Change } from './history.ts';

export interface StoreSnapshot {
  revision: number;
  tables: [table: string, rows: [key: string, object: KubeObject][]][];
}

export type Listener = (change: Change) => void;

/**
 * etcd in miniature: one revision counter over everything, synchronous writes, a window of past changes.
 *
 * Stored objects are values: whoever writes hands in an object of its own, nobody changes one that came out. That is what
 * makes a snapshot cheap (it shares every object) and lets the history serve old lists.
 */
export class Store {
  #revision: number;
  readonly #tables = new Map<string, Map<string, KubeObject>>();
  readonly #history: History;
  readonly #listeners = new Map<string, Set<Listener>>();

  constructor(options: { window?: number; from?: StoreSnapshot } = {}) {
    this.#revision = options.from?.revision ?? 1;
    for (const [table, rows] of options.from?.tables ?? []) this.#tables.set(table, new Map(rows));
    this.#history = new History(options.window ?? 10_000, this.#revision);
  }

  get revision(): number {
    return this.#revision;
  }

  /** The oldest revision from which a watch can still go on, or a list be read. */
  get oldestRevision(): number {
    return this.#history.oldest;
  }

  get(table: string, key: string): KubeObject | undefined {
    return this.#tables.get(table)?.get(key);
  }

  /** In the order of etcd keys (`namespace/name` by bytes), which is the order of every list and of its pages. */
  list(table: string, prefix = ''): [key: string, object: KubeObject][] {
    const rows = [...(this.#tables.get(table) ?? [])];
    return inKeyOrder(prefix === '' ? rows : rows.filter(([key]) => key.startsWith(prefix)));
  }

  /** The list as it was; undefined when the window does not reach back that far. */
  listAt(table: string, revision: number, prefix = ''): [key: string, object: KubeObject][] | undefined {
    const undone = this.#history.after(revision);
    if (undone === undefined) return undefined;
    const rows = new Map(this.#tables.get(table) ?? []);
    for (const change of undone.toReversed()) {
      if (change.table !== table) continue;
      if (change.previous === undefined) rows.delete(change.key);
      else rows.set(change.key, change.previous);
    }
    return inKeyOrder([...rows].filter(([key]) => key.startsWith(prefix)));
  }

  /** Writes the object under the next revision and returns it as stored. */
  put(table: string, key: string, object: KubeObject): KubeObject {
    const revision = ++this.#revision;
    const stored = withRevision(object, revision);
    const previous = this.#rows(table).get(key);
    this.#rows(table).set(key, stored);
    this.#publish({
      revision,
      type: previous ? 'MODIFIED' : 'ADDED',
      table,
      key,
      object: stored,
      ...(previous && { previous }),
    });
    return stored;
  }

  /** Removes the object and returns its last state, which carries the revision of the removal as a watch shows it. */
  remove(table: string, key: string): KubeObject | undefined {
    const previous = this.get(table, key);
    if (!previous) return undefined;
    const revision = ++this.#revision;
    this.#rows(table).delete(key);
    const object = withRevision(previous, revision);
    this.#publish({ revision, type: 'DELETED', table, key, object, previous });
    return object;
  }

  /** Changes of one table after `revision`; undefined when the window does not reach back that far (410 Expired). */
  changesSince(table: string, revision: number): Change[] | undefined {
    return this.#history.after(revision)?.filter((change) => change.table === table);
  }

  /** Calls the listener synchronously, in order, for each change of the table; returns the way to stop. */
  subscribe(table: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(table) ?? new Set();
    this.#listeners.set(table, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /** Forgets the history before now, as an etcd compaction does: older watches and lists answer 410. */
  compact(): void {
    this.#history.compact(this.#revision);
  }

  snapshot(): StoreSnapshot {
    return { revision: this.#revision, tables: [...this.#tables].map(([table, rows]) => [table, [...rows]]) };
  }

  #rows(table: string): Map<string, KubeObject> {
    let rows = this.#tables.get(table);
    if (!rows) this.#tables.set(table, (rows = new Map()));
    return rows;
  }

  #publish(change: Change): void {
    this.#history.add(change);
    for (const listener of this.#listeners.get(change.table) ?? []) listener(change);
  }
}

const leading = new Set(['name', 'generateName', 'namespace', 'uid', 'resourceVersion']);

function withRevision(object: KubeObject, revision: number): KubeObject {
  // In its place among the fields: messages that quote an object show them in order.
  const entries = Object.entries({ ...object.metadata, resourceVersion: String(revision) });
  const [first, rest] = [entries.filter(([name]) => leading.has(name)), entries.filter(([name]) => !leading.has(name))];
  return { ...object, metadata: Object.fromEntries([...first, ...rest]) };
}

function inKeyOrder(rows: [string, KubeObject][]): [string, KubeObject][] {
  return rows.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
