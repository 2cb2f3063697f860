import { z } from 'zod';
import type { Change } from '../model/change.ts';
import { isJson, isJsonObject, type Json, type JsonObject } from '../model/json.ts';

/** Not zod's own: by its unions and copies it took half of all memory that a run over thousands of volumes asked for. */
const json = z.custom<Json>(isJson, 'it is no JSON');
const jsonObject = z.custom<JsonObject>((value) => isJsonObject(value) && isJson(value), 'it is no JSON object');
const tags = z.record(z.string().min(1), z.string());
const replicas = z.int().min(0);

/** How a claim was read: on which volume, with policy Retain; or that it has none. */
const claimProof = z.union([
  z.strictObject({
    volume: z.string().min(1),
    uid: z.string().min(1),
    policy: z.literal('Retain'),
    /** What stands behind the PV, for whoever looks at it afterwards. */
    handle: z.string().min(1).optional(),
  }),
  z.strictObject({ unbound: z.literal(true) }),
]);
export type ClaimProof = z.infer<typeof claimProof>;

/** What each kind of Change needs to guard and perform it, beside object, before and after. One schema a kind. */
export const BODIES = {
  'kube/create': z.strictObject({ object: jsonObject }),
  'kube/apply': z.strictObject({ object: jsonObject, force: z.boolean() }),
  'kube/patch': z.strictObject({
    type: z.enum(['json', 'merge', 'strategic']),
    patch: json,
    subresource: z.enum(['status', 'scale']).optional(),
    /** What followed it stands on it: taken back by itself it would do harm. */
    final: z.literal(true).optional(),
  }),
  'kube/delete': z.strictObject({
    uid: z.string().min(1),
    propagation: z.enum(['Orphan', 'Background', 'Foreground']).optional(),
    proof: claimProof.optional(),
  }),
  'kube/scale': z.strictObject({ from: replicas, to: replicas }),
  'ec2/create-snapshot': z.strictObject({ volumeId: z.string().regex(/^vol-/), description: z.string(), tags }),
  'ec2/tag': z.strictObject({ set: tags, remove: tags }),
  'http/request': z.strictObject({
    method: z.enum(['POST', 'PUT', 'PATCH']),
    url: z.url({ protocol: /^https?$/ }),
    headers: z.record(z.string(), z.string()).optional(),
    body: z.string().optional(),
    timeoutMs: z.int().positive().optional(),
  }),
  'shell/command': z.strictObject({
    argv: z.array(z.string()).min(1),
    cwd: z.string().optional(),
    env: z.record(z.string(), z.string()).optional(),
    timeoutMs: z.int().positive(),
  }),
  'kube/exec': z.strictObject({
    container: z.string().min(1).optional(),
    argv: z.array(z.string()).min(1),
    timeoutMs: z.int().positive(),
    expectExit: z.int().min(0).max(255).optional(),
  }),
  'human/task': z.strictObject({ instruction: z.string().min(1) }),
} as const;

export type ChangeKindName = keyof typeof BODIES;

export type BodyOf<K extends ChangeKindName> = z.infer<(typeof BODIES)[K]>;

/** Bodies that were read, by themselves: a Change is asked for its own a dozen times, and never changes. */
const READ = new WeakMap<JsonObject, { readonly kind: ChangeKindName; readonly body: unknown }>();

/** The body of a Change as its kind's schema has it. Throws ZodError for one that is not of that kind. */
export function bodyOf<K extends ChangeKindName>(kind: K, { body }: Pick<Change, 'body'>): BodyOf<K> {
  const before = READ.get(body);
  if (before?.kind === kind) return before.body as BodyOf<K>;
  const read = BODIES[kind].parse(body) as BodyOf<K>;
  READ.set(body, { kind, body: read });
  return read;
}
