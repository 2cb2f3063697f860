import { z } from 'zod';
import { survey } from '../../inventory/survey.ts';
import { defineAction, type Planned, type Situation } from '../../model/action.ts';
import type { Item } from '../../model/change.ts';
import { isDrctlError } from '../../model/errors.ts';
import { PROXY_FORM, proxyScopesOf, proxyUrlOf } from '../../model/proxy-url.ts';
import { CANNOT_SEE, type ReadWorld } from '../../ports/read-world.ts';
import { onEitherCluster } from '../scopes.ts';
import { type Answers, type MemberState, PATHS, SERVICES, stateOf } from './answers.ts';
import { type Facts, memberVolume, volumesEvidence } from './volumes.ts';

/** A name in the place of a member's, to see what an address comes to. */
const SAMPLE = 'member-0';

const input = z
  .strictObject({
    namespace: z.string().min(1).describe('Where the service lives'),
    service: z.enum(SERVICES).describe('How its members are asked'),
    statefulSet: z.string().min(1).describe('The StatefulSet that its members belong to'),
    members: z.int().min(1).max(1_000).describe('How many members it has: all of them, not those that run'),
    template: z.string().min(1).default('data').describe('The volumeClaimTemplate of the volume with its data'),
    stage: z
      .enum(['volumes', 'ready'])
      .describe(
        'volumes: before a member starts, every one has its own old volume, or one restored from a snapshot. ready: they have formed a quorum',
      ),
    url: z
      .string()
      .regex(/\{member\}/, 'it holds {member}')
      .refine(isAddress, `it begins with http:// or https://, or is ${PROXY_FORM}`)
      .optional()
      .describe(
        'For ready: where a member answers, also through the API server (cluster:…); {member} stands for its pod. ZooKeeper: its AdminServer; etcd: its client URL; Kafka: its JMX exporter',
      ),
  })
  .refine(({ stage, url }) => stage !== 'ready' || url !== undefined, {
    message: 'stage ready needs url',
    path: ['url'],
  });

type Input = z.infer<typeof input>;

type Seen = { readonly facts: Facts } | { readonly states: readonly MemberState[] };

/**
 * Together or not at all (trap 28): a quorum of members on empty volumes is healthy and has forgotten everything. Changes
 * nothing: before the start it is satisfied or blocked, afterwards it waits until every member is in the quorum.
 */
export const quorumCheck = defineAction<ReadWorld, Input, Seen>({
  name: 'quorum/check',
  summary: 'All members on their own volumes before any starts; then all of them in a quorum',
  kind: 'converge',
  input,
  touches: ({ namespace, stage, url = '' }) => [
    ...(stage === 'volumes' ? ['PersistentVolumeClaim', 'PersistentVolume'] : ['StatefulSet', 'Pod']).flatMap((kind) =>
      onEitherCluster({
        verbs: [],
        kinds: [kind],
        worst: 'safe',
        atMost: 0,
        ...(kind !== 'PersistentVolume' && { namespaces: [namespace] }),
      }),
    ),
    ...proxyScopesOf(ofMember(url, SAMPLE)),
  ],
  observe,
  plan,
});

async function observe(given: Input, world: ReadWorld, { endpoint }: Situation): Promise<Seen> {
  if (given.stage === 'ready')
    return { states: await Promise.all(membersOf(given).map((one) => ask(one, given, world))) };
  const { claims, volumes, cloud } = await survey(world, {
    endpoint,
    namespace: given.namespace,
    claims: claimsOf(given),
  });
  return { facts: { claims, volumes, cloud: cloud?.volumes } };
}

async function ask(member: string, { service, url = '' }: Input, world: ReadWorld): Promise<MemberState> {
  const base = ofMember(url, member).replace(/\/$/, '');
  const refusals: string[] = [];
  const answers: Answers = await Promise.all(
    PATHS[service].map(async (path) => {
      try {
        return await world.http({ method: 'GET', url: `${base}${path}` });
      } catch (error) {
        // a member that does not answer is not ready, and is waited for; one that may not be asked never will be
        if (!isDrctlError(error) || error.code !== CANNOT_SEE || isForbidden(error)) throw error;
        refusals.push(error.message.replace(/^cannot see /, ''));
        return undefined;
      }
    }),
  );
  const state = stateOf(service, member, answers);
  // whether it is not up yet or the address is wrong, only this tells
  const [reason] = refusals.toSorted();
  return reason === undefined ? state : { ...state, says: `${state.says}: ${reason}` };
}

