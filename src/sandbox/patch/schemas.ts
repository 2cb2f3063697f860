import { createHash } from 'node:crypto';
import type { JsonObject, KubeObject } from '../types.ts';
import { documentOfCrd, expandDocument, type OpenApiDocument } from './openapi-document.ts';
import { scaleRoot } from './scale-schema.ts';
import { SchemaNode } from './schema-node.ts';
import apps from './schemas/apps-v1.json' with { type: 'json' };
import argoproj from './schemas/argoproj.io-v1alpha1.json' with { type: 'json' };
import coordination from './schemas/coordination.k8s.io-v1.json' with { type: 'json' };
import core from './schemas/core-v1.json' with { type: 'json' };
import events from './schemas/events.k8s.io-v1.json' with { type: 'json' };
import storage from './schemas/storage.k8s.io-v1.json' with { type: 'json' };
import velero from './schemas/velero.io-v1.json' with { type: 'json' };

/**
 * The root of a kind whose schema was never recorded: only its metadata is known. Merging, owning and applying still
 * work, list by list as if nothing were declared.
 */
const UNRECORDED = new SchemaNode(
  {
    type: 'object',
    'x-kubernetes-preserve-unknown-fields': true,
    properties: {
      metadata: core.components.schemas['io.k8s.api.core.v1.ConfigMap'].properties.metadata,
      // Of RBAC no schema was recorded, but its answers show that a reference to a role is owned as a whole.
      roleRef: { type: 'object', 'x-kubernetes-map-type': 'atomic', 'x-kubernetes-preserve-unknown-fields': true },
    },
  },
  'io.k8s.api.unrecorded',
  '',
  core.components.schemas,
);

/** What is known of one kind. */
export interface Schema {
  apiVersion: string;
  kind: string;
  root: SchemaNode;
  /** Custom resources decode, prune and fail differently from built-in kinds. */
  custom: boolean;
  /** With a status subresource, writes to the object do not own its status and writes to the status own nothing else. */
  hasStatus: boolean;
}

const SCALE: Schema = {
  apiVersion: 'autoscaling/v1',
  kind: 'Scale',
  root: scaleRoot(core.components.schemas),
  custom: false,
  hasStatus: false,
};

const BUILT_IN: Record<string, unknown> = {
  v1: core,
  'apps/v1': apps,
  'coordination.k8s.io/v1': coordination,
  'events.k8s.io/v1': events,
  'storage.k8s.io/v1': storage,
};
const CUSTOM: Record<string, unknown> = { 'argoproj.io/v1alpha1': argoproj, 'velero.io/v1': velero };

/** The schemas of every kind the sandbox knows, one lazily read OpenAPI document per group and version. */
export class Schemas {
  readonly #documents: Map<string, OpenApiDocument>;
  readonly #known = new Map<string, Schema | undefined>();
  readonly #texts = new Map<string, string>();

  private constructor(documents: Map<string, OpenApiDocument>) {
    this.#documents = documents;
  }

  static load(): Schemas {
    const all = { ...BUILT_IN, ...CUSTOM } as Record<string, OpenApiDocument>;
    return new Schemas(new Map(Object.entries(all)));
  }

  /** Undefined for a kind whose schema was never recorded: it is then merged and owned as if nothing were declared. */
  of(apiVersion: string, kind: string): Schema | undefined {
    const key = `${apiVersion} ${kind}`;
    if (!this.#known.has(key)) this.#known.set(key, this.#find(apiVersion, kind));
    return this.#known.get(key);
  }

  /** The type of a kind for merging and owning; it exists for every kind. */
  rootOf(apiVersion: string, kind: string): SchemaNode {
    return this.of(apiVersion, kind)?.root ?? UNRECORDED;
  }

  /** Is this kind known in some version? Tells a wrong version of it from a kind that has no schema here. */
  servesVersionOf(kind: string): boolean {
    return [...this.#documents.keys()].some((apiVersion) => this.of(apiVersion, kind) !== undefined);
  }

  /** Adds, or replaces, the kinds of a CustomResourceDefinition (apiextensions.k8s.io/v1), every served version. */
  addCrd(crd: KubeObject): void {
    for (const { apiVersion, document } of documentOfCrd(crd)) {
      const known = this.#documents.get(apiVersion);
      this.#documents.set(apiVersion, {
        ...document,
        paths: { ...known?.paths, ...document.paths },
        components: { schemas: { ...known?.components.schemas, ...document.components.schemas } },
      });
      for (const key of this.#known.keys()) if (key.startsWith(`${apiVersion} `)) this.#known.delete(key);
      this.#texts.delete(apiVersion);
    }
  }

  /** The answer to GET /openapi/v3. The hash lets clients cache a document for ever, so it is of the content. */
  openApiIndex(): { paths: Record<string, { serverRelativeURL: string }> } {
    const paths: Record<string, { serverRelativeURL: string }> = {};
    for (const apiVersion of this.#documents.keys()) {
      const path = apiVersion.includes('/') ? `apis/${apiVersion}` : `api/${apiVersion}`;
      const hash = createHash('sha512').update(this.#text(apiVersion)).digest('hex').toUpperCase();
      paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` };
    }
    return { paths };
  }

  /** The answer to GET /openapi/v3/`path`, `path` being `api/v1` or `apis/GROUP/VERSION`; undefined = 404. */
  openApiDocument(path: string): JsonObject | undefined {
    const apiVersion = path.replace(/^apis?\//, '');
    return this.#documents.has(apiVersion) ? (JSON.parse(this.#text(apiVersion)) as JsonObject) : undefined;
  }

  #text(apiVersion: string): string {
    const known = this.#texts.get(apiVersion);
    if (known !== undefined) return known;
    const document = this.#documents.get(apiVersion);
    const text = document ? JSON.stringify(expandDocument(document)) : '{}';
    this.#texts.set(apiVersion, text);
    return text;
  }

  #find(apiVersion: string, kind: string): Schema | undefined {
    if (apiVersion === SCALE.apiVersion && kind === SCALE.kind) return SCALE;
    const document = this.#documents.get(apiVersion);
    if (!document) return undefined;
    const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
    const definitions = document.components.schemas;
    const named = Object.entries(definitions).find(([, schema]) =>
      gvksOf(schema['x-kubernetes-group-version-kind']).some(
        (gvk) => gvk.group === group && gvk.version === version && gvk.kind === kind,
      ),
    );
    if (!named) return undefined;
    const [name, source] = named;
    return {
      apiVersion,
      kind,
      root: new SchemaNode(source, name, '', definitions),
      custom: !(apiVersion in BUILT_IN),
      hasStatus: hasStatusPath(document, kind),
    };
  }
}

interface GroupVersionKind {
  group?: string;
  version?: string;
  kind?: string;
}

function gvksOf(extension: unknown): GroupVersionKind[] {
  return Array.isArray(extension) ? (extension as GroupVersionKind[]) : [];
}

function hasStatusPath(document: OpenApiDocument, kind: string): boolean {
  return Object.entries(document.paths).some(([path, item]) => {
    if (!path.endsWith('/{name}/status')) return false;
    const patch = (item as { patch?: Record<string, unknown> }).patch;
    return (patch?.['x-kubernetes-group-version-kind'] as GroupVersionKind | undefined)?.kind === kind;
  });
}
