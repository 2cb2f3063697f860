import { expect } from 'vitest';
import type { Answer, ContractCase, Fields, Scope } from '../case.ts';

const kinds: Readonly<Record<string, readonly string[]>> = {
  '/api/v1': [
    'configmaps',
    'endpoints',
    'events',
    'namespaces',
    'namespaces/finalize',
    'namespaces/status',
    'nodes',
    'nodes/status',
    'persistentvolumeclaims',
    'persistentvolumeclaims/status',
    'persistentvolumes',
    'persistentvolumes/status',
    'pods',
    'pods/binding',
    'pods/eviction',
    'pods/status',
    'secrets',
    'serviceaccounts',
    'serviceaccounts/token',
    'services',
    'services/proxy',
    'services/status',
  ],
  '/apis/apps/v1': [
    'controllerrevisions',
    'deployments',
    'deployments/scale',
    'deployments/status',
    'replicasets',
    'replicasets/scale',
    'replicasets/status',
    'statefulsets',
    'statefulsets/scale',
    'statefulsets/status',
  ],
  '/apis/storage.k8s.io/v1': ['csidrivers', 'storageclasses', 'volumeattachments', 'volumeattachments/status'],
  '/apis/rbac.authorization.k8s.io/v1': ['clusterrolebindings', 'clusterroles', 'rolebindings', 'roles'],
  '/apis/authorization.k8s.io/v1': [
    'localsubjectaccessreviews',
    'selfsubjectaccessreviews',
    'selfsubjectrulesreviews',
    'subjectaccessreviews',
  ],
  '/apis/authentication.k8s.io/v1': ['selfsubjectreviews', 'tokenreviews'],
  '/apis/coordination.k8s.io/v1': ['leases'],
  '/apis/events.k8s.io/v1': ['events'],
  '/apis/apiextensions.k8s.io/v1': ['customresourcedefinitions', 'customresourcedefinitions/status'],
};

/** One fact for each kind: what a client that discovers it is told. */
const perKind = Object.entries(kinds).flatMap(([path, resources]) =>
  resources.map((name): ContractCase => ({
    name: `${path.replace(/^\/apis?\//, '')} ${name} is discovered with its kind, scope, verbs and short names`,
    requests: (api) => expectDiscovered(api, path, name),
  })),
);

