import type { KubeObject } from '../../../src/sandbox/types.ts';

/** The application of the scenario: `ledger` (3 members), `search` (4 members) and `web` in front, as manifests. */
export function application(namespace: string, storageClassName = 'gp3-wffc'): KubeObject[] {
  return [
    ...['ledger', 'search', 'web'].map((name) => service(namespace, name)),
    statefulSet(namespace, 'ledger', 3, storageClassName, 'OrderedReady'),
    statefulSet(namespace, 'search', 4, storageClassName, 'Parallel'),
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace },
      spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template: template('web') },
    },
  ];
}

export const CLAIMS = [...[0, 1, 2].map((n) => `data-ledger-${n}`), ...[0, 1, 2, 3].map((n) => `data-search-${n}`)];

function service(namespace: string, name: string): KubeObject {
  const ports = [{ port: 80, targetPort: 8080, protocol: 'TCP' }];
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec: { selector: { app: name }, ports } };
}

function statefulSet(
  namespace: string,
  name: string,
  replicas: number,
  storageClassName: string,
  podManagementPolicy: string,
): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name, namespace },
    spec: {
      serviceName: name,
      replicas,
      podManagementPolicy,
      selector: { matchLabels: { app: name } },
      template: template(name, [{ name: 'data', mountPath: '/data' }]),
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage: '10Gi' } } },
        },
      ],
    },
  };
}

function template(app: string, volumeMounts: { name: string; mountPath: string }[] = []): Record<string, unknown> {
  return {
    metadata: { labels: { app } },
    spec: { containers: [{ name: app, image: `sandbox/${app}:1`, volumeMounts }] },
  };
}
