import { describe, expect, it } from 'vitest';
import { stateOf, type Answers, type Service } from '../../../src/actions/quorum/answers.ts';
import { quorumCheck } from '../../../src/actions/quorum/check.ts';
import type { Planned } from '../../../src/model/action.ts';
import type { CloudVolume } from '../../../src/ports/read-world.ts';
import { DrctlError } from '../../../src/model/errors.ts';
import { claimObject, pvObject } from '../../inventory/objects.ts';
import { blockedBecause, itemsOf, planIn } from '../planning.ts';

const IMPACT = '2026-11-20T10:00:00Z';
const before = '2026-01-01T00:00:00Z';
const after = '2026-11-20T10:30:00Z';

function volume(id: string, more: Partial<CloudVolume> = {}): CloudVolume {
  return {
    id,
    state: 'in-use',
    sizeGiB: 10,
    zone: 'eu-west-1a',
    createTime: before,
    tags: {},
    attachments: [],
    ...more,
  };
}

function member(ordinal: number) {
  const claim = `data-zookeeper-${ordinal}`;
  const uid = `claim-${ordinal}`;
  return [
    claimObject({ name: claim, uid, volumeName: `pv-${ordinal}` }),
    pvObject({ name: `pv-${ordinal}`, claim: `shop/${claim}`, uid, phase: 'Bound', handle: `vol-${ordinal}` }),
  ];
}

const three = [0, 1, 2];

function volumes(
  made: readonly Partial<CloudVolume>[],
  objects = three.flatMap(member),
  impactAt: string | undefined = IMPACT,
): Promise<Planned> {
  const input = { namespace: 'shop', service: 'zookeeper', statefulSet: 'zookeeper', members: 3, stage: 'volumes' };
  const still = { objects, volumes: made.map((more, index) => volume(`vol-${index}`, more)) };
  return planIn(quorumCheck, input, still, impactAt === undefined ? {} : { impactAt });
}

describe('quorum/check, before the members start', () => {
  it('is satisfied when every member has its own old volume', async () => {
    expect(await volumes([{}, {}, {}])).toEqual({
      effect: 'satisfied',
      because: 'all 3 members of zookeeper have their own volumes',
    });
  });

  it('takes volumes that were restored from a snapshot for theirs', async () => {
    const restored = { createTime: after, snapshotId: 'snap-1' };
    expect((await volumes([restored, restored, restored])).effect).toBe('satisfied');
  });

  it('trap 28: one empty member stops all of them, and the evidence shows each', async () => {
    const said = blockedBecause(await volumes([{}, { createTime: after }, {}]));
    expect(said).toContain(
      'data-zookeeper-1 stands on vol-1, made at 2026-11-20T10:30:00Z, after the impact, and from no snapshot: it is empty; no member of zookeeper may start until all have their own volumes',
    );
    expect(said).toContain('data-zookeeper-0 vol-0 2026-01-01T00:00:00Z - its own');
    expect(said).toContain('data-zookeeper-1 vol-1 2026-11-20T10:30:00Z - NOT its own');
  });

  it('cannot tell without the time of the impact, and says how to give it', async () => {
    const input = { namespace: 'shop', service: 'zookeeper', statefulSet: 'zookeeper', members: 3, stage: 'volumes' };
    const planned = await planIn(quorumCheck, input, { objects: three.flatMap(member) });
    expect(blockedBecause(planned)).toContain('--impact-at');
  });

  it('a volume that EC2 does not show is no volume of its own', async () => {
    expect(blockedBecause(await volumes([{}, {}]))).toContain('EC2 does not show vol-2');
  });

  it('waits for claims that are on their way, with how many are there', async () => {
    const planned = await volumes([{}, {}, {}], three.slice(0, 2).flatMap(member));
    expect(itemsOf(planned)).toEqual([
      {
        key: 'PersistentVolumeClaim shop/data-zookeeper-2',
        changes: [],
        ready: 0,
        because: 'claim data-zookeeper-2 is not there',
        progress: { value: 2, total: 3, unit: 'volumes' },
      },
    ]);
  });

  it('does not wait for one while another is empty', async () => {
    const planned = await volumes([{ createTime: after }, {}, {}], three.slice(0, 2).flatMap(member));
    expect(planned.effect).toBe('blocked');
  });

  it('a claim whose volume is bound to another claim is waited for, not believed', async () => {
    const [claim, pv] = member(0);
    const stolen = {
      ...pv!,
      spec: { ...(pv!['spec'] as object), claimRef: { namespace: 'shop', name: 'x', uid: 'x' } },
    };
    const planned = await volumes([{}, {}, {}], [claim!, stolen, ...[1, 2].flatMap(member)]);
    expect(itemsOf(planned)[0]?.because).toContain('is not bound to claim data-zookeeper-0 both ways');
  });
});

