import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import type { Scope } from '../model/change.ts';
import type { Json } from '../model/json.ts';
import { groupOf } from '../model/object-ref.ts';
import { expressionsOf } from '../engine/cel.ts';
import { environmentOf, instancesOf } from '../engine/environment.ts';
import { LEASE } from '../engine/lease.ts';
import { checkedThrough } from '../engine/ways.ts';
import { loadRunbook, parametersFor } from '../operations/load-runbook.ts';
import { createSilentHost } from './hosts/ndjson.ts';
import { givenParameters, parametersFile, type ParameterFlags } from './session-flags.ts';
import { wire } from './wire.ts';

interface RbacFlags extends ParameterFlags {
  readonly config?: string | undefined;
  readonly state?: string | undefined;
  readonly json: boolean;
  readonly runbook: string;
  readonly user: string;
}

/** The least rights that a runbook needs, from what its actions may touch: Kubernetes roles, and an IAM policy. */
export function rbac(flags: RbacFlags): void {
  const tools = wire({ config: flags.config, state: flags.state, host: createSilentHost(), interactive: false });
  const loaded = loadRunbook(flags.runbook, tools);
  const { runbook } = loaded;
  const parameters = parametersFor(runbook, givenParameters(flags), parametersFile(flags));
  const expressions = expressionsOf(runbook);
  const env = environmentOf(parameters, { name: 'rbac', class: 'sandbox' }, undefined);
  const baseDir = tools.shipped.has(flags.runbook) ? process.cwd() : loaded.baseDir;
  const groups = new Map<string, string>();
  const scopes: Scope[] = [];
  for (const step of runbook.phases.flatMap((phase) => [...phase.steps])) {
    const action = tools.actions.get(step.uses);
    const instances = instancesOf(step, env, expressions);
    if (!action || 'waitsFor' in instances) continue;
    for (const instance of instances) {
      scopes.push(...checkedThrough(instance, env, { expressions }));
      const rendered = expressions.render(step.with, instance.each ? { ...env, each: instance.each } : env);
      if (!('value' in rendered)) continue;
      const known = kindsIn((action.manifests?.(rendered.value) ?? []).map((path) => resolve(baseDir, path)));
      for (const [kind, group] of known) groups.set(kind, group);
      const touched = action.touches(rendered.value).map((scope) => narrowed(scope, [...known.keys()]));
      if (touched.some(isWide))
        process.stderr.write(
          `warning: step ${instance.id}: its manifests cannot be read here, so its rule is over every kind; narrow it by hand\n`,
        );
      scopes.push(...touched);
    }
  }
  const document = { roles: rolesOf(scopes, groups, runbook.name, flags.user), policy: policyOf(scopes) };
  if (flags.json) process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  else
    process.stdout.write(
      `${document.roles.map((role) => stringify(role)).join('---\n')}# IAM policy:\n${indent(JSON.stringify(document.policy, null, 2))}\n`,
    );
}

/** What the manifests themselves hold, kind to API group: an action that applies whatever it is given may touch only that. */
function kindsIn(paths: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const path of paths.filter((one) => existsSync(one)))
    for (const file of manifestFiles(path))
      for (const document of parseAllDocuments(readFileSync(file, 'utf8'))) {
        const { apiVersion, kind } = (document.toJS() ?? {}) as { apiVersion?: unknown; kind?: unknown };
        if (typeof apiVersion === 'string' && typeof kind === 'string') found.set(kind, groupOf(apiVersion));
      }
  return found;
}

function manifestFiles(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:ya?ml|json)$/.test(name))
    .map((name) => join(path, name));
}

/** A rule over every kind would let its holder read all Secrets: it stands only where nothing narrower can be told. */
function narrowed(scope: Scope, kinds: readonly string[]): Scope {
  return isWide(scope) && kinds.length > 0 ? { ...scope, kinds } : scope;
}

function isWide(scope: Scope): boolean {
  return scope.kinds.includes('*');
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `# ${line}`)
    .join('\n');
}

