import type {
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  StatefulSet,
  StorageClass,
} from '../../../src/sandbox/controllers/kinds.ts';
import { nodeObject } from '../../../src/sandbox/controllers/cluster/nodes.ts';

/** Objects as tests need them: the smallest that the code under test looks at, with what matters to the case put on top. */

export function claim(
  spec: Partial<PersistentVolumeClaim['spec']> = {},
  more: { name?: string; namespace?: string; uid?: string; phase?: string; annotations?: Record<string, string> } = {},
): PersistentVolumeClaim {
  const { name = 'data', namespace = 'shop', uid = 'claim-uid', phase = 'Pending', annotations } = more;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name,
      namespace,
      uid,
      resourceVersion: '7',
      finalizers: ['kubernetes.io/pvc-protection'],
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'gp3',
      volumeMode: 'Filesystem',
      resources: { requests: { storage: '10Gi' } },
      ...spec,
    },
    status: { phase },
  };
}

export function volume(
  spec: Partial<PersistentVolume['spec']> = {},
  more: {
    name?: string;
    phase?: string;
    annotations?: Record<string, string>;
    finalizers?: string[];
    deleting?: boolean;
  } = {},
): PersistentVolume {
  const {
    name = 'v1',
    phase = 'Available',
    annotations,
    finalizers = ['kubernetes.io/pv-protection'],
    deleting = false,
  } = more;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name,
      uid: `${name}-uid`,
      resourceVersion: '3',
      finalizers,
      ...(annotations === undefined ? {} : { annotations }),
      ...(deleting ? { deletionTimestamp: '2026-11-21T01:00:00Z' } : {}),
    },
    spec: {
      capacity: { storage: '10Gi' },
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName: 'gp3',
      volumeMode: 'Filesystem',
      csi: { driver: 'ebs.csi.aws.com', volumeHandle: `vol-${name}` },
      ...spec,
    },
    status: { phase },
  };
}

export function storageClass(name = 'gp3', more: Partial<StorageClass> = {}): StorageClass {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name, uid: `${name}-uid` },
    provisioner: 'ebs.csi.aws.com',
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'Immediate',
    ...more,
  };
}

export function node(name: string, zone: string, { ready = true } = {}): Node {
  const made = nodeObject({ name, zone, instance: `i-${name.replaceAll(/[^0-9a-f]/g, '')}0` });
  made.status = { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] };
  return made;
}

export function pod(
  name = 'p',
  more: { nodeName?: string; claims?: string[]; phase?: string; ready?: boolean; deleting?: boolean } = {},
): Pod {
  const { nodeName, claims = ['data'], phase = 'Pending', ready = false, deleting = false } = more;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'shop',
      uid: `${name}-uid`,
      ...(deleting ? { deletionTimestamp: '2026-11-21T01:00:00Z', deletionGracePeriodSeconds: 30 } : {}),
    },
    spec: {
      containers: [{ name: 'c', image: 'nginx' }],
      volumes: claims.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } })),
      ...(nodeName === undefined ? {} : { nodeName }),
    },
    status: { phase, conditions: ready ? [{ type: 'Ready', status: 'True' }] : [] },
  };
}

export function statefulSet(spec: Partial<StatefulSet['spec']> = {}): StatefulSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'web', namespace: 'shop', uid: 'set-uid', generation: 1 },
    spec: {
      replicas: 3,
      serviceName: 'web',
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'nginx:1' }] } },
      volumeClaimTemplates: [claim({}, { name: 'data' })],
      podManagementPolicy: 'OrderedReady',
      ...spec,
    },
  };
}
