import { z } from 'zod';
import type { OwnVolume } from '../../inventory/candidate.ts';
import type { ClaimFacts } from '../../inventory/claim.ts';
import { evidenceOf, rowsOf } from '../../inventory/inventory.ts';
import { matchVolumes, type Match } from '../../inventory/match.ts';
import { survey, type Survey } from '../../inventory/survey.ts';
import { ownsClaim } from '../../inventory/workloads.ts';
import { defineAction, type Planned, type Situation } from '../../model/action.ts';
import type { Change, Item } from '../../model/change.ts';
import type { CloudSnapshot, ReadWorld } from '../../ports/read-world.ts';
import { stopSet } from '../members.ts';
import { onEitherCluster } from '../scopes.ts';
import { expectedClaimsOf } from './expected-claims.ts';
import { hastyEvidence, heldBy, stoppedSets, strangersAt, workloadsOf, type Workloads } from './hasty.ts';
import { deleteHastyClaim, deleteWaitingClaim } from './hasty-changes.ts';
import { retainPv } from './retain-change.ts';
import { verdictOf, type Verdict } from './set-aside-verdict.ts';

const count = z.int().min(1).max(10_000);

const input = z.strictObject({
  namespace: z.string().min(1).describe('Where the claims live'),
  statefulSets: z
    .record(z.string(), z.record(z.string(), count))
    .refine((sets) => Object.values(sets).some((templates) => Object.keys(templates).length > 0), 'it names no claim')
    .describe('Claims of StatefulSets: set, volumeClaimTemplate, how many: {zookeeper: {data: 3}}'),
});

type Input = z.infer<typeof input>;

interface Seen {
  readonly survey: Survey;
  readonly workloads: Workloads;
  readonly snapshots: readonly CloudSnapshot[];
}

/**
 * Makes room for a restore: claims that somebody made again too early, on new, empty volumes, while their old ones are lost.
 * Velero leaves a claim alone that is there, and restores no data for it. The new volumes are kept, the sets stay stopped
 * until kube/start. One doubt about one claim stops all of them.
 */
export const pvSetAside = defineAction<ReadWorld, Input, Seen>({
  name: 'pv/set-aside',
  summary:
    'Take hasty, empty claims out of the way of a restore, where the old volumes are lost; their new ones are kept',
  kind: 'converge',
  input,
  touches: ({ namespace }) => [
    ...onEitherCluster({ verbs: ['patch'], kinds: ['PersistentVolume'], worst: 'safe' }),
    ...onEitherCluster({
      verbs: ['delete'],
      kinds: ['PersistentVolumeClaim'],
      namespaces: [namespace],
      worst: 'destructive',
    }),
    ...onEitherCluster({ verbs: ['patch'], kinds: ['StatefulSet'], namespaces: [namespace], worst: 'disruptive' }),
  ],
  observe,
  plan,
});

async function observe(given: Input, world: ReadWorld, { endpoint, impactAt }: Situation): Promise<Seen> {
  const { namespace } = given;
  const expected = expectedClaimsOf(given, []);
  const [seen, workloads] = await Promise.all([
    survey(world, { endpoint, namespace, claims: expected.map(({ name }) => name) }),
    workloadsOf(world, endpoint, namespace),
  ]);
  const ids = asideOf(judgedOf(given, seen, impactAt)).flatMap(({ on }) => on?.cloud?.id ?? []);
  const snapshots = ids.length === 0 ? [] : await world.cloud.snapshots({ filters: { 'volume-id': ids } });
  return { survey: seen, workloads, snapshots };
}

interface Judged {
  readonly match: Match;
  readonly verdict: Verdict;
}

interface Aside extends Judged {
  readonly live: ClaimFacts;
  readonly on?: OwnVolume;
}

const NO_IMPACT = 'what was made since the disaster cannot be told: say when it began, with --impact-at';

function judgedOf(given: Input, seen: Survey, impactAt: string | undefined): Judged[] {
  const when = { hasty: 'swap' as const, ...(impactAt !== undefined && { impactAt }) };
  return matchVolumes(seen, expectedClaimsOf(given, []), when).map((match) => {
    if (match.live && impactAt === undefined) return { match, verdict: { is: 'refused', because: NO_IMPACT } };
    return { match, verdict: verdictOf(match, seen, impactAt ?? '') };
  });
}

function asideOf(judged: readonly Judged[]): Aside[] {
  return judged.flatMap((one) => (one.verdict.is === 'hasty' ? [{ ...one, ...one.verdict }] : []));
}

