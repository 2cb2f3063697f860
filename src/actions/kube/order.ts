/** Who must be there before whom. What is not named stands between configuration and workloads. */
const TIERS: readonly (readonly string[])[] = [
  ['Namespace'],
  ['CustomResourceDefinition'],
  ['StorageClass', 'PriorityClass', 'IngressClass', 'RuntimeClass'],
  ['ServiceAccount'],
  ['ResourceQuota', 'LimitRange', 'NetworkPolicy'],
  ['ClusterRole', 'Role'],
  ['ClusterRoleBinding', 'RoleBinding'],
  // A token Secret made before its ServiceAccount is deleted by the controller (recovery-facts E).
  ['Secret', 'ConfigMap'],
  ['PersistentVolume'],
  ['PersistentVolumeClaim'],
  ['Service', 'Endpoints', 'EndpointSlice', 'PodDisruptionBudget'],
];
const WORKLOADS = [
  'DaemonSet',
  'StatefulSet',
  'Deployment',
  'ReplicaSet',
  'Pod',
  'Job',
  'CronJob',
  'HorizontalPodAutoscaler',
];
const TRAFFIC = [
  'Ingress',
  'HTTPRoute',
  'APIService',
  'ValidatingWebhookConfiguration',
  'MutatingWebhookConfiguration',
];

/** Objects of a lower tier come first; those of one tier do not depend on each other. */
export function tierOf(kind: string): number {
  const tier = TIERS.findIndex((kinds) => kinds.includes(kind));
  if (tier >= 0) return tier;
  if (WORKLOADS.includes(kind)) return TIERS.length + 1;
  return TRAFFIC.includes(kind) ? TIERS.length + 2 : TIERS.length;
}
