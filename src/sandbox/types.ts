/**
 * What the parts of the sandbox say to each other. The sandbox is a program of its own: nothing here is shared with the
 * rest of drctl, so that a wrong belief of drctl's about Kubernetes is not repeated by the thing that tests it.
 */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export interface OwnerReference extends JsonObject {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
}

/** An API object as it goes over the wire: nothing typed away, so that unknown fields survive or are refused knowingly. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

export interface ObjectMeta {
  name?: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managedFields?: ManagedFieldsEntry[];
}

export interface ManagedFieldsEntry {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  time?: string;
  fieldsType: 'FieldsV1';
  fieldsV1: JsonObject;
  subresource?: string;
}

/** Where a kind lives: `{group: '', version: 'v1', resource: 'persistentvolumes'}`. */
export interface ResourceName {
  group: string;
  version: string;
  resource: string;
}

/** metav1.Status, thrown as this error inside the sandbox and encoded once, at the edge. */
export class StatusError extends Error {
  readonly status: KubeStatus;
  constructor(status: KubeStatus) {
    super(status.message);
    this.name = 'StatusError';
    this.status = status;
  }
}

export interface KubeStatus {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: JsonObject;
  status: 'Failure' | 'Success';
  message: string;
  reason?: string;
  details?: JsonObject;
  code: number;
}

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
export interface WatchEvent {
  type: WatchEventType;
  object: KubeObject | KubeStatus;
}

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

export interface ListOptions {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
}

export interface WriteOptions {
  fieldManager?: string;
  dryRun?: boolean;
  force?: boolean;
  /**
   * `binding` is a create of `{kind: Binding, metadata: {name, namespace}, target: {kind: Node, name}}` on pods (spec.nodeName
   * cannot be written otherwise); `finalize` is an update of a namespace whose spec.finalizers shrinks: with none left and a
   * deletionTimestamp the server removes the namespace.
   */
  subresource?: 'status' | 'scale' | 'binding' | 'finalize';
}

export interface DeleteOptions {
  uid?: string;
  resourceVersion?: string;
  propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  gracePeriodSeconds?: number;
}

/**
 * What a controller sees of the API: the same verbs in process and over HTTP, so that a controller of the sandbox can be
 * pointed at a real API server. Every failure is a StatusError.
 */
export interface ApiClient {
  get(resource: ResourceName, name: string, namespace?: string): Promise<KubeObject>;
  list(resource: ResourceName, options?: ListOptions): Promise<{ items: KubeObject[]; resourceVersion: string }>;
  /** Ends when `signal` aborts or the server closes; an ERROR event (410) means: list again. */
  watch(
    resource: ResourceName,
    options: ListOptions & { resourceVersion: string; signal: AbortSignal },
  ): AsyncIterable<WatchEvent>;
  create(resource: ResourceName, object: KubeObject, options?: WriteOptions): Promise<KubeObject>;
  update(resource: ResourceName, object: KubeObject, options?: WriteOptions): Promise<KubeObject>;
  patch(
    resource: ResourceName,
    name: string,
    namespace: string | undefined,
    type: PatchType,
    patch: Json,
    options?: WriteOptions,
  ): Promise<KubeObject>;
  delete(resource: ResourceName, name: string, namespace?: string, options?: DeleteOptions): Promise<void>;
}

/** A long-lived loop of the sandbox: a controller, the kubelet, the CSI driver. `stop` resolves when nothing more will be sent. */
export interface Running {
  stop(): Promise<void>;
}

/** What the simulated CSI driver needs of the simulated cloud; the EC2 endpoint implements it over its own store. */
export interface Cloud {
  createVolume(request: {
    sizeGiB: number;
    zone: string;
    tags: Record<string, string>;
    type?: string;
  }): Promise<CloudVolume>;
  deleteVolume(id: string): Promise<void>;
  attach(id: string, instance: string, device: string): Promise<void>;
  detach(id: string): Promise<void>;
  describe(id: string): Promise<CloudVolume | undefined>;
  /** What is on the disk. Workloads read and write it while the volume is attached; drctl never sees it. */
  content(id: string): VolumeContent;
}

export interface CloudVolume {
  id: string;
  state: 'creating' | 'available' | 'in-use' | 'deleting' | 'deleted' | 'error';
  sizeGiB: number;
  zone: string;
  createTime: string;
  tags: Record<string, string>;
  attachments: {
    instance: string;
    device: string;
    state: 'attaching' | 'attached' | 'detaching' | 'detached' | 'busy';
  }[];
}

/** A disk: empty until somebody formats and writes it. `writers` are the identities that ever wrote, oldest first. */
export interface VolumeContent {
  filesystem?: string;
  /** File name to text: `identity`, `cluster-id`, `records`, … whatever the workload keeps. */
  files: Record<string, string>;
  writers: string[];
}
