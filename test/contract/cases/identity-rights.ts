import { expect } from 'vitest';
import type { ContractCase, Expected, Fields, Scope, SendOptions } from '../case.ts';
import { aWhile } from './controllers-scene.ts';

import { quiet, robot } from './identity-scene.ts';

const rbac = 'rbac.authorization.k8s.io/v1';

/** The account, with these rules in its namespace; what is sent with its token. */
async function ruled(api: Scope, rules: readonly Fields[], kind = 'Role'): Promise<SendOptions> {
  const token = await robot(api);
  const name = kind === 'Role' ? 'rules' : api.own('rules');
  const subjects = [{ kind: 'ServiceAccount', name: 'robot', namespace: api.namespace }];
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind, name };
  const path = kind === 'Role' ? api.in(rbac) : `/apis/${rbac}`;
  await api.post(`${path}/${kind.toLowerCase()}s`, { apiVersion: rbac, kind, metadata: { name }, rules }, 201, quiet);
  const binding = { apiVersion: rbac, kind: `${kind}Binding`, metadata: { name }, roleRef, subjects };
  await api.post(`${path}/${kind.toLowerCase()}bindings`, binding, 201, quiet);
  await aWhile();
  return { headers: { authorization: `Bearer ${token}` }, unseen: true };
}

async function mayI(api: Scope, as: SendOptions, spec: Fields, expected: Expected): Promise<void> {
  const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec };
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  const { body } = await api.post(path, review, expected, as);
  api.observe(JSON.stringify(spec), body.status);
}

const allowed = { status: 201, body: { status: { allowed: true } } };
const refused = { status: 201, body: { status: { allowed: false, denied: undefined } } };
const resource = (api: Scope, attributes: Fields): Fields => ({
  resourceAttributes: { namespace: api.namespace, ...attributes },
});

