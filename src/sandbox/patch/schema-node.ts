import type { Json } from '../types.ts';
import { semanticsOf, semanticsOfNode, type Semantics } from './semantics.ts';

/** An OpenAPI v3 schema as the documents write it, read only as far as the sandbox needs. */
export interface OpenApiSchema {
  type?: string;
  format?: string;
  default?: unknown;
  nullable?: boolean;
  $ref?: string;
  allOf?: OpenApiSchema[];
  oneOf?: OpenApiSchema[];
  items?: OpenApiSchema;
  properties?: Record<string, OpenApiSchema>;
  additionalProperties?: OpenApiSchema | boolean;
  required?: string[];
  [extension: `x-kubernetes-${string}`]: unknown;
}

export type Shape = 'struct' | 'map' | 'list' | 'scalar' | 'untyped';

/** Where named schemas are looked up: the document that a schema stands in. */
export type Definitions = Record<string, OpenApiSchema>;

/**
 * One place in the schema of a kind, with what the list semantics say of it. Children are made when asked for: a Pod's
 * schema has some thousand places and a patch visits a dozen.
 */
export class SchemaNode {
  readonly source: OpenApiSchema;
  /** The named schema this place belongs to, and the path inside it: the key of the table of list semantics. */
  readonly owner: string;
  readonly path: string;
  readonly semantics: Semantics | undefined;
  readonly shape: Shape;
  readonly #definitions: Definitions;
  readonly #children = new Map<string, SchemaNode | undefined>();

  constructor(at: OpenApiSchema, owner: string, path: string, definitions: Definitions) {
    const reference = at.$ref ?? at.allOf?.[0]?.$ref;
    const name = reference?.slice('#/components/schemas/'.length);
    const own = semanticsOf(owner, path) ?? semanticsOfNode(at);
    this.source = (name === undefined ? at : definitions[name]) ?? {};
    this.owner = name ?? owner;
    this.path = name === undefined ? path : '';
    const self = name === undefined ? undefined : semanticsOf(name, '(self)');
    this.semantics = own && self ? { ...self, ...own } : (own ?? self);
    this.shape = shapeOf(this.source, this.semantics);
    this.#definitions = definitions;
  }

  /** `Deployment`, `PodSpec`: what Go calls the struct; undefined for an inline schema of a custom resource. */
  get structName(): string {
    return this.owner.slice(this.owner.lastIndexOf('.') + 1);
  }

  get required(): string[] {
    return this.source.required ?? [];
  }

  /** Names of the declared fields of a struct. */
  get fieldNames(): string[] {
    return Object.keys(this.source.properties ?? {});
  }

  /** Is the whole value one leaf to a merge? Lists are unless the table says otherwise, objects only if it says so. */
  get atomic(): boolean {
    if (this.shape === 'list') return (this.semantics?.listType ?? 'atomic') === 'atomic';
    return this.semantics?.mapType === 'atomic';
  }

  /** The declared field of a struct, or the value type of a map; undefined where a name is not declared. */
  field(name: string): SchemaNode | undefined {
    if (this.shape === 'untyped') return UNTYPED;
    const declared = Object.hasOwn(this.source.properties ?? {}, name) ? this.source.properties?.[name] : undefined;
    if (declared) return this.#child(`.${name}`, declared);
    if (typeof this.source.additionalProperties === 'object')
      return this.#child('{}', this.source.additionalProperties);
    return this.preservesUnknown ? UNTYPED : undefined;
  }

  /**
   * What the Go struct holds in a field that the JSON leaves out, where that is more than nothing: an empty struct that
   * is no pointer, a zero or a null that is written out. Such a field is never new, so nobody owns it for creating it.
   */
  implied(name: string): Json | undefined {
    const at = this.source.properties?.[name];
    if (!at || !isGoStruct(this.owner)) return undefined;
    if (at.default === '' || at.default === 0 || at.default === false) return at.default;
    const shape = this.field(name)?.shape;
    if (shape === 'struct' && isEmptyObject(at.default)) return {};
    const isCollection = shape === 'list' || shape === 'map';
    return (isCollection && this.required.includes(name)) || nullTimesOf(this.owner).includes(name) ? null : undefined;
  }

  get preservesUnknown(): boolean {
    return this.semantics?.preserveUnknownFields === true || this.source.additionalProperties === true;
  }

  get element(): SchemaNode {
    return this.source.items ? this.#child('[]', this.source.items) : UNTYPED;
  }

  #child(step: string, schema: OpenApiSchema): SchemaNode {
    const known = this.#children.get(step);
    if (known) return known;
    const path = step.startsWith('.') && this.path === '' ? step.slice(1) : this.path + step;
    const child = new SchemaNode(schema, this.owner, path, this.#definitions);
    this.#children.set(step, child);
    return child;
  }
}

/** A value nobody declared: objects merge by field, lists are atomic, as a schemaless custom resource's do. */
export const UNTYPED = new SchemaNode({}, '', '', {});

function shapeOf(source: OpenApiSchema, semantics: Semantics | undefined): Shape {
  if (source.oneOf || source['x-kubernetes-int-or-string'] === true) return 'scalar';
  if (source.type === 'array') return 'list';
  if (source.properties) return 'struct';
  if (typeof source.additionalProperties === 'object') return 'map';
  if (source.type === undefined || source.type === 'object' || semantics?.preserveUnknownFields) return 'untyped';
  return 'scalar';
}

/** Custom resources are kept as JSON: nothing is implied there. */
function isGoStruct(owner: string): boolean {
  return owner.startsWith('io.k8s.api.') || owner.startsWith('io.k8s.apimachinery.');
}

/** Names of times that are no pointers, and so are written as null when nobody set them. */
export function nullTimesOf(owner: string): string[] {
  return NULL_TIMES[owner] ?? [];
}

const NULL_TIMES: Record<string, string[]> = {
  'io.k8s.api.core.v1.PodCondition': ['lastProbeTime'],
  'io.k8s.api.core.v1.Event': ['firstTimestamp', 'lastTimestamp', 'eventTime'],
};

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
