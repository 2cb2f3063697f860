import type { ApiClient, KubeObject, ObjectMeta, ResourceName } from '../types.ts';

/** Lays out what a cluster on AWS has, beyond its namespaces and nodes, before anybody deploys to it. Through the API, so that it is stored as any other object. */
export async function bootstrap(api: ApiClient): Promise<void> {
  const create = (resource: ResourceName, object: KubeObject) => api.create(resource, object);
  for (const storageClass of storageClasses) await create(resourceOf('storage.k8s.io', 'storageclasses'), storageClass);
  await create(resourceOf('storage.k8s.io', 'csidrivers'), driver);
  await create(resourceOf('rbac.authorization.k8s.io', 'clusterroles'), clusterAdmin);
  await create(resourceOf('rbac.authorization.k8s.io', 'clusterrolebindings'), clusterAdminBinding);
}

const resourceOf = (group: string, resource: string): ResourceName => ({ group, version: 'v1', resource });

const objectOf = (apiVersion: string, kind: string, metadata: ObjectMeta, rest: object = {}): KubeObject => ({
  apiVersion,
  kind,
  metadata,
  ...rest,
});

const storageClassOf = (name: string, metadata: ObjectMeta, spec: object): KubeObject =>
  objectOf(
    'storage.k8s.io/v1',
    'StorageClass',
    { name, ...metadata },
    {
      provisioner: 'ebs.csi.aws.com',
      volumeBindingMode: 'WaitForFirstConsumer',
      allowVolumeExpansion: true,
      ...spec,
    },
  );

const storageClasses = [
  storageClassOf(
    'gp3',
    { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    {
      parameters: { type: 'gp3' },
      reclaimPolicy: 'Delete',
    },
  ),
  storageClassOf('gp3-retain', {}, { parameters: { type: 'gp3' }, reclaimPolicy: 'Retain' }),
  storageClassOf('gp2', {}, { parameters: { type: 'gp2' }, reclaimPolicy: 'Delete' }),
];

/** As the driver installs it (deploy/kubernetes/base/csidriver.yaml). */
const driver = objectOf(
  'storage.k8s.io/v1',
  'CSIDriver',
  { name: 'ebs.csi.aws.com' },
  {
    spec: { attachRequired: true, podInfoOnMount: false, fsGroupPolicy: 'ReadWriteOnceWithFSType' },
  },
);

const clusterAdmin = objectOf(
  'rbac.authorization.k8s.io/v1',
  'ClusterRole',
  { name: 'cluster-admin' },
  {
    rules: [
      { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
      { nonResourceURLs: ['*'], verbs: ['*'] },
    ],
  },
);

const clusterAdminBinding = objectOf(
  'rbac.authorization.k8s.io/v1',
  'ClusterRoleBinding',
  { name: 'cluster-admin' },
  {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'system:masters' }],
  },
);
