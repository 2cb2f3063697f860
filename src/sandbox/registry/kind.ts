import type { JsonObject, KubeObject } from '../types.ts';
import type { Cause } from './status.ts';

/** What the server knows of a kind: one record per group, version and resource. */
export interface Kind {
  group: string;
  version: string;
  resource: string;
  kind: string;
  singular: string;
  shortNames: string[];
  categories: string[];
  namespaced: boolean;
  verbs: string[];
  subresources: Subresource[];
  storageVersionHash?: string;
  /** Kinds that show the same objects (events of two groups) name one table. */
  table: string;
  strategy: Strategy;
  columns: Column[];
  /** Field selectors beyond metadata.name and metadata.namespace, with how to read them. */
  selectable: Record<string, (object: KubeObject) => string>;
  /** Set for a kind that a CustomResourceDefinition added. */
  custom?: CustomKind;
  /** How this kind shows an object of its table, and stores one, when another kind's form is the stored one. */
  view?: { read(stored: KubeObject): KubeObject; write(shown: KubeObject): KubeObject };
}

export interface Subresource {
  name: string;
  kind: string;
  group?: string;
  version?: string;
  verbs: string[];
}

/** Every function may change the object it gets: it is the pipeline's own copy. */
export interface Strategy {
  /** What the Go types' defaulting functions fill in; run on create and on update. */
  defaults?(object: KubeObject): void;
  /** Before validation on create: drops status and fills what only the server may. */
  prepareForCreate?(object: KubeObject, context: StrategyContext): void;
  /** Before validation on update of the main resource. */
  prepareForUpdate?(object: KubeObject, old: KubeObject, context: StrategyContext): void;
  /** Before validation on update of the status subresource. */
  prepareForStatus?(object: KubeObject, old: KubeObject, context: StrategyContext): void;
  /** Said beside the answer to a write that is accepted. */
  warnings?(object: KubeObject): string[];
  validate?(object: KubeObject): Cause[];
  validateUpdate?(object: KubeObject, old: KubeObject, context: StrategyContext): Cause[];
  /** metadata.generation counts changes of everything but metadata and status. */
  generation?: boolean;
  /** What metadata.generation counts changes of, where it is more than that. */
  counted?: (object: KubeObject) => unknown;
  /** A PUT of an object that is not there creates it (Lease, Event, …). */
  createsOnUpdate?: boolean;
  /** A PUT without resourceVersion answers 422 instead of overwriting. */
  needsRevision?: boolean;
  /** Seconds an object stays after a plain DELETE (pods). */
  gracePeriod?(object: KubeObject): number;
  /** Finalizer a DELETE without propagation policy sets. Undefined: background. */
  nameRule?: (name: string) => string | undefined;
}

export interface StrategyContext {
  now: string;
  find(table: string, namespace: string | undefined, name: string): KubeObject | undefined;
  list(table: string): KubeObject[];
}

export interface Column {
  name: string;
  type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  format?: string;
  description?: string;
  priority?: number;
  cell(object: KubeObject, now: number): string | number | boolean | null;
}

export interface CustomKind {
  schema: JsonObject;
  statusSubresource: boolean;
  scale?: { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath?: string };
}
