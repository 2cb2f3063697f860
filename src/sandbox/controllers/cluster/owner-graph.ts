import type { ApiClient, KubeObject, OwnerReference } from '../../types.ts';
import type { ControllerContext } from '../context.ts';
import { isNotFound } from '../failures.ts';
import type { Informer } from '../informer.ts';
import { hasFinalizer, isTerminating } from '../objects.ts';
import { type ServedResource, resourceKey } from '../resources.ts';
import { FOREGROUND, type OwnerState } from './decide-collect.ts';

/** One resource that the garbage collector follows. */
export interface Monitor {
  key: string;
  served: ServedResource;
  informer: Informer<KubeObject>;
  dependentsOf: (ownerUid: string) => KubeObject[];
}

/** Who owns whom, over every resource that is served (CRDs come and go). */
export class OwnerGraph {
  readonly #context: ControllerContext;
  readonly #client: ApiClient;
  readonly #monitors = new Map<string, Monitor>();

  constructor(context: ControllerContext, client: ApiClient) {
    this.#context = context;
    this.#client = client;
  }

  /** Follows what is served by now; returns the monitors that are new. Events own nothing and expire by themselves. */
  extend(): Monitor[] {
    const fresh = this.#context
      .served()
      .filter(({ kind, resource }) => kind !== 'Event' && !this.#monitors.has(resourceKey(resource)))
      .map((served) => monitorOf(this.#context, served));
    for (const monitor of fresh) this.#monitors.set(monitor.key, monitor);
    return fresh;
  }

  monitor(key: string): Monitor | undefined {
    return this.#monitors.get(key);
  }

  dependentsOf(ownerUid: string): [Monitor, KubeObject][] {
    return [...this.#monitors.values()].flatMap((monitor) =>
      monitor.dependentsOf(ownerUid).map((dependent): [Monitor, KubeObject] => [monitor, dependent]),
    );
  }

  /** The owner as the cache has it, by name: it may be another object than the reference's uid means. */
  cachedOwner(reference: OwnerReference, dependent: KubeObject): [Monitor, KubeObject] | undefined {
    const monitor = this.#monitorOf(reference);
    const owner = monitor?.informer.get(
      reference.name,
      monitor.served.namespaced ? dependent.metadata.namespace : undefined,
    );
    return monitor === undefined || owner === undefined ? undefined : [monitor, owner];
  }

  /** An owner that the cache does not have is looked for at the API server before it is called gone. */
  async stateOf(reference: OwnerReference, dependent: KubeObject): Promise<OwnerState> {
    const monitor = this.#monitorOf(reference);
    if (monitor === undefined) return 'unknown';
    const namespace = monitor.served.namespaced ? dependent.metadata.namespace : undefined;
    if (monitor.served.namespaced && namespace === undefined) return 'unknown';
    const cached = monitor.informer.get(reference.name, namespace);
    const owner =
      cached?.metadata.uid === reference.uid ? cached : await this.#read(monitor, reference.name, namespace);
    if (owner?.metadata.uid !== reference.uid) return 'gone';
    return isTerminating(owner) && hasFinalizer(owner, FOREGROUND) ? 'waiting' : 'alive';
  }

  #monitorOf(reference: OwnerReference): Monitor | undefined {
    const parts = reference.apiVersion.split('/');
    const [group, version] = parts.length === 2 ? parts : ['', reference.apiVersion];
    return [...this.#monitors.values()].find(
      ({ served: { kind, resource } }) =>
        kind === reference.kind && resource.group === group && resource.version === version,
    );
  }

  async #read(monitor: Monitor, name: string, namespace: string | undefined): Promise<KubeObject | undefined> {
    try {
      return await this.#client.get(monitor.served.resource, name, namespace);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }
}

function monitorOf(context: ControllerContext, served: ServedResource): Monitor {
  const informer = context.informers.of<KubeObject>(served.resource);
  const dependentsOf = informer.index('owner', ({ metadata }) =>
    (metadata.ownerReferences ?? []).map(({ uid }) => uid),
  );
  return { key: resourceKey(served.resource), served, informer, dependentsOf };
}
