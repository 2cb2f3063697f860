import type { CloudSnapshot, CloudVolume, KubeObject } from '../../src/ports/read-world.ts';

/** Builders that make a case five lines: a claim `shop/data-kafka-0` on `pv-0` over `vol-0`, lost to a namespace deletion. */
export interface PvOptions {
  name?: string;
  claim?: string | undefined;
  uid?: string | undefined;
  phase?: string;
  phaseSince?: string;
  policy?: string;
  handle?: string;
  inTree?: string;
  zone?: string | undefined;
  size?: string;
  storageClass?: string;
  volumeMode?: string | undefined;
  accessModes?: string[];
  terminating?: boolean;
  boundByController?: boolean;
  labels?: Record<string, string>;
}

export function pvObject(options: PvOptions = {}): KubeObject {
  const {
    name = 'pv-0',
    claim = 'shop/data-kafka-0',
    uid = 'old-uid',
    phase = 'Released',
    policy = 'Retain',
  } = options;
  const { handle = 'vol-0', size = '10Gi', storageClass = 'gp3' } = options;
  const zone = 'zone' in options ? options.zone : 'eu-west-1a';
  const volumeMode = 'volumeMode' in options ? options.volumeMode : 'Filesystem';
  const [namespace, claimName] = (claim ?? '').split('/');
  const claimUid = 'uid' in options ? options.uid : uid;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name,
      uid: `uid-of-${name}`,
      resourceVersion: '7',
      creationTimestamp: '2026-11-01T00:00:00Z',
      finalizers: ['kubernetes.io/pv-protection'],
      ...(options.labels && { labels: options.labels }),
      ...(options.boundByController && { annotations: { 'pv.kubernetes.io/bound-by-controller': 'yes' } }),
      ...(options.terminating && { deletionTimestamp: '2026-11-20T00:00:00Z' }),
    },
    spec: {
      capacity: { storage: size },
      accessModes: options.accessModes ?? ['ReadWriteOnce'],
      ...(volumeMode !== undefined && { volumeMode }),
      persistentVolumeReclaimPolicy: policy,
      storageClassName: storageClass,
      ...(options.inTree === undefined
        ? { csi: { driver: 'ebs.csi.aws.com', volumeHandle: handle, fsType: 'ext4' } }
        : { awsElasticBlockStore: { volumeID: options.inTree, fsType: 'ext4' } }),
      ...(!('claim' in options && options.claim === undefined) && {
        claimRef: {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          namespace,
          name: claimName,
          ...(claimUid !== undefined && { uid: claimUid, resourceVersion: '419' }),
        },
      }),
      ...(zone !== undefined && { nodeAffinity: zoneAffinity(zone) }),
    },
    status: { phase, ...(options.phaseSince !== undefined && { lastPhaseTransitionTime: options.phaseSince }) },
  };
}

function zoneAffinity(zone: string) {
  const matchExpressions = [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: [zone] }];
  return { required: { nodeSelectorTerms: [{ matchExpressions }] } };
}

export interface ClaimOptions {
  name?: string;
  uid?: string;
  phase?: string;
  volumeName?: string | undefined;
  storageClass?: string;
  request?: string;
  annotations?: Record<string, string>;
  terminating?: boolean;
  createdAt?: string;
}

export function claimObject(options: ClaimOptions = {}): KubeObject {
  const { name = 'data-kafka-0', uid = 'new-uid', phase = 'Bound', storageClass = 'gp3', request = '10Gi' } = options;
  const volumeName = 'volumeName' in options ? options.volumeName : 'pv-0';
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name,
      namespace: 'shop',
      uid,
      creationTimestamp: options.createdAt ?? '2026-11-20T10:10:00Z',
      finalizers: ['kubernetes.io/pvc-protection'],
      ...(options.annotations && { annotations: options.annotations }),
      ...(options.terminating && { deletionTimestamp: '2026-11-20T10:00:00Z' }),
    },
    spec: {
      accessModes: ['ReadWriteOnce'],
      volumeMode: 'Filesystem',
      storageClassName: storageClass,
      resources: { requests: { storage: request } },
      ...(volumeName !== undefined && { volumeName }),
    },
    status: { phase },
  };
}

