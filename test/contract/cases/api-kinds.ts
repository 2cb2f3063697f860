import { expect } from 'vitest';
import type { ContractCase, Expected, Fields } from '../case.ts';
import { configMap, deployment, lease, secret, service } from './objects.ts';

const invalid = (...causes: string[]): Expected => ({
  status: 422,
  reason: 'Invalid',
  ...(causes.length > 0 && { causes }),
});

type Row = readonly [fact: string, object: Fields, expected: Expected];

const secrets: readonly Row[] = [
  [
    'stringData becomes data, and is not shown',
    secret('a', { stringData: { x: 'y' } }),
    { status: 201, body: { data: { x: 'eQ==' }, stringData: undefined } },
  ],
  [
    'stringData wins over data',
    secret('a', { data: { x: 'eA==' }, stringData: { x: 'y' } }),
    { status: 201, body: { data: { x: 'eQ==' } } },
  ],
  ['without a type is Opaque', secret('a'), { status: 201, body: { type: 'Opaque' } }],
  ['with data that is no base64 is 400', secret('a', { data: { x: '!' } }), { status: 400, reason: 'BadRequest' }],
  [
    'with a key that is none is 422',
    secret('a', { stringData: { 'a b': 'x' } }),
    invalid('data[a b] FieldValueInvalid'),
  ],
  [
    'of type dockerconfigjson needs its key',
    secret('a', { type: 'kubernetes.io/dockerconfigjson' }),
    invalid('data[.dockerconfigjson] FieldValueRequired'),
  ],
  [
    'of type dockerconfigjson must hold JSON',
    secret('a', { type: 'kubernetes.io/dockerconfigjson', stringData: { '.dockerconfigjson': 'x' } }),
    invalid('data[.dockerconfigjson] FieldValueInvalid'),
  ],
  ['of type basic-auth needs a user name or a password', secret('a', { type: 'kubernetes.io/basic-auth' }), invalid()],
  [
    'of type ssh-auth needs its key',
    secret('a', { type: 'kubernetes.io/ssh-auth' }),
    invalid('data[ssh-privatekey] FieldValueRequired'),
  ],
  [
    'of type tls needs certificate and key',
    secret('a', { type: 'kubernetes.io/tls' }),
    invalid('data[tls.crt] FieldValueRequired', 'data[tls.key] FieldValueRequired'),
  ],
  [
    'of type service-account-token needs to name its account',
    secret('a', { type: 'kubernetes.io/service-account-token' }),
    invalid('metadata.annotations[kubernetes.io/service-account.name] FieldValueRequired'),
  ],
  [
    'larger than 1 MiB is 422',
    secret('a', { data: { x: Buffer.alloc(1_048_577).toString('base64') } }),
    invalid('data FieldValueTooLong'),
  ],
];

const configMaps: readonly Row[] = [
  [
    'holds binary data beside text',
    configMap('a', { data: { x: '1' }, binaryData: { y: '/w==' } }),
    { status: 201, body: { binaryData: { y: '/w==' } } },
  ],
  [
    'with one key in both is 422',
    configMap('a', { data: { x: '1' }, binaryData: { x: '/w==' } }),
    invalid('data[x] FieldValueInvalid'),
  ],
  ['with a key that is none is 422', configMap('a', { data: { 'a b': '1' } }), invalid('data[a b] FieldValueInvalid')],
  ['with a key of two dots is 422', configMap('a', { data: { '..': '1' } }), invalid('data[..] FieldValueInvalid')],
  [
    'with binary data that is no base64 is 400',
    configMap('a', { binaryData: { x: '!' } }),
    { status: 400, reason: 'BadRequest' },
  ],
];

