import { describe, expect, test } from 'vitest';
import { type Member, type ServiceVerdict, decideMembers } from '../../../src/sandbox/workloads/decide-members.ts';
import { appended, headOf } from '../../../src/sandbox/workloads/log.ts';
import type { VolumeContent } from '../../../src/sandbox/types.ts';

function logOf(count: number, clusterId = 'c1'): string {
  return Array.from({ length: count }).reduce<string>((log) => appended(log, clusterId), '');
}

function disk(files: Record<string, string> = {}): VolumeContent {
  return { filesystem: 'ext4', files, writers: [] };
}

function member(ordinal: number, content: VolumeContent): Member {
  return { identity: `ledger-${ordinal}`, volumeId: `vol-${ordinal}`, content };
}

const everybody = 'ledger-0,ledger-1,ledger-2';

function old(
  ordinal: number,
  more: Partial<Record<'identity' | 'cluster-id' | 'members' | 'records', string>> = {},
): Member {
  return member(
    ordinal,
    disk({ identity: `ledger-${ordinal}`, 'cluster-id': 'c1', members: everybody, records: logOf(5), ...more }),
  );
}

/** Lets the members act until nobody writes any more: what their disks look like then. */
function settle(members: Member[], blank: 'refuse' | 'resync' = 'refuse', append = false): ServiceVerdict {
  for (let round = 0; round < 20; round += 1) {
    const verdict = decideMembers(blank, members, append && round === 0);
    const writing = verdict.members.filter(({ files }) => files !== undefined);
    if (writing.length === 0) return verdict;
    for (const { identity, files } of writing) {
      const { content } = members.find((one) => one.identity === identity)!;
      content.files = { ...content.files, ...files };
    }
  }
  throw new Error('The members never came to rest.');
}

const states = (verdict: ServiceVerdict): string[] => verdict.members.map(({ health }) => health.state);
const messages = (verdict: ServiceVerdict): string[] => verdict.members.map(({ health }) => health.message);

describe('the first start', () => {
  test('a blank disk is given an identity, a cluster id and no records', () => {
    const first = member(0, disk());
    expect(states(settle([first]))).toEqual(['healthy']);
    expect(first.content.files).toMatchObject({ identity: 'ledger-0', members: 'ledger-0', records: '' });
    expect(first.content.files['cluster-id']).toMatch(/^cluster-[0-9a-f]{8}$/);
  });

  test('members that start together found one cluster, whichever looks first', () => {
    const members = [member(2, disk()), member(0, disk()), member(1, disk())];
    const verdict = settle(members);
    expect(states(verdict)).toEqual(['healthy', 'healthy', 'healthy']);
    expect(new Set(members.map(({ content }) => content.files['cluster-id'])).size).toBe(1);
    expect(members[0]?.content.files['members']).toBe(everybody);
  });

  test('a new member joins a running cluster and copies what it has', () => {
    const records = logOf(120);
    const [first, second] = [0, 1].map((ordinal) => old(ordinal, { members: 'ledger-0,ledger-1', records }));
    const third = member(2, disk());
    const before = decideMembers('refuse', [first!, second!, third], false);
    expect(before.members[2]?.health).toEqual({
      state: 'unhealthy',
      message: 'records: 0; resyncing from peers: 0 of 120 records',
    });
    expect(states(settle([first!, second!, third]))).toEqual(['healthy', 'healthy', 'healthy']);
    expect(third.content.files['records']).toBe(records);
    expect(first?.content.files['members']).toBe(everybody);
  });
});

