import { createHash } from 'node:crypto';
import type { VolumeContent } from '../types.ts';
import { type Log, appended, caughtUp, continues, headOf } from './log.ts';
import type { BlankMember } from './services.ts';

/** A running member of a service and the disk it found. */
export interface Member {
  /** `<set>-<ordinal>`. */
  identity: string;
  volumeId: string;
  content: VolumeContent;
  /** The uid of its pod: what was in memory only is gone with it. */
  pod?: string;
}

export type Health =
  | { state: 'healthy'; message: string }
  /** Runs, but does not serve. */
  | { state: 'unhealthy'; message: string }
  /** Ends itself at once, and is started again. */
  | { state: 'crashing'; message: string };

/** What a member does now; `files` are written to its disk, by it. */
export interface Verdict {
  identity: string;
  health: Health;
  files?: Record<string, string>;
}

export interface ServiceVerdict {
  members: Verdict[];
  /** Whether enough members of the cluster are healthy to accept writes and answer reads. */
  serving: boolean;
  message: string;
}

/** How much of a log is copied at a time: a resync must be visible, and end. */
const RECORDS_AT_ONCE = 50;

/**
 * What disks and peers the members find decides their health, and nothing else does: a pure function of both. `append` asks
 * for one more record, which only a cluster with a quorum takes. A new cluster gets `clusterId`, or one of its own.
 */
export function decideMembers(
  blank: BlankMember,
  members: readonly Member[],
  append: boolean,
  clusterId?: string,
): ServiceVerdict {
  const verdicts = members.map((member) => decideMember(member, members, { blank, clusterId }));
  const known = knownMembers(members);
  const healthy = verdicts.filter(({ health }) => health.state === 'healthy');
  const quorum = Math.floor(known.length / 2) + 1;
  const serving = known.length > 0 && healthy.length >= quorum;
  const message = `${healthy.length} of ${known.length} members healthy, ${quorum} needed`;
  if (!serving || !append) return { members: verdicts, serving, message };
  return { members: verdicts.map((verdict) => withRecord(verdict, members)), serving, message };
}

interface Ways {
  blank: BlankMember;
  clusterId: string | undefined;
}

function decideMember(member: Member, all: readonly Member[], ways: Ways): Verdict {
  const { identity, content } = member;
  const owner = content.files['identity'];
  if (owner === undefined) return decideBlank(member, all, ways);
  if (owner !== identity) {
    return {
      identity,
      health: { state: 'crashing', message: `identity mismatch: this is ${identity}, the disk belongs to ${owner}` },
    };
  }
  const rival = rivalCluster(member, all);
  if (rival === undefined) return decideLog(member, all);
  if (rival.isStronger && ways.blank === 'vote') return outvoted(member, all, rival.id);
  const message = `cluster id mismatch: the disk says ${content.files['cluster-id'] ?? 'nothing'}, peers say ${rival.id}`;
  return { identity, health: { state: rival.isStronger ? 'crashing' : 'unhealthy', message } };
}

/**
 * A blank disk: the first start of a member, or a member that has lost its data. The cluster knows which, because every disk
 * keeps the names of all members that ever joined.
 */
function decideBlank(member: Member, all: readonly Member[], { blank, clusterId }: Ways): Verdict {
  const { identity } = member;
  const most = longestLog(all);
  const wasHere = knownMembers(all).includes(identity);
  if (wasHere && blank === 'refuse') {
    const message = `records: 0; member ${identity} has already been bootstrapped, but its disk is empty while its peers have ${headOf(most).count} records`;
    return { identity, health: { state: 'unhealthy', message } };
  }
  const id = clusterIdOf(all) ?? clusterId ?? newClusterId(all);
  const joined = [...new Set([...knownMembers(all), identity])].toSorted().join(',');
  const files = { identity, 'cluster-id': id, members: joined, records: '' };
  if (headOf(most).count === 0)
    return { identity, health: { state: 'healthy', message: 'started on a new disk' }, files };
  return { identity, health: { state: 'unhealthy', message: resyncing('', most) }, files };
}

