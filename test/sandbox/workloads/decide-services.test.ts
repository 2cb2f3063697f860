import { describe, expect, test } from 'vitest';
import type { Member, ServiceVerdict } from '../../../src/sandbox/workloads/decide-members.ts';
import { type Running, decideServices, REGISTRATION } from '../../../src/sandbox/workloads/decide-services.ts';
import { appended, headOf } from '../../../src/sandbox/workloads/log.ts';
import type { Pod } from '../../../src/sandbox/controllers/kinds.ts';

/** Services of one namespace, as disks that the test keeps and pods that it starts and stops. */
class World {
  readonly disks = new Map<string, Record<string, string>>();
  #started = 0;
  #wiped = 0;
  #groups: Running[] = [];
  #serving = new Set<string>();

  start(service: string, ordinals: readonly number[]): this {
    this.stop(service);
    const pods = ordinals.map((ordinal) => ({ metadata: { name: `${service}-${ordinal}` } }) as Pod);
    const members = ordinals.map((ordinal): Member => {
      const identity = `${service}-${ordinal}`;
      const files = this.disks.get(identity) ?? {};
      this.disks.set(identity, files);
      const content = { filesystem: 'ext4', files, writers: [] };
      return {
        identity,
        volumeId: `vol-${identity}-${this.#wiped}`,
        content,
        pod: `${identity}/${(this.#started += 1)}`,
      };
    });
    this.#groups.push({ key: `shop/${service}`, service, pods, members });
    return this;
  }

