import { listAt, textAt, textsAt } from '../registry/fields.ts';
import type { Store } from '../store/store.ts';
import type { KubeObject } from '../types.ts';
import type { Rule, Users } from './context.ts';
import type { Identity } from './request.ts';
import { TokenSigner } from './tokens.ts';

/** A user that the sandbox was started with. No rules and no groups: only what everybody may. */
export interface UserSpec {
  name: string;
  token: string;
  uid?: string;
  groups?: string[];
  rules?: Rule[];
}

/** What every authenticated user may (system:basic-user, system:discovery) and what anybody may. */
const everyone = (group: string): Rule[] => [
  {
    verbs: ['get'],
    nonResourceURLs: ['/healthz', '/livez', '/readyz', '/version', '/version/'],
    because: grantedToAll('system:public-info-viewer', group),
  },
];
const authenticated: Rule[] = [
  {
    verbs: ['create'],
    apiGroups: ['authorization.k8s.io'],
    resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
    because: grantedToAll('system:basic-user'),
  },
  {
    verbs: ['create'],
    apiGroups: ['authentication.k8s.io'],
    resources: ['selfsubjectreviews'],
    because: grantedToAll('system:basic-user'),
  },
  {
    verbs: ['get'],
    nonResourceURLs: [
      ...['/api', '/api/*', '/apis', '/apis/*', '/healthz', '/livez', '/openapi', '/openapi/*', '/readyz'],
      ...['/version', '/version/'],
    ],
    because: grantedToAll('system:discovery'),
  },
  { verbs: ['get'], nonResourceURLs: ['/.well-known', '/.well-known/*'] },
];

function grantedToAll(role: string, group = 'system:authenticated'): string {
  return `RBAC: allowed by ClusterRoleBinding "${role}" of ClusterRole "${role}" to Group "${group}"`;
}

/** Users given at the start, tokens issued since, and the RBAC objects in the store. */
export class UserDirectory implements Users {
  readonly #store: Store;
  readonly #now: () => number;
  readonly #signer: TokenSigner;
  readonly #specs = new Map<string, UserSpec>();
  readonly #tokens = new Map<string, { identity: Identity; expires: number }>();

  constructor(store: Store, specs: UserSpec[], now: () => number) {
    this.#store = store;
    this.#now = now;
    this.#signer = new TokenSigner(store);
    for (const spec of specs) this.set(spec);
  }

  /** Adds a user, or replaces one of the same name with its token, groups and rules. */
  set(spec: UserSpec): void {
    this.#specs.set(spec.name, spec);
    const uid = spec.uid === undefined ? {} : { uid: spec.uid };
    const identity = { username: spec.name, ...uid, groups: spec.groups ?? [] };
    this.#tokens.set(spec.token, { identity, expires: Infinity });
  }

  find(name: string): UserSpec | undefined {
    return this.#specs.get(name);
  }

  sign(claims: Record<string, unknown>): string {
    return this.#signer.sign(claims);
  }

  /** From now on the user's token is answered 401, as when it has expired; `set` gives a new one. */
  expire(name: string): void {
    const known = this.#tokens.get(this.#specs.get(name)?.token ?? '');
    if (known) known.expires = 0;
  }

  byToken(token: string): Identity | 'expired' | undefined {
    const known = this.#tokens.get(token);
    if (!known) return this.#signer.verify(token, this.#now());
    return known.expires > this.#now() ? known.identity : 'expired';
  }

  rulesOf(identity: Identity, namespace?: string): Rule[] {
    const signedIn = identity.groups.includes('system:authenticated') ? authenticated : [];
    return [
      ...(this.#specs.get(identity.username)?.rules ?? []),
      ...this.#bound(identity, namespace),
      ...everyone(signedIn.length > 0 ? 'system:authenticated' : 'system:unauthenticated'),
      ...signedIn,
    ];
  }

  #bound(identity: Identity, namespace: string | undefined): Rule[] {
    const rbac = 'rbac.authorization.k8s.io';
    const cluster = this.#bindings(`clusterrolebindings.${rbac}`, '', identity).flatMap((binding) =>
      this.#rules(binding, identity),
    );
    if (namespace === undefined) return cluster;
    const local = this.#bindings(`rolebindings.${rbac}`, `${namespace}/`, identity);
    return [...cluster, ...local.flatMap((binding) => this.#rules(binding, identity, namespace))];
  }

  #bindings(table: string, prefix: string, identity: Identity): KubeObject[] {
    return this.#store
      .list(table, prefix)
      .map(([, binding]) => binding)
      .filter((binding) => listAt(binding, 'subjects').some((subject) => names(subject, identity, binding)));
  }

  #rules(binding: KubeObject, identity: Identity, namespace?: string): Rule[] {
    const name = textAt(binding, 'roleRef', 'name');
    const isCluster = textAt(binding, 'roleRef', 'kind') === 'ClusterRole';
    const table = `${isCluster ? 'clusterroles' : 'roles'}.rbac.authorization.k8s.io`;
    const role = this.#store.get(table, isCluster ? name : `${namespace ?? ''}/${name}`);
    const because = reasonOf(binding, identity);
    return listAt(role, 'rules').map((rule) => ({
      because,
      verbs: textsAt(rule, 'verbs'),
      apiGroups: textsAt(rule, 'apiGroups'),
      resources: textsAt(rule, 'resources'),
      ...(rule.resourceNames !== undefined && { resourceNames: textsAt(rule, 'resourceNames') }),
      ...(rule.nonResourceURLs !== undefined && { nonResourceURLs: textsAt(rule, 'nonResourceURLs') }),
      ...(namespace !== undefined && { namespace }),
    }));
  }
}

function names(subject: Record<string, unknown>, identity: Identity, binding: KubeObject): boolean {
  const name = textAt(subject, 'name');
  if (subject.kind === 'User') return name === identity.username;
  if (subject.kind === 'Group') return identity.groups.includes(name);
  const namespace = textAt(subject, 'namespace') || (binding.metadata.namespace ?? '');
  return identity.username === `system:serviceaccount:${namespace}:${name}`;
}

/** `RBAC: allowed by ClusterRoleBinding "viewers" of ClusterRole "view" to Group "viewers"`. */
function reasonOf(binding: KubeObject, identity: Identity): string {
  const { name = '', namespace } = binding.metadata;
  const title = namespace === undefined ? `ClusterRoleBinding "${name}"` : `RoleBinding "${name}/${namespace}"`;
  const subject = listAt(binding, 'subjects').find((each) => names(each, identity, binding));
  const who =
    subject?.kind === 'ServiceAccount'
      ? `"${textAt(subject, 'name')}/${textAt(subject, 'namespace')}"`
      : `"${textAt(subject, 'name')}"`;
  const role = `${textAt(binding, 'roleRef', 'kind')} "${textAt(binding, 'roleRef', 'name')}"`;
  return `RBAC: allowed by ${title} of ${role} to ${textAt(subject, 'kind')} ${who}`;
}
