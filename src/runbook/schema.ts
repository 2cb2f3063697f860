import { z } from 'zod';
import { DURATION_PATTERN } from '../model/duration.ts';

/** The keys of a runbook file, exactly as DESIGN section 5 has them. What is inside `with` belongs to the action. */
const DURATION = 'a duration such as 90s, 10m or 4h';
const duration = z
  .string({ error: DURATION })
  .regex(DURATION_PATTERN, { error: DURATION })
  .describe('A duration: 90s, 10m, 4h, 1h30m');

const ID = 'an id: small letters, digits and dashes, beginning with a letter, at most 63';
const ID_PATTERN = /^[a-z][a-z0-9-]{0,62}$/;
const id = z.string({ error: ID }).regex(ID_PATTERN, { error: ID });

const text = z.string();
const cel = z.string().min(1, { error: 'an expression' });
const texts = z.array(z.string());
const json = z.json();

const parameter = z.strictObject({
  type: z.enum(['string', 'integer', 'number', 'boolean', 'list', 'map']),
  description: text.optional(),
  default: json.optional(),
  required: z.boolean().optional(),
  enum: z.array(json).min(1).optional(),
  pattern: text.optional().describe('An RE2 pattern that the whole value must match'),
});

const gate = z.strictObject({
  confirm: z.union([z.literal(true), z.literal('type-target')], { error: 'true or "type-target"' }).optional(),
  checklist: z.array(z.string()).min(1).optional(),
  choose: z
    .strictObject({ question: text, answers: z.record(z.string(), z.string()) })
    .optional()
    .describe('Named answers, read later as steps.<id>.answer'),
  message: text.optional(),
  at: z.enum(['before', 'after']).optional(),
  decideBy: duration.optional().describe('Time to decide, from the impact'),
});

const endpoint = z.enum(['cluster', 'argocd']);

const check = z.strictObject({
  object: z
    .strictObject({
      apiVersion: text,
      kind: text,
      name: text.optional(),
      namespace: text.optional(),
      labelSelector: text.optional(),
      at: endpoint.optional(),
    })
    .optional(),
  http: z
    .strictObject({
      url: text,
      method: z.enum(['GET', 'HEAD']).optional(),
      headers: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
  promql: z.strictObject({ url: text, query: text }).optional(),
  command: z.array(z.string()).min(1).optional(),
  expect: cel.optional().describe('CEL over self: the object, the answer or the result'),
  over: z.literal('items').optional(),
  count: z.int().min(0).optional(),
  within: duration.optional(),
  progress: cel.optional(),
  stalledAfter: duration.optional(),
});

const ROLLOUT = 'a batch size (a whole number above 0) or "rest"';

export const stepShape = {
  id,
  title: text.optional(),
  uses: text.optional(),
  include: text.optional(),
  with: z.record(z.string(), z.unknown()).optional(),
  at: endpoint.optional(),
  when: z.union([cel, z.boolean()], { error: 'an expression that is true or false' }).optional(),
  gate: gate.optional(),
  until: id.optional(),
  holds: z
    .record(z.string(), id)
    .optional()
    .describe('With include: steps of the included runbook that are holds here, each until a step of this one'),
  rollout: z
    .array(z.union([z.int().min(1), z.literal('rest')], { error: ROLLOUT }))
    .min(1)
    .optional(),
  retry: z.strictObject({ attempts: z.int().min(1).max(100).optional(), delay: duration.optional() }).optional(),
  timeout: duration.optional(),
  verify: z.array(check).optional(),
  onFailure: z.enum(['ask', 'pause']).optional(),
  notes: text.optional(),
  forEach: z
    .union([cel, z.array(json), z.record(z.string(), json)], { error: 'a list, a map or an expression that gives one' })
    .optional(),
  objective: duration.optional(),
  dueBefore: id.optional(),
};

const stepSchema = z.strictObject(stepShape);

const phaseShape = {
  id,
  title: text.optional(),
  needs: z.array(id).optional().describe('Phases that must have ended; without it: the phase above; []: at once'),
  objective: duration.optional(),
};

const runbookShape = {
  apiVersion: z.literal('drctl/v1'),
  kind: z.literal('Runbook'),
  metadata: z.strictObject({ name: id, title: text.optional(), owners: texts.optional() }),
  useWhen: text.optional(),
  objectives: z.strictObject({ rto: duration.optional(), rpo: duration.optional() }).optional(),
  testedOn: z.record(z.string(), json).optional(),
  budget: z.record(z.string(), z.int().min(0)).optional().describe('How many objects of a kind a run may delete'),
  parameters: z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/), parameter).optional(),
};

export const runbookSchema = runbookOf(stepSchema);

/** The whole file, with steps of one schema: the bare one here, one that knows every action's `with` for editors. */
export function runbookOf<Step extends z.ZodType>(step: Step) {
  const phase = z.strictObject({ ...phaseShape, steps: z.array(step).min(1) });
  return z.strictObject({ ...runbookShape, phases: z.array(phase).min(1) });
}