const services: readonly Row[] = [
  [
    'is given an address, its type, families and policies',
    service('a'),
    {
      status: 201,
      body: {
        spec: {
          type: 'ClusterIP',
          clusterIP: expect.stringMatching(/^10\./),
          sessionAffinity: 'None',
          ipFamilies: ['IPv4'],
          ipFamilyPolicy: 'SingleStack',
          internalTrafficPolicy: 'Cluster',
        },
      },
    },
  ],
  [
    'without an address is headless',
    service('a', { clusterIP: 'None' }),
    { status: 201, body: { spec: { clusterIP: 'None', clusterIPs: ['None'] } } },
  ],
  [
    'is given the target port of its port',
    service('a', { ports: [{ port: 81 }] }),
    { status: 201, body: { spec: { ports: [{ port: 81, targetPort: 81, protocol: 'TCP' }] } } },
  ],
  ['without ports is 422', service('a', { ports: [] }), invalid('spec.ports FieldValueRequired')],
  ['without ports may be headless', service('a', { ports: undefined, clusterIP: 'None' }), 201],
  [
    'with port 0 is 422',
    service('a', { ports: [{ port: 0 }] }),
    invalid('spec.ports[0].port FieldValueInvalid', 'spec.ports[0].targetPort FieldValueInvalid'),
  ],
  ['with a port beyond 65535 is 422', service('a', { ports: [{ port: 70_000 }] }), invalid()],
  [
    'with two ports and no names is 422',
    service('a', { ports: [{ port: 80 }, { port: 81 }] }),
    invalid('spec.ports[0].name FieldValueRequired', 'spec.ports[1].name FieldValueRequired'),
  ],
  [
    'with one port twice is 422',
    service('a', {
      ports: [
        { name: 'x', port: 80 },
        { name: 'y', port: 80 },
      ],
    }),
    invalid('spec.ports[1] FieldValueDuplicate'),
  ],
  [
    'with an unknown protocol is 422',
    service('a', { ports: [{ port: 80, protocol: 'MAIL' }] }),
    invalid('spec.ports[0].protocol FieldValueNotSupported'),
  ],
  ['with an unknown type is 422', service('a', { type: 'Magic' }), invalid()],
  ['with an unknown affinity is 422', service('a', { sessionAffinity: 'Friend' }), invalid()],
  [
    'with affinity to clients is given three hours',
    service('a', { sessionAffinity: 'ClientIP' }),
    { status: 201, body: { spec: { sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } } } } },
  ],
  [
    'with an external name has no address',
    service('a', { type: 'ExternalName', externalName: 'x.example.com', ports: undefined, selector: undefined }),
    { status: 201, body: { spec: { clusterIP: undefined } } },
  ],
  ['with an address that is none is 422', service('a', { clusterIP: 'x' }), invalid()],
];

const others: readonly (readonly [fact: string, path: string, object: Fields, expected: Expected])[] = [
  [
    'a Lease of no duration is 422',
    'coordination.k8s.io/v1/leases',
    lease('a', { leaseDurationSeconds: 0 }),
    invalid('spec.leaseDurationSeconds FieldValueInvalid'),
  ],
  [
    'a Lease with a negative count of transitions is 422',
    'coordination.k8s.io/v1/leases',
    lease('a', { leaseTransitions: -1 }),
    invalid('spec.leaseTransitions FieldValueInvalid'),
  ],
  [
    'a Lease keeps microseconds',
    'coordination.k8s.io/v1/leases',
    lease('a', { renewTime: '2026-01-01T00:00:00.123456Z' }),
    201,
  ],
  [
    'a Lease with a time that is none is 400',
    'coordination.k8s.io/v1/leases',
    lease('a', { renewTime: 'now' }),
    { status: 400, reason: 'BadRequest' },
  ],
  [
    'a Role may say nothing',
    'rbac.authorization.k8s.io/v1/roles',
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'a' } },
    201,
  ],
  [
    'a rule of a Role without verbs is 422',
    'rbac.authorization.k8s.io/v1/roles',
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'a' },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: [] }],
    },
    invalid('rules[0].verbs FieldValueRequired'),
  ],
  [
    'a RoleBinding without a role is 500, since its rules cannot be looked up',
    'rbac.authorization.k8s.io/v1/rolebindings',
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'a' },
      subjects: [],
      roleRef: {},
    },
    500,
  ],
  [
    'a Deployment whose selector selects other labels is 422',
    'apps/v1/deployments',
    deployment('a', { selector: { matchLabels: { app: 'other' } } }),
    invalid('spec.template.metadata.labels FieldValueInvalid'),
  ],
  [
    'a Deployment with a negative history is 422',
    'apps/v1/deployments',
    deployment('a', { revisionHistoryLimit: -1 }),
    invalid('spec.revisionHistoryLimit FieldValueInvalid'),
  ],
];

const rows = (kind: string, path: string, table: readonly Row[]): ContractCase[] =>
  table.map(([fact, object, expected]) => ({
    name: `a ${kind} ${fact}`,
    requests: (api) => api.post(`${api.core}/${path}`, object, expected),
  }));

