import type { ApiClient, KubeObject, ResourceName } from '../types.ts';
import { Informer } from './informer.ts';
import type {
  ControllerRevision,
  Deployment,
  Namespace,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  ReplicaSet,
  Secret,
  StatefulSet,
  StorageClass,
  VolumeAttachment,
} from './kinds.ts';
import { RESOURCES, resourceKey } from './resources.ts';

/** One cache per resource, shared by every controller of a sandbox: what each wants is started once. */
export class Informers {
  readonly #client: ApiClient;
  readonly #signal: AbortSignal;
  readonly #byResource = new Map<string, { informer: Informer<KubeObject>; ready: Promise<void> }>();

  constructor(client: ApiClient, signal: AbortSignal) {
    this.#client = client;
    this.#signal = signal;
  }

  of<T extends KubeObject>(resource: ResourceName): Informer<T> {
    const key = resourceKey(resource);
    const known = this.#byResource.get(key);
    if (known !== undefined) return known.informer as unknown as Informer<T>;
    const informer = new Informer<KubeObject>(this.#client, resource);
    this.#byResource.set(key, { informer, ready: informer.start(this.#signal) });
    return informer as unknown as Informer<T>;
  }

  get namespaces(): Informer<Namespace> {
    return this.of(RESOURCES.namespaces);
  }
  get nodes(): Informer<Node> {
    return this.of(RESOURCES.nodes);
  }
  get pods(): Informer<Pod> {
    return this.of(RESOURCES.pods);
  }
  get secrets(): Informer<Secret> {
    return this.of(RESOURCES.secrets);
  }
  get configMaps(): Informer<KubeObject> {
    return this.of(RESOURCES.configMaps);
  }
  get serviceAccounts(): Informer<KubeObject> {
    return this.of(RESOURCES.serviceAccounts);
  }
  get volumes(): Informer<PersistentVolume> {
    return this.of(RESOURCES.volumes);
  }
  get claims(): Informer<PersistentVolumeClaim> {
    return this.of(RESOURCES.claims);
  }
  get storageClasses(): Informer<StorageClass> {
    return this.of(RESOURCES.storageClasses);
  }
  get attachments(): Informer<VolumeAttachment> {
    return this.of(RESOURCES.attachments);
  }
  get statefulSets(): Informer<StatefulSet> {
    return this.of(RESOURCES.statefulSets);
  }
  get deployments(): Informer<Deployment> {
    return this.of(RESOURCES.deployments);
  }
  get replicaSets(): Informer<ReplicaSet> {
    return this.of(RESOURCES.replicaSets);
  }
  get revisions(): Informer<ControllerRevision> {
    return this.of(RESOURCES.revisions);
  }

  /** Resolves when every cache that was asked for so far has listed once. */
  async ready(): Promise<void> {
    await Promise.all([...this.#byResource.values()].map(({ ready }) => ready));
  }

  async stopped(): Promise<void> {
    await Promise.all([...this.#byResource.values()].map(({ informer }) => informer.stopped()));
  }
}
