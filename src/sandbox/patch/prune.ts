import type { Json, JsonObject } from '../types.ts';
import { isObject } from './field-path.ts';
import type { SchemaNode } from './schema-node.ts';

/** What a custom resource keeps: fields its schema declares, and everything below x-kubernetes-preserve-unknown-fields. */
export function pruneCustom(object: JsonObject, root: SchemaNode): { value: JsonObject; unknown: string[] } {
  const unknown: string[] = [];
  return { value: pruneFields(object, root, '', unknown), unknown };
}

function prune(value: Json, type: SchemaNode, path: string, unknown: string[]): Json {
  if (type.shape === 'untyped') return value;
  if (Array.isArray(value)) {
    return type.shape === 'list'
      ? value.map((item, index) => prune(item, type.element, `${path}[${index}]`, unknown))
      : value;
  }
  return isObject(value) ? pruneFields(value, type, path, unknown) : value;
}

function pruneFields(object: JsonObject, type: SchemaNode, path: string, unknown: string[]): JsonObject {
  const kept: [string, Json][] = [];
  for (const [name, value] of Object.entries(object)) {
    const below = path === '' ? name : `${path}.${name}`;
    const field = type.shape === 'struct' || type.shape === 'map' ? type.field(name) : undefined;
    if (field) kept.push([name, prune(value, field, below, unknown)]);
    else unknown.push(below);
  }
  return Object.fromEntries(kept);
}
