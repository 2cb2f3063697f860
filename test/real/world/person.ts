import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { ClusterAccess } from '../../cluster/access.ts';
import { putUsers, readKeys } from '../../cluster/aws.ts';
import { clientOf, type Client } from '../../cluster/client.ts';
import { findPieces } from '../../cluster/pieces.ts';
import { applyObjects, type KubeObject, type Rights } from '../../cluster/rights.ts';

/** Somebody with rights of their own: a service account of the namespace `default`, and a user of IAM. */
export interface Person {
  readonly name: string;
  readonly kubeconfig: string;
  /** What an AWS credentials file says of the profile, which has the person's name. */
  readonly credentials: string;
  remove(): Promise<void>;
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** What somebody lacks of what `target rbac` prints: one verb on a resource, or one action of EC2. */
export interface Lack {
  readonly verb?: readonly [verb: string, resource: string];
  readonly action?: string;
}

export async function personWithout(
  cluster: ClusterAccess,
  folder: string,
  rights: Rights,
  lack: Lack,
): Promise<Person> {
  const name = `drctl-person-${Math.random().toString(36).slice(2, 8)}`;
  const admin = clientOf(cluster, 'admin');
  const roles = rights.roles.map((role) => roleOf(name, role, lack));
  await admin.expect('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name } });
  await applyObjects(admin, roles);
  const credentials = await credentialsOf(cluster, name, policyWithout(rights.policy, lack));
  const kubeconfig = await kubeconfigOf(cluster, folder, name, admin);
  return {
    name,
    kubeconfig,
    credentials,
    remove: async () => {
      await admin.request('DELETE', `/api/v1/namespaces/default/serviceaccounts/${name}`);
      for (const { kind, metadata } of roles) await admin.request('DELETE', pathOf(kind, metadata));
      await admin.close();
    },
  };
}

function pathOf(kind: string, { name, namespace }: KubeObject['metadata']): string {
  const within = namespace === undefined ? '' : `/namespaces/${namespace}`;
  return `/apis/rbac.authorization.k8s.io/v1${within}/${kind.toLowerCase()}s/${name}`;
}

/** The same role under another name, without the verb; bindings bind the person. */
function roleOf(person: string, role: KubeObject, { verb }: Lack): KubeObject {
  const metadata = { ...role.metadata, name: `${role.metadata.name}-${person}` };
  const roleRef = role['roleRef'] as { name: string } | undefined;
  if (roleRef !== undefined) {
    const subjects = [{ kind: 'ServiceAccount', name: person, namespace: 'default' }];
    return { ...role, metadata, roleRef: { ...roleRef, name: `${roleRef.name}-${person}` }, subjects };
  }
  const rules = (role['rules'] as readonly Rule[]).flatMap((rule) => withoutVerb(rule, verb));
  return { ...role, metadata, rules };
}

function withoutVerb(rule: Rule, lack: Lack['verb']): Rule[] {
  if (lack === undefined || !rule.resources.includes(lack[1])) return [rule];
  const others = rule.resources.filter((resource) => resource !== lack[1]);
  const verbs = rule.verbs.filter((verb) => verb !== lack[0]);
  return [
    ...(others.length > 0 ? [{ ...rule, resources: others }] : []),
    ...(verbs.length > 0 ? [{ ...rule, resources: [lack[1]], verbs }] : []),
  ];
}

function policyWithout(policy: Rights['policy'], { action }: Lack): Rights['policy'] {
  const Statement = policy.Statement.map((one) => {
    const statement = one as { readonly Action: string | readonly string[] };
    return { ...statement, Action: [statement.Action].flat().filter((name) => name !== action) };
  });
  return { ...policy, Statement: Statement.filter(({ Action }) => Action.length > 0) };
}

async function credentialsOf({ aws, users }: ClusterAccess, name: string, policy: Rights['policy']): Promise<string> {
  const { python } = await findPieces(() => undefined);
  const keys = await putUsers(python, aws.endpoint, readKeys(aws.credentialsFile, users.admin.awsProfile), {
    [name]: { printed: policy },
  });
  const { accessKeyId = '', secretAccessKey = '' } = keys[name] ?? {};
  return `[${name}]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
}

interface Kubeconfig {
  readonly 'current-context': string;
  readonly users: readonly { readonly user: object }[];
}

/** The admin's own file with the token of another: the context keeps its name. */
async function kubeconfigOf(cluster: ClusterAccess, folder: string, name: string, admin: Client): Promise<string> {
  const path = `/api/v1/namespaces/default/serviceaccounts/${name}/token`;
  const { status } = await admin.expect<{ status: { token: string } }>('POST', path, { spec: {} });
  const config = parse(readFileSync(cluster.users.admin.kubeconfig, 'utf8')) as Kubeconfig;
  const users = config.users.map((user) => ({ ...user, user: { token: status.token } }));
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, stringify({ ...config, users }), { mode: 0o600 });
  return file;
}
