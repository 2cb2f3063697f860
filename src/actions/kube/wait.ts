import { z } from 'zod';
import { compile } from '../../expr/compile.ts';
import { isMissingKey } from '../../expr/expression-error.ts';
import { listAt, textAt } from '../../inventory/fields.ts';
import { defineAction, type Planned, type Situation } from '../../model/action.ts';
import type { Item } from '../../model/change.ts';
import { messageOf } from '../../model/errors.ts';
import type { Json } from '../../model/json.ts';
import type { KubeObject, ReadWorld } from '../../ports/read-world.ts';
import { onEitherCluster } from '../scopes.ts';
import { namespaceStateOf } from './apply-observe.ts';

const target = z
  .strictObject({
    apiVersion: z.string().min(1).describe('For example apps/v1'),
    kind: z.string().min(1).describe('For example StatefulSet'),
    namespace: z.string().min(1).optional().describe('Where it lives; absent for cluster-scoped kinds'),
    name: z.string().min(1).optional().describe('One object by name'),
    labelSelector: z.string().min(1).optional().describe('All objects that this selector matches'),
  })
  .refine(({ name, labelSelector }) => (name === undefined) !== (labelSelector === undefined), {
    message: 'give either name or labelSelector',
  });

const input = z
  .strictObject({
    objects: z.array(target).min(1).describe('What to wait for'),
    expect: z.string().min(1).optional().describe('CEL over self that must be true of each object'),
    means: z.string().min(1).optional().describe('What expect says, in words: shown while it is not so'),
    condition: z
      .string()
      .regex(/^[A-Za-z]+(=(True|False|Unknown))?$/)
      .optional()
      .describe('A condition that each object must have: Ready, or Available=True'),
    gone: z.literal(true).optional().describe('Wait until none of them is there any more'),
  })
  .refine(({ expect, condition, gone }) => [expect, condition, gone].filter((one) => one !== undefined).length === 1, {
    message: 'give exactly one of expect, condition and gone',
  });

type Input = z.infer<typeof input>;
type Target = z.infer<typeof target>;

interface Seen {
  readonly found: readonly { readonly target: Target; readonly objects: readonly KubeObject[] }[];
}

/** Changes nothing: its items are waits, whose words say what is missing, until the step's `timeout`. */
export const kubeWait = defineAction<ReadWorld, Input, Seen>({
  name: 'kube/wait',
  summary: 'Wait until objects are as expected, or gone; changes nothing',
  kind: 'converge',
  input,
  touches: ({ objects }) =>
    objects.flatMap(({ kind, namespace }) =>
      onEitherCluster({
        verbs: [],
        kinds: [kind],
        worst: 'safe',
        atMost: 0,
        ...(namespace && { namespaces: [namespace] }),
      }),
    ),
  observe,
  plan,
});

async function observe({ objects }: Input, world: ReadWorld, { endpoint }: Situation): Promise<Seen> {
  const kube = world.kube(endpoint);
  const found = objects.map(async (one) => {
    const { apiVersion, kind, name, namespace, labelSelector } = one;
    const scope = namespace === undefined ? {} : { namespace };
    if (name === undefined)
      return {
        target: one,
        objects: await kube.list(apiVersion, kind, { ...scope, ...(labelSelector && { labelSelector }) }),
      };
    const object = await kube.get({ apiVersion, kind, name, ...scope });
    return { target: one, objects: object ? [object] : [] };
  });
  return { found: await Promise.all(found) };
}

function plan(given: Input, { found }: Seen): Planned {
  const judge = judgeOf(given);
  const items: Item[] = [];
  let total = 0;
  for (const { target, objects } of found) {
    total += Math.max(objects.length, 1);
    if (objects.length === 0 && given.gone === undefined)
      items.push(waitItem(labelOf(target), `${labelOf(target)} is not there yet`));
    for (const object of objects) {
      const missing = judge(object);
      if (missing !== undefined) items.push(waitItem(labelOfObject(object), missing));
    }
  }
  const what = given.gone ? 'gone' : 'as expected';
  if (items.length === 0) return { effect: 'satisfied', because: `${total} of ${total} ${what}` };
  const progress = { value: total - items.length, total, unit: what };
  return {
    effect: 'changes',
    items: items.map((item) => ({ ...item, progress })),
    because: items[0]?.because ?? '',
  };
}

function waitItem(key: string, because: string): Item {
  return { key, changes: [], ready: 0, because };
}

/** Says what is missing in one sentence; undefined when nothing is. */
function judgeOf({ expect, means, condition, gone }: Input): (object: KubeObject) => string | undefined {
  if (gone) return stillThere;
  if (condition !== undefined) return (object) => conditionMissing(object, condition);
  const expression = compile(expect ?? 'false', { parameters: {}, steps: [], self: true });
  return (object) => {
    const label = labelOfObject(object);
    try {
      const value = expression.evaluate({ self: object as unknown as Json });
      return value === true
        ? undefined
        : `${label}: not yet: ${means ?? `${expression.text} is ${JSON.stringify(value)}`}`;
    } catch (error) {
      if (isMissingKey(error)) return `${label}: not yet: ${means ?? messageOf(error)}`;
      throw error;
    }
  };
}

/** Says what holds it; finalizers are shown, never stripped (trap 14). */
function stillThere(object: KubeObject): string {
  const label = labelOfObject(object);
  if (object.metadata.deletionTimestamp === undefined) return `${label} is there and nobody deletes it`;
  const finalizers = object.metadata.finalizers ?? [];
  const held = [namespaceStateOf(object).heldBy, finalizers.length > 0 ? `finalizers ${finalizers.join(', ')}` : '']
    .filter((text) => text !== '')
    .join('; ');
  return `${label} is being deleted${held === '' ? '' : `, held by: ${held}`}`;
}

function conditionMissing(object: KubeObject, wanted: string): string | undefined {
  const [type, status = 'True'] = wanted.split('=');
  const condition = listAt(object, 'status', 'conditions').find((one) => textAt(one, 'type') === type);
  if (condition !== undefined && textAt(condition, 'status') === status) return undefined;
  const label = labelOfObject(object);
  if (condition === undefined) return `${label} has no condition ${type ?? ''} yet`;
  const why = textAt(condition, 'message') ?? textAt(condition, 'reason');
  return `${label}: ${type ?? ''} is ${textAt(condition, 'status') ?? 'unset'}${why === undefined ? '' : ` (${why})`}`;
}

function labelOf({ kind, namespace, name, labelSelector }: Target): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name ?? `[${labelSelector ?? ''}]`}`;
}

function labelOfObject({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`;
}
