import type { Json, JsonObject } from '../types.ts';
import { badRequest } from './errors.ts';
import { isObject } from './field-path.ts';
import { goType } from './go-json.ts';

/** RFC 7386: null removes, objects merge, everything else, lists included, replaces. No list semantics here. */
export function applyMergePatch(document: JsonObject, patch: Json): JsonObject {
  if (!isObject(patch)) {
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${goType(patch)} into Go value of type map[string]interface {}`,
    );
  }
  return mergeObjects(document, patch);
}

function mergeObjects(document: JsonObject, patch: JsonObject): JsonObject {
  const merged = new Map(Object.entries(document));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, mergeValue(merged.get(name), value));
  }
  return Object.fromEntries(merged);
}

function mergeValue(current: Json | undefined, patch: Json): Json {
  if (isObject(patch) && isObject(current)) return mergeObjects(current, patch);
  return withoutNulls(patch);
}

/** A null inside a value that is new removes nothing and is not stored. */
function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(kept.map(([name, inner]) => [name, withoutNulls(inner)]));
}
