import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Rule } from '../../../src/sandbox/pipeline/context.ts';
import { startServer } from './server.ts';
import type { Caller } from './server.ts';

const everything: Rule = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };
const volumes = '/api/v1/persistentvolumes';

describe('who may do what', () => {
  let api: Caller;
  beforeEach(async () => {
    const verbs = ['get', 'list', 'watch', 'create', 'update', 'delete', 'deletecollection'];
    api = await startServer({
      users: [
        { name: 'admin', token: 'admin', groups: ['system:masters'] },
        { name: 'no-patch', token: 'no-patch', rules: [{ ...everything, verbs }] },
        { name: 'nobody', token: 'nobody' },
      ],
    });
  });
  afterEach(() => api.server.close());

  const as = (token: string) => ({ authorization: `Bearer ${token}` });
  const merge = { 'content-type': 'application/merge-patch+json' };

  it('lets a user lack one verb', async () => {
    expect((await api.call('GET', volumes, undefined, as('no-patch'))).status).toBe(200);
    const refused = await api.call('PATCH', `${volumes}/x`, {}, { ...as('no-patch'), ...merge });
    expect(refused.body.message).toBe(
      'persistentvolumes "x" is forbidden: User "no-patch" cannot patch resource "persistentvolumes" in API group "" at the cluster scope',
    );
  });

  it('tells a user what they may before they try', async () => {
    const ask = async (verb: string): Promise<unknown> => {
      const review = {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: { verb, resource: 'persistentvolumes' } },
      };
      const answer = await api.call(
        'POST',
        '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
        review,
        as('no-patch'),
      );
      return (answer.body.status as { allowed: boolean }).allowed;
    };
    expect([await ask('list'), await ask('patch')]).toEqual([true, false]);
  });

  it('answers 401 to an expired token and to one nobody knows, and goes on after new credentials', async () => {
    api.server.users.expire('admin');
    expect((await api.call('GET', volumes, undefined, as('admin'))).status).toBe(401);
    expect((await api.call('GET', volumes, undefined, as('garbage'))).status).toBe(401);
    api.server.users.set({ name: 'admin', token: 'fresh', groups: ['system:masters'] });
    expect((await api.call('GET', volumes, undefined, as('fresh'))).status).toBe(200);
  });

  it('gives the anonymous the version and no more', async () => {
    const headers = { authorization: '' };
    expect((await api.call('GET', '/version', undefined, headers)).status).toBe(200);
    expect((await api.call('GET', volumes, undefined, headers)).status).toBe(403);
  });

  it('obeys roles and bindings in the store, for a service account by its own token', async () => {
    const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } };
    await api.call('POST', '/api/v1/namespaces/default/serviceaccounts', account);
    const path = '/api/v1/namespaces/default/serviceaccounts/robot/token';
    const issued = (await api.call('POST', path, { spec: {} })).body.status as { token: string };
    const pods = '/api/v1/namespaces/default/pods';
    expect((await api.call('GET', pods, undefined, as(issued.token))).status).toBe(403);
    const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }];
    const version = 'rbac.authorization.k8s.io/v1';
    await api.call('POST', `${rbac}/roles`, { apiVersion: version, kind: 'Role', metadata: { name: 'r' }, rules });
    await api.call('POST', `${rbac}/rolebindings`, {
      apiVersion: version,
      kind: 'RoleBinding',
      metadata: { name: 'b' },
      roleRef: { kind: 'Role', name: 'r' },
      subjects: [{ kind: 'ServiceAccount', name: 'robot', namespace: 'default' }],
    });
    expect((await api.call('GET', pods, undefined, as(issued.token))).status).toBe(200);
    await api.call('DELETE', '/api/v1/namespaces/default/serviceaccounts/robot');
    expect((await api.call('GET', pods, undefined, as(issued.token))).status).toBe(401);
  });
});
