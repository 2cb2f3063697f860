import type { Json } from '../model/json.ts';
import type { Identity } from '../model/target.ts';
import type { Clock } from './clock.ts';

/** An object of the Kubernetes API with nothing typed away: unknown fields are kept as they came. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: KubeMeta;
  readonly [field: string]: unknown;
}

export interface KubeMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly {
    apiVersion: string;
    kind: string;
    name: string;
    uid: string;
    controller?: boolean;
  }[];
  readonly [field: string]: unknown;
}

export interface KubeName {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

export interface KubeListOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface AccessQuery {
  readonly verb: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
}

export interface KubeResource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly resource: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

/**
 * Reads of one Kubernetes API. Every method either answers completely or throws `CannotSee` (a DrctlError that names what
 * could not be read and why): a failed, forbidden or half-read list is never "nothing there".
 */
export interface KubeReader {
  /** undefined only when the API itself answered 404 for that object (or its namespace). */
  get(name: KubeName): Promise<KubeObject | undefined>;
  /** All of them: pages are followed to the end, an expired token starts over. Items carry apiVersion and kind. */
  list(apiVersion: string, kind: string, options?: KubeListOptions): Promise<readonly KubeObject[]>;
  /** The same of each object reduced to what is looked at, page by page: ten thousand whole ones are never held at once. */
  facts<T>(
    apiVersion: string,
    kind: string,
    options: KubeListOptions,
    factsOf: (object: KubeObject) => T,
  ): Promise<readonly T[]>;
  /** undefined when the API does not serve the kind. */
  resource(apiVersion: string, kind: string): Promise<KubeResource | undefined>;
  /** SelfSubjectAccessReview. */
  access(query: AccessQuery): Promise<{ readonly allowed: boolean; readonly reason: string }>;
  /** Server-side dry run of a write: the object as it would be, or the API's refusal. Persists nothing. */
  dryRun(
    write: KubeWrite,
  ): Promise<{ readonly object: KubeObject } | { readonly refused: string; readonly status: number }>;
}

/** A write to a Kubernetes API as data: the one shape that the door sends and a dry run tries. */
export type KubeWrite =
  | { readonly verb: 'create'; readonly object: KubeObject }
  | { readonly verb: 'apply'; readonly object: KubeObject; readonly force: boolean }
  | {
      readonly verb: 'patch';
      readonly target: KubeName;
      readonly type: 'json' | 'merge' | 'strategic';
      readonly patch: Json;
      readonly subresource?: 'status' | 'scale';
    }
  | {
      readonly verb: 'delete';
      readonly target: KubeName;
      readonly preconditions: { readonly uid: string; readonly resourceVersion?: string };
      readonly propagation?: 'Orphan' | 'Background' | 'Foreground';
    };

/** Reads of EC2: `Describe…` only, paged to the end; and DryRun of a write as a permission check. */
export interface CloudReader {
  volumes(filter: CloudFilter): Promise<readonly CloudVolume[]>;
  snapshots(filter: CloudFilter): Promise<readonly CloudSnapshot[]>;
  instances(
    ids: readonly string[],
  ): Promise<readonly { readonly id: string; readonly state: string; readonly zone: string }[]>;
  /** DryRun=true: `allowed` on DryRunOperation, otherwise why not. Says nothing about the resource's state (trap 33). */
  permitted(write: CloudWrite): Promise<{ readonly allowed: boolean; readonly reason: string }>;
}

export interface CloudFilter {
  readonly ids?: readonly string[];
  /** Tag key to accepted values. */
  readonly tags?: Readonly<Record<string, readonly string[]>>;
  /** EC2 filter name to values, e.g. `volume-id` for snapshots. */
  readonly filters?: Readonly<Record<string, readonly string[]>>;
}

export interface CloudVolume {
  readonly id: string;
  readonly state: string;
  readonly sizeGiB: number;
  readonly zone: string;
  readonly type?: string;
  readonly encrypted?: boolean;
  readonly createTime: string;
  readonly snapshotId?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly attachments: readonly { readonly instance: string; readonly state: string; readonly device?: string }[];
}

export interface CloudSnapshot {
  readonly id: string;
  readonly volumeId: string;
  readonly state: string;
  readonly progress?: string;
  readonly startTime: string;
  readonly tags: Readonly<Record<string, string>>;
}

export type CloudWrite =
  | {
      readonly action: 'CreateSnapshot';
      readonly volumeId: string;
      readonly description: string;
      readonly tags: Readonly<Record<string, string>>;
    }
  | {
      readonly action: 'CreateTags';
      readonly resources: readonly string[];
      readonly tags: Readonly<Record<string, string>>;
    }
  | {
      readonly action: 'DeleteTags';
      readonly resources: readonly string[];
      readonly tags: Readonly<Record<string, string>>;
    };

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs?: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** At most 1 MiB, cut beyond. */
  readonly body: string;
}

/** A file of a manifest directory. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/**
 * Everything a planner or check may look at. Its transport sends only the read classes of the request table (promise 1):
 * handed a write it throws before a byte is sent. The same object serves planning and running.
 */
export interface ReadWorld {
  kube(endpoint: 'cluster' | 'argocd'): KubeReader;
  /** Throws `NotConfigured` where the target names no AWS endpoint. */
  readonly cloud: CloudReader;
  /** GET and HEAD, of http(s) and of model/proxy-url; and POST of a PromQL query, to a path that ends in `/api/v1/query`. */
  http(request: HttpRequest): Promise<HttpAnswer>;
  /** All files below a directory, or the one file, sorted by path; the bytes a run has pinned where it pinned them. */
  files(path: string): Promise<readonly SourceFile[]>;
  /** Who answers at each endpoint, read afresh. */
  identity(): Promise<Identity>;
  /** Who we are: Kubernetes user (SelfSubjectReview) and AWS caller ARN, where they can be known. */
  caller(): Promise<{ readonly kubernetes?: string; readonly aws?: string }>;
  readonly clock: Clock;
}

/** Raised by every reader that cannot answer completely. The engine turns it into `blocked: cannot see X`. */
export const CANNOT_SEE = 'CannotSee';
