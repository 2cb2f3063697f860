import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts';
import type { KubeObject } from '../../ports/read-world.ts';
import { digestOf } from '../../model/digest.ts';

/** Whether `live` already says everything that `wanted` writes. A list must be the same list; an object may hold more. */
export function holds(live: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted))
    return (
      Array.isArray(live) && live.length === wanted.length && wanted.every((value, index) => holds(live[index], value))
    );
  if (isJsonObject(wanted))
    return isJsonObject(live) && Object.entries(wanted).every(([key, value]) => holds(live[key], value));
  return live === wanted;
}

/** The part of `live` that stands where `wanted` writes: the "before" of a diff. */
export function partOf(live: unknown, wanted: unknown): Json {
  if (!isJsonObject(wanted) || !isJsonObject(live)) return (live ?? null) as Json;
  return Object.fromEntries(Object.entries(wanted).map(([key, value]) => [key, partOf(live[key], value)]));
}

const BOOKKEEPING = ['managedFields', 'resourceVersion', 'generation', 'creationTimestamp', 'uid', 'selfLink'];

/**
 * Whether a dry run would change nothing: the server knows its own defaults and spellings (`0.5` and `500m`), which no
 * comparison of texts does.
 */
export function sameForServer(live: KubeObject, dryRun: KubeObject): boolean {
  return digestOf(essenceOf(live)) === digestOf(essenceOf(dryRun));
}

function essenceOf(object: KubeObject): JsonObject {
  const { status: _, metadata, ...rest } = object;
  const kept = Object.entries(metadata).filter(([key]) => !BOOKKEEPING.includes(key));
  return { ...(rest as unknown as JsonObject), metadata: Object.fromEntries(kept) as JsonObject };
}
