import type { Json, JsonObject } from '../types.ts';
import type { SchemaNode } from './schema-node.ts';

/** `f:replicas`: the element of a path that names a field of an object. */
export function fieldElement(name: string): string {
  return `f:${name}`;
}

export function fieldNameOf(element: string): string | undefined {
  return element.startsWith('f:') ? element.slice(2) : undefined;
}

/**
 * The element that names an item of an associative list: `v:"x"` in a set, `k:{"name":"c1"}` in a map, where a key that
 * the item leaves out takes the schema's default (a port's protocol is TCP). Throws ListKeyError.
 */
export function itemElement(list: SchemaNode, item: Json | undefined): string {
  if (list.semantics?.listType === 'set') return `v:${JSON.stringify(item ?? null)}`;
  if (!isObject(item)) throw new ListKeyError('associative list with keys may not have non-map elements');
  const keys: JsonObject = {};
  for (const key of (list.semantics?.mapKeys ?? []).toSorted()) {
    const value = item[key] ?? (list.element.field(key)?.source.default as Json | undefined);
    if (value === undefined) {
      throw new ListKeyError(
        `associative list with keys has an element that omits key field "${key}" (and doesn't have default value)`,
      );
    }
    keys[key] = value;
  }
  return `k:${JSON.stringify(keys)}`;
}

export class ListKeyError extends Error {
  override readonly name = 'ListKeyError';
}

/** `.spec.containers[name="c1"].image`, the way the API server writes a path in messages. */
export function pathText(path: readonly string[]): string {
  return path.map(elementText).join('');
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function elementText(element: string): string {
  const name = fieldNameOf(element);
  if (name !== undefined) return `.${name}`;
  if (element.startsWith('v:')) return `[=${element.slice(2)}]`;
  if (element.startsWith('i:')) return `[${element.slice(2)}]`;
  const keys = JSON.parse(element.slice(2)) as JsonObject;
  return `[${Object.entries(keys)
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join(',')}]`;
}