describe('every member on its own old disk', () => {
  test('comes up with its records and serves', () => {
    const verdict = settle([old(0), old(1), old(2)]);
    expect(messages(verdict)).toEqual(['5 records', '5 records', '5 records']);
    expect(verdict).toMatchObject({ serving: true, message: '3 of 3 members healthy, 2 needed' });
  });

  test('one that was stopped a little earlier catches up', () => {
    const late = old(2, { records: logOf(3) });
    expect(decideMembers('refuse', [old(0), old(1), late], false).members[2]?.health.message).toBe(
      'records: 3; resyncing from peers: 3 of 5 records',
    );
    settle([old(0), old(1), late]);
    expect(late.content.files['records']).toBe(logOf(5));
  });

  test('needs a quorum of all that ever joined, not of those that run', () => {
    expect(settle([old(0)])).toMatchObject({ serving: false, message: '1 of 3 members healthy, 2 needed' });
    expect(settle([old(0), old(2)]).serving).toBe(true);
  });

  test('writes one record after the other while it serves, and none otherwise', () => {
    const members = [old(0), old(1), old(2)];
    settle(members, 'refuse', true);
    expect(members.map(({ content }) => headOf(content.files['records'] ?? '').count)).toEqual([6, 6, 6]);
    const alone = old(0);
    settle([alone], 'refuse', true);
    expect(headOf(alone.content.files['records'] ?? '').count).toBe(5);
  });
});

describe('what a wrong disk looks like', () => {
  test('trap 7: swapped disks crash both members, and nothing is written to them', () => {
    const members = [old(0, { identity: 'ledger-1' }), old(1, { identity: 'ledger-0' }), old(2)];
    const before = structuredClone(members);
    const verdict = decideMembers('refuse', members, true);
    expect(messages(verdict).slice(0, 2)).toEqual([
      'identity mismatch: this is ledger-0, the disk belongs to ledger-1',
      'identity mismatch: this is ledger-1, the disk belongs to ledger-0',
    ]);
    expect(states(verdict)).toEqual(['crashing', 'crashing', 'healthy']);
    expect(verdict.serving).toBe(false);
    expect(members).toEqual(before);
  });

  test('trap 28: a known member on an empty disk is refused by the ledger', () => {
    const verdict = settle([old(0), member(1, disk()), old(2)]);
    expect(states(verdict)).toEqual(['healthy', 'unhealthy', 'healthy']);
    expect(messages(verdict)[1]).toBe(
      'records: 0; member ledger-1 has already been bootstrapped, but its disk is empty while its peers have 5 records',
    );
    expect(verdict.serving).toBe(true);
  });

  test('a search engine copies its data back to the empty disk, visibly', () => {
    const empty = member(1, disk());
    const peers = [old(0, { records: logOf(120) }), old(2, { records: logOf(120) })];
    const first = decideMembers('resync', [...peers, empty], false);
    expect(messages(first)[2]).toBe('records: 0; resyncing from peers: 0 of 120 records');
    expect(states(settle([...peers, empty], 'resync'))).toEqual(['healthy', 'healthy', 'healthy']);
  });

  test('trap 28: a majority of empty disks is a new, empty cluster that answers as if nothing had been', () => {
    const verdict = settle([member(0, disk()), member(1, disk()), member(2, disk())]);
    expect(verdict.serving).toBe(true);
    expect(messages(verdict)).toEqual(['0 records', '0 records', '0 records']);
  });

  test('an old member that finds a new cluster in the majority crashes', () => {
    const fresh = [0, 1].map((ordinal) =>
      old(ordinal, { 'cluster-id': 'c2', members: 'ledger-0,ledger-1', records: '' }),
    );
    const verdict = settle([...fresh, old(2)]);
    expect(messages(verdict)[2]).toBe('cluster id mismatch: the disk says c1, peers say c2');
    expect(states(verdict)[2]).toBe('crashing');
  });

  test('two clusters of the same size: neither serves', () => {
    const verdict = settle([old(0, { 'cluster-id': 'c2' }), old(1)]);
    expect(states(verdict)).toEqual(['unhealthy', 'unhealthy']);
    expect(verdict.serving).toBe(false);
  });

  test('a log that is no beginning of its peers’ log is said to have diverged', () => {
    const strange = old(1, { records: logOf(4, 'c9') });
    const verdict = settle([old(0), strange, old(2)]);
    expect(messages(verdict)[1]).toBe('diverged: record 4 is not in the log of the peers');
  });

  test('no members at all: not serving', () => {
    expect(decideMembers('refuse', [], true)).toEqual({
      members: [],
      serving: false,
      message: '0 of 0 members healthy, 1 needed',
    });
  });
});