export const kinds: readonly ContractCase[] = [
  ...rows('Secret', 'secrets', secrets),
  ...rows('ConfigMap', 'configmaps', configMaps),
  ...rows('Service', 'services', services),
  ...others.map(([fact, path, object, expected]): ContractCase => ({
    name: fact,
    requests: (api) =>
      api.post(`${api.in(path.slice(0, path.lastIndexOf('/')))}${path.slice(path.lastIndexOf('/'))}`, object, expected),
  })),
  {
    name: 'the type of a Secret never changes',
    async requests(api) {
      await api.post(`${api.core}/secrets`, secret('a'), 201);
      await api.patch('merge', `${api.core}/secrets/a`, { type: 'other' }, invalid('type FieldValueInvalid'));
    },
  },
  ...(['secrets', 'configmaps'] as const).map((resource): ContractCase => ({
    name: `${resource} that are immutable stay as they are and stay immutable`,
    async requests(api) {
      const object = resource === 'secrets' ? secret('a', { immutable: true }) : configMap('a', { immutable: true });
      const path = `${api.core}/${resource}`;
      await api.post(path, object, 201);
      await api.patch(
        'merge',
        `${path}/a`,
        { data: { x: resource === 'secrets' ? 'eA==' : 'x' } },
        invalid('data FieldValueForbidden'),
      );
      await api.patch('merge', `${path}/a`, { immutable: false }, invalid('immutable FieldValueForbidden'));
      await api.patch('merge', `${path}/a`, { metadata: { labels: { x: '1' } } }, 200);
      await api.delete(`${path}/a`, 200);
    },
  })),
  {
    name: 'a merge patch of stringData is written into data',
    async requests(api) {
      await api.post(`${api.core}/secrets`, secret('a', { data: { x: 'eA==' } }), 201);
      await api.patch(
        'merge',
        `${api.core}/secrets/a`,
        { stringData: { y: 'z' } },
        { status: 200, body: { data: { x: 'eA==', y: 'eg==' } } },
      );
    },
  },
  {
    name: 'the address of a Service never changes',
    async requests(api) {
      await api.post(`${api.core}/services`, service('a'), 201);
      await api.patch('merge', `${api.core}/services/a`, { spec: { clusterIP: '10.0.250.250' } }, invalid());
    },
  },
  {
    name: 'the selector of a Deployment never changes',
    async requests(api) {
      await api.post(`${api.apps}/deployments`, deployment('a'), 201, { unseen: true });
      const selector = { matchLabels: { app: 'b' } };
      const change = { spec: { selector, template: { metadata: { labels: { app: 'b' } } } } };
      await api.patch('merge', `${api.apps}/deployments/a`, change, invalid('spec.selector FieldValueInvalid'));
    },
  },
  {
    name: 'the role of a RoleBinding never changes',
    async requests(api) {
      const path = `${api.in('rbac.authorization.k8s.io/v1')}/rolebindings`;
      const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' };
      const binding = {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: 'a' },
        subjects: [{ kind: 'User', name: 'x' }],
        roleRef,
      };
      await api.post(path, binding, {
        status: 201,
        body: { subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'x' }] },
      });
      await api.patch('merge', `${path}/a`, { roleRef: { name: 'edit' } }, invalid('roleRef FieldValueInvalid'));
    },
  },
  {
    name: 'an event may say what it says, and is shown in both groups',
    async requests(api) {
      const event = {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: 'a' },
        involvedObject: { apiVersion: 'v1', kind: 'ConfigMap', name: 'a', namespace: api.namespace },
        reason: 'Tested',
        message: 'x',
        type: 'Normal',
        count: 1,
        firstTimestamp: '2026-01-01T00:00:00Z',
        lastTimestamp: '2026-01-01T00:00:00Z',
        source: { component: 'contract' },
      };
      await api.post(`${api.core}/events`, event, 201);
      await api.get(`${api.in('events.k8s.io/v1')}/events/a`, {
        status: 200,
        body: { note: 'x', regarding: { name: 'a' } },
      });
      await api.get(
        `${api.core}/events?fieldSelector=${encodeURIComponent('involvedObject.name=a,type=Normal,reason=Tested')}`,
        { status: 200, body: { items: [{}] } },
      );
    },
  },
];