function plan(given: Input, { survey, workloads, snapshots }: Seen, situation: Situation): Planned {
  const judged = judgedOf(given, survey, situation.impactAt);
  const refusals = judged.flatMap((one) => refusalsOf(one, workloads));
  if (refusals.length > 0) return blocked(refusals, judged);
  const aside = asideOf(judged);
  if (aside.length === 0) {
    const restored = judged.filter(({ verdict }) => verdict.is === 'restored').length;
    const names = judged.map(({ match }) => match.claim.name);
    return {
      effect: 'satisfied',
      because: `of ${judged.length} claims none is hasty: ${restored} restored, ${judged.length - restored} not there${stoppedSets(workloads, names)}`,
    };
  }
  const stops = stopsOf(aside, workloads, { endpoint: situation.endpoint, namespace: given.namespace });
  const rows = aside.map(({ match, live, on }) => ({ claim: match.claim, live, ...(on && { hasty: on }) }));
  return {
    effect: 'changes',
    items: aside.map((one) => itemOf(one, stops.get(one.live.name) ?? [], workloads, situation)),
    because: `${aside.length} of ${judged.length} claims were made too early, and their old volumes are lost`,
    evidence: [...hastyEvidence(rows, workloads, snapshots), tableOf(judged)],
  };
}

/** A set stands, to be stopped, in the item of the first of its claims. */
function stopsOf(
  aside: readonly Aside[],
  { sets }: Workloads,
  where: Pick<Situation, 'endpoint'> & { readonly namespace: string },
): ReadonlyMap<string, readonly Change[]> {
  const stops = new Map<string, Change[]>();
  for (const set of sets) {
    const first = aside.find(({ live }) => ownsClaim(set, live.name));
    if (!first || set.replicas === 0) continue;
    stops.set(first.live.name, [...(stops.get(first.live.name) ?? []), stopSet(set, where)]);
  }
  return stops;
}

/** In order: the volume is kept, the members are stopped, and when nothing wants the claim any more it goes. */
function itemOf(aside: Aside, stops: readonly Change[], workloads: Workloads, situation: Situation): Item {
  const { live, on } = aside;
  const name = `${live.namespace}/${live.name}`;
  const keep =
    on && on.pv.policy !== 'Retain'
      ? [retainPv(on.pv, situation.endpoint, `keep the new volume of ${name}: somebody may have written to it`)]
      : [];
  const first = [...keep, ...stops];
  const deletion = on ? deleteHastyClaim(live, on, situation) : deleteWaitingClaim(live, situation);
  const changes = live.terminating ? first : [...first, deletion];
  const of = `${name}, ${on ? `now on ${on.pv.name} (${on.cloud?.id ?? '?'})` : 'without a volume'}`;
  if (first.length > 0) return { key: live.name, changes, ready: first.length, because: of };
  const wait = waitFor(aside, heldBy(live.name, workloads));
  return wait === undefined
    ? { key: live.name, changes, ready: 1, because: of }
    : { key: live.name, changes, ready: 0, because: `${of}: ${wait}` };
}

function waitFor({ live, on }: Aside, held: string | undefined): string | undefined {
  if (!live.terminating) return held ?? (on && live.volumeName === undefined ? 'waits for it to name it' : undefined);
  const leaving = `waits for it to be gone; it is held by ${live.finalizers.join(', ') || 'nothing'}`;
  return held === undefined ? leaving : `${leaving}; ${held}`;
}

function refusalsOf({ match, verdict }: Judged, workloads: Workloads): string[][] {
  const { namespace, name } = match.claim;
  if (verdict.is === 'refused') return [[`${namespace}/${name}`, verdict.because]];
  if (verdict.is !== 'hasty' || verdict.live.terminating) return [];
  return strangersAt(match.claim, workloads).map(({ text }) => [`${namespace}/${name}`, text]);
}

function blocked(refusals: readonly string[][], judged: readonly Judged[]): Planned {
  const [first = []] = refusals;
  const more = refusals.length > 1 ? ` (and ${refusals.length - 1} more)` : '';
  return {
    effect: 'blocked',
    because: `${first.join(': ')}${more}`,
    evidence: [{ title: 'What speaks against it', columns: ['claim', 'finding'], rows: refusals }, tableOf(judged)],
  };
}

function tableOf(judged: readonly Judged[]) {
  return evidenceOf(
    'Claims and their volumes',
    judged.flatMap(({ match }) => rowsOf(match)),
  );
}
