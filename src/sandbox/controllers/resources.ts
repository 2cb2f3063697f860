import type { ResourceName } from '../types.ts';

export const RESOURCES = {
  namespaces: core('namespaces'),
  nodes: core('nodes'),
  pods: core('pods'),
  services: core('services'),
  endpoints: core('endpoints'),
  events: core('events'),
  secrets: core('secrets'),
  configMaps: core('configmaps'),
  serviceAccounts: core('serviceaccounts'),
  volumes: core('persistentvolumes'),
  claims: core('persistentvolumeclaims'),
  storageClasses: storage('storageclasses'),
  attachments: storage('volumeattachments'),
  statefulSets: apps('statefulsets'),
  deployments: apps('deployments'),
  replicaSets: apps('replicasets'),
  revisions: apps('controllerrevisions'),
} as const;

/** What discovery would say of a resource: enough to delete a namespace's content and to follow owner references. */
export interface ServedResource {
  resource: ResourceName;
  kind: string;
  namespaced: boolean;
}

/** What the namespace controller and the garbage collector work on when no discovery is handed in. Events are left to expire. */
export const SERVED_BY_DEFAULT: readonly ServedResource[] = [
  served(RESOURCES.pods, 'Pod'),
  served(RESOURCES.services, 'Service'),
  served(RESOURCES.secrets, 'Secret'),
  served(RESOURCES.configMaps, 'ConfigMap'),
  served(RESOURCES.serviceAccounts, 'ServiceAccount'),
  served(RESOURCES.claims, 'PersistentVolumeClaim'),
  served(RESOURCES.statefulSets, 'StatefulSet'),
  served(RESOURCES.deployments, 'Deployment'),
  served(RESOURCES.replicaSets, 'ReplicaSet'),
  served(RESOURCES.revisions, 'ControllerRevision'),
  served({ group: 'coordination.k8s.io', version: 'v1', resource: 'leases' }, 'Lease'),
  served(RESOURCES.events, 'Event'),
  { ...served(RESOURCES.namespaces, 'Namespace'), namespaced: false },
  { ...served(RESOURCES.nodes, 'Node'), namespaced: false },
  { ...served(RESOURCES.volumes, 'PersistentVolume'), namespaced: false },
  { ...served(RESOURCES.storageClasses, 'StorageClass'), namespaced: false },
  { ...served(RESOURCES.attachments, 'VolumeAttachment'), namespaced: false },
];

/** `persistentvolumes`, `statefulsets.apps`: how conditions and messages name a resource. */
export function groupResourceOf(resource: ResourceName): string {
  return `${resource.resource}.${resource.group}`;
}

export function resourceKey(resource: ResourceName): string {
  return `${resource.group}/${resource.version}/${resource.resource}`;
}

function served(resource: ResourceName, kind: string): ServedResource {
  return { resource, kind, namespaced: true };
}

function core(resource: string): ResourceName {
  return { group: '', version: 'v1', resource };
}

function storage(resource: string): ResourceName {
  return { group: 'storage.k8s.io', version: 'v1', resource };
}

function apps(resource: string): ResourceName {
  return { group: 'apps', version: 'v1', resource };
}
