import { digestOf, type Digest } from './digest.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import type { Endpoint, ObjectRef } from './object-ref.ts';

/** From harmless to unknowable, in rising order: a plan's worst risk is the last one that occurs. */
export const RISKS = ['safe', 'disruptive', 'destructive', 'opaque'] as const;
export type Risk = (typeof RISKS)[number];

export function worstRisk(risks: Iterable<Risk>): Risk {
  let worst: Risk = 'safe';
  for (const risk of risks) if (RISKS.indexOf(risk) > RISKS.indexOf(worst)) worst = risk;
  return worst;
}

/**
 * One effect as plain data. `before` and `after` hold the written fields only, as a person compares them; `body` is what
 * the Change's kind needs to guard and perform it (patch operations, preconditions) and is digested as well. Neither holds
 * a resourceVersion, a status or a secret: a plan must come out the same when only those moved.
 */
export interface Change {
  readonly kind: string;
  readonly object: ObjectRef;
  readonly before: Json;
  readonly after: Json;
  readonly risk: Risk;
  readonly body: JsonObject;
  /** Why this Change, where the diff alone does not say. */
  readonly because?: string;
}

/** What stands where a value will only be known after an earlier Change: shown as "known after". */
export interface Hole {
  readonly $knownAfter: string;
}

export function isHole(value: unknown): value is Hole & JsonObject {
  return isJsonObject(value) && typeof value['$knownAfter'] === 'string' && Object.keys(value).length === 1;
}

/** Whether an approved value covers a later one: equal, or a hole that has since been filled. */
export function covers(approved: Json | undefined, later: Json | undefined): boolean {
  if (isHole(approved)) return later !== undefined;
  if (Array.isArray(approved) && Array.isArray(later))
    return approved.length === later.length && approved.every((value, index) => covers(value, later[index] as Json));
  if (isJsonObject(approved) && isJsonObject(later)) {
    const keys = new Set([...Object.keys(approved), ...Object.keys(later)]);
    return [...keys].every((key) => covers(approved[key], later[key]));
  }
  return approved === later;
}

/** A Change never changes: what was digested once is. */
const DIGESTED = new WeakMap<Change, Digest>();

/** The identity of a Change in an approval: kind, object, written fields, risk and body; never why it is there. */
export function changeDigestOf(change: Change): Digest {
  const before = DIGESTED.get(change);
  if (before !== undefined) return before;
  const { because: _, ...effect } = change;
  const digest = digestOf(effect);
  DIGESTED.set(change, digest);
  return digest;
}

/** A Change that a person performs: the door has no part in it. */
export function isTask(change: Change): boolean {
  return change.object.endpoint === 'person';
}

/** One object that an action works on. `changes` is all that remains for it, in order; `ready` of them may go now. */
export interface Item {
  readonly key: string;
  readonly changes: readonly Change[];
  /** 0 with Changes left, or no Changes at all: waiting for the world, as `because` says. */
  readonly ready: number;
  readonly because: string;
  /** Only the items named here must be gone first; an item may wait only for items before it. */
  readonly after?: readonly string[];
  /** What a wait is waiting on, when it can be measured. */
  readonly progress?: { readonly value: number; readonly total?: number; readonly unit: string };
}

/** An upper bound of what a step may touch, known before the world is: the envelope of a step that is still `unknown`. */
export interface Scope {
  readonly endpoint: Endpoint;
  /** Kubernetes audit verbs or EC2 action names; reads are not listed. */
  readonly verbs: readonly string[];
  readonly kinds: readonly string[];
  /** `exec` of `pods/exec`; absent: the objects themselves. */
  readonly subresource?: string;
  /** Absent: cluster-scoped or any namespace. */
  readonly namespaces?: readonly string[];
  /** How many objects at the most; absent: not known. */
  readonly atMost?: number;
  readonly worst: Risk;
}
