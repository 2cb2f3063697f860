import { randomBytes } from 'node:crypto';
import { newCredentials } from '../ec2/principals.ts';
import type { Principal } from '../ec2/principals.ts';
import type { UserSpec } from '../pipeline/users.ts';
import { account } from './place.ts';

/** Everything but Secrets, as the built-in ClusterRole `view` has it, and with the cluster-scoped kinds besides. */
const viewed = [
  'configmaps',
  'controllerrevisions',
  'csidrivers',
  'customresourcedefinitions',
  'deployments',
  'endpoints',
  'events',
  'leases',
  'namespaces',
  'nodes',
  'persistentvolumeclaims',
  'persistentvolumes',
  'pods',
  'replicasets',
  'serviceaccounts',
  'services',
  'statefulsets',
  'storageclasses',
  'volumeattachments',
];

/** A person with access to both endpoints: a bearer token for the cluster, session credentials for the account. */
export interface SandboxUser {
  kubernetes: UserSpec;
  aws: Principal;
}

/** What a user of the sandbox may do; see `defaultRights` for the three that it has by itself. */
export interface Rights {
  groups?: string[];
  rules?: UserSpec['rules'];
  /** EC2 actions; a trailing `*` stands for any ending. */
  allow: string[];
  deny?: string[];
}

/** `admin` may everything; `operator` what a recovery needs and no more; `viewer` looks. */
const defaultRights: Readonly<Record<string, Rights>> = {
  admin: { groups: ['system:masters'], allow: ['*'] },
  operator: { rules: operatorRules(), allow: ['Describe*', 'CreateSnapshot', 'CreateTags', 'CreateVolume'] },
  viewer: { rules: [{ verbs: ['get', 'list', 'watch'], apiGroups: ['*'], resources: viewed }], allow: ['Describe*'] },
};

export function newUsers(rights: Readonly<Record<string, Rights>> = defaultRights): SandboxUser[] {
  return Object.entries(rights).map(([name, { groups = [], rules = [], allow, deny = [] }]) => ({
    kubernetes: { name, token: newToken(), groups, rules },
    aws: {
      name,
      arn: `arn:aws:sts::${account}:assumed-role/sandbox-${name}/${name}`,
      userId: `AROA${name.toUpperCase()}SANDBOX:${name}`,
      allow,
      deny,
      credentials: newCredentials(),
      expired: false,
    },
  }));
}

export const newToken = (): string => randomBytes(24).toString('base64url');

function operatorRules(): UserSpec['rules'] {
  const look = ['get', 'list', 'watch'];
  const change = [...look, 'create', 'update', 'patch', 'delete'];
  const namespaced = [
    'configmaps',
    'secrets',
    'serviceaccounts',
    'services',
    'pods',
    'persistentvolumeclaims',
    'events',
  ];
  const sets = ['deployments', 'deployments/scale', 'statefulsets', 'statefulsets/scale', 'replicasets'];
  return [
    { verbs: look, apiGroups: ['*'], resources: viewed },
    { verbs: change, apiGroups: [''], resources: namespaced },
    { verbs: ['create', 'get'], apiGroups: [''], resources: ['pods/exec'] },
    { verbs: ['get'], apiGroups: [''], resources: ['pods/proxy', 'services/proxy'] },
    { verbs: [...look, 'create', 'patch'], apiGroups: [''], resources: ['namespaces'] },
    { verbs: [...look, 'create', 'update', 'patch'], apiGroups: [''], resources: ['persistentvolumes'] },
    { verbs: change, apiGroups: ['apps'], resources: sets },
    { verbs: change, apiGroups: ['coordination.k8s.io'], resources: ['leases'] },
    { verbs: ['create'], apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'] },
  ];
}
