import { isJsonObject } from '../model/json.ts';
import { textOf } from './spelled.ts';

export type Scope = 'cluster' | 'namespaced' | 'unknown';

/** Scopes that CustomResourceDefinitions of the input tell, by `Kind.group`. */
export type DefinedScopes = ReadonlyMap<string, Scope>;

/**
 * Cluster-scoped kinds by group. The first block is what kube-apiserver serves (`kubectl api-resources --namespaced=false` of
 * 1.36, and kinds that it served once); the second is of common operators, by their CRDs.
 */
const CLUSTER_KINDS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    '': ['Namespace', 'Node', 'PersistentVolume', 'ComponentStatus'],
    'admissionregistration.k8s.io': [
      'MutatingWebhookConfiguration',
      'ValidatingWebhookConfiguration',
      'MutatingAdmissionPolicy',
      'MutatingAdmissionPolicyBinding',
      'ValidatingAdmissionPolicy',
      'ValidatingAdmissionPolicyBinding',
    ],
    'apiextensions.k8s.io': ['CustomResourceDefinition'],
    'apiregistration.k8s.io': ['APIService'],
    'authentication.k8s.io': ['TokenReview', 'SelfSubjectReview'],
    'authorization.k8s.io': ['SelfSubjectAccessReview', 'SelfSubjectRulesReview', 'SubjectAccessReview'],
    'certificates.k8s.io': ['CertificateSigningRequest', 'ClusterTrustBundle'],
    'flowcontrol.apiserver.k8s.io': ['FlowSchema', 'PriorityLevelConfiguration'],
    'internal.apiserver.k8s.io': ['StorageVersion'],
    'networking.k8s.io': ['IngressClass', 'IPAddress', 'ServiceCIDR'],
    'node.k8s.io': ['RuntimeClass'],
    policy: ['PodSecurityPolicy'],
    'rbac.authorization.k8s.io': ['ClusterRole', 'ClusterRoleBinding'],
    'resource.k8s.io': ['DeviceClass', 'ResourceSlice', 'DeviceTaintRule'],
    'scheduling.k8s.io': ['PriorityClass'],
    'storage.k8s.io': ['StorageClass', 'CSIDriver', 'CSINode', 'VolumeAttachment', 'VolumeAttributesClass'],
    'storagemigration.k8s.io': ['StorageVersionMigration'],

    'cert-manager.io': ['ClusterIssuer'],
    'external-secrets.io': ['ClusterSecretStore', 'ClusterExternalSecret', 'ClusterPushSecret'],
    'gateway.networking.k8s.io': ['GatewayClass'],
    'kyverno.io': ['ClusterPolicy', 'ClusterCleanupPolicy'],
    'karpenter.sh': ['NodePool', 'NodeClaim'],
    'karpenter.k8s.aws': ['EC2NodeClass'],
    'snapshot.storage.k8s.io': ['VolumeSnapshotClass', 'VolumeSnapshotContent'],
    'security.openshift.io': ['SecurityContextConstraints'],
    'project.openshift.io': ['Project', 'ProjectRequest'],
    'user.openshift.io': ['User', 'Group', 'Identity'],
    'oauth.openshift.io': ['OAuthClient'],
    'config.openshift.io': ['ClusterVersion', 'ClusterOperator', 'Infrastructure', 'OAuth', 'Proxy', 'Ingress', 'DNS'],
  }),
);

/** Groups of which every kind that is not above is namespaced. */
const KNOWN_GROUPS: ReadonlySet<string> = new Set([
  ...[...CLUSTER_KINDS.keys()].filter((group) => group !== 'config.openshift.io'),
  'apps',
  'argoproj.io',
  'autoscaling',
  'batch',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'extensions',
  'route.openshift.io',
  'apps.openshift.io',
  'build.openshift.io',
  'image.openshift.io',
  'template.openshift.io',
]);

/** In argoproj.io all kinds are namespaced but this one of Argo Workflows. */
const CLUSTER_IN_ARGOPROJ = 'ClusterWorkflowTemplate';

/** `group` as `canonicalGroup` gives it. A definition in the input goes before the tables. */
export function scopeOf(group: string, kind: string, defined: DefinedScopes): Scope {
  const told = defined.get(`${kind}.${group}`);
  if (told !== undefined) return told;
  if (CLUSTER_KINDS.get(group)?.includes(kind) || (group === 'argoproj.io' && kind === CLUSTER_IN_ARGOPROJ))
    return 'cluster';
  return KNOWN_GROUPS.has(group) ? 'namespaced' : 'unknown';
}

/** What a CustomResourceDefinition says of its kind; undefined for anything else, or one that does not say. */
export function definedScope(value: unknown): readonly [key: string, scope: Scope] | undefined {
  if (!isJsonObject(value) || value['kind'] !== 'CustomResourceDefinition') return undefined;
  const spec = value['spec'];
  const names = isJsonObject(spec) ? spec['names'] : undefined;
  if (!isJsonObject(spec) || !isJsonObject(names)) return undefined;
  const [group, kind, scope] = [textOf(spec['group']), textOf(names['kind']), textOf(spec['scope'])];
  if (group === undefined || kind === undefined) return undefined;
  if (scope === 'Cluster') return [`${kind}.${group}`, 'cluster'];
  return scope === 'Namespaced' ? [`${kind}.${group}`, 'namespaced'] : undefined;
}
