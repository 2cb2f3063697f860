import { z } from 'zod';
import { evidenceOf, rowsOf } from '../../inventory/inventory.ts';
import { matchVolumes, type Match } from '../../inventory/match.ts';
import { survey, type Survey } from '../../inventory/survey.ts';
import { defineAction, isOverridden, type Guard, type Planned, type Situation } from '../../model/action.ts';
import type { Item } from '../../model/change.ts';
import { digestOf } from '../../model/digest.ts';
import type { CloudSnapshot, KubeObject, ReadWorld } from '../../ports/read-world.ts';
import { readManifests } from '../manifests.ts';
import { onEitherCluster } from '../scopes.ts';
import type { ExpectedClaim, ProblemCode } from '../../inventory/candidate.ts';
import { expectedClaimsOf } from './expected-claims.ts';
import {
  hastyEvidence,
  stoppedSets,
  swapOf,
  usageProblems,
  workloadsOf,
  type Members,
  type Workloads,
} from './hasty.ts';
import { isOnOwnVolume, rebindItem, type NamespaceFacts } from './rebind-item.ts';

const count = z.int().min(1).max(10_000);

const input = z
  .strictObject({
    namespace: z.string().min(1).describe('Where the claims live'),
    claims: z.array(z.string().min(1)).min(1).optional().describe('Claims by name'),
    statefulSets: z
      .record(z.string(), z.record(z.string(), count))
      .optional()
      .describe('Claims of StatefulSets: set, volumeClaimTemplate, how many: {kafka: {data: 3}}'),
    manifests: z
      .string()
      .min(1)
      .optional()
      .describe(
        'A file or directory: its claims and its StatefulSets, whose requests, classes and labels are compared and kept',
      ),
    choose: z
      .record(z.string(), z.string())
      .optional()
      .describe(
        'Where two volumes answer to one claim: the claim and the one that is right (EC2 id, handle or PV name)',
      ),
    hasty: z
      .enum(['ask', 'swap'])
      .default('ask')
      .describe(
        'Claims that were made again too early, on new volumes. swap: stop their StatefulSets, delete the claim, keep its new volume, bind the old one, start again; needs a budget for PersistentVolumeClaim, a gate and --impact-at',
      ),
    members: z
      .enum(['start', 'leave-stopped'])
      .default('start')
      .describe(
        'What becomes of the StatefulSets that it stopped. leave-stopped: they wait with no members, what they had noted on them, for kube/start',
      ),
  })
  .refine(({ claims, statefulSets, manifests }) => claims ?? statefulSets ?? manifests, {
    message: 'say which claims: give claims, statefulSets or manifests',
  });

type Input = z.infer<typeof input>;

interface Seen {
  readonly survey: Survey;
  readonly expected: readonly ExpectedClaim[];
  readonly namespace?: NamespaceFacts;
  /** All claims of the step by name, in order, also when only some were looked at. */
  readonly order: readonly string[];
  readonly workloads: Workloads;
  readonly snapshots: readonly CloudSnapshot[];
}

/**
 * Gives each claim its own old volume back, in the order that bound in 65 ms (testbed finding 2): the PV forgets the dead
 * claim's uid and keeps its name, is Available, and only then the claim is made, naming its volume. One doubt about one
 * volume stops all of them.
 */
export const pvRebind = defineAction<ReadWorld, Input, Seen>({
  name: 'pv/rebind',
  summary: 'Bind each claim to its own surviving volume again',
  kind: 'converge',
  input,
  establishes: 'rebind',
  touches: ({ namespace, hasty }) => [
    ...onEitherCluster({ verbs: ['patch'], kinds: ['PersistentVolume'], worst: 'safe' }),
    ...onEitherCluster({
      verbs: ['create', 'patch', ...(hasty === 'swap' ? ['delete'] : [])],
      kinds: ['PersistentVolumeClaim'],
      namespaces: [namespace],
      worst: hasty === 'swap' ? 'destructive' : 'safe',
    }),
    ...(hasty === 'swap'
      ? onEitherCluster({ verbs: ['patch'], kinds: ['StatefulSet'], namespaces: [namespace], worst: 'disruptive' })
      : []),
  ],
  manifests: ({ manifests }) => (manifests === undefined ? [] : [manifests]),
  observe,
  plan,
});

async function observe(given: Input, world: ReadWorld, situation: Situation, only?: readonly string[]): Promise<Seen> {
  const { endpoint, baseDir } = situation;
  const files = given.manifests === undefined ? [] : await readManifests(world, given.manifests, baseDir);
  const all = expectedClaimsOf(
    sourcesOf(given),
    files.map(({ object }) => object),
  );
  const expected = only ? all.filter(({ name }) => only.includes(name)) : all;
  const [seen, namespace, workloads] = await Promise.all([
    survey(world, { endpoint, namespace: given.namespace, ...(only && { claims: only }) }),
    world.kube(endpoint).get({ apiVersion: 'v1', kind: 'Namespace', name: given.namespace }),
    given.hasty === 'swap' ? workloadsOf(world, endpoint, given.namespace) : { sets: [], pods: [] },
  ]);
  const swapped = matchVolumes(seen, expected, whenOf(given, situation)).filter(({ hasty }) => hasty);
  const ids = swapped.flatMap(({ own, hasty }) => [own, hasty].flatMap((one) => one?.cloud?.id ?? []));
  return {
    survey: seen,
    expected,
    order: all.map(({ name }) => name),
    workloads,
    snapshots: ids.length === 0 ? [] : await world.cloud.snapshots({ filters: { 'volume-id': ids } }),
    ...(namespace && { namespace: namespaceFactsOf(namespace) }),
  };
}

