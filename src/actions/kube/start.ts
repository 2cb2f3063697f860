import { z } from 'zod';
import { claimFactsOf, type ClaimFacts } from '../../inventory/claim.ts';
import { numberAt } from '../../inventory/fields.ts';
import { setFactsOf, type SetFacts } from '../../inventory/workloads.ts';
import { defineAction, type Planned, type Situation } from '../../model/action.ts';
import type { Item } from '../../model/change.ts';
import type { KubeObject, ReadWorld } from '../../ports/read-world.ts';
import { notedReplicas, REPLICAS_NOTE, startSet } from '../members.ts';
import { onEitherCluster } from '../scopes.ts';

const names = z.array(z.string().min(1));

const input = z
  .strictObject({
    namespace: z.string().min(1).describe('Where they live'),
    statefulSets: names.default([]).describe('StatefulSets that drctl may have stopped, by name'),
    deployments: names.default([]).describe('Deployments that kube/stop may have stopped, by name'),
  })
  .refine(({ statefulSets, deployments }) => statefulSets.length + deployments.length > 0, {
    message: 'say which: give statefulSets, deployments or both',
  });

type Input = z.infer<typeof input>;

type Kind = 'StatefulSet' | 'Deployment';

interface Seen {
  readonly sets: readonly { readonly kind: Kind; readonly name: string; readonly live?: KubeObject }[];
  readonly claims: readonly ClaimFacts[];
}

/**
 * Gives the sets that drctl stopped (pv/rebind, pv/set-aside, kube/stop) the members that it noted on them. All of those named or none,
 * and only when every claim is Bound: a member whose claim is missing is given a new, empty volume, and one empty member
 * among old ones may be elected (traps 4, 28). That the members come up is for kube/wait to see.
 */
export const kubeStart = defineAction<ReadWorld, Input, Seen>({
  name: 'kube/start',
  summary:
    'Start the StatefulSets and Deployments that were stopped, with as many members as were noted, when all their claims are Bound',
  kind: 'converge',
  input,
  touches: ({ namespace, statefulSets, deployments }) =>
    onEitherCluster({
      verbs: ['patch'],
      kinds: [...(statefulSets.length > 0 ? ['StatefulSet'] : []), ...(deployments.length > 0 ? ['Deployment'] : [])],
      namespaces: [namespace],
      atMost: new Set(statefulSets).size + new Set(deployments).size,
      worst: 'disruptive',
    }),
  observe,
  plan,
});

async function observe(given: Input, world: ReadWorld, { endpoint }: Situation): Promise<Seen> {
  const { namespace } = given;
  const kube = world.kube(endpoint);
  const wanted: readonly (readonly [Kind, string])[] = [
    ...[...new Set(given.statefulSets)].map((name) => ['StatefulSet', name] as const),
    ...[...new Set(given.deployments)].map((name) => ['Deployment', name] as const),
  ];
  const [claims, ...sets] = await Promise.all([
    kube.facts('v1', 'PersistentVolumeClaim', { namespace }, claimFactsOf),
    ...wanted.map(async ([kind, name]) => {
      const live = await kube.get({ apiVersion: 'apps/v1', kind, namespace, name });
      return { kind, name, ...(live && { live }) };
    }),
  ]);
  return { sets, claims };
}

function plan({ namespace }: Input, { sets, claims }: Seen, { endpoint }: Situation): Planned {
  const byName = new Map(claims.map((claim) => [claim.name, claim]));
  const problems = sets.flatMap(({ kind, name, live }) =>
    problemsOf(live, byName).map((text) => [`${kind} ${namespace}/${name}`, text]),
  );
  const [first] = problems;
  if (first) {
    const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
    return {
      effect: 'blocked',
      because: `${first.join(' ')}${more}; none is started`,
      evidence: [{ title: 'What keeps them from being started', columns: ['object', 'finding'], rows: problems }],
    };
  }
  const items = sets.flatMap(({ kind, live }): Item[] => {
    const set = live && setFactsOf(live);
    const noted = set && notedReplicas(set);
    if (set === undefined || noted === undefined) return [];
    const ground = kind === 'StatefulSet' ? 'its claims are Bound' : 'it is its turn';
    const because = `${ground}: start it again with ${noted} members, as before it was stopped`;
    const change = startSet(set, { endpoint, namespace, kind }, because);
    return [{ key: kind === 'StatefulSet' ? set.name : `${kind} ${set.name}`, changes: [change], ready: 1, because }];
  });
  if (items.length === 0)
    return { effect: 'satisfied', because: `none of ${sets.map(({ name }) => name).join(', ')} is stopped by drctl` };
  return { effect: 'changes', items, because: `${items.length} of ${sets.length} wait, stopped` };
}

/** What is said of a set that is not there, or that cannot be started yet; nothing of one that drctl has not stopped. */
function problemsOf(live: KubeObject | undefined, claims: ReadonlyMap<string, ClaimFacts>): string[] {
  if (!live) return ['is not there: what is to be started must exist'];
  if (live.metadata.deletionTimestamp !== undefined) return ['is being deleted'];
  const set = setFactsOf(live);
  const note = set.annotations[REPLICAS_NOTE];
  if (note === undefined) return [];
  if (notedReplicas(set) === undefined)
    return [
      `has "${note}" noted on it (${REPLICAS_NOTE}), which is no number of members: start it by hand, take the note off`,
    ];
  return claimsOf(set, numberAt(live, 'spec', 'ordinals', 'start') ?? 0).flatMap((claim) => {
    const problem = claimProblem(claims.get(claim));
    return problem === undefined ? [] : [`waits for its claim ${claim}: ${problem}`];
  });
}

/** `<template>-<set>-<ordinal>` of every member that there will be (recovery-facts A3), and what the pods mount by name. */
function claimsOf(set: SetFacts, start: number): string[] {
  const members = Math.max(notedReplicas(set) ?? 0, set.replicas);
  const ofMembers = set.templates.flatMap((template) =>
    Array.from({ length: members }, (_, index) => `${template}-${set.name}-${start + index}`),
  );
  return [...ofMembers, ...set.mounts];
}

function claimProblem(claim: ClaimFacts | undefined): string | undefined {
  if (!claim) return 'it is not there, a new, empty volume would be made for it';
  if (claim.terminating) return 'it is being deleted';
  return claim.phase === 'Bound' ? undefined : `it is ${claim.phase}, not Bound`;
}
