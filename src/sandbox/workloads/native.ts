import type { Answer, ServiceReport } from './board.ts';

/** What a member of a service says of itself in that service's own words, as the real one does. Undefined: not its topic. */
export function nativeAnswer(topic: string, identity: string, report: ServiceReport): Answer | undefined {
  const healthy = report.members.find((member) => member.identity === identity)?.health.state === 'healthy';
  const leads = leaderOf(report) === identity;
  if (report.service === 'zookeeper' && topic === 'commands/monitor') return monitor(healthy, leads, report);
  if (report.service === 'etcd' && topic === 'health') return etcdHealth(healthy, report);
  if (report.service === 'etcd' && topic === 'metrics') return etcdMetrics(healthy, leads, report);
  if (report.service === 'kafka' && topic === 'metrics') return kafkaMetrics(leads, report);
  return undefined;
}

/** The AdminServer of ZooKeeper. [zookeeper administrators-guide, "The AdminServer"] */
function monitor(healthy: boolean, leads: boolean, report: ServiceReport): Answer {
  if (!healthy || !report.serving)
    return {
      status: 200,
      body: { command: 'monitor', error: 'This ZooKeeper instance is not currently serving requests' },
    };
  const followers = healthyOf(report).length - 1;
  return {
    status: 200,
    body: {
      command: 'monitor',
      error: null,
      version: '3.9.3',
      server_state: leads ? 'leader' : 'follower',
      quorum_size: report.members.length,
      znode_count: 5 + (report.records[healthyOf(report)[0] ?? '']?.count ?? 0),
      ...(leads && { synced_followers: followers, synced_observers: 0 }),
    },
  };
}

/** [etcd server/etcdserver/api/etcdhttp/health.go] */
function etcdHealth(healthy: boolean, report: ServiceReport): Answer {
  const is = healthy && report.serving;
  return { status: is ? 200 : 503, body: { health: String(is), reason: is ? '' : 'RAFT NO LEADER' } };
}

function etcdMetrics(healthy: boolean, leads: boolean, report: ServiceReport): Answer {
  const has = healthy && report.serving;
  return metrics({
    etcd_server_has_leader: has ? 1 : 0,
    etcd_server_is_leader: has && leads ? 1 : 0,
    etcd_server_is_learner: 0,
  });
}

/** As the JMX exporter of the Prometheus project names them in its example for Kafka. */
function kafkaMetrics(leads: boolean, report: ServiceReport): Answer {
  const missing = report.members.length - healthyOf(report).length;
  return metrics({
    kafka_controller_kafkacontroller_activecontrollercount: leads && report.serving ? 1 : 0,
    kafka_controller_kafkacontroller_offlinepartitionscount: report.serving ? 0 : 1,
    kafka_server_replicamanager_underminisrpartitioncount: report.serving ? 0 : 1,
    kafka_server_replicamanager_underreplicatedpartitions: missing,
  });
}

function metrics(values: Readonly<Record<string, number>>): Answer {
  return {
    status: 200,
    body: Object.entries(values)
      .map(([name, value]) => `# TYPE ${name} gauge\n${name} ${value.toFixed(1)}\n`)
      .join(''),
  };
}

function leaderOf(report: ServiceReport): string | undefined {
  return report.serving ? healthyOf(report)[0] : undefined;
}

function healthyOf({ members }: ServiceReport): string[] {
  return members.flatMap(({ identity, health }) => (health.state === 'healthy' ? [identity] : [])).toSorted();
}
