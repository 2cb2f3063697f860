import { describe, expect, it } from 'vitest';
import { canonicalGroup } from '../../src/duplicates/groups.ts';
import { definedScope, scopeOf } from '../../src/duplicates/scope.ts';
import { findingsOf, manifest, reportOf } from './folder.ts';

const two = (first: string, second: string) => ({ 'a.yaml': first, 'b.yaml': second });

describe('what is one object', () => {
  const cases: [title: string, first: string, second: string, found: string[]][] = [
    [
      'two contents under one name',
      manifest('v1', 'ConfigMap', 'web', 'shop', 'a'),
      manifest('v1', 'ConfigMap', 'web', 'shop', 'b'),
      ['duplicate ConfigMap shop/web: a.yaml:1 b.yaml:1'],
    ],
    [
      'another version is no other object',
      manifest('autoscaling/v2', 'HorizontalPodAutoscaler', 'web', 'shop'),
      manifest('autoscaling/v1', 'HorizontalPodAutoscaler', 'web', 'shop'),
      ['duplicate HorizontalPodAutoscaler shop/web: a.yaml:1 b.yaml:1'],
    ],
    [
      'another name is another object',
      manifest('v1', 'ConfigMap', 'web', 'shop'),
      manifest('v1', 'ConfigMap', 'web-2', 'shop', 'b'),
      [],
    ],
    [
      'another namespace is another object',
      manifest('v1', 'ConfigMap', 'web', 'shop'),
      manifest('v1', 'ConfigMap', 'web', 'other', 'b'),
      [],
    ],
    [
      'another kind is another object',
      manifest('v1', 'ConfigMap', 'web', 'shop'),
      manifest('v1', 'Secret', 'web', 'shop', 'b'),
      [],
    ],
    [
      'a kind of another group that only shares the word is another object',
      manifest('networking.k8s.io/v1', 'Ingress', 'web', 'shop'),
      manifest('config.openshift.io/v1', 'Ingress', 'web', 'shop', 'b'),
      [],
    ],
    [
      'a successor with storage of its own is another object',
      manifest('certmanager.k8s.io/v1alpha1', 'Certificate', 'web', 'shop'),
      manifest('cert-manager.io/v1', 'Certificate', 'web', 'shop', 'b'),
      [],
    ],
    [
      'a cluster-scoped kind ignores its namespace',
      manifest('rbac.authorization.k8s.io/v1', 'ClusterRole', 'reader', 'shop'),
      manifest('rbac.authorization.k8s.io/v1', 'ClusterRole', 'reader', 'other', 'b'),
      ['duplicate ClusterRole reader: a.yaml:1 b.yaml:1'],
    ],
    [
      'a quoted and an unquoted name are one',
      manifest('v1', 'ConfigMap', '"1234"', 'shop'),
      manifest('v1', 'ConfigMap', '1234', "'shop'", 'b'),
      ['duplicate ConfigMap shop/1234: a.yaml:1 b.yaml:1'],
    ],
    [
      'an unquoted name is compared as it is written, not as a number',
      manifest('v1', 'ConfigMap', '1e3', 'shop'),
      manifest('v1', 'ConfigMap', '"1e3"', 'shop', 'b'),
      ['duplicate ConfigMap shop/1e3: a.yaml:1 b.yaml:1'],
    ],
    [
      '007 and 7 are two names',
      manifest('v1', 'ConfigMap', '007', 'shop'),
      manifest('v1', 'ConfigMap', '7', 'shop'),
      [],
    ],
    [
      'a name of twenty digits keeps them all',
      manifest('v1', 'ConfigMap', '12345678901234567890', 'shop'),
      manifest('v1', 'ConfigMap', '12345678901234567891', 'shop'),
      [],
    ],
    [
      'a name true is a name',
      manifest('v1', 'ConfigMap', 'true', 'shop'),
      manifest('v1', 'ConfigMap', '"true"', 'shop', 'b'),
      ['duplicate ConfigMap shop/true: a.yaml:1 b.yaml:1'],
    ],
    [
      'upper and lower case are two',
      manifest('v1', 'ConfigMap', 'Web', 'shop'),
      manifest('v1', 'ConfigMap', 'web', 'shop', 'b'),
      [],
    ],
    [
      'an empty namespace is a missing one',
      manifest('v1', 'ConfigMap', 'web', '""'),
      manifest('v1', 'ConfigMap', 'web', undefined, 'b'),
      ['duplicate ConfigMap web: a.yaml:1 b.yaml:1'],
    ],
  ];
  it.each(cases)('%s', async (_title, first, second, found) => {
    expect(await findingsOf(two(first, second))).toEqual(found);
  });

  it('generateName is never a duplicate', async () => {
    const job = 'apiVersion: batch/v1\nkind: Job\nmetadata:\n  generateName: migrate-\n  namespace: shop\n';
    const report = await reportOf(two(job, `${job}  labels: {a: b}\n`));
    expect(report.duplicates).toEqual([]);
    expect(report.unreadable).toEqual([]);
    expect(report.objects).toBe(2);
  });

  it('a name beside a generateName counts: the API server takes the name', async () => {
    const job = manifest('batch/v1', 'Job', 'migrate', 'shop').replace('  name:', '  generateName: x-\n  name:');
    expect(await findingsOf(two(job, `${job}spec: {}\n`))).toEqual(['duplicate Job shop/migrate: a.yaml:1 b.yaml:1']);
  });

  it('a field that only prototypes have is nobody’s name', async () => {
    const odd = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: __proto__\n  namespace: constructor\n';
    expect(await findingsOf(two(odd, `${odd}data: {__proto__: x}\n`))).toEqual([
      'duplicate ConfigMap constructor/__proto__: a.yaml:1 b.yaml:1',
    ]);
  });
});

