import { isJsonObject, type Json } from '../../model/json.ts';

export const SERVICES = ['zookeeper', 'etcd', 'kafka'] as const;
export type Service = (typeof SERVICES)[number];

/** Where a member says how it is, from its own address on; more than one, all are asked. */
export const PATHS: Readonly<Record<Service, readonly string[]>> = {
  // 4lw commands are off but for `srvr`; the AdminServer says the same and more (recovery-facts D)
  zookeeper: ['/commands/monitor'],
  etcd: ['/health', '/metrics'],
  kafka: ['/metrics'],
};

/** How one member sees itself and the others. */
export interface MemberState {
  readonly member: string;
  /** In the quorum, with nothing that speaks against it. */
  readonly ready: boolean;
  readonly leads: boolean;
  /** In words, for a person. */
  readonly says: string;
}

/** What a member answered, path by path; undefined: nobody answered there. */
export type Answers = readonly ({ readonly status: number; readonly body: string } | undefined)[];

/** What a member's answers come to. Whatever is not plainly good is not ready. */
export function stateOf(service: Service, member: string, answers: Answers): MemberState {
  const [first, second] = answers;
  if (!first || (service === 'etcd' && !second)) return notReady(member, 'does not answer');
  if (service === 'zookeeper') return zookeeperState(member, first);
  if (service === 'etcd') return etcdState(member, first, second ?? first);
  return kafkaState(member, first);
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** `ruok` only says that the process is up; the state and, of the leader, its synced followers say that it is in a quorum. */
function zookeeperState(member: string, { status, body }: Answer): MemberState {
  const said = jsonOf(body);
  if (status !== 200 || !said) return notReady(member, `answers ${status}`);
  if (typeof said['error'] === 'string') return notReady(member, said['error']);
  const state = typeof said['server_state'] === 'string' ? said['server_state'] : 'unknown';
  if (state === 'standalone')
    return notReady(member, 'is standalone: it has no ensemble, and what it holds may be nothing');
  const leads = state === 'leader';
  if (!leads && state !== 'follower') return notReady(member, `is ${state}`);
  return { member, ready: true, leads, says: leads ? `leader, ${Number(said['synced_followers'])} synced` : state };
}

/** `/health` does a linearizable read and fails on alarms; the metric says whether there is a leader. */
function etcdState(member: string, health: Answer, metrics: Answer): MemberState {
  const said = jsonOf(health.body);
  const values = metricsOf(metrics.body);
  if (said?.['health'] !== 'true') {
    const reason = typeof said?.['reason'] === 'string' && said['reason'] !== '' ? said['reason'] : 'not healthy';
    return notReady(member, reason);
  }
  if (values.get('etcd_server_has_leader') !== 1) return notReady(member, 'has no leader');
  if (values.get('etcd_server_is_learner') === 1) return notReady(member, 'is a learner, no voter');
  const leads = values.get('etcd_server_is_leader') === 1;
  return { member, ready: true, leads, says: leads ? 'leader' : 'follower' };
}

const KAFKA = 'kafka_controller_kafkacontroller_';
const REPLICAS = 'kafka_server_replicamanager_';

/** Unavailable partitions first, then those under their minimum of replicas, then those that are behind (recovery-facts D). */
function kafkaState(member: string, { status, body }: Answer): MemberState {
  if (status !== 200) return notReady(member, `answers ${status}`);
  const values = metricsOf(body);
  const counts: readonly (readonly [string, string])[] = [
    [`${KAFKA}offlinepartitionscount`, 'partitions unavailable'],
    [`${REPLICAS}underminisrpartitioncount`, 'partitions under their minimum of replicas'],
    [`${REPLICAS}underreplicatedpartitions`, 'partitions under-replicated'],
  ];
  for (const [name, what] of counts) {
    const value = values.get(name);
    if (value === undefined) return notReady(member, `does not export ${name}`);
    if (value !== 0) return notReady(member, `${value} ${what}`);
  }
  const leads = values.get(`${KAFKA}activecontrollercount`) === 1;
  return { member, ready: true, leads, says: leads ? 'active controller' : 'in sync' };
}

function notReady(member: string, says: string): MemberState {
  return { member, ready: false, leads: false, says };
}

function jsonOf(text: string): { readonly [key: string]: Json } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const SAMPLE = /^(?<name>[a-zA-Z_:][\w:]*)(?:\{[^}]*\})?\s+(?<value>\S+)/;

/** Prometheus' text format; of one name with several labels, the sum; the JMX exporter's `_value` ending left out. */
function metricsOf(text: string): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (const line of text.split('\n')) {
    const { name, value } = SAMPLE.exec(line)?.groups ?? {};
    if (name === undefined) continue;
    const key = name.toLowerCase().replace(/_value$/, '');
    values.set(key, (values.get(key) ?? 0) + Number(value));
  }
  return values;
}
