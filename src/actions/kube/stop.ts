import { z } from 'zod';
import { setFactsOf } from '../../inventory/workloads.ts';
import { defineAction, type Planned, type Situation } from '../../model/action.ts';
import type { KubeObject, ReadWorld } from '../../ports/read-world.ts';
import { stopSet } from '../members.ts';
import { onEitherCluster } from '../scopes.ts';

const input = z.strictObject({
  namespace: z.string().min(1).describe('Where they live'),
  deployments: z.array(z.string().min(1)).min(1).describe('Deployments that must not run yet, by name'),
});

type Input = z.infer<typeof input>;

interface Seen {
  readonly found: readonly { readonly name: string; readonly live?: KubeObject }[];
}

/**
 * Stops what lets users in, until its turn: a service that comes up on data that is not whole yet answers wrongly, and takes
 * writes that nobody will find again. How many there were is noted on each, for `kube/start`. One that is not there does not
 * run. As a step it is a hold until the one that starts them.
 */
export const kubeStop = defineAction<ReadWorld, Input, Seen>({
  name: 'kube/stop',
  summary: 'Stop Deployments until their turn, with what there was noted on each for kube/start',
  kind: 'converge',
  input,
  touches: ({ namespace, deployments }) =>
    onEitherCluster({
      verbs: ['patch'],
      kinds: ['Deployment'],
      namespaces: [namespace],
      atMost: new Set(deployments).size,
      worst: 'disruptive',
    }),
  observe: async ({ namespace, deployments }, world, { endpoint }) => {
    const kube = world.kube(endpoint);
    const found = [...new Set(deployments)].map(async (name) => {
      const live = await kube.get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name });
      return { name, ...(live && { live }) };
    });
    return { found: await Promise.all(found) };
  },
  plan,
});

function plan({ namespace }: Input, { found }: Seen, { endpoint }: Situation): Planned {
  const because = 'not until its turn; how many there were is noted on it';
  const items = found.flatMap(({ live }) => {
    const facts = live && live.metadata.deletionTimestamp === undefined ? setFactsOf(live) : undefined;
    if (!facts || facts.replicas === 0) return [];
    const change = stopSet(facts, { endpoint, namespace, kind: 'Deployment' }, because);
    return [{ key: facts.name, changes: [change], ready: 1, because }];
  });
  const names = found.map(({ name }) => name).join(', ');
  if (items.length === 0) return { effect: 'satisfied', because: `none of ${names} runs` };
  return { effect: 'changes', items, because: `${items.length} of ${found.length} Deployments run: ${names}` };
}