export function nodeObject(name = 'node-a', zone = 'eu-west-1a', ready = true, instance = `i-${name}`): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, uid: `uid-of-${name}`, labels: { 'topology.kubernetes.io/zone': zone } },
    spec: { providerID: `aws:///${zone}/${instance.replaceAll('-node-', '-0')}` },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'Unknown' }] },
  };
}

export interface SetOptions {
  name?: string;
  replicas?: number;
  whenScaled?: string;
  /** What drctl noted on it when it stopped it. */
  noted?: string;
}

export function setObject({ name = 'kafka', replicas = 3, whenScaled, noted }: SetOptions = {}): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: {
      name,
      namespace: 'shop',
      uid: `uid-of-${name}`,
      ...(noted !== undefined && { annotations: { 'drctl/rebind-replicas': noted } }),
    },
    spec: {
      replicas,
      volumeClaimTemplates: [{ metadata: { name: 'data' } }],
      ...(whenScaled !== undefined && { persistentVolumeClaimRetentionPolicy: { whenScaled } }),
    },
  };
}

export interface PodOptions {
  name?: string;
  claim?: string;
  phase?: string;
  owner?: { kind: string; name: string } | undefined;
}

/** A pod on `data-kafka-0`, made by StatefulSet kafka. */
export function podObject(options: PodOptions = {}): KubeObject {
  const { name = 'kafka-0', claim = 'data-kafka-0', phase = 'Running' } = options;
  const owner = 'owner' in options ? options.owner : { kind: 'StatefulSet', name: 'kafka' };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'shop',
      uid: `uid-of-${name}`,
      ...(owner && {
        ownerReferences: [{ apiVersion: 'apps/v1', ...owner, uid: `uid-of-${owner.name}`, controller: true }],
      }),
    },
    spec: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: claim } }] },
    status: { phase },
  };
}

export function attachmentObject(volume = 'pv-0', node = 'node-a'): KubeObject {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'VolumeAttachment',
    metadata: { name: `csi-${volume}-${node}`, uid: `uid-of-${volume}-${node}` },
    spec: { attacher: 'ebs.csi.aws.com', nodeName: node, source: { persistentVolumeName: volume } },
    status: { attached: true },
  };
}

export function namespaceObject(name = 'shop', terminating = false): KubeObject {
  const condition = {
    type: 'NamespaceContentRemaining',
    status: 'True',
    message: 'persistentvolumeclaims. has 1 resource instances',
  };
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, uid: `uid-of-${name}`, ...(terminating && { deletionTimestamp: '2026-11-20T10:00:00Z' }) },
    status: { phase: terminating ? 'Terminating' : 'Active', ...(terminating && { conditions: [condition] }) },
  };
}

export function ec2Volume(id = 'vol-0', more: Partial<CloudVolume> = {}): CloudVolume {
  return {
    id,
    state: 'available',
    sizeGiB: 10,
    zone: 'eu-west-1a',
    createTime: '2026-01-01T00:00:00.000Z',
    tags: { 'kubernetes.io/created-for/pvc/namespace': 'shop', 'kubernetes.io/created-for/pvc/name': 'data-kafka-0' },
    attachments: [],
    ...more,
  };
}

/** A volume that EC2 recorded as made for this claim of namespace shop. */
export function ec2VolumeFor(id: string, claim: string, more: Partial<CloudVolume> = {}): CloudVolume {
  return ec2Volume(id, {
    ...more,
    tags: { 'kubernetes.io/created-for/pvc/namespace': 'shop', 'kubernetes.io/created-for/pvc/name': claim },
  });
}

export function ec2Snapshot(id: string, volumeId: string, more: Partial<CloudSnapshot> = {}): CloudSnapshot {
  return {
    id,
    volumeId,
    state: 'completed',
    startTime: '2026-11-20T11:00:00.000Z',
    tags: { 'drctl/step': 'prod-eu/step' },
    ...more,
  };
}
