import { z } from 'zod';
import { compile } from '../../expr/compile.ts';
import { isMissingKey } from '../../expr/expression-error.ts';
import { fieldOf } from '../../inventory/fields.ts';
import { defineAction, type Planned, type Situation } from '../../model/action.ts';
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts';
import { labelOf } from '../../model/object-ref.ts';
import type { KubeObject, ReadWorld } from '../../ports/read-world.ts';
import { patchObject } from '../../changes/index.ts';
import { orRefusal } from '../refusal.ts';
import { onEitherCluster } from '../scopes.ts';
import { partOf } from './compare.ts';
import { kubeNameOf, objectShape, refOf } from './object-ref.ts';

const json: z.ZodType<Json> = z.json();

const input = z.strictObject({
  ...objectShape,
  patch: z
    .record(z.string(), json)
    .refine((patch) => Object.keys(patch).length > 0, { message: 'an empty patch changes nothing' })
    .describe('A merge patch (RFC 7386): what is written is set, null removes, a list is replaced whole'),
  expect: z.string().min(1).optional().describe('CEL over self: where it is true, the patch is not needed'),
});

type Input = z.infer<typeof input>;

interface Seen {
  readonly live?: KubeObject;
}

/** One guarded merge patch. What protects data is not for it: those patches are refused here, whatever the runbook says. */
export const kubePatch = defineAction<ReadWorld, Input, Seen>({
  name: 'kube/patch',
  summary: 'Set or remove fields of one object',
  kind: 'converge',
  input,
  touches: ({ kind, namespace }) =>
    onEitherCluster({
      verbs: ['patch'],
      kinds: [kind],
      worst: 'disruptive',
      atMost: 1,
      ...(namespace !== undefined && { namespaces: [namespace] }),
    }),
  observe: async (given, world, { endpoint }) => {
    const live = await world.kube(endpoint).get(kubeNameOf(given));
    return live ? { live } : {};
  },
  plan,
});

function plan(given: Input, { live }: Seen, { endpoint }: Situation): Planned {
  const label = labelOf(refOf(given, endpoint, undefined));
  const forbidden = forbiddenIn(given);
  if (forbidden !== undefined) return { effect: 'blocked', because: `${label}: ${forbidden}` };
  if (!live) return { effect: 'blocked', because: `${label} does not exist` };
  if (live.metadata.deletionTimestamp !== undefined) return { effect: 'blocked', because: `${label} is being deleted` };
  if (given.expect === undefined ? isApplied(live, given.patch) : isTrue(given.expect, live))
    return { effect: 'satisfied', because: `${label} is as it should be` };
  const change = orRefusal(() =>
    patchObject({
      object: refOf(given, endpoint, live.metadata.uid),
      type: 'merge',
      patch: withUid(given.patch, live.metadata.uid),
      before: partOf(live, given.patch),
      after: given.patch,
      risk: 'disruptive',
      because: given.expect ?? 'differs',
    }),
  );
  if ('refusal' in change) return { effect: 'blocked', because: change.refusal };
  return { effect: 'changes', items: [{ key: label, changes: [change.made], ready: 1, because: `${label} differs` }] };
}

/** The API refuses a merge patch that names another uid: an object made again under the name is not patched (trap 31). */
function withUid(patch: JsonObject, uid: string | undefined): JsonObject {
  const metadata = isJsonObject(patch['metadata']) ? patch['metadata'] : {};
  return uid === undefined ? patch : { ...patch, metadata: { ...metadata, uid } };
}

/** Whether the merge patch would change nothing: null means absent. */
function isApplied(live: unknown, patch: unknown): boolean {
  if (patch === null) return live === undefined;
  if (isJsonObject(patch))
    return (
      (isJsonObject(live) || Object.values(patch).every((value) => value === null)) &&
      Object.entries(patch).every(([key, value]) => isApplied(isJsonObject(live) ? live[key] : undefined, value))
    );
  return JSON.stringify(live) === JSON.stringify(patch);
}

function isTrue(expect: string, live: KubeObject): boolean {
  const expression = compile(expect, { parameters: {}, steps: [], self: true });
  try {
    return expression.evaluate({ self: live as unknown as Json }) === true;
  } catch (error) {
    if (isMissingKey(error)) return false;
    throw error;
  }
}

/** What is not destruction by itself, and still not for a patch (traps 6, 11, 14); promise 4 is asked by the Change itself. */
function forbiddenIn({ kind, patch }: Input): string | undefined {
  if (kind === 'PersistentVolume' && fieldOf(patch, 'spec', 'claimRef') !== undefined)
    return 'a claimRef is changed by pv/rebind only, which guards it by uid and phase';
  if (fieldOf(patch, 'metadata', 'finalizers') !== undefined) return 'finalizers are never taken off or set by a patch';
  if (fieldOf(patch, 'metadata', 'ownerReferences') !== undefined)
    return 'an owner decides over deletion: ownerReferences are never patched';
  if (kind === 'Secret') return 'what a Secret holds would stand in the plan';
  return undefined;
}
