import type { Fields } from '../case.ts';

/** Small whole objects, so that a case says only what it is about. */
export const configMap = (name: string, more: Fields = {}): Fields => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  ...more,
});

export const labelled = (name: string, labels: Fields, more: Fields = {}): Fields =>
  configMap(name, { metadata: { name, labels }, ...more });

export const secret = (name: string, more: Fields = {}): Fields => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name },
  ...more,
});

export const service = (name: string, spec: Fields = {}): Fields => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { ports: [{ port: 80 }], selector: { app: name }, ...spec },
});

/** Its class has no provisioner, and it is not prebound: no controller takes it. */
export const volume = (name: string, spec: Fields = {}): Fields => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name },
  spec: {
    capacity: { storage: '1Gi' },
    accessModes: ['ReadWriteOnce'],
    storageClassName: `none-${name}`,
    csi: { driver: 'ebs.csi.aws.com', volumeHandle: `vol-${name}` },
    ...spec,
  },
});

export const claim = (name: string, spec: Fields = {}): Fields => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name },
  spec: {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '1Gi' } },
    storageClassName: 'no-such-class',
    ...spec,
  },
});

/** No scheduler knows it: it stays Pending, and nothing but the case writes it. */
export const pod = (name: string, spec: Fields = {}): Fields => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { schedulerName: 'nobody', containers: [{ name: 'main', image: 'busybox' }], ...spec },
});

/** No replicas: its controller makes nothing. */
export const statefulSet = (name: string, spec: Fields = {}): Fields => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name },
  spec: {
    replicas: 0,
    serviceName: name,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image: 'busybox' }] } },
    ...spec,
  },
});

export const deployment = (name: string, spec: Fields = {}): Fields => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas: 0,
    paused: true,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image: 'busybox' }] } },
    ...spec,
  },
});

export const lease = (name: string, spec: Fields = {}): Fields => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name },
  spec,
});