/** It takes the leader's snapshot for its own state: what only it knew is gone, and nothing says so but its log. */
function outvoted(member: Member, all: readonly Member[], id: string): Verdict {
  const leader = all.find((peer) => isItself(peer) && peer.content.files['cluster-id'] === id);
  const lost = headOf(logOf(member.content)).count;
  const forgotten = Object.fromEntries(Object.keys(member.content.files).map((name) => [name, '']));
  const message = `synchronising with the leader: getting a snapshot, dropping ${lost} records of its own`;
  return {
    identity: member.identity,
    health: { state: 'unhealthy', message },
    files: { ...forgotten, ...leader?.content.files, identity: member.identity },
  };
}

function decideLog(member: Member, all: readonly Member[]): Verdict {
  const { identity, content } = member;
  const own = logOf(content);
  const longest = longestLog(all.filter((peer) => sameCluster(peer, member)));
  if (!continues(longest, own)) {
    const message = `diverged: record ${headOf(own).count} is not in the log of the peers`;
    return { identity, health: { state: 'unhealthy', message } };
  }
  const joined = knownMembers(all.filter((peer) => sameCluster(peer, member))).join(',');
  const files = joined === content.files['members'] ? {} : { members: joined };
  if (own.length === longest.length) {
    const health: Health = { state: 'healthy', message: `${headOf(own).count} records` };
    return Object.keys(files).length === 0 ? { identity, health } : { identity, health, files };
  }
  const records = caughtUp(own, longest, RECORDS_AT_ONCE);
  return { identity, health: { state: 'unhealthy', message: resyncing(own, longest) }, files: { ...files, records } };
}

function resyncing(own: Log, longest: Log): string {
  return `records: ${headOf(own).count}; resyncing from peers: ${headOf(own).count} of ${headOf(longest).count} records`;
}

function withRecord(verdict: Verdict, members: readonly Member[]): Verdict {
  const member = members.find(({ identity }) => identity === verdict.identity);
  if (verdict.health.state !== 'healthy' || member === undefined) return verdict;
  const log = verdict.files?.['records'] ?? logOf(member.content);
  const records = appended(log, verdict.files?.['cluster-id'] ?? member.content.files['cluster-id'] ?? '');
  return records === log ? verdict : { ...verdict, files: { ...verdict.files, records } };
}

/** Another cluster id that as many or more of the running members have: two clusters of one name, as after an empty start. */
function rivalCluster(member: Member, all: readonly Member[]): { id: string; isStronger: boolean } | undefined {
  const votes = new Map<string, number>();
  for (const { content } of all.filter(isItself)) {
    const id = content.files['cluster-id'] ?? '';
    votes.set(id, (votes.get(id) ?? 0) + 1);
  }
  const ownId = member.content.files['cluster-id'] ?? '';
  const own = votes.get(ownId) ?? 0;
  const [id, count] = [...votes].find(([other, count]) => other !== ownId && count >= own) ?? [];
  return id === undefined || count === undefined ? undefined : { id, isStronger: count > own };
}

function sameCluster(a: Member, b: Member): boolean {
  return isItself(a) && a.content.files['cluster-id'] === b.content.files['cluster-id'];
}

function clusterIdOf(all: readonly Member[]): string | undefined {
  return all.find((member) => isItself(member))?.content.files['cluster-id'];
}

function knownMembers(all: readonly Member[]): string[] {
  return [...new Set(all.filter(isItself).flatMap(({ content }) => (content.files['members'] ?? '').split(',')))]
    .filter(Boolean)
    .toSorted();
}

function longestLog(all: readonly Member[]): Log {
  return all
    .filter(isItself)
    .map(({ content }) => logOf(content))
    .reduce((a, b) => (b.length > a.length ? b : a), '');
}

/** A member that runs on another's disk has no say. */
function isItself({ identity, content }: Member): boolean {
  return content.files['identity'] === identity;
}

function logOf(content: VolumeContent): Log {
  return content.files['records'] ?? '';
}

/** All members that start together on blank disks agree on it: it comes from the disk of the first. */
function newClusterId(all: readonly Member[]): string {
  const [first] = all.toSorted((a, b) => (a.identity < b.identity ? -1 : 1));
  return `cluster-${createHash('sha256')
    .update(first?.volumeId ?? '')
    .digest('hex')
    .slice(0, 8)}`;
}
