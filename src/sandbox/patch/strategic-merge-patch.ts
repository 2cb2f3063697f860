import type { Json, JsonObject } from '../types.ts';
import { badRequest, internal } from './errors.ts';
import { isObject } from './field-path.ts';
import { goText, goType } from './go-json.ts';
import type { SchemaNode } from './schema-node.ts';
import { DELETE_FROM, mergeList, ORDER_OF, orderedList } from './strategic-list.ts';

/**
 * Kubernetes' strategic merge patch (apimachinery util/strategicpatch): objects merge, null removes, a list merges by
 * its key where the table of list semantics says `merge` and is replaced elsewhere, and directives ($patch,
 * $retainKeys, $setElementOrder, $deleteFromPrimitiveList) say the rest.
 */
export function applyStrategicMergePatch(document: JsonObject, patch: Json, type: SchemaNode): JsonObject {
  if (!isObject(patch)) {
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${goType(patch)} into Go value of type map[string]interface {}`,
    );
  }
  return mergeObject(document, patch, type);
}

const DIRECTIVE = '$patch';
const RETAIN_KEYS = '$retainKeys';

function mergeObject(original: JsonObject, patch: JsonObject, type: SchemaNode | undefined): JsonObject {
  const directive = patch[DIRECTIVE];
  if (directive === 'replace') return without(patch, DIRECTIVE);
  if (directive === 'delete') return {};
  if (directive !== undefined) throw internal(`unknown patch type: ${goText(directive)} in map: ${goText(patch)}`);
  const merged = new Map(Object.entries(retained(original, patch)));
  const done = orderLists(merged, patch, type);
  for (const [name, value] of Object.entries(patch)) {
    if (name === RETAIN_KEYS || name.startsWith(ORDER_OF) || done.has(name)) continue;
    if (name.startsWith(DELETE_FROM)) deleteFromList(merged, name.slice(DELETE_FROM.length), value);
    else if (value === null) merged.delete(name);
    else merged.set(name, mergeValue(merged.get(name), value, type?.field(name)));
  }
  return Object.fromEntries(merged);
}

function mergeValue(original: Json | undefined, patch: Json, type: SchemaNode | undefined): Json {
  if (isObject(original) && isObject(patch)) return mergeObject(original, patch, type);
  if (Array.isArray(original) && Array.isArray(patch)) {
    return type?.semantics?.patchStrategy.includes('merge') ? mergeList({ original, patch, type, mergeObject }) : patch;
  }
  return withoutDirectives(patch) ?? {};
}

/** `$retainKeys` clears what it does not name: how one member of a union replaces another. */
function retained(original: JsonObject, patch: JsonObject): JsonObject {
  const keys = patch[RETAIN_KEYS];
  if (keys === undefined) return original;
  const named = new Set(Array.isArray(keys) ? keys : []);
  const stray = Object.entries(patch).some(
    ([name, value]) => value !== null && !name.startsWith('$') && !named.has(name),
  );
  if (!Array.isArray(keys) || stray) throw internal('invalid patch format of retainKeys');
  return Object.fromEntries(Object.entries(original).filter(([name]) => named.has(name)));
}

/** Lists that come with `$setElementOrder/<name>` are merged and put in that order here; their names are answered. */
function orderLists(merged: Map<string, Json>, patch: JsonObject, type: SchemaNode | undefined): Set<string> {
  const done = new Set<string>();
  for (const [key, order] of Object.entries(patch)) {
    if (!key.startsWith(ORDER_OF)) continue;
    const name = key.slice(ORDER_OF.length);
    if (!Array.isArray(order)) throw internal('invalid patch format of setElementOrder list');
    const original = merged.get(name);
    const changes = patch[name];
    const node = type?.field(name);
    if (!Array.isArray(original) && !Array.isArray(changes)) continue;
    const contents = Array.isArray(changes) ? mergeValue(original, changes, node) : original;
    if (!Array.isArray(contents)) continue;
    const live = Array.isArray(original) ? original : [];
    merged.set(name, orderedList({ contents, changes, order, live, type: node }));
    done.add(name);
  }
  return done;
}

function deleteFromList(merged: Map<string, Json>, name: string, values: Json): void {
  const list = merged.get(name);
  if (!Array.isArray(values)) throw internal('invalid patch format of primitive list');
  if (Array.isArray(list))
    merged.set(
      name,
      list.filter((item) => !values.includes(item)),
    );
}

/** What is new is stored without the directives and nulls of the patch; undefined: it said to delete itself. */
function withoutDirectives(value: Json): Json | undefined {
  if (Array.isArray(value)) return value.flatMap((item) => withoutDirectives(item) ?? []);
  if (!isObject(value)) return value;
  if (value[DIRECTIVE] === 'delete' || (value[DIRECTIVE] === 'replace' && Object.keys(value).length === 1))
    return undefined;
  const kept = Object.entries(value).flatMap(([name, inner]): [string, Json][] => {
    const left = name.startsWith('$') || inner === null ? undefined : withoutDirectives(inner);
    return left === undefined ? [] : [[name, left]];
  });
  return Object.fromEntries(kept);
}

function without(object: JsonObject, name: string): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));
}
