import type { Json, JsonObject } from '../types.ts';
import { isObject, itemElement } from './field-path.ts';
import { UNTYPED, type SchemaNode } from './schema-node.ts';

/** What is applied, laid over what is there: it wins at every leaf; associative lists and granular objects merge. */
export function mergeTyped(live: Json | undefined, applied: Json | undefined, type: SchemaNode | undefined): Json {
  const at = type ?? UNTYPED;
  if (applied === undefined) return live ?? null;
  if (live === undefined || at.atomic) return applied;
  if (Array.isArray(live) && Array.isArray(applied))
    return at.shape === 'list' ? mergeItems(live, applied, at) : applied;
  if (isObject(live) && isObject(applied)) return mergeFields(live, applied, at);
  return applied;
}

function mergeFields(live: JsonObject, applied: JsonObject, type: SchemaNode): JsonObject {
  const names = new Set([...Object.keys(live), ...Object.keys(applied)]);
  return Object.fromEntries([...names].map((name) => [name, mergeTyped(live[name], applied[name], type.field(name))]));
}

/**
 * Items of both keep the order of the applied list; live items that are not applied stay where they were among them
 * (structured-merge-diff typed/merge.go).
 */
function mergeItems(live: Json[], applied: Json[], type: SchemaNode): Json[] {
  const before = live.map((item) => ({ element: itemElement(type, item), item }));
  const after = applied.map((item) => ({ element: itemElement(type, item), item }));
  const liveItems = new Map(before.map(({ element, item }) => [element, item]));
  const appliedElements = new Set(after.map(({ element }) => element));
  const merged = new Set<string>();
  const out: Json[] = [];
  const take = (next: { element: string; item: Json }): void => {
    merged.add(next.element);
    out.push(mergeTyped(liveItems.get(next.element), next.item, type.element));
  };
  const shared = after.filter(({ element }) => liveItems.has(element)).map(({ element }) => element);
  let left = 0;
  for (const next of after) {
    left = takeLiveUntil(next.element, left);
    take(next);
  }
  takeLiveUntil(undefined, left);
  return out;

  function takeLiveUntil(stop: string | undefined, from: number): number {
    let index = from;
    for (; index < before.length; index++) {
      const candidate = before[index];
      if (candidate === undefined || candidate.element === stop) return index + 1;
      if (!appliedElements.has(candidate.element)) out.push(candidate.item);
      else if (shared.find((element) => !merged.has(element)) === candidate.element) return index;
    }
    return index;
  }
}
