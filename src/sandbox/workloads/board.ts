import type { ServiceVerdict } from './decide-members.ts';

/** What the services of a sandbox last said of themselves: written by the loop, read by the HTTP endpoints. */
export interface ServiceReport extends ServiceVerdict {
  service: string;
  /** By identity: how many records and the hash of the last one. */
  records: Record<string, { count: number; hash: string }>;
  /** By identity: the cluster id that the member's disk says. */
  clusterIds: Record<string, string>;
}

export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** `reports` by `namespace/service`. Paths: `/<namespace>/<service>[/<member>]/healthz|records|identity`. */
export function answer(path: string, reports: ReadonlyMap<string, ServiceReport>): Answer {
  const parts = path.split('/').filter(Boolean);
  const topic = parts.pop() ?? '';
  const [namespace = '', service = '', member] = parts;
  if (!['healthz', 'records', 'identity'].includes(topic) || service === '') {
    return { status: 404, body: { error: 'Ask for /<namespace>/<service>[/<member>]/healthz, records or identity.' } };
  }
  const report = reports.get(`${namespace}/${service}`);
  if (report === undefined)
    return { status: 503, body: { healthy: false, message: `no running pods of ${namespace}/${service}` } };
  return member === undefined ? answerForService(topic, report) : answerForMember(topic, member, report);
}

function answerForService(topic: string, report: ServiceReport): Answer {
  const { service, serving, message } = report;
  const members = report.members.map(({ identity, health }) => ({
    identity,
    ...health,
    records: report.records[identity]?.count ?? 0,
  }));
  const status = serving ? 200 : 503;
  if (topic === 'healthz' || !serving) return { status, body: { service, healthy: serving, message, members } };
  const best = Object.values(report.records).toSorted((a, b) => b.count - a.count)[0];
  if (topic === 'records')
    return { status, body: { service, records: best?.count ?? 0, head: best?.hash ?? '', members } };
  return { status, body: { service, clusterIds: [...new Set(Object.values(report.clusterIds))], members } };
}

function answerForMember(topic: string, identity: string, report: ServiceReport): Answer {
  const health = report.members.find((member) => member.identity === identity)?.health;
  if (health === undefined) return { status: 503, body: { identity, healthy: false, message: 'not running' } };
  const status = health.state === 'healthy' ? 200 : 503;
  const { count = 0, hash = '' } = report.records[identity] ?? {};
  const body = { identity, ...health };
  if (topic === 'records') return { status, body: { ...body, records: count, head: hash } };
  if (topic === 'identity') return { status, body: { ...body, clusterId: report.clusterIds[identity] ?? null } };
  return { status, body: { ...body, healthy: status === 200 } };
}