function isForbidden(error: Error): boolean {
  return 'trouble' in error && error.trouble === 'forbidden';
}

function ofMember(url: string, member: string): string {
  return url.replaceAll('{member}', member);
}

function isAddress(url: string): boolean {
  return /^https?:\/\//.test(url) || proxyUrlOf(ofMember(url, SAMPLE)) !== undefined;
}

function membersOf({ statefulSet, members }: Input): string[] {
  return Array.from({ length: members }, (_, ordinal) => `${statefulSet}-${ordinal}`);
}

function claimsOf(given: Input): string[] {
  return membersOf(given).map((member) => `${given.template}-${member}`);
}

function plan(given: Input, seen: Seen, situation: Situation): Planned {
  return 'facts' in seen ? planVolumes(given, seen.facts, situation) : planReady(given, seen.states);
}

function planVolumes(given: Input, facts: Facts, { impactAt }: Situation): Planned {
  if (impactAt === undefined)
    return {
      effect: 'blocked',
      because: 'which volumes are from before the disaster cannot be told: say when it began, with --impact-at',
    };
  const volumes = claimsOf(given).map((claim) => memberVolume(claim, facts, impactAt));
  const wrong = volumes.filter(({ problem }) => problem !== undefined);
  const evidence = [volumesEvidence(volumes, impactAt)];
  const [first] = wrong.toSorted((a, b) => Number(a.waits ?? false) - Number(b.waits ?? false));
  if (!first)
    return {
      effect: 'satisfied',
      because: `all ${given.members} members of ${given.statefulSet} have their own volumes`,
    };
  const because = `${first.problem ?? ''}${wrong.length > 1 ? ` (and ${wrong.length - 1} more)` : ''}; no member of ${given.statefulSet} may start until all have their own volumes`;
  if (!first.waits) return { effect: 'blocked', because, evidence };
  const progress = { value: volumes.length - wrong.length, total: volumes.length, unit: 'volumes' };
  const items = wrong.map(({ claim, problem = '' }) => ({
    ...waitFor(`PersistentVolumeClaim ${given.namespace}/${claim}`, problem),
    progress,
  }));
  return { effect: 'changes', items, because, evidence };
}

/** Kafka has one active controller, the others one leader: none yet is a wait, two are two clusters of one name. */
function planReady(given: Input, states: readonly MemberState[]): Planned {
  const leaders = states.filter(({ leads }) => leads).map(({ member }) => member);
  const alone = given.members === 1;
  if (leaders.length > 1)
    return {
      effect: 'blocked',
      because: `${leaders.join(' and ')} both lead: these are two clusters of one name`,
      evidence: [statesEvidence(states)],
    };
  const missing = states.filter(({ ready }) => !ready);
  if (missing.length === 0 && (leaders.length === 1 || alone))
    return {
      effect: 'satisfied',
      because: `${states.length} of ${states.length} members are in the quorum, ${leaders[0] ?? states[0]?.member ?? ''} leads`,
    };
  const progress = { value: states.length - missing.length, total: states.length, unit: 'members' };
  const waits = missing.map(({ member, says }): Item =>
    waitFor(`Pod ${given.namespace}/${member}`, `${member}: ${says}`),
  );
  const items =
    waits.length > 0 ? waits : [waitFor(`StatefulSet ${given.namespace}/${given.statefulSet}`, 'nobody leads')];
  return {
    effect: 'changes',
    items: items.map((item) => ({ ...item, progress })),
    because: items[0]?.because ?? '',
    evidence: [statesEvidence(states)],
  };
}

function waitFor(key: string, because: string): Item {
  return { key, changes: [], ready: 0, because };
}

function statesEvidence(states: readonly MemberState[]) {
  return {
    title: 'What the members say',
    columns: ['member', 'in the quorum', 'says'],
    rows: states.map(({ member, ready, says }) => [member, ready ? 'yes' : 'no', says]),
  };
}
