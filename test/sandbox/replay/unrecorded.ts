import type { KubeObject } from '../../../src/sandbox/types.ts';

/** What the recorder made between its recorded requests; without it the cases that follow would miss. By case id's start. */
export const unrecorded: Record<string, KubeObject[]> = {
  'crud 346 ': ['d1', 'd2', 'd3', 'd4'].map((name) => configMap(name)),
  'crud 356 ': [configMap('f1', { finalizers: ['example.com/hold'] })],
  'crud 365 ': [deployment('pp-background')],
  'crud 370 ': [deployment('pp-foreground')],
  'crud 375 ': [deployment('pp-orphan')],
  'crud 387 ': ['dc0', 'dc1', 'dc2'].map((name) => configMap(name, { labels: { dc: '1' } })),
};

function configMap(name: string, metadata: Partial<KubeObject['metadata']> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'crud', ...metadata } };
}

function deployment(name: string): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'crud' },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } },
    },
  };
}
