import { isDeepStrictEqual } from 'node:util';
import type { Json, JsonObject } from '../types.ts';
import { internal } from './errors.ts';
import { isObject } from './field-path.ts';
import { goText } from './go-json.ts';
import type { SchemaNode } from './schema-node.ts';

export const ORDER_OF = '$setElementOrder/';
export const DELETE_FROM = '$deleteFromPrimitiveList/';

interface ListMerge {
  original: Json[];
  patch: Json[];
  type: SchemaNode;
  mergeObject: (original: JsonObject, patch: JsonObject, type: SchemaNode | undefined) => JsonObject;
}

/** Merges a list whose patch strategy is `merge`: by its key, or as a set where items are plain values. */
export function mergeList({ original, patch, type, mergeObject }: ListMerge): Json[] {
  const key = type.semantics?.patchMergeKey;
  if (key === undefined || !patch.every(isObject)) {
    return interleave({ merged: [...new Set([...original, ...patch])], order: patch, live: original, key });
  }
  const { base, changes } = withDirectives(original, patch, key);
  const merged = [...base];
  for (const change of changes) {
    const index = merged.findIndex((item) => isObject(item) && isDeepStrictEqual(item[key], keyValue(change, key)));
    const found = merged[index];
    if (isObject(found)) merged[index] = mergeObject(found, change, type.element);
    else merged.push(mergeObject({}, change, type.element));
  }
  return interleave({ merged, order: changes, live: original, key });
}

/** The list in the order that `$setElementOrder` gives; what it does not name stays where the live list has it. */
export function orderedList(list: {
  contents: Json[];
  changes: Json | undefined;
  order: Json[];
  live: Json[];
  type: SchemaNode | undefined;
}): Json[] {
  const key = list.type?.semantics?.patchMergeKey;
  const named = Array.isArray(list.changes)
    ? list.changes.filter((item) => !isObject(item) || !('$patch' in item))
    : [];
  const places = named.map((item) => positionOf(list.order, item, key));
  const rises = places.every((place, index) => place >= 0 && (index === 0 || place > (places[index - 1] ?? -1)));
  if (!rises) throw internal('invalid patch format of setElementOrder list');
  return interleave({ merged: list.contents, order: list.order, live: list.live, key });
}

/** `$patch: delete` removes the item of that key; one `$patch: replace` among the items replaces the whole list. */
function withDirectives(original: Json[], patch: JsonObject[], key: string): { base: Json[]; changes: JsonObject[] } {
  const changes: JsonObject[] = [];
  let base = original;
  let replaces = false;
  for (const item of patch) {
    if (!('$patch' in item)) {
      changes.push(item);
      continue;
    }
    switch (goText(item['$patch'])) {
      case 'delete': {
        const value = keyValue(item, key);
        base = base.filter((live) => !isObject(live) || !isDeepStrictEqual(live[key], value));
        break;
      }
      case 'replace':
        replaces = true;
        break;
      case 'merge':
        throw internal('merging lists cannot yet be specified in the patch');
      default:
        throw internal(`unknown patch type: ${goText(item['$patch'])} in map: ${goText(item)}`);
    }
  }
  return { base: replaces ? [] : base, changes };
}

function keyValue(item: JsonObject, key: string): Json {
  const value = item[key];
  if (value === undefined) throw internal(`map: ${goText(item)} does not contain declared merge key: ${key}`);
  return value;
}

/**
 * Items that `order` names keep its order, the others that of the live list; of two heads the live list decides which
 * comes first, and where it knows only one, the named item does: a new container comes before the old ones.
 */
function interleave(list: { merged: Json[]; order: Json[]; live: Json[]; key: string | undefined }): Json[] {
  const { merged, order, live, key } = list;
  const by = (among: Json[]) => (a: Json, b: Json) => positionOf(among, a, key) - positionOf(among, b, key);
  const named = merged.filter((item) => positionOf(order, item, key) >= 0).toSorted(by(order));
  const others = merged.filter((item) => positionOf(order, item, key) < 0).toSorted(by(live));
  const out: Json[] = [];
  for (const item of named) {
    while (others[0] !== undefined && isBefore(others[0], item, live, key)) out.push(...others.splice(0, 1));
    out.push(item);
  }
  return [...out, ...others];
}

function isBefore(a: Json, b: Json, live: Json[], key: string | undefined): boolean {
  const [left, right] = [positionOf(live, a, key), positionOf(live, b, key)];
  return left >= 0 && right >= 0 && left < right;
}

function positionOf(list: Json[], item: Json, key: string | undefined): number {
  return list.findIndex((other) =>
    key !== undefined && isObject(other) && isObject(item)
      ? isDeepStrictEqual(other[key], item[key])
      : isDeepStrictEqual(other, item),
  );
}
