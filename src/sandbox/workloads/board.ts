import type { ServiceVerdict } from './decide-members.ts';
import { nativeAnswer } from './native.ts';

/** What the services of a sandbox last said of themselves: written by the loop, read by the HTTP endpoints. */
export interface ServiceReport extends ServiceVerdict {
  service: string;
  /** By identity: how many records and the hash of the last one. */
  records: Record<string, { count: number; hash: string }>;
  /** By identity: the cluster id that the member's disk says. */
  clusterIds: Record<string, string>;
  /** By identity, of a service that follows another's log: how much of its own is indexed, and how far it is behind. */
  following?: Record<string, { indexed: number; behind: number }>;
}

export interface Answer {
  status: number;
  /** A text is sent as it is, anything else as JSON. */
  body: Record<string, unknown> | string;
}

/** Of two parts, in the words of the service itself. */
const NATIVE = ['commands/monitor', 'health', 'metrics'];
const TOPICS = ['healthz', 'records', 'identity', ...NATIVE];

/**
 * `reports` by `namespace/service`. Paths: `/<namespace>/<service>[/<member>]/healthz|records|identity`, and of a member what
 * the real service answers: `commands/monitor` of ZooKeeper, `health` and `metrics` of etcd, `metrics` of Kafka.
 */
export function answer(path: string, reports: ReadonlyMap<string, ServiceReport>): Answer {
  const parts = path.split('/').filter(Boolean);
  const topic = TOPICS.find((one) => path.endsWith(`/${one}`)) ?? '';
  const [namespace = '', service = '', member] = parts.slice(0, parts.length - topic.split('/').length);
  if (topic === '' || service === '') {
    return { status: 404, body: { error: 'Ask for /<namespace>/<service>[/<member>]/healthz, records or identity.' } };
  }
  const report = reports.get(`${namespace}/${service}`);
  if (report === undefined)
    return { status: 503, body: { healthy: false, message: `no running pods of ${namespace}/${service}` } };
  return member === undefined ? answerForService(topic, report) : answerForMember(topic, member, report);
}

export interface PlaceInside {
  readonly namespace: string;
  /** `pods` or `services`. */
  readonly resource: string;
  readonly name: string;
}

/** The same by the name of a pod or of a Service, as an API server passes it on. Undefined: nothing runs there. */
export function answerInside(
  { namespace, resource, name }: PlaceInside,
  path: string,
  reports: ReadonlyMap<string, ServiceReport>,
): Answer | undefined {
  if (resource === 'services')
    return reports.has(`${namespace}/${name}`) ? answer(`/${namespace}/${name}${path}`, reports) : undefined;
  const of = [...reports].find(
    ([key, { members }]) => key.startsWith(`${namespace}/`) && members.some(({ identity }) => identity === name),
  );
  return of && answer(`/${of[0]}/${name}${path}`, reports);
}

function answerForService(topic: string, report: ServiceReport): Answer {
  const { service, serving, message } = report;
  if (NATIVE.includes(topic)) return { status: 404, body: { error: `${topic} is asked of a member of ${service}` } };
  const members = report.members.map(({ identity, health }) => ({
    identity,
    ...health,
    records: report.records[identity]?.count ?? 0,
    ...report.following?.[identity],
  }));
  const status = serving ? 200 : 503;
  const following = Object.values(report.following ?? {});
  const progress = report.following && {
    indexed: sum(following.map(({ indexed }) => indexed)),
    held: sum(Object.values(report.records).map(({ count }) => count)),
    behind: Math.max(0, ...following.map(({ behind }) => behind)),
  };
  if (topic === 'records' && progress)
    return { status: 200, body: { service, healthy: serving, ...progress, members } };
  if (topic === 'healthz' || !serving) return { status, body: { service, healthy: serving, message, members } };
  const best = Object.values(report.records).toSorted((a, b) => b.count - a.count)[0];
  if (topic === 'records')
    return { status, body: { service, records: best?.count ?? 0, head: best?.hash ?? '', members } };
  return { status, body: { service, clusterIds: [...new Set(Object.values(report.clusterIds))], members } };
}

function sum(values: readonly number[]): number {
  return values.reduce((all, one) => all + one, 0);
}

function answerForMember(topic: string, identity: string, report: ServiceReport): Answer {
  const health = report.members.find((member) => member.identity === identity)?.health;
  if (health === undefined) return { status: 503, body: { identity, healthy: false, message: 'not running' } };
  if (NATIVE.includes(topic))
    return (
      nativeAnswer(topic, identity, report) ?? { status: 404, body: { error: `${report.service} knows no ${topic}` } }
    );
  const status = health.state === 'healthy' ? 200 : 503;
  const { count = 0, hash = '' } = report.records[identity] ?? {};
  const body = { identity, ...health };
  if (topic === 'records') return { status, body: { ...body, records: count, head: hash } };
  if (topic === 'identity') return { status, body: { ...body, clusterId: report.clusterIds[identity] ?? null } };
  return { status, body: { ...body, healthy: status === 200 } };
}
