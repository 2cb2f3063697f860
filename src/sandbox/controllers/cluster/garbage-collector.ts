import type { KubeObject, OwnerReference } from '../../types.ts';
import { type Controller, type ControllerContext, ControllerParts } from '../context.ts';
import { isNotFound } from '../failures.ts';
import { hasFinalizer, isTerminating, keyOf, splitKey, uidOf, withoutFinalizer } from '../objects.ts';
import { backOff } from '../work-queue.ts';
import { FOREGROUND, ORPHAN, type OwnerState, decideCollect, mayRelease, withoutOwner } from './decide-collect.ts';
import { type Monitor, OwnerGraph } from './owner-graph.ts';

/** The garbage collector: deletes what has only dead owners, and carries out foreground and orphan deletion. */
export function garbageCollector(context: ControllerContext): Controller {
  const parts = new ControllerParts(context, 'generic-garbage-collector');
  const graph = new OwnerGraph(context, parts.client);
  const collector = new Collector(graph, parts, (monitor, object) => queue.add(`${monitor.key}|${keyOf(object)}`));
  const queue = parts.queue({
    workers: 4,
    failed: (_key, _error, attempt) => backOff(20, attempt),
    work: async (id) => {
      const [key = '', object = ''] = id.split('|');
      const monitor = graph.monitor(key);
      const found = monitor?.informer.byKey(object);
      if (monitor !== undefined && found !== undefined) await collector.process(monitor, found);
    },
  });

  function follow(monitors: readonly Monitor[]): void {
    for (const monitor of monitors) {
      monitor.informer.onChange(({ before, after }) => collector.consider(monitor, before, after));
      for (const object of monitor.informer.list()) collector.consider(monitor, undefined, object);
    }
  }

  const first = graph.extend();
  return {
    begin: () => {
      follow(first);
      parts.every(context.periods.collectorResync, () => follow(graph.extend()));
    },
    stop: () => parts.stop(),
  };
}

class Collector {
  readonly #graph: OwnerGraph;
  readonly #parts: ControllerParts;
  readonly #add: (monitor: Monitor, object: KubeObject) => void;

  constructor(graph: OwnerGraph, parts: ControllerParts, add: (monitor: Monitor, object: KubeObject) => void) {
    this.#graph = graph;
    this.#parts = parts;
    this.#add = add;
  }

  /** A change may make the object garbage; its end concerns what it owns, and the owner that waits for it. */
  consider(monitor: Monitor, before: KubeObject | undefined, after: KubeObject | undefined): void {
    if (after !== undefined) {
      if (after.metadata.ownerReferences !== undefined || isTerminating(after)) this.#add(monitor, after);
      return;
    }
    if (before === undefined) return;
    for (const [kind, dependent] of this.#graph.dependentsOf(uidOf(before))) this.#add(kind, dependent);
    for (const reference of before.metadata.ownerReferences ?? []) {
      const [kind, owner] = this.#graph.cachedOwner(reference, before) ?? [];
      if (kind !== undefined && owner !== undefined && isTerminating(owner)) this.#add(kind, owner);
    }
  }

  async process(monitor: Monitor, object: KubeObject): Promise<void> {
    if (isTerminating(object)) await this.#release(monitor, object);
    else if (object.metadata.ownerReferences !== undefined) await this.#collect(monitor, object);
  }

  async #collect(monitor: Monitor, object: KubeObject): Promise<void> {
    const states = new Map<string, OwnerState>();
    for (const owner of object.metadata.ownerReferences ?? []) {
      states.set(owner.uid, await this.#graph.stateOf(owner, object));
    }
    const decision = decideCollect(object, states);
    const { name, namespace } = splitKey(keyOf(object));
    if (decision.do === 'delete') {
      const options = { uid: uidOf(object), propagationPolicy: decision.propagationPolicy };
      await ignoringAbsence(this.#parts.client.delete(monitor.served.resource, name, namespace, options));
    }
    if (decision.do === 'dropOwners') await this.#writeOwners(monitor, object, decision.keep);
  }

  async #release(monitor: Monitor, owner: KubeObject): Promise<void> {
    const dependents = this.#graph.dependentsOf(uidOf(owner));
    if (hasFinalizer(owner, ORPHAN)) {
      for (const [kind, dependent] of dependents) {
        await this.#writeOwners(kind, dependent, withoutOwner(dependent, uidOf(owner)));
      }
      await ignoringAbsence(this.#parts.client.update(monitor.served.resource, withoutFinalizer(owner, ORPHAN)));
      return;
    }
    if (!hasFinalizer(owner, FOREGROUND)) return;
    for (const [kind, dependent] of dependents) this.#add(kind, dependent);
    if (
      !mayRelease(
        owner,
        dependents.map(([, dependent]) => dependent),
      )
    )
      return;
    await ignoringAbsence(this.#parts.client.update(monitor.served.resource, withoutFinalizer(owner, FOREGROUND)));
  }

  async #writeOwners(monitor: Monitor, object: KubeObject, owners: OwnerReference[]): Promise<void> {
    const { uid, resourceVersion } = object.metadata;
    const metadata = {
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ownerReferences: owners.length === 0 ? null : owners,
    };
    const { name, namespace } = splitKey(keyOf(object));
    await ignoringAbsence(this.#parts.client.patch(monitor.served.resource, name, namespace, 'merge', { metadata }));
  }
}

async function ignoringAbsence(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
