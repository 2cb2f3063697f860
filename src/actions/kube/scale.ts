import { z } from 'zod';
import { numberAt, textAt } from '../../inventory/fields.ts';
import { defineAction, type Planned, type Situation } from '../../model/action.ts';
import { labelOf } from '../../model/object-ref.ts';
import type { KubeObject, ReadWorld } from '../../ports/read-world.ts';
import { scaleObject } from '../../changes/index.ts';
import { onEitherCluster } from '../scopes.ts';
import { kubeNameOf, refOf } from './object-ref.ts';

const input = z.strictObject({
  apiVersion: z.string().min(1).default('apps/v1').describe('For example apps/v1'),
  kind: z.enum(['StatefulSet', 'Deployment', 'ReplicaSet']).describe('What to scale'),
  namespace: z.string().min(1).describe('Where it lives'),
  name: z.string().min(1).describe('Its name'),
  replicas: z.int().min(0).max(10_000).describe('How many it should have'),
});

type Input = z.infer<typeof input>;

interface Seen {
  readonly live?: KubeObject;
}

/** Sets how many there should be; that they are there is for a check or kube/wait to see. */
export const kubeScale = defineAction<ReadWorld, Input, Seen>({
  name: 'kube/scale',
  summary: 'Set how many replicas a workload should have',
  kind: 'converge',
  input,
  touches: ({ kind, namespace }) =>
    onEitherCluster({ verbs: ['patch'], kinds: [kind], namespaces: [namespace], atMost: 1, worst: 'disruptive' }),
  observe: async (given, world, { endpoint }) => {
    const live = await world.kube(endpoint).get(kubeNameOf(given));
    return live ? { live } : {};
  },
  plan,
});

function plan(given: Input, { live }: Seen, { endpoint }: Situation): Planned {
  const label = labelOf(refOf(given, endpoint, undefined));
  if (!live) return { effect: 'blocked', because: `${label} does not exist` };
  if (live.metadata.deletionTimestamp !== undefined) return { effect: 'blocked', because: `${label} is being deleted` };
  const replicas = numberAt(live, 'spec', 'replicas') ?? 1;
  if (replicas === given.replicas) return { effect: 'satisfied', because: `${label} has ${replicas} replicas` };
  const whenScaled = textAt(live, 'spec', 'persistentVolumeClaimRetentionPolicy', 'whenScaled');
  if (given.replicas < replicas && whenScaled === 'Delete')
    return {
      effect: 'blocked',
      because: `${label} deletes the claims of what is scaled away (whenScaled: Delete): set it to Retain first, with kube/patch`,
    };
  const change = scaleObject({
    object: refOf(given, endpoint, live.metadata.uid),
    from: replicas,
    to: given.replicas,
  });
  const because = `${label} has ${replicas} replicas, not ${given.replicas}`;
  return { effect: 'changes', items: [{ key: label, changes: [change], ready: 1, because }] };
}