/** Reads that every plan needs, whatever it writes: identity, and what the actions look at. */
const READS = ['get', 'list', 'watch'];

export type Rule = {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
};

/** What steps of these bounds may do in a cluster, as a role says it. */
export function rulesOf(scopes: readonly Scope[], groups: ReadonlyMap<string, string>): Rule[] {
  const cluster = scopes.filter((scope) => scope.endpoint === 'cluster' || scope.endpoint === 'argocd');
  const rules = new Map<string, Set<string>>();
  for (const { kinds, verbs, subresource } of cluster)
    for (const kind of kinds) {
      if (subresource === undefined) rules.set(kind, new Set([...(rules.get(kind) ?? READS), ...verbs]));
      else rules.set(`${kind}/${subresource}`, new Set([...(rules.get(`${kind}/${subresource}`) ?? []), ...verbs]));
    }
  for (const kind of [
    'Namespace',
    'Node',
    'PersistentVolume',
    'PersistentVolumeClaim',
    'VolumeAttachment',
    'StorageClass',
    'Pod',
  ])
    rules.set(kind, rules.get(kind) ?? new Set(READS));
  return [...rules].map(([key, verbs]) => {
    const [kind = '', subresource] = key.split('/');
    return {
      apiGroups: [groups.get(kind) ?? groupOfKind(kind)],
      resources: subresource === undefined ? resourcesOf(kind) : [`${pluralOf(kind)}/${subresource}`],
      verbs: [...verbs],
    };
  });
}

function rolesOf(scopes: readonly Scope[], groups: ReadonlyMap<string, string>, runbook: string, user: string): Json[] {
  const name = `drctl-${runbook}`;
  return [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name },
      rules: rulesOf(scopes, groups),
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
    },
    ...leaseRoles(user),
  ];
}

/** The Lease that keeps two runs apart. `create` cannot be narrowed to a name: there is none yet when RBAC is asked. */
function leaseRoles(user: string): Json[] {
  const metadata = { name: 'drctl-lease', namespace: LEASE.namespace };
  const rule = { apiGroups: ['coordination.k8s.io'], resources: ['leases'] };
  return [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata,
      rules: [
        { ...rule, verbs: ['create'] },
        { ...rule, resourceNames: [LEASE.name], verbs: ['get', 'patch'] },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
    },
  ];
}

/** Groups of the built-in kinds that actions name; anything else is taken for a kind of any group. */
const GROUPS: Readonly<Record<string, string>> = {
  StatefulSet: 'apps',
  Deployment: 'apps',
  ReplicaSet: 'apps',
  DaemonSet: 'apps',
  Job: 'batch',
  CronJob: 'batch',
  VolumeAttachment: 'storage.k8s.io',
  StorageClass: 'storage.k8s.io',
  CSIDriver: 'storage.k8s.io',
  Lease: 'coordination.k8s.io',
};
const CORE = new Set([
  'Namespace',
  'Node',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'Pod',
  'Service',
  'ConfigMap',
  'Secret',
  'ServiceAccount',
  'Event',
  'Endpoints',
]);

function groupOfKind(kind: string): string {
  return CORE.has(kind) ? '' : (GROUPS[kind] ?? '*');
}

function resourcesOf(kind: string): string[] {
  if (kind === '*') return ['*'];
  const plural = pluralOf(kind);
  return kind === 'StatefulSet' || kind === 'Deployment' || kind === 'ReplicaSet'
    ? [plural, `${plural}/scale`]
    : [plural];
}

function pluralOf(kind: string): string {
  return kind === 'Endpoints' ? 'endpoints' : `${kind.toLowerCase().replace(/s$/, 'se')}s`;
}

function policyOf(scopes: readonly Scope[]): Json {
  const writes = scopes.filter((scope) => scope.endpoint === 'aws').flatMap((scope) => [...scope.verbs]);
  const actions = ['DescribeVolumes', 'DescribeSnapshots', 'DescribeInstances', ...writes].map(
    (action) => `ec2:${action}`,
  );
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: [...new Set(actions)].toSorted(), Resource: '*' }],
  };
}