function whenOf({ hasty }: Input, { impactAt }: Situation) {
  return { hasty, ...(impactAt !== undefined && { impactAt }) };
}

function sourcesOf({ namespace, claims, statefulSets, choose }: Input) {
  return {
    namespace,
    ...(claims && { claims }),
    ...(statefulSets && { statefulSets }),
    ...(choose && { choose }),
  };
}

function namespaceFactsOf(namespace: KubeObject): NamespaceFacts {
  return { terminating: namespace.metadata.deletionTimestamp !== undefined };
}

function plan(given: Input, seen: Seen, situation: Situation): Planned {
  const { survey, expected, namespace } = seen;
  if (expected.length === 0)
    return {
      effect: 'blocked',
      because: `no claim of namespace ${given.namespace} is named by ${given.manifests ?? 'the input'}`,
    };
  // what runs in a Terminating namespace goes with it
  const leaves = namespace?.terminating === true;
  const workloads = leaves ? { sets: [], pods: [] } : seen.workloads;
  const matches = matchVolumes(leaves ? leaving(survey) : survey, expected, whenOf(given, situation)).map((match) => ({
    ...match,
    problems: [...match.problems, ...usageProblems(match, workloads)],
  }));
  const contested = matches.filter((match) => guardsOf(match).some((guard) => !isOverridden(guard, situation)));
  if (contested.length > 0) return blocked(contested, situation);
  const items = itemsOf(matches, { ...seen, workloads }, situation, given.members);
  if (items.length === 0)
    return {
      effect: 'satisfied',
      because: `${matches.length} claims are Bound, each to its own volume${stoppedSets(workloads, seen.order)}`,
    };
  const hasty = matches.filter((match) => match.hasty).length;
  const because = `${items.length} of ${matches.length} claims are not on their volume${hasty > 0 ? `; ${hasty} stand on new, hasty ones` : ''}`;
  return {
    effect: 'changes',
    items,
    because,
    evidence: [
      ...hastyEvidence(matches, workloads, seen.snapshots),
      evidenceOf('Claims and their volumes', matches.flatMap(rowsOf)),
    ],
  };
}

function itemsOf(matches: readonly Match[], seen: Seen, situation: Situation, members: Members): Item[] {
  const swap = swapOf(matches, seen.order, seen.workloads, { endpoint: situation.endpoint, members });
  const allOnOwn = matches.length === seen.order.length && matches.every(isOnOwnVolume);
  return matches.flatMap((match) => {
    const { name } = match.claim;
    const around = {
      namespace: seen.namespace,
      stops: swap.stops.get(name) ?? [],
      starts: swap.starts.get(name) ?? [],
      heldBy: swap.heldBy(name),
      allOnOwn,
      situation,
    };
    return rebindItem(match, around) ?? [];
  });
}

/** In a Terminating namespace every claim will be gone, marked or not yet: pods go first (recovery-facts F). */
function leaving(survey: Survey): Survey {
  return { ...survey, claims: survey.claims.map((claim) => ({ ...claim, terminating: true })) };
}

/**
 * What a person may know better about: a size that was changed by hand, tags of an earlier life, nodes that are on their way.
 * Which volume it is, what is on it and who holds it is never overridden.
 */
const OVERRIDABLE: ReadonlySet<ProblemCode> = new Set(['size', 'owner', 'no-node']);

/** One guard a claim and kind of problem; its evidence is all that was found of that kind, numbers and names included. */
function guardsOf({ claim, problems, own }: Match): Guard[] {
  return [...new Set(problems.map(({ code }) => code))].map((code) => ({
    name: code,
    object: `${claim.namespace}/${claim.name}`,
    evidence: digestOf({ volume: own?.pv.handle ?? null, found: problems.filter((one) => one.code === code) }),
    overridable: own !== undefined && OVERRIDABLE.has(code),
  }));
}

function blocked(contested: readonly Match[], situation: Situation): Planned {
  const guards = contested.flatMap(guardsOf).filter((guard) => !isOverridden(guard, situation));
  const problems = contested.flatMap((match) =>
    match.problems.map(({ code, text }) => [`${match.claim.namespace}/${match.claim.name}`, code, text]),
  );
  const first = problems[0]?.[2] ?? '';
  const more = problems.length - 1;
  return {
    effect: 'blocked',
    guards,
    because: `${first}${more > 0 ? ` (and ${more} more)` : ''}`,
    evidence: [
      { title: 'What speaks against it', columns: ['claim', 'code', 'finding'], rows: problems },
      evidenceOf('Side by side', contested.flatMap(rowsOf)),
    ],
  };
}