  stop(service: string): this {
    for (const { members } of this.#groups.filter((one) => one.service === service))
      for (const { identity, content } of members) this.disks.set(identity, content.files);
    this.#groups = this.#groups.filter((one) => one.service !== service);
    return this;
  }

  wipe(...identities: readonly string[]): this {
    for (const identity of identities) this.disks.delete(identity);
    this.#wiped += 1;
    return this;
  }

  look(append = true): Map<string, ServiceVerdict> {
    const verdicts = decideServices(this.#groups, append, this.#serving);
    for (const { key, members } of this.#groups)
      for (const verdict of verdicts.get(key)?.members ?? []) {
        const content = members.find(({ identity }) => identity === verdict.identity)?.content;
        if (content && verdict.files) content.files = { ...content.files, ...verdict.files };
      }
    this.#serving = new Set([...verdicts].filter(([, { serving }]) => serving).map(([key]) => key));
    return verdicts;
  }

  looks(times: number): ReturnType<World['look']> {
    for (let round = 1; round < times; round += 1) this.look();
    return this.look();
  }

  files(identity: string): Record<string, string> {
    for (const { members } of this.#groups)
      for (const member of members) if (member.identity === identity) return member.content.files;
    return this.disks.get(identity) ?? {};
  }

  count(identity: string): number {
    return headOf(this.files(identity)['records'] ?? '').count;
  }
}

const three = [0, 1, 2];
const everything = (): World =>
  new World()
    .start('zookeeper', three)
    .start('etcd', three)
    .start('kafka', three)
    .start('storage', [0, 1])
    .start('writes', [0])
    .start('tasks', [0])
    .start('queries', [0]);

const messages = (verdict: ServiceVerdict | undefined): string[] =>
  (verdict?.members ?? []).map(({ health }) => health.message);

describe('everything at once', () => {
  test('comes up in the order of its needs, and all of it serves', () => {
    const verdicts = everything().looks(20);
    expect([...verdicts].filter(([, { serving }]) => !serving)).toEqual([]);
  });

  test('Kafka has its cluster id from ZooKeeper, on every disk', () => {
    const world = everything();
    world.looks(10);
    const id = world.files('zookeeper-0')[REGISTRATION];
    expect(id).toMatch(/^kafka-[0-9a-f]{8}$/);
    expect(three.map((one) => world.files(`zookeeper-${one}`)[REGISTRATION])).toEqual([id, id, id]);
    expect(three.map((one) => world.files(`kafka-${one}`)['cluster-id'])).toEqual([id, id, id]);
  });

  test('Kafka is written to while writes are let in, and storage follows', () => {
    const world = everything();
    world.looks(30);
    const held = world.count('kafka-0');
    expect(held).toBeGreaterThan(10);
    expect(world.count('storage-0')).toBeGreaterThan(held - 5);
    world.stop('writes').looks(3);
    const quiet = world.count('kafka-0');
    world.looks(10);
    expect(world.count('kafka-0')).toBe(quiet);
    expect(world.count('storage-0')).toBe(quiet);
  });
});

describe('trap 28: ZooKeeper that was started empty', () => {
  test('serves, and Kafka on its old disks ends itself over the cluster id, with nothing written', () => {
    const world = everything();
    world.looks(10);
    const old = world.files('kafka-0')['cluster-id'];
    const before = world.count('kafka-0');
    for (const service of ['zookeeper', 'kafka', 'storage', 'writes']) world.stop(service);
    world.wipe('zookeeper-0', 'zookeeper-1', 'zookeeper-2').start('zookeeper', three).looks(3);
    const verdicts = world.start('kafka', three).start('writes', [0]).looks(5);
    expect(verdicts.get('shop/zookeeper')?.serving).toBe(true);
    expect(verdicts.get('shop/kafka')?.serving).toBe(false);
    expect(messages(verdicts.get('shop/kafka'))[0]).toContain(
      `InconsistentClusterIdException: The Cluster ID ${world.files('zookeeper-0')[REGISTRATION] ?? ''} doesn't match stored clusterId Some(${old ?? ''})`,
    );
    expect(world.count('kafka-0')).toBe(before);
  });

  test('a majority of blank members makes the one with the data forget it', () => {
    const world = new World().start('zookeeper', three).start('kafka', three);
    world.looks(5);
    expect(world.count('zookeeper-0')).toBe(3);
    world.stop('zookeeper').stop('kafka').wipe('zookeeper-1', 'zookeeper-2').start('zookeeper', [1, 2]).looks(3);
    const verdict = world.start('zookeeper', three).look();
    expect(messages(verdict.get('shop/zookeeper'))[0]).toBe(
      'synchronising with the leader: getting a snapshot, dropping 3 records of its own',
    );
    world.looks(3);
    expect(world.count('zookeeper-0')).toBe(0);
    expect(world.files('zookeeper-0')[REGISTRATION]).toBe('');
  });

  test('one blank member among two with data copies from them', () => {
    const world = new World().start('zookeeper', three).start('kafka', three);
    world.looks(5);
    world.stop('zookeeper').wipe('zookeeper-2').start('zookeeper', three).looks(5);
    expect(world.count('zookeeper-2')).toBe(3);
    expect(world.files('zookeeper-2')[REGISTRATION]).toBe(world.files('zookeeper-0')[REGISTRATION]);
  });
});

test('brokers before the quorum wait, and nothing happens to their disks', () => {
  const world = everything();
  world.looks(10);
  world.stop('zookeeper').stop('writes');
  const before = structuredClone(three.map((one) => world.files(`kafka-${one}`)));
  const verdicts = world.stop('kafka').start('kafka', three).start('zookeeper', [0]).looks(5);
  expect(verdicts.get('shop/kafka')?.serving).toBe(false);
  expect(messages(verdicts.get('shop/kafka'))).toEqual(Array(3).fill('waits for a ZooKeeper with a quorum'));
  expect(three.map((one) => world.files(`kafka-${one}`))).toEqual(before);
});

describe('the storage tier after a start', () => {
  function restarted(records: number, behind: number): World {
    const world = everything();
    world.looks(10);
    world.stop('writes').looks(5);
    world.stop('storage');
    const id = world.files('kafka-0')['cluster-id'] ?? '';
    const log = Array.from({ length: records }).reduce<string>((all) => appended(all, id), '');
    const longer = Array.from({ length: behind }).reduce<string>((all) => appended(all, id), log);
    for (const one of [0, 1]) world.files(`storage-${one}`)['records'] = log;
    for (const one of three) world.files(`kafka-${one}`)['records'] = longer;
    return world.start('storage', [0, 1]);
  }

  test('makes its index again, then catches up from Kafka, then serves', () => {
    const world = restarted(200, 100);
    const said = Array.from({ length: 60 }, () => messages(world.look(false).get('shop/storage'))[0] ?? '');
    expect(said[1]).toBe('re-indexing: 0 of 200 records');
    const kinds = said.map((one) => one.replace(/:.*$/, ''));
    expect([...new Set(kinds)].slice(0, 2)).toEqual(['re-indexing', 'catching up from Kafka']);
    expect(said.at(-1)).toBe('300 records');
  });

  test('indexed and without Kafka it says what it waits for', () => {
    const world = restarted(20, 5).stop('kafka');
    world.looks(30);
    expect(messages(world.look().get('shop/storage'))).toEqual(
      Array(2).fill('indexed; waits for Kafka to catch up from'),
    );
  });

  test('a log of another Kafka is no continuation: it diverged, and nothing is copied', () => {
    const world = restarted(20, 0);
    for (const one of three) world.files(`kafka-${one}`)['records'] = appended('', 'another');
    expect(messages(world.looks(30).get('shop/storage'))[0]).toContain('diverged');
    expect(world.count('storage-0')).toBe(20);
  });

  test('a member on the disk of another ends itself', () => {
    const world = restarted(20, 0);
    world.files('storage-0')['identity'] = 'storage-1';
    expect(messages(world.look().get('shop/storage'))[0]).toContain('identity mismatch');
  });
});
