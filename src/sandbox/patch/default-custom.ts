import type { Json, JsonObject, KubeObject } from '../types.ts';
import { isObject } from './field-path.ts';
import type { SchemaNode } from './schema-node.ts';
import type { Schemas } from './schemas.ts';

/** Fills what the schema of a custom resource gives a default, in objects and lists that are there. Changes the object. */
export function defaultCustomResource(object: KubeObject, schemas: Schemas): void {
  const schema = schemas.of(object.apiVersion, object.kind);
  if (schema?.custom) fill(object as unknown as JsonObject, schema.root);
}

function fill(value: Json | undefined, type: SchemaNode): void {
  if (Array.isArray(value)) for (const item of value) fill(item, type.element);
  if (!isObject(value)) return;
  for (const name of type.fieldNames) {
    const field = type.field(name);
    const { default: given, nullable } = field?.source ?? {};
    // A null where none may be is taken away by the default.
    const isAbsent = value[name] === undefined || (value[name] === null && nullable !== true);
    if (given !== undefined && isAbsent) value[name] = structuredClone(given) as Json;
    if (field) fill(value[name], field);
  }
  if (type.shape !== 'map') return;
  for (const [name, inner] of Object.entries(value)) fill(inner, type.field(name) ?? type);
}
