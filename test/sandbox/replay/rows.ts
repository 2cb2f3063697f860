import type { KubeObject, ObjectMeta } from '../../../src/sandbox/types.ts';

type Cells = (string | number | boolean | null)[];
type Rest = Record<string, unknown>;

/** Objects that were recorded only as table rows, made again from their cells: as much of them as the cells tell. */
export const fromCells: Record<string, (cells: Cells, metadata: ObjectMeta) => Rest> = {
  namespaces: ([, phase]) => ({ spec: { finalizers: ['kubernetes'] }, status: { phase } }),
  persistentvolumes: ([, storage, modes, policy, phase, claim, storageClassName, , , , volumeMode]) => ({
    spec: {
      capacity: { storage },
      accessModes: longModes(modes),
      persistentVolumeReclaimPolicy: policy,
      ...(claim !== '' && { claimRef: placeOf(String(claim)) }),
      storageClassName,
      volumeMode,
    },
    status: { phase },
  }),
  persistentvolumeclaims: ([, phase, volumeName, storage, modes, storageClassName, , , volumeMode]) => ({
    spec: { storageClassName, volumeMode, ...(volumeName !== '' && { volumeName }) },
    status: { phase, ...(storage !== '' && { capacity: { storage }, accessModes: longModes(modes) }) },
  }),
  'statefulsets.apps': ([, ready, , names, images]) => workload(ready, names, images),
  'deployments.apps': ([, ready, updatedReplicas, availableReplicas, , names, images, selector]) => {
    const object = workload(ready, names, images, selector);
    return { ...object, status: { ...(object.status as Rest), updatedReplicas, availableReplicas } };
  },
  'replicasets.apps': ([, replicas, current, readyReplicas, , names, images, selector]) => {
    const object = workload(`${String(readyReplicas)}/${String(replicas)}`, names, images, selector);
    return { ...object, status: { replicas: current, readyReplicas } };
  },
  pods: podOf,
  'storageclasses.storage.k8s.io': ([, provisioner, reclaimPolicy, volumeBindingMode, allowVolumeExpansion]) => ({
    provisioner,
    reclaimPolicy,
    volumeBindingMode,
    allowVolumeExpansion,
  }),
  nodes: ([, , , , kubeletVersion, address, , , , containerRuntimeVersion]) => ({
    status: {
      conditions: [{ type: 'Ready', status: 'True' }],
      addresses: [{ type: 'InternalIP', address }],
      nodeInfo: { kubeletVersion, containerRuntimeVersion, architecture: 'amd64' },
    },
  }),
  services: ([, type, clusterIP, , ports, , selector]) => ({
    spec: { type, clusterIP, ports: portsOf(String(ports)), selector: labelsOf(String(selector)) },
  }),
  configmaps: () => ({}),
  secrets: ([, type, count]) => ({
    type,
    data: Object.fromEntries(Array.from({ length: Number(count) }, (_, key) => [`k${key}`, ''])),
  }),
  serviceaccounts: () => ({}),
  'leases.coordination.k8s.io': ([, holderIdentity]) => ({ spec: { holderIdentity } }),
  'volumeattachments.storage.k8s.io': ([, attacher, persistentVolumeName, nodeName, attached]) => ({
    spec: { attacher, source: { persistentVolumeName }, nodeName },
    status: { attached },
  }),
  'csidrivers.storage.k8s.io': ([, attachRequired, podInfoOnMount, storageCapacity, , requiresRepublish, modes]) => ({
    spec: {
      attachRequired,
      podInfoOnMount,
      storageCapacity,
      requiresRepublish,
      volumeLifecycleModes: String(modes).split(','),
    },
  }),
  'controllerrevisions.apps': ([, , revision]) => ({ revision }),
  events: ([, type, reason, about, , source, message, , count], { namespace, creationTimestamp }) => {
    const [kind = '', name] = String(about).split('/');
    const [component, host] = String(source).split(', ');
    const involvedObject = { kind: kinds[kind] ?? kind, name, namespace };
    const reporting = host === undefined ? {} : { reportingInstance: host };
    return {
      type,
      reason,
      involvedObject,
      source: {},
      message,
      count,
      reportingComponent: component,
      ...reporting,
      eventTime: creationTimestamp,
    };
  },
  'applications.argoproj.io': () => ({ spec: {} }),
  'appprojects.argoproj.io': () => ({ spec: {} }),
  'applicationsets.argoproj.io': () => ({ spec: {} }),
  'backups.velero.io': () => ({ spec: {} }),
  'restores.velero.io': () => ({ spec: {} }),
  'volumesnapshotlocations.velero.io': () => ({ spec: {} }),
  'schedules.velero.io': ([, phase, schedule]) => ({ spec: { schedule }, status: { phase } }),
  'backupstoragelocations.velero.io': ([, phase, , , isDefault]) => ({
    spec: { default: isDefault },
    status: { phase },
  }),
};

const kinds: Record<string, string> = {
  pod: 'Pod',
  replicaset: 'ReplicaSet',
  deployment: 'Deployment',
  statefulset: 'StatefulSet',
};

function podOf([, ready, word, , , podIP, nodeName]: Cells, metadata: ObjectMeta): Rest {
  const [readyCount = 0, count = 0] = String(ready).split('/').map(Number);
  const phase = metadata.name === 'p-fail' ? 'Failed' : word === 'Completed' ? 'Succeeded' : word;
  const isEnded = word === 'Completed';
  const state = isEnded ? { terminated: { reason: 'Completed', exitCode: 0 } } : { running: {} };
  const one = (index: number): Rest => ({ name: `c${index}`, ready: index < readyCount, restartCount: 0, state });
  const isPlaced = nodeName !== '<none>';
  return {
    spec: {
      containers: Array.from({ length: count }, (_, index) => ({ name: `c${index}` })),
      restartPolicy: isEnded ? 'Never' : 'Always',
      schedulerName: 'default-scheduler',
      serviceAccountName: 'default',
      ...(isPlaced && { nodeName }),
    },
    status: {
      phase,
      ...(isPlaced && { podIP, containerStatuses: Array.from({ length: count }, (_, index) => one(index)) }),
    },
  };
}

function workload(ready: unknown, names: unknown, images: unknown, selector?: unknown): Rest {
  const [readyReplicas, replicas] = String(ready).split('/').map(Number);
  const imageOf = String(images).split(',');
  const containers = String(names)
    .split(',')
    .map((name, index) => ({ name, image: imageOf[index] }));
  const matchLabels = typeof selector === 'string' ? labelsOf(selector) : {};
  return {
    spec: { replicas, selector: { matchLabels }, template: { spec: { containers } } },
    status: { replicas, readyReplicas },
  };
}

function longModes(modes: unknown): string[] {
  const names: Record<string, string> = { RWO: 'ReadWriteOnce', ROX: 'ReadOnlyMany', RWX: 'ReadWriteMany' };
  return String(modes)
    .split(',')
    .map((mode) => names[mode] ?? mode);
}

function placeOf(text: string): Rest {
  const [namespace, name] = text.split('/');
  return { namespace, name };
}

function labelsOf(text: string): Record<string, string> {
  return Object.fromEntries(text.split(',').map((pair) => pair.split('=') as [string, string]));
}

function portsOf(text: string): Rest[] {
  return text.split(',').map((part) => {
    const [, port, nodePort, protocol] = /^(\d+)(?::(\d+))?\/(\w+)$/.exec(part) ?? [];
    return { port: Number(port), protocol, ...(nodePort !== undefined && { nodePort: Number(nodePort) }) };
  });
}

export interface RecordedRow {
  cells: Cells;
  object: KubeObject | null;
}
