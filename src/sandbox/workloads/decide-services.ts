import { createHash } from 'node:crypto';
import type { Pod } from '../controllers/kinds.ts';
import { nameOf } from '../controllers/objects.ts';
import { decideFollowers } from './decide-followers.ts';
import { type Health, type Member, type ServiceVerdict, decideMembers } from './decide-members.ts';
import { type Log, appended } from './log.ts';
import { rulesOf } from './services.ts';

/** What one service consists of at this moment. */
export interface Running {
  /** `namespace/service`. */
  key: string;
  service: string;
  pods: Pod[];
  members: Member[];
}

type Verdicts = Map<string, ServiceVerdict>;

/** On the disk of a ZooKeeper member: the cluster id that the brokers wrote there at their first start. */
export const REGISTRATION = 'kafka-cluster-id';

/** What every service does now, those first that others need. Pure: `before` says who served when they were last looked at. */
export function decideServices(running: readonly Running[], append: boolean, before: ReadonlySet<string>): Verdicts {
  const verdicts: Verdicts = new Map();
  for (const group of running.toSorted((a, b) => rankOf(a.service) - rankOf(b.service))) {
    const verdict = decideOne(group, running, verdicts, append, before);
    verdicts.set(group.key, verdict);
  }
  return verdicts;
}

/** Keepers of data, who keeps their id with one of these, who follows one of those, and who keeps nothing. */
function rankOf(service: string): number {
  const { blankMember, registeredAt, follows } = rulesOf(service);
  if (blankMember === 'none') return 3;
  return follows !== undefined ? 2 : registeredAt !== undefined ? 1 : 0;
}

function decideOne(
  group: Running,
  running: readonly Running[],
  verdicts: Verdicts,
  append: boolean,
  before: ReadonlySet<string>,
): ServiceVerdict {
  const { blankMember, registeredAt, follows, writtenBy } = rulesOf(group.service);
  const beside = (service: string): string => `${group.key.slice(0, group.key.indexOf('/'))}/${service}`;
  if (blankMember === 'none') return frontVerdict(group, (service) => verdicts.get(beside(service))?.serving === true);
  const writes =
    append && (writtenBy ?? [group.service]).some((one) => one === group.service || before.has(beside(one)));
  if (registeredAt !== undefined) {
    const registry = running.find(({ key }) => key === beside(registeredAt));
    return decideBrokers(group, registry, verdicts.get(beside(registeredAt)), writes);
  }
  if (follows !== undefined) {
    const leader = running.find(({ key }) => key === beside(follows));
    return decideFollowers(group.members, verdicts.get(beside(follows))?.serving === true ? logOf(leader) : undefined);
  }
  return decideMembers(blankMember, group.members, writes);
}

/** What a service without data says: it answers when all that it needs answers. */
function frontVerdict(group: Running, serves: (service: string) => boolean): ServiceVerdict {
  const missing = rulesOf(group.service).needs.filter((name) => !serves(name));
  const message = missing.length === 0 ? 'all that it needs answers' : `waits for ${missing.join(', ')}`;
  const health: Health = { state: missing.length === 0 ? 'healthy' : 'unhealthy', message };
  return {
    members: group.pods.map((pod) => ({ identity: nameOf(pod), health })),
    serving: missing.length === 0,
    message,
  };
}

/**
 * A broker takes the cluster id from ZooKeeper, where the first one wrote it. A ZooKeeper that serves and knows none is new:
 * it is given one, and brokers whose disks say another end themselves. [recovery-facts D; KafkaServer.scala 3.6.0]
 */
function decideBrokers(
  group: Running,
  registry: Running | undefined,
  verdict: ServiceVerdict | undefined,
  append: boolean,
): ServiceVerdict {
  if (registry === undefined || verdict?.serving !== true) {
    const health: Health = { state: 'unhealthy', message: 'waits for a ZooKeeper with a quorum' };
    return {
      members: group.members.map(({ identity }) => ({ identity, health })),
      serving: false,
      message: health.message,
    };
  }
  const id = register(registry, verdict);
  const strangers = group.members.filter(({ content }) => (content.files['cluster-id'] ?? id) !== id);
  const own = group.members.filter((member) => !strangers.includes(member));
  const decided = decideMembers('resync', own, append, id);
  return {
    ...decided,
    serving: decided.serving && strangers.length === 0,
    members: [
      ...decided.members,
      ...strangers.map(({ identity, content }) => ({
        identity,
        health: {
          state: 'crashing' as const,
          message: `kafka.common.InconsistentClusterIdException: The Cluster ID ${id} doesn't match stored clusterId Some(${content.files['cluster-id'] ?? ''}) in meta.properties`,
        },
      })),
    ],
  };
}

/** The registered id; written by the healthy members of the registry, to each disk that has not got it yet. */
function register({ members }: Running, verdict: ServiceVerdict): string {
  const healthy = verdict.members.filter(({ health }) => health.state === 'healthy');
  const contentOf = (identity: string) => members.find((one) => one.identity === identity)?.content.files ?? {};
  const known = healthy.map(({ identity }) => contentOf(identity)[REGISTRATION]).find(Boolean);
  const id = known ?? newId(healthy.map(({ identity }) => contentOf(identity)['cluster-id'] ?? '').join(' '));
  for (const one of healthy) {
    const files = contentOf(one.identity);
    if (files[REGISTRATION] === id) continue;
    const records = known === undefined ? firstRecords(files['records'] ?? '', id) : files['records'];
    one.files = { ...one.files, [REGISTRATION]: id, ...(records !== undefined && { records }) };
  }
  return id;
}

/** Topics and their settings: what ZooKeeper holds beside the id. */
function firstRecords(log: Log, id: string): Log {
  return [1, 2, 3].reduce((all) => appended(all, id), log);
}

function newId(of: string): string {
  return `kafka-${createHash('sha256').update(of).digest('hex').slice(0, 8)}`;
}

function logOf(group: Running | undefined): Log | undefined {
  const logs = group?.members.map(({ content }) => content.files['records'] ?? '');
  return logs?.reduce((a, b) => (b.length > a.length ? b : a), '');
}
