/**
 * Kinds that moved from one API group to another while the API server kept one object for both: made in one group, it can be
 * read, replaced and deleted in the other. The server links them in storage; most rows stand in kube-apiserver's
 * `AddCohabitatingResources` calls (pkg/kubeapiserver/default_storage_factory_builder.go; before 1.10 in cmd/kube-apiserver/app/server.go).
 *
 * What only has a successor (cert-manager's certmanager.k8s.io, Traefik's traefik.containo.us, Gateway API's x-k8s.io) is not
 * here: there the API server keeps two objects, and both must go on existing while one migrates.
 */
const MOVED: readonly (readonly [kind: string, from: string, to: string])[] = [
  // networking.Resource("networkpolicies"), extensions.Resource("networkpolicies"); 1.7
  ['NetworkPolicy', 'extensions', 'networking.k8s.io'],
  // networking.Resource("ingresses"), extensions.Resource("ingresses"); 1.14
  ['Ingress', 'extensions', 'networking.k8s.io'],
  // apps.Resource("deployments" | "daemonsets" | "replicasets"), extensions.Resource(…); 1.6 to 1.9
  ['Deployment', 'extensions', 'apps'],
  ['DaemonSet', 'extensions', 'apps'],
  ['ReplicaSet', 'extensions', 'apps'],
  // policy.Resource("podsecuritypolicies"), extensions.Resource("podsecuritypolicies"); 1.10
  ['PodSecurityPolicy', 'extensions', 'policy'],
  // api.Resource("events"), events.Resource("events"); 1.8. Both are still served.
  ['Event', 'events.k8s.io', ''],
  // batch.Resource("jobs"), extensions.Resource("jobs"); autoscaling.Resource("horizontalpodautoscalers"); 1.2 to 1.5
  ['Job', 'extensions', 'batch'],
  ['HorizontalPodAutoscaler', 'extensions', 'autoscaling'],
  // OpenShift, cmd/server/kubernetes: security.Resource("securitycontextconstraints"), kapi.Resource(…); origin 3.6
  ['SecurityContextConstraints', '', 'security.openshift.io'],
  // OpenShift 3.6 gave each of its groupless kinds a group, over the same storage (OCP 3.6 release notes, "API groups")
  ['Route', '', 'route.openshift.io'],
  ['DeploymentConfig', '', 'apps.openshift.io'],
  ['BuildConfig', '', 'build.openshift.io'],
  ['Build', '', 'build.openshift.io'],
  ['ImageStream', '', 'image.openshift.io'],
  ['ImageStreamTag', '', 'image.openshift.io'],
  ['Template', '', 'template.openshift.io'],
  ['Project', '', 'project.openshift.io'],
  ['Group', '', 'user.openshift.io'],
  ['OAuthClient', '', 'oauth.openshift.io'],
  // OpenShift 3.7 serves its authorization kinds from the cluster's RBAC objects (OCP 3.7 release notes, "RBAC")
  ['Role', 'authorization.openshift.io', 'rbac.authorization.k8s.io'],
  ['RoleBinding', 'authorization.openshift.io', 'rbac.authorization.k8s.io'],
  ['ClusterRole', 'authorization.openshift.io', 'rbac.authorization.k8s.io'],
  ['ClusterRoleBinding', 'authorization.openshift.io', 'rbac.authorization.k8s.io'],
  ['Role', '', 'rbac.authorization.k8s.io'],
  ['RoleBinding', '', 'rbac.authorization.k8s.io'],
  ['ClusterRole', '', 'rbac.authorization.k8s.io'],
  ['ClusterRoleBinding', '', 'rbac.authorization.k8s.io'],
];

const CANONICAL: ReadonlyMap<string, string> = new Map(MOVED.map(([kind, from, to]) => [`${kind}.${from}`, to]));

/** The group under which a kind is compared; its own, unless the table knows a later one. */
export function canonicalGroup(group: string, kind: string): string {
  return CANONICAL.get(`${kind}.${group}`) ?? group;
}