export const reviews: readonly ContractCase[] = [
  {
    name: 'a Role allows what it says in its namespace, and the reason names role and binding',
    async requests(api) {
      const as = await ruled(api, [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }]);
      const reason = `RBAC: allowed by RoleBinding "rules/${api.namespace}" of Role "rules" to ServiceAccount "robot/${api.namespace}"`;
      const answer = { status: 201, body: { status: { allowed: true, reason } } };
      await mayI(api, as, resource(api, { verb: 'list', resource: 'pods' }), answer);
      await mayI(api, as, resource(api, { verb: 'delete', resource: 'pods' }), refused);
      await mayI(api, as, resource(api, { verb: 'list', resource: 'pods', namespace: 'default' }), refused);
      await mayI(api, as, resource(api, { verb: 'list', resource: 'pods', group: 'apps' }), refused);
    },
  },
  {
    name: 'resourceNames allow the names and nothing else: neither others nor a list',
    async requests(api) {
      const rule = {
        apiGroups: [''],
        resources: ['configmaps'],
        resourceNames: ['mine'],
        verbs: ['get', 'list', 'create'],
      };
      const as = await ruled(api, [rule]);
      await mayI(api, as, resource(api, { verb: 'get', resource: 'configmaps', name: 'mine' }), allowed);
      await mayI(api, as, resource(api, { verb: 'get', resource: 'configmaps', name: 'other' }), refused);
      await mayI(api, as, resource(api, { verb: 'list', resource: 'configmaps' }), refused);
      await api.get(`${api.core}/configmaps/mine`, 404, as);
      await api.get(`${api.core}/configmaps/other`, 403, as);
      await api.get(`${api.core}/configmaps?fieldSelector=metadata.name=mine`, 200, as);
    },
  },
  {
    name: 'a subresource is allowed by name, not by its resource',
    async requests(api) {
      const as = await ruled(api, [
        { apiGroups: ['apps'], resources: ['statefulsets/scale'], verbs: ['patch'] },
        { apiGroups: ['apps'], resources: ['deployments'], verbs: ['patch'] },
      ]);
      const ask = { verb: 'patch', group: 'apps' };
      await mayI(api, as, resource(api, { ...ask, resource: 'statefulsets', subresource: 'scale' }), allowed);
      await mayI(api, as, resource(api, { ...ask, resource: 'statefulsets' }), refused);
      await mayI(api, as, resource(api, { ...ask, resource: 'deployments' }), allowed);
      await mayI(api, as, resource(api, { ...ask, resource: 'deployments', subresource: 'scale' }), refused);
    },
  },
  {
    name: '* stands for every verb, every group and every resource, subresources too',
    async requests(api) {
      const as = await ruled(api, [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]);
      await mayI(api, as, resource(api, { verb: 'escalate', group: 'any.example.com', resource: 'things' }), allowed);
      await mayI(
        api,
        as,
        resource(api, { verb: 'patch', group: 'apps', resource: 'x', subresource: 'scale' }),
        allowed,
      );
      await mayI(api, as, { resourceAttributes: { verb: 'get', resource: 'nodes' } }, refused);
    },
  },
  {
    name: 'a ClusterRole that is bound everywhere allows in every namespace and in none',
    async requests(api) {
      const as = await ruled(
        api,
        [
          { apiGroups: [''], resources: ['persistentvolumes', 'secrets'], verbs: ['get'] },
          { nonResourceURLs: ['/contract/*'], verbs: ['get'] },
        ],
        'ClusterRole',
      );
      const reason = `RBAC: allowed by ClusterRoleBinding "${api.own('rules')}" of ClusterRole "${api.own('rules')}" to ServiceAccount "robot/${api.namespace}"`;
      const answer = { status: 201, body: { status: { allowed: true, reason } } };
      await mayI(api, as, { resourceAttributes: { verb: 'get', resource: 'persistentvolumes' } }, answer);
      await mayI(api, as, resource(api, { verb: 'get', resource: 'secrets', namespace: 'default' }), allowed);
      await mayI(api, as, { nonResourceAttributes: { verb: 'get', path: '/contract/this' } }, allowed);
      await mayI(api, as, { nonResourceAttributes: { verb: 'get', path: '/elsewhere' } }, refused);
      await mayI(api, as, { nonResourceAttributes: { verb: 'post', path: '/contract/this' } }, refused);
    },
  },
  {
    name: 'everybody with a name may ask for versions, health and their own rights, by a binding of all who have one',
    async requests(api) {
      const as = await ruled(api, []);
      // Two bindings grant some of these; a real server names either.
      const reason = expect.stringMatching(/^RBAC: allowed by ClusterRoleBinding .* to Group "system:authenticated"$/);
      for (const path of ['/version', '/healthz', '/api', '/apis/apps/v1']) {
        const review = { spec: { nonResourceAttributes: { verb: 'get', path } } };
        const answer = { status: 201, body: { status: { allowed: true, reason: reason as unknown } } };
        await api.post('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', review, answer, as);
      }
      const self = { verb: 'create', group: 'authorization.k8s.io', resource: 'selfsubjectaccessreviews' };
      await mayI(api, as, { resourceAttributes: self }, allowed);
    },
  },
  {
    name: 'a review that asks for both kinds of attributes, or for none, is 422',
    async requests(api) {
      const as = { as: 'viewer' } as const;
      const review = (spec: Fields): Fields => ({
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec,
      });
      const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
      await api.post(path, review({}), { status: 422, reason: 'Invalid' }, as);
      const both = { resourceAttributes: { verb: 'get' }, nonResourceAttributes: { verb: 'get', path: '/' } };
      await api.post(path, review(both), { status: 422, reason: 'Invalid' }, as);
    },
  },
  {
    name: 'SelfSubjectRulesReview lists the rules of a namespace',
    async requests(api) {
      const rule = { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] };
      const named = { verbs: ['get'], apiGroups: [''], resources: ['configmaps'], resourceNames: ['mine'] };
      const as = await ruled(api, [rule, named]);
      const review = {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectRulesReview',
        spec: { namespace: api.namespace },
      };
      const path = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews';
      const resourceRules = expect.arrayContaining([rule, named]) as unknown;
      const answer = { status: 201, body: { status: { resourceRules, incomplete: false } } };
      const { body } = await api.post(path, review, answer, as);
      const rules = body.status['resourceRules'] as Fields[];
      api.observe(
        'rules',
        rules.map((each) => JSON.stringify(each)).toSorted((a, b) => a.localeCompare(b)),
      );
    },
  },
  {
    name: 'SelfSubjectRulesReview without a namespace is 400',
    async requests(api) {
      const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: {} };
      await api.post('/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', review, 400, { as: 'viewer' });
    },
  },
  {
    name: 'SelfSubjectReview: an account sees its name, its groups and which Secret it came by',
    async requests(api) {
      const headers = { authorization: `Bearer ${await robot(api)}` };
      const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
      const userInfo = { username: `system:serviceaccount:${api.namespace}:robot` };
      await api.post(
        '/apis/authentication.k8s.io/v1/selfsubjectreviews',
        review,
        { status: 201, body: { status: { userInfo } } },
        { headers },
      );
    },
  },
  {
    name: 'SubjectAccessReview: an administrator asks for somebody else',
    async requests(api) {
      await ruled(api, [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }]);
      const user = `system:serviceaccount:${api.namespace}:robot`;
      const ask = async (attributes: Fields, expected: Expected): Promise<void> => {
        const spec = { user, ...resource(api, attributes) };
        const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec };
        const { body } = await api.post('/apis/authorization.k8s.io/v1/subjectaccessreviews', review, expected, quiet);
        api.observe(JSON.stringify(attributes), body.status);
      };
      await ask({ verb: 'get', resource: 'pods' }, allowed);
      await ask({ verb: 'get', resource: 'secrets' }, refused);
    },
  },
];