describe('kinds that moved between groups', () => {
  const moved: [kind: string, from: string, to: string][] = [
    ['Deployment', 'extensions/v1beta1', 'apps/v1'],
    ['DaemonSet', 'extensions/v1beta1', 'apps/v1'],
    ['ReplicaSet', 'extensions/v1beta1', 'apps/v1beta2'],
    ['Ingress', 'extensions/v1beta1', 'networking.k8s.io/v1'],
    ['NetworkPolicy', 'extensions/v1beta1', 'networking.k8s.io/v1'],
    ['PodSecurityPolicy', 'extensions/v1beta1', 'policy/v1beta1'],
    ['Event', 'events.k8s.io/v1', 'v1'],
    ['Job', 'extensions/v1beta1', 'batch/v1'],
    ['HorizontalPodAutoscaler', 'extensions/v1beta1', 'autoscaling/v2'],
    ['Route', 'v1', 'route.openshift.io/v1'],
    ['RoleBinding', 'authorization.openshift.io/v1', 'rbac.authorization.k8s.io/v1'],
  ];
  it.each(moved)('%s of %s and of %s are one, and it says why', async (kind, from, to) => {
    const report = await reportOf(two(manifest(from, kind, 'web', 'shop'), manifest(to, kind, 'web', 'shop')));
    expect(report.duplicates).toHaveLength(1);
    expect(report.duplicates[0]).toMatchObject({ certainty: 'duplicate', kind, name: 'web' });
    expect(report.duplicates[0]?.group).toBe(to.includes('/') ? to.split('/')[0] : '');
    expect(report.duplicates[0]?.because.join()).toContain('moved to');
  });

  it('the table has no chains: what a row leads to is final', () => {
    for (const [kind, from] of moved) {
      const group = from.includes('/') ? (from.split('/')[0] ?? '') : '';
      const to = canonicalGroup(group, kind);
      expect(canonicalGroup(to, kind)).toBe(to);
    }
  });
});

