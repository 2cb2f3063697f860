import { join } from 'node:path';
import { execa } from 'execa';
import type { Client } from './client.ts';

/** What a user may do: Kubernetes objects that grant it, and the statements of an IAM policy. */
export interface Rights {
  readonly roles: readonly KubeObject[];
  readonly policy: { readonly Version: string; readonly Statement: readonly unknown[] };
}

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [more: string]: unknown };
  readonly [more: string]: unknown;
}

const repository = join(import.meta.dirname, '..', '..');

/**
 * What `drctl target rbac` prints, from the sources, so that a test never runs with the rights of an older build. The
 * kinds of a manifest directory widen it: these are those of an ordinary application.
 */
export async function operatorRights(runbook = 'namespace-deleted'): Promise<Rights> {
  const call = `import { rbac } from './src/cli/run-rbac.ts'; rbac(${JSON.stringify({
    runbook,
    user: 'operator',
    json: true,
    param: ['namespace=any', `manifests=${join(import.meta.dirname, 'application')}`],
  })})`;
  const { stdout } = await execa(process.execPath, ['--input-type=module', '--eval', call], {
    cwd: repository,
    env: { NODE_NO_WARNINGS: '1' },
  });
  return JSON.parse(stdout) as Rights;
}

/** Everything, by RBAC and not past it. */
export const adminRights: Rights = {
  roles: [binding('admin', 'cluster-admin', 'admin')],
  policy: policy([{ Effect: 'Allow', Action: '*', Resource: '*' }]),
};

/** The built-in `view` (no Secrets), the objects of storage that belong to no namespace, and reading in the cloud. */
export const viewerRights: Rights = {
  roles: [
    binding('viewer', 'view', 'viewer'),
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'view-storage' },
      rules: [
        { apiGroups: [''], resources: ['nodes', 'namespaces', 'persistentvolumes'], verbs: ['get', 'list', 'watch'] },
        { apiGroups: ['storage.k8s.io'], resources: ['*'], verbs: ['get', 'list', 'watch'] },
        {
          apiGroups: ['apiextensions.k8s.io'],
          resources: ['customresourcedefinitions'],
          verbs: ['get', 'list', 'watch'],
        },
      ],
    },
    binding('viewer-storage', 'view-storage', 'viewer'),
  ],
  policy: policy([{ Effect: 'Allow', Action: ['ec2:Describe*', 's3:Get*', 's3:List*'], Resource: '*' }]),
};

/** The buckets where an operator keeps the state of runs: not part of what a runbook touches. */
export const stateRights = policy([{ Effect: 'Allow', Action: 's3:*', Resource: ['arn:aws:s3:::drctl-*'] }]);

/** Server-side apply: as often as one likes. */
export async function applyObjects(client: Client, objects: readonly KubeObject[]): Promise<void> {
  for (const object of objects)
    await client.expect('PATCH', `${pathOf(object)}?fieldManager=cluster&force=true`, object, applyPatch);
}

const applyPatch = 'application/apply-patch+yaml';

/** Of the kinds that are applied here, each of whose plurals is formed with an s. */
function pathOf({ apiVersion, kind, metadata: { name, namespace } }: KubeObject): string {
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const inNamespace = namespace === undefined ? '' : `/namespaces/${namespace}`;
  return `${group}${inNamespace}/${kind.toLowerCase()}s/${name}`;
}

function binding(name: string, role: string, user: string): KubeObject {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: `test-${name}` },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  };
}

function policy(Statement: readonly unknown[]): Rights['policy'] {
  return { Version: '2012-10-17', Statement };
}
