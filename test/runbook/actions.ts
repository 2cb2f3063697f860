import { z } from 'zod';
import { defineAction } from '../../src/model/action.ts';
import type { ActionSignature } from '../../src/model/action.ts';
import type { Risk, Scope } from '../../src/model/change.ts';

const scope = (worst: Risk, kinds: string[], namespace?: string, endpoint: Scope['endpoint'] = 'cluster'): Scope => ({
  endpoint,
  verbs: ['*'],
  kinds,
  worst,
  ...(namespace !== undefined && { namespaces: [namespace] }),
});

/** Stands for an action where only its signature is looked at. */
function signature<Input>(
  name: string,
  input: z.ZodType<Input>,
  touches: (input: Input) => readonly Scope[],
  more: Partial<Pick<ActionSignature, 'kind' | 'output' | 'establishes' | 'undoes'>> = {},
): ActionSignature {
  return defineAction<never, Input, null>({
    name,
    summary: `Test action ${name}`,
    kind: 'converge',
    ...more,
    input,
    touches,
    observe: async () => null,
    plan: () => ({ effect: 'satisfied', because: 'test' }),
  });
}

const namespaced = z.strictObject({ namespace: z.string().regex(/^[a-z0-9-]+$/) });

const list: ActionSignature[] = [
  signature('pv/retain', namespaced, ({ namespace }) => [scope('safe', ['PersistentVolume'], namespace)], {
    establishes: 'retain',
  }),
  signature(
    'pv/rebind',
    z.strictObject({
      namespace: z.string(),
      statefulSets: z.record(z.string(), z.record(z.string(), z.int().min(1))).optional(),
    }),
    ({ namespace }) => [scope('disruptive', ['PersistentVolume', 'PersistentVolumeClaim'], namespace)],
    { output: z.object({ claims: z.array(z.string()) }) },
  ),
  signature(
    'kube/scale',
    z.strictObject({ namespace: z.string(), name: z.string(), replicas: z.int().min(0) }),
    ({ namespace }) => [scope('disruptive', ['StatefulSet'], namespace)],
  ),
  signature(
    'kube/delete',
    z.strictObject({ namespace: z.string(), kind: z.string(), name: z.string() }),
    ({ namespace, kind }) => [scope('destructive', [kind], namespace)],
  ),
  signature(
    'argocd/freeze',
    z.strictObject({ destination: z.strictObject({ namespace: z.string() }) }),
    ({ destination }) => [scope('disruptive', ['Application'], destination.namespace, 'argocd')],
    { establishes: 'freeze' },
  ),
  signature('argocd/thaw', z.strictObject({}), () => [scope('disruptive', ['Application'], undefined, 'argocd')], {
    undoes: 'freeze',
  }),
  signature(
    'shell/run',
    z.strictObject({ argv: z.array(z.string()).min(1) }),
    () => [scope('opaque', ['*'], undefined, 'host')],
    {
      kind: 'once',
      output: z.object({ stdout: z.string() }),
    },
  ),
  signature('human/task', z.strictObject({ instruction: z.string(), evidence: z.string().optional() }), () => [], {
    kind: 'once',
  }),
];

export const actions: ReadonlyMap<string, ActionSignature> = new Map(list.map((one) => [one.name, one]));
