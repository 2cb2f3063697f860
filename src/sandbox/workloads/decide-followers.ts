import type { Health, Member, ServiceVerdict, Verdict } from './decide-members.ts';
import { type Log, caughtUp, continues, headOf } from './log.ts';

/** Of its index, and of what it is behind, so much at a look: both must be visible, and end. */
const INDEX_PARTS = 20;
const LOG_PARTS = 10;
const LEAST = 5;

/** So little behind is on time. */
const ON_TIME = 20;

/**
 * The storage tier: after a start each member makes its index again, of everything on its disk, and then catches up from the
 * log that it follows; `undefined`: nobody answers there. Which pod made the index stands on the disk, as an index in memory
 * dies with its pod.
 */
export function decideFollowers(members: readonly Member[], log: Log | undefined): ServiceVerdict {
  const verdicts = members.map((member) => decideFollower(member, members, log));
  const known = new Set(members.flatMap(({ content }) => (content.files['members'] ?? '').split(',').filter(Boolean)));
  const healthy = verdicts.filter(({ health }) => health.state === 'healthy').length;
  const quorum = Math.floor(known.size / 2) + 1;
  return {
    members: verdicts,
    serving: known.size > 0 && healthy >= quorum,
    message: `${healthy} of ${known.size} members healthy, ${quorum} needed`,
  };
}

/** How far one member is, for whoever waits for it. */
export function followingOf({ content }: Member, log: Log | undefined): { indexed: number; behind: number } {
  const own = headOf(content.files['records'] ?? '').count;
  return { indexed: Number(content.files['indexed'] ?? '0'), behind: Math.max(0, headOf(log ?? '').count - own) };
}

function decideFollower(member: Member, all: readonly Member[], log: Log | undefined): Verdict {
  const { identity, content } = member;
  const owner = content.files['identity'];
  if (owner === undefined) return decideBlank(member, all);
  if (owner !== identity)
    return verdictOf(member, 'crashing', `identity mismatch: this is ${identity}, the disk belongs to ${owner}`);
  return decideIndex(member) ?? decideLog(member, log);
}

function decideBlank(member: Member, all: readonly Member[]): Verdict {
  const { identity, volumeId, pod } = member;
  const everybody = [...new Set(all.map((one) => one.identity))].toSorted().join(',');
  const id = all.map(({ content }) => content.files['cluster-id']).find((one) => one !== undefined);
  const files = {
    identity,
    'cluster-id': id ?? `storage-${all.map((one) => one.volumeId).toSorted()[0] ?? volumeId}`,
    members: everybody,
    records: '',
    indexed: '0',
    'indexed-by': pod ?? '',
  };
  return { ...verdictOf(member, 'unhealthy', 'started on a new disk'), files };
}

function decideIndex(member: Member): Verdict | undefined {
  const { content, pod = '' } = member;
  const total = headOf(content.files['records'] ?? '').count;
  const isOwn = content.files['indexed-by'] === pod;
  const indexed = isOwn ? Number(content.files['indexed'] ?? '0') : 0;
  if (isOwn && indexed >= total) return undefined;
  const next = Math.min(total, indexed + Math.max(LEAST, Math.ceil(total / INDEX_PARTS)));
  return {
    ...verdictOf(member, 'unhealthy', `re-indexing: ${indexed} of ${total} records`),
    files: { 'indexed-by': pod, indexed: String(isOwn ? next : 0) },
  };
}

function decideLog(member: Member, log: Log | undefined): Verdict {
  const own = member.content.files['records'] ?? '';
  if (log === undefined) return verdictOf(member, 'unhealthy', 'indexed; waits for Kafka to catch up from');
  if (!continues(log, own)) return verdictOf(member, 'unhealthy', 'diverged: what it holds is not in the log of Kafka');
  const behind = headOf(log).count - headOf(own).count;
  const count = headOf(own).count;
  if (behind === 0) return verdictOf(member, 'healthy', `${count} records`);
  const onTime = behind <= ON_TIME;
  const records = caughtUp(own, log, onTime ? behind : Math.max(LEAST, Math.ceil(behind / LOG_PARTS)));
  const files = { records, indexed: String(headOf(records).count) };
  return {
    ...(onTime
      ? verdictOf(member, 'healthy', `${count} records`)
      : verdictOf(member, 'unhealthy', `catching up from Kafka: ${count} of ${headOf(log).count} records`)),
    files,
  };
}

function verdictOf({ identity }: Member, state: Health['state'], message: string): Verdict {
  return { identity, health: { state, message } };
}