describe('a namespace that is left out', () => {
  const open = two(manifest('v1', 'ConfigMap', 'web'), manifest('v1', 'ConfigMap', 'web', 'shop', 'b'));

  it('may be that of the other: possible, with the flag that would tell', async () => {
    const { duplicates } = await reportOf(open);
    expect(duplicates).toHaveLength(1);
    expect(duplicates[0]).toMatchObject({ certainty: 'possible', name: 'web' });
    expect(duplicates[0]?.because.join()).toContain('--namespace');
  });

  it('is that of --namespace', async () => {
    expect(await findingsOf(open, { namespace: 'shop' })).toEqual(['duplicate ConfigMap shop/web: a.yaml:1 b.yaml:1']);
    expect(await findingsOf(open, { namespace: 'other' })).toEqual([]);
  });

  it('left out in both, it is one namespace', async () => {
    expect(
      await findingsOf(two(manifest('v1', 'ConfigMap', 'web'), manifest('v1', 'ConfigMap', 'web', undefined, 'b'))),
    ).toEqual(['duplicate ConfigMap web: a.yaml:1 b.yaml:1']);
  });

  it('left out once among many namespaces, it is one possible finding, not one for each', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 30 }, (_, at) => [`${at}.yaml`, manifest('v1', 'ConfigMap', 'web', `team-${at}`)]),
    );
    const found = await findingsOf({ ...files, 'open.yaml': manifest('v1', 'ConfigMap', 'web') });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^possible ConfigMap web: /);
  });

  it('with a certain collision beside it, both are told', async () => {
    const found = await findingsOf({
      'a.yaml': manifest('v1', 'ConfigMap', 'web', 'shop'),
      'b.yaml': manifest('v1', 'ConfigMap', 'web', 'shop', 'b'),
      'c.yaml': manifest('v1', 'ConfigMap', 'web'),
    });
    expect(found).toEqual([
      'duplicate ConfigMap shop/web: a.yaml:1 b.yaml:1',
      'possible ConfigMap web: a.yaml:1 b.yaml:1 c.yaml:1',
    ]);
  });
});

describe('custom kinds', () => {
  const definition = (scope: string) =>
    `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec: {group: example.com, scope: ${scope}, names: {kind: Widget, plural: widgets}}
`;
  const widgets = {
    'a.yaml': manifest('example.com/v1', 'Widget', 'one', 'shop'),
    'b.yaml': manifest('example.com/v1', 'Widget', 'one', 'other', 'b'),
  };

  it('a definition in the input tells the scope, wherever it stands', async () => {
    expect(await findingsOf({ ...widgets, 'z.yaml': definition('Cluster') })).toEqual([
      'duplicate Widget one: a.yaml:1 b.yaml:1',
    ]);
    expect(await findingsOf({ ...widgets, 'z.yaml': definition('Namespaced') })).toEqual([]);
  });

  it('without a definition two namespaces are two objects', async () => {
    expect(await findingsOf(widgets)).toEqual([]);
  });

  it('knows the scope of built-in kinds and of common operators', () => {
    expect(scopeOf('', 'Namespace', new Map())).toBe('cluster');
    expect(scopeOf('', 'Pod', new Map())).toBe('namespaced');
    expect(scopeOf('storage.k8s.io', 'StorageClass', new Map())).toBe('cluster');
    expect(scopeOf('cert-manager.io', 'ClusterIssuer', new Map())).toBe('cluster');
    expect(scopeOf('cert-manager.io', 'Issuer', new Map())).toBe('namespaced');
    expect(scopeOf('argoproj.io', 'AppProject', new Map())).toBe('namespaced');
    expect(scopeOf('example.com', 'Widget', new Map())).toBe('unknown');
    expect(scopeOf('constructor', 'toString', new Map())).toBe('unknown');
  });

  it.each([
    null,
    3,
    {},
    { kind: 'CustomResourceDefinition' },
    { kind: 'CustomResourceDefinition', spec: { names: [] } },
  ])('a definition that says nothing (%j) tells nothing', (value) => {
    expect(definedScope(value)).toBeUndefined();
  });
});
