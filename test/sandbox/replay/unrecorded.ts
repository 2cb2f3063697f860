import type { ApiClient, KubeObject } from '../../../src/sandbox/types.ts';

/** What the recorder made between its recorded requests; without it the cases that follow would miss. By case id's start. */
export const unrecorded: Record<string, KubeObject[]> = {
  'crud 346 ': ['d1', 'd2', 'd3', 'd4'].map((name) => configMap(name)),
  'crud 356 ': [configMap('f1', { finalizers: ['example.com/hold'] })],
  'crud 365 ': [deployment('pp-background')],
  'crud 370 ': [deployment('pp-foreground')],
  'crud 375 ': [deployment('pp-orphan')],
  'crud 387 ': ['dc0', 'dc1', 'dc2'].map((name) => configMap(name, { labels: { dc: '1' } })),
};

/** Changes that the recorder made on the side. */
export const acts: Record<string, (client: ApiClient) => Promise<unknown>> = {
  'crud 433 ': (client) =>
    client.patch(configMaps, 'cm', 'crud', 'merge', { metadata: { finalizers: ['example.com/hold'] } }),
  'crud 443 ': (client) => client.patch(configMaps, 'cm', 'crud', 'merge', { metadata: { finalizers: null } }),
  'crud 451 ': (client) =>
    client.patch(storageClasses, 'gp3', undefined, 'merge', { metadata: { annotations: isDefault } }),
};

const configMaps = { group: '', version: 'v1', resource: 'configmaps' };
const storageClasses = { group: 'storage.k8s.io', version: 'v1', resource: 'storageclasses' };
const isDefault = { 'storageclass.kubernetes.io/is-default-class': 'true' };

/** Before these cases the controllers had had their say, as the recorded answers show; before the others they had not. */
export const settles: string[] = [
  ...[
    'crud 1 ',
    'crud 2 ',
    'crud 47 ',
    'crud 58 ',
    'crud 64 ',
    'crud 73 ',
    'crud 82 ',
    'crud 94 ',
    'crud 99 ',
    'crud 102 ',
  ],
  ...[
    'crud 146 ',
    'crud 207 ',
    'crud 232 ',
    'crud 280 ',
    'crud 293 ',
    'crud 370 ',
    'crud 375 ',
    'crud 380 ',
    'crud 385 ',
  ],
  ...['crud 369 ', 'crud 373 ', 'crud 378 '],
];

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

/** And before these, more than once: a namespace goes in several rounds. */
export const longWaits: string[] = ['crud 441 ', 'crud 442 ', 'crud 443 '];