export const discovery: readonly ContractCase[] = [
  ...perKind,
  {
    name: '/version says major and minor',
    requests: (api) =>
      api.get('/version', {
        status: 200,
        body: { major: '1', minor: '36', gitVersion: expect.stringMatching(/^v1\.36/) },
      }),
  },
  {
    name: '/api names v1 and where the server is',
    requests: (api) => api.get('/api', { status: 200, body: { kind: 'APIVersions', versions: ['v1'] } }),
  },
  {
    name: '/apis lists every group with its versions and the preferred one',
    async requests(api) {
      const answer = await api.get(
        '/apis',
        { status: 200, body: { kind: 'APIGroupList', apiVersion: 'v1' } },
        { unseen: true },
      );
      const groups = entriesOf(answer, 'groups');
      for (const path of Object.keys(kinds).filter((path) => path.startsWith('/apis/'))) {
        const [, , name] = path.split('/');
        const group = groups.find((each) => each['name'] === name);
        api.observe(path, group);
        expect(group).toBeDefined();
      }
    },
  },
  {
    name: 'a group by itself is an APIGroup',
    requests: (api) => api.get('/apis/apps', { status: 200, body: { kind: 'APIGroup', name: 'apps' } }),
  },
  {
    name: 'an unknown group is 404 as plain text',
    requests: (api) => api.get('/apis/nobody.example.com', { status: 404, body: undefined }),
  },
  {
    name: 'an unknown version of a known group is 404 as plain text',
    requests: (api) => api.get('/apis/apps/v9', 404),
  },
  {
    name: 'a resource of an unknown group is 404 as plain text',
    requests: (api) => api.get('/apis/nobody.example.com/v1/things', 404),
  },
  {
    name: 'an unknown resource of a known group is a Status 404',
    requests: (api) =>
      api.get('/api/v1/things', {
        status: 404,
        reason: 'NotFound',
        message: 'the server could not find the requested resource',
      }),
  },
  {
    name: 'an unknown path is 404 as plain text',
    requests: (api) => api.get('/nothing/here', 404),
  },
  {
    name: 'health: /healthz, /livez and /readyz say ok',
    async requests(api) {
      for (const path of ['/healthz', '/livez', '/readyz']) await api.get(path, { status: 200 });
    },
  },
  {
    name: 'openapi v3 names a document for each group version, with a hash in its address',
    async requests(api) {
      const { body } = await api.get('/openapi/v3', 200, { unseen: true });
      const paths = body['paths'] as Fields;
      for (const path of Object.keys(kinds).map((each) => each.slice(1))) {
        const { serverRelativeURL } = paths[path] as { serverRelativeURL: string };
        api.observe(path, serverRelativeURL.replace(/hash=.*/, 'hash='));
        expect(serverRelativeURL).toMatch(/^\/openapi\/v3\/apis?\/.*\?hash=[0-9A-F]+$/);
      }
    },
  },
  {
    name: 'openapi v3 describes a kind with its group, version and kind, and how its lists merge',
    async requests(api) {
      const { body } = await api.get('/openapi/v3/apis/apps/v1', 200, { unseen: true });
      const { schemas } = body['components'] as { schemas: Record<string, Fields> };
      const spec = schemas['io.k8s.api.apps.v1.StatefulSetSpec'];
      api.observe('StatefulSet', schemas['io.k8s.api.apps.v1.StatefulSet']?.['x-kubernetes-group-version-kind']);
      api.observe('required', spec?.['required']);
      const container = schemas['io.k8s.api.core.v1.PodSpec']?.['properties'] as Record<string, Fields>;
      const { 'x-kubernetes-list-type': type, 'x-kubernetes-patch-merge-key': key } = container['containers'] ?? {};
      api.observe('containers', { type, key });
      expect(key).toBe('name');
    },
  },
  {
    name: 'aggregated discovery gives all groups in one answer where it is asked for',
    async requests(api) {
      const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
      const answer = await api.get(
        '/apis',
        { status: 200, body: { kind: 'APIGroupDiscoveryList' } },
        { unseen: true, headers: { accept } },
      );
      const apps = answer.body.items.find(({ metadata }) => metadata.name === 'apps');
      const [version] = (apps?.['versions'] ?? []) as { resources: Fields[] }[];
      const stateful = version?.resources.find(({ resource }) => resource === 'statefulsets');
      api.observe('statefulsets', stateful);
      api.observe('content-type', answer.headers['content-type']);
      expect(stateful).toMatchObject({ shortNames: ['sts'], scope: 'Namespaced' });
    },
  },
  {
    name: 'an Accept that nothing serves is 406',
    requests: (api) => api.get('/api/v1', { status: 406 }, { headers: { accept: 'text/html' } }),
  },
  {
    name: 'without credentials a resource is 401 or forbidden to system:anonymous',
    requests: (api) => api.get('/api/v1/namespaces', { status: 403, reason: 'Forbidden' }, { as: 'nobody' }),
  },
  {
    name: 'a token that nobody issued is 401 Unauthorized',
    requests: (api) =>
      api.get(
        '/api/v1/namespaces',
        { status: 401, reason: 'Unauthorized', message: 'Unauthorized' },
        { as: 'nobody', headers: { authorization: 'Bearer wrong' } },
      ),
  },
  ...[
    'apps/v1/daemonsets',
    'batch/v1/jobs',
    'batch/v1/cronjobs',
    'policy/v1/poddisruptionbudgets',
    'networking.k8s.io/v1/networkpolicies',
    'networking.k8s.io/v1/ingresses',
    'discovery.k8s.io/v1/endpointslices',
    'storage.k8s.io/v1/csinodes',
  ].map((path): ContractCase => ({
    name: `${path} are served`,
    requests: (api) => api.get(`/apis/${path}?limit=1`, 200, { unseen: true }),
  })),
];

async function expectDiscovered(api: Scope, path: string, name: string): Promise<void> {
  const answer = await api.get(path, 200, { unseen: true });
  const entry = entriesOf(answer, 'resources').find((each) => each['name'] === name);
  api.observe(name, entry);
  expect(entry).toMatchObject({ name, verbs: expect.any(Array), kind: expect.any(String) });
}

function entriesOf({ body }: Answer, field: string): Fields[] {
  return body[field] as Fields[];
}
