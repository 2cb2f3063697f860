import type { Kind } from '../registry/kind.ts';
import type { Registry } from '../registry/registry.ts';
import type { Store } from '../store/store.ts';
import type { Identity, RequestInfo } from './request.ts';
import type { Schemas } from '../patch/index.ts';
import type { Ended } from './exec.ts';
import type { AskInside } from './proxy.ts';

/** What every handler works on. */
export interface ApiContext {
  store: Store;
  registry: Registry;
  schemas: Schemas;
  /** Milliseconds since the epoch; a test may hold it still. */
  now: () => number;
  newUid: () => string;
  /** Milliseconds between the bookmarks of a watch that asked for them. */
  bookmarkEvery: number;
  users: Users;
  /** Called after a write is stored, synchronously: CRDs change the registry here. */
  committed?: (kind: Kind) => void;
  /** Runs a command in a container that is running: what a kubelet and its runtime do. Absent: nobody can. */
  runInPod?: RunInPod;
  /** What answers behind `pods/proxy` and `services/proxy`. Absent: nothing does. */
  askInside?: AskInside;
}

export type RunInPod = (namespace: string, pod: string, argv: readonly string[]) => Ended;

/** A request whose kind is known and whose caller may make it. */
export interface Target {
  info: RequestInfo;
  kind: Kind;
  identity: Identity;
}

/** Who may come in, and what they may do. */
export interface Users {
  /** Undefined: unknown token. 'expired': known once. */
  byToken(token: string): Identity | 'expired' | undefined;
  /** A service-account token that says these claims and that `byToken` will know. */
  sign(claims: Record<string, unknown>): string;
  rulesOf(identity: Identity, namespace?: string): Rule[];
}

export interface Rule {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
  /** Only in this namespace (from a RoleBinding). */
  namespace?: string;
  /** What grants it, as an access review tells. */
  because?: string;
}

/** RFC 3339 with seconds, as metav1.Time is written. */
export function timestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

export function keyOf(kind: Kind, namespace: string | undefined, name: string): string {
  return kind.namespaced ? `${namespace ?? ''}/${name}` : name;
}
