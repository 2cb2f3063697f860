import type { JsonObject, KubeObject } from '../types.ts';
import type { OpenApiSchema } from './schema-node.ts';

/** An OpenAPI v3 document as recorded: `paths` shortened to names of parameters and media types. */
export interface OpenApiDocument {
  openapi: string;
  info: JsonObject;
  paths: Record<string, unknown>;
  components: { schemas: Record<string, OpenApiSchema> };
}

/** Writes out what the recording shortened, so that a client that reads parameters (kubectl does) finds objects. */
export function expandDocument(document: OpenApiDocument): OpenApiDocument {
  const paths = Object.fromEntries(
    Object.entries(document.paths).map(([path, item]) => [path, expandItem(item as Record<string, unknown>)]),
  );
  const schemas = Object.fromEntries(
    Object.entries(document.components.schemas).map(([name, schema]) => [name, withoutNotes(schema)]),
  );
  return { ...document, paths, components: { schemas } };
}

/** The recording cut long lists of kinds and left a note in their place, which no client expects. */
function withoutNotes(schema: OpenApiSchema): OpenApiSchema {
  const kinds = schema['x-kubernetes-group-version-kind'];
  if (!Array.isArray(kinds)) return schema;
  const named = kinds.filter((kind: unknown) => typeof kind === 'object' && kind !== null && 'kind' in kind);
  return { ...schema, 'x-kubernetes-group-version-kind': named };
}

/** One document for each served version of a CustomResourceDefinition, as the API server publishes it. */
export function documentOfCrd(crd: KubeObject): { apiVersion: string; document: OpenApiDocument }[] {
  const spec = crd['spec'] as CrdSpec;
  return spec.versions
    .filter((version) => version.served)
    .map((version) => {
      const gvk = { group: spec.group, version: version.name, kind: spec.names.kind };
      const reversed = spec.group.split('.').toReversed().join('.');
      const name = `${reversed}.${version.name}.${spec.names.kind}`;
      const scope = spec.scope === 'Namespaced' ? 'namespaces/{namespace}/' : '';
      const base = `/apis/${spec.group}/${version.name}/${scope}${spec.names.plural}/{name}`;
      const patch = { 'x-kubernetes-action': 'patch', 'x-kubernetes-group-version-kind': gvk, parameters: WRITES };
      return {
        apiVersion: `${spec.group}/${version.name}`,
        document: {
          openapi: '3.0.0',
          info: { title: 'Kubernetes CRD Swagger', version: 'v0.1.0' },
          paths: { [base]: { patch }, ...(version.subresources?.status ? { [`${base}/status`]: { patch } } : {}) },
          components: { schemas: { [name]: schemaOf(version, gvk), ...META } },
        },
      };
    });
}

interface CrdSpec {
  group: string;
  scope: string;
  names: { kind: string; plural: string };
  versions: {
    name: string;
    served: boolean;
    schema?: { openAPIV3Schema?: OpenApiSchema };
    subresources?: { status?: unknown };
  }[];
}

const WRITES = ['dryRun:query', 'fieldManager:query', 'fieldValidation:query', 'force:query'];

/** What every custom resource has beside its own fields; the two lists are rows of the table of list semantics. */
const META: Record<string, OpenApiSchema> = {
  'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta': objectMeta(),
  'io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference': {
    type: 'object',
    required: ['apiVersion', 'kind', 'name', 'uid'],
    properties: {
      apiVersion: { type: 'string', default: '' },
      blockOwnerDeletion: { type: 'boolean' },
      controller: { type: 'boolean' },
      kind: { type: 'string', default: '' },
      name: { type: 'string', default: '' },
      uid: { type: 'string', default: '' },
    },
  },
};

function objectMeta(): OpenApiSchema {
  const text: OpenApiSchema = { type: 'string' };
  const texts: OpenApiSchema = { type: 'object', additionalProperties: { type: 'string', default: '' } };
  const time: OpenApiSchema = { type: 'string', format: 'date-time' };
  const whole: OpenApiSchema = { type: 'integer', format: 'int64' };
  const owner = { $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference' };
  return {
    type: 'object',
    properties: {
      annotations: texts,
      creationTimestamp: time,
      deletionGracePeriodSeconds: whole,
      deletionTimestamp: time,
      finalizers: { type: 'array', items: text },
      generateName: text,
      generation: whole,
      labels: texts,
      managedFields: { type: 'array', items: { type: 'object' } },
      name: text,
      namespace: text,
      ownerReferences: { type: 'array', items: owner },
      resourceVersion: text,
      selfLink: text,
      uid: text,
    },
  };
}

function schemaOf(version: CrdSpec['versions'][number], gvk: JsonObject): OpenApiSchema {
  const declared = version.schema?.openAPIV3Schema ?? { type: 'object' };
  return {
    ...declared,
    properties: {
      ...declared.properties,
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { allOf: [{ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }] },
    },
    'x-kubernetes-group-version-kind': [gvk],
  };
}

function expandItem(item: Record<string, unknown>): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(item)) {
    out[key] = key === 'parameters' ? parametersOf(value) : expandOperation(value as Record<string, unknown>);
  }
  return out;
}

function expandOperation(operation: Record<string, unknown>): Record<string, unknown> {
  const { parameters, requestBody, responses, ...rest } = operation;
  return {
    ...rest,
    ...(parameters ? { parameters: parametersOf(parameters) } : {}),
    ...(requestBody ? { requestBody: { content: contentOf(requestBody) } } : {}),
    responses: Object.fromEntries(
      Object.entries((responses ?? {}) as Record<string, unknown>).map(([code, types]) => [
        code,
        { description: code, content: contentOf(types) },
      ]),
    ),
  };
}

function parametersOf(names: unknown): JsonObject[] {
  return (names as string[]).map((text) => {
    const [name = '', place = 'query'] = text.split(':');
    return {
      name,
      in: place,
      schema: { type: 'string', uniqueItems: true },
      ...(place === 'path' ? { required: true } : {}),
    };
  });
}

function contentOf(mediaTypes: unknown): JsonObject {
  return Object.fromEntries((mediaTypes as string[]).map((type) => [type, {}]));
}
