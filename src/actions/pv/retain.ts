import { z } from 'zod';
import { pvFactsOf, type PvFacts } from '../../inventory/persistent-volume.ts';
import { evidenceOf, inventoryOf } from '../../inventory/inventory.ts';
import { withSharers } from '../../inventory/survey.ts';
import { defineAction, type Planned, type Situation } from '../../model/action.ts';
import type { Item } from '../../model/change.ts';
import type { KubeObject, ReadWorld } from '../../ports/read-world.ts';
import { onEitherCluster } from '../scopes.ts';
import { retainPv } from './retain-change.ts';

const input = z
  .strictObject({
    namespace: z
      .string()
      .min(1)
      .optional()
      .describe('Every PV whose claimRef is in this namespace, whatever its phase'),
    selector: z.string().min(1).optional().describe('Every PV that this label selector matches'),
    names: z.array(z.string().min(1)).min(1).optional().describe('These PVs, by name'),
  })
  .refine((given) => Object.values(given).filter((value) => value !== undefined).length === 1, {
    message: 'give exactly one of namespace, selector and names',
  });

type Input = z.infer<typeof input>;

interface Seen {
  /** Those asked for and all others over one of their volumes. */
  readonly volumes: readonly PvFacts[];
  /** Names that were asked for and are not there. */
  readonly missing: readonly string[];
  /** Looked at again, only those items: one that is gone meanwhile needs nothing more. */
  readonly again: boolean;
}

/**
 * First action of any recovery (trap 1): while a policy says Delete, the end of a claim is the end of its data. Works on a
 * Terminating PV as well; its object may then vanish while its volume stays, so the evidence records what it was
 * (recovery-facts A1). Leaves Retain at the end: there is no way back in drctl.
 */
export const pvRetain = defineAction<ReadWorld, Input, Seen>({
  name: 'pv/retain',
  summary: 'Keep the volumes: set the reclaim policy of every PersistentVolume in scope to Retain',
  kind: 'converge',
  input,
  establishes: 'retain',
  touches: () => onEitherCluster({ verbs: ['patch'], kinds: ['PersistentVolume'], worst: 'safe' }),
  observe,
  plan,
});

async function observe(given: Input, world: ReadWorld, situation: Situation, only?: readonly string[]): Promise<Seen> {
  const kube = world.kube(situation.endpoint);
  const [facts, selected] = await Promise.all([
    kube.facts('v1', 'PersistentVolume', {}, pvFactsOf),
    given.selector === undefined ? [] : kube.facts('v1', 'PersistentVolume', { labelSelector: given.selector }, nameOf),
  ]);
  const wanted = new Set(given.names ?? selected);
  const chosen = facts.filter((pv) =>
    given.namespace === undefined ? wanted.has(pv.name) : pv.claim?.namespace === given.namespace,
  );
  const there = new Set(chosen.map(({ name }) => name));
  const volumes = withSharers(facts, chosen);
  const again = only && new Set(only);
  return {
    volumes: again ? volumes.filter(({ name }) => again.has(name)) : volumes,
    missing: (only ? [] : (given.names ?? [])).filter((name) => !there.has(name)),
    again: only !== undefined,
  };
}

function nameOf(pv: KubeObject): string {
  return pv.metadata.name;
}

function plan(given: Input, { volumes, missing, again }: Seen, { endpoint }: Situation): Planned {
  const evidence = [evidenceOf('Volumes in scope', inventoryOf({ volumes, claims: [], attachments: [], nodes: [] }))];
  if (missing.length > 0)
    return { effect: 'blocked', because: `no PersistentVolume called ${missing.join(', ')}`, evidence };
  if (volumes.length === 0 && !again)
    return { effect: 'blocked', because: `${scopeOf(given)} matches no PersistentVolume` };
  const items = volumes.filter((pv) => pv.policy !== 'Retain').map((pv) => itemOf(pv, endpoint));
  if (items.length === 0)
    return { effect: 'satisfied', because: `all ${volumes.length} PersistentVolumes have policy Retain` };
  return { effect: 'changes', items, because: `${items.length} of ${volumes.length} would not be kept`, evidence };
}

function scopeOf({ namespace, selector }: Input): string {
  return selector === undefined ? `namespace ${namespace ?? ''}` : `selector ${selector}`;
}

function itemOf(pv: PvFacts, endpoint: 'cluster' | 'argocd'): Item {
  const of = pv.claim ? `volume of ${pv.claim.namespace}/${pv.claim.name}` : 'volume of no claim';
  const because = `${of}, ${pv.phase}${pv.terminating ? ', Terminating' : ''}, policy ${pv.policy}`;
  return { key: pv.name, changes: [retainPv(pv, endpoint, because)], ready: 1, because };
}