type Said = Readonly<Record<string, string | { status: number; body: string } | undefined>>;

function ready(service: Service, said: Said, members = 3): Promise<Planned> {
  const url = 'http://shop.example/{member}/';
  const input = { namespace: 'shop', service, statefulSet: service, members, stage: 'ready', url };
  return planIn(quorumCheck, input, {
    http: (request) => {
      const answer = said[request.url.slice('http://shop.example/'.length)];
      if (answer === undefined) return Promise.reject(new DrctlError('CannotSee', 'target', `${request.url}: refused`));
      const { status, body } = typeof answer === 'string' ? { status: 200, body: answer } : answer;
      return Promise.resolve({ status, headers: {}, body });
    },
  });
}

const zk = (state: string, more = {}): string =>
  JSON.stringify({ command: 'monitor', error: null, server_state: state, ...more });
const zookeeper = (ordinal: number): string => `zookeeper-${ordinal}/commands/monitor`;

describe('quorum/check, after the start', () => {
  it('is satisfied when all members are in the quorum and one leads', async () => {
    const said = {
      [zookeeper(0)]: zk('follower'),
      [zookeeper(1)]: zk('leader', { synced_followers: 2 }),
      [zookeeper(2)]: zk('follower'),
    };
    expect(await ready('zookeeper', said)).toEqual({
      effect: 'satisfied',
      because: '3 of 3 members are in the quorum, zookeeper-1 leads',
    });
  });

  it('waits for members that do not answer or do not serve, and says which', async () => {
    const said = {
      [zookeeper(0)]: zk('leader'),
      [zookeeper(1)]: JSON.stringify({ error: 'not currently serving requests' }),
    };
    const planned = await ready('zookeeper', said);
    expect(itemsOf(planned).map(({ because, progress }) => [because, progress?.value])).toEqual([
      ['zookeeper-1: not currently serving requests', 1],
      ['zookeeper-2: does not answer: http://shop.example/zookeeper-2/commands/monitor: refused', 1],
    ]);
  });

  it('does not wait for members that it may not ask', async () => {
    const refused = new DrctlError('CannotSee', 'target', 'pods "etcd-0" is forbidden');
    const url = 'cluster:/api/v1/namespaces/shop/pods/{member}:2379/proxy';
    const input = { namespace: 'shop', service: 'etcd', statefulSet: 'etcd', members: 3, stage: 'ready', url };
    const http = () => Promise.reject(Object.assign(refused, { trouble: 'forbidden' }));
    await expect(planIn(quorumCheck, input, { http })).rejects.toThrow('forbidden');
    expect(quorumCheck.touches(input)).toContainEqual(
      expect.objectContaining({ verbs: ['get'], kinds: ['Pod'], subresource: 'proxy', namespaces: ['shop'] }),
    );
  });

  it('two leaders are two clusters of one name: nobody waits for that to end', async () => {
    const said = { [zookeeper(0)]: zk('leader'), [zookeeper(1)]: zk('leader'), [zookeeper(2)]: zk('follower') };
    expect(blockedBecause(await ready('zookeeper', said))).toContain('zookeeper-0 and zookeeper-1 both lead');
  });

  it('members without a leader wait', async () => {
    const said = Object.fromEntries(three.map((one) => [zookeeper(one), zk('follower')]));
    expect(itemsOf(await ready('zookeeper', said))[0]?.because).toBe('nobody leads');
  });

  it('refuses an address without a place for the member, and none at all', () => {
    const given = { namespace: 'shop', service: 'etcd', statefulSet: 'etcd', members: 3, stage: 'ready' };
    expect(quorumCheck.input.safeParse(given).success).toBe(false);
    expect(quorumCheck.input.safeParse({ ...given, url: 'http://etcd' }).success).toBe(false);
    expect(quorumCheck.input.safeParse({ ...given, url: 'http://{member}.etcd:2379' }).success).toBe(true);
    const through = 'cluster:/api/v1/namespaces/shop/pods/{member}:2379/proxy';
    expect(quorumCheck.input.safeParse({ ...given, url: through }).success).toBe(true);
    expect(quorumCheck.input.safeParse({ ...given, url: 'cluster:/api/v1/nodes/{member}/proxy' }).success).toBe(false);
  });
});

const gauges = (values: Record<string, number>): { status: number; body: string } => ({
  status: 200,
  body: `# HELP x y\n${Object.entries(values)
    .map(([name, value]) => `${name} ${value.toFixed(1)}`)
    .join('\n')}\n`,
});

describe('what a member says', () => {
  const etcd = (health: string, values: Record<string, number>): Answers => [
    { status: 200, body: health },
    gauges(values),
  ];
  const fine = JSON.stringify({ health: 'true', reason: '' });
  const kafka = {
    kafka_controller_kafkacontroller_offlinepartitionscount: 0,
    kafka_server_replicamanager_underminisrpartitioncount: 0,
    kafka_server_replicamanager_underreplicatedpartitions: 0,
  };

  it.each<[string, Service, Answers, boolean, string]>([
    ['nobody', 'zookeeper', [undefined], false, 'does not answer'],
    [
      'standalone',
      'zookeeper',
      [{ status: 200, body: zk('standalone') }],
      false,
      'is standalone: it has no ensemble, and what it holds may be nothing',
    ],
    ['an observer', 'zookeeper', [{ status: 200, body: zk('observer') }], false, 'is observer'],
    ['no JSON', 'zookeeper', [{ status: 200, body: '<html>' }], false, 'answers 200'],
    ['an error page', 'zookeeper', [{ status: 502, body: '{}' }], false, 'answers 502'],
    [
      'an alarm',
      'etcd',
      etcd(JSON.stringify({ health: 'false', reason: 'ALARM NOSPACE' }), {}),
      false,
      'ALARM NOSPACE',
    ],
    ['healthy, leaderless', 'etcd', etcd(fine, { etcd_server_has_leader: 0 }), false, 'has no leader'],
    [
      'a learner',
      'etcd',
      etcd(fine, { etcd_server_has_leader: 1, etcd_server_is_learner: 1 }),
      false,
      'is a learner, no voter',
    ],
    ['a voter', 'etcd', etcd(fine, { etcd_server_has_leader: 1, etcd_server_is_leader: 1 }), true, 'leader'],
    ['half of etcd', 'etcd', [{ status: 200, body: fine }, undefined], false, 'does not answer'],
    [
      'unavailable partitions',
      'kafka',
      [gauges({ ...kafka, kafka_controller_kafkacontroller_offlinepartitionscount: 3 })],
      false,
      '3 partitions unavailable',
    ],
    [
      'missing metrics',
      'kafka',
      [gauges({})],
      false,
      'does not export kafka_controller_kafkacontroller_offlinepartitionscount',
    ],
    [
      'the controller',
      'kafka',
      [gauges({ ...kafka, kafka_controller_kafkacontroller_activecontrollercount: 1 })],
      true,
      'active controller',
    ],
    [
      'other spelling',
      'kafka',
      [gauges(Object.fromEntries(Object.entries(kafka).map(([name, value]) => [`${name}_value{topic="a"}`, value])))],
      true,
      'in sync',
    ],
  ])('%s', (_name, service, answers, isReady, says) => {
    expect(stateOf(service, 'one-0', answers)).toMatchObject({ ready: isReady, says });
  });
});
