import { describe, expect, it } from 'vitest';
import { compare } from '../../src/duplicates/compare.ts';
import { Spelled } from '../../src/duplicates/spelled.ts';
import { application, findingsOf, manifest, reportOf } from './folder.ts';

const copy = manifest('v1', 'ConfigMap', 'web', 'shop');

describe('copies', () => {
  it('are possible, and duplicates under --strict', async () => {
    const files = { 'a.yaml': copy, 'b.yaml': copy };
    expect(await findingsOf(files)).toEqual(['possible ConfigMap shop/web: a.yaml:1 b.yaml:1']);
    expect(await findingsOf(files, { strict: true })).toEqual(['duplicate ConfigMap shop/web: a.yaml:1 b.yaml:1']);
  });

  it('are told by what they say, not by how they are laid out', async () => {
    const json =
      '{"kind":"ConfigMap","metadata":{"labels":{"extra":"a"},"namespace":"shop","name":"web"},"apiVersion":"v1"}';
    expect((await reportOf({ 'a.yaml': copy, 'b.json': json })).duplicates).toMatchObject([
      { certainty: 'possible', nature: 'copy', differences: [] },
    ]);
  });

  it('two of three alike are no copies', async () => {
    const other = manifest('v1', 'ConfigMap', 'web', 'shop', 'b');
    expect(await findingsOf({ 'a.yaml': copy, 'b.yaml': copy, 'c.yaml': other })).toEqual([
      'duplicate ConfigMap shop/web: a.yaml:1 b.yaml:1 c.yaml:1',
    ]);
  });
});

describe('Applications', () => {
  it('one name with two paths is a redefinition: both are shown, and what Argo CD does', async () => {
    const { duplicates } = await reportOf({
      'all.yaml': `${application('influxdb', 'envs/prod01')}---\n${application('influxdb', 'envs/prod02')}`,
    });
    expect(duplicates).toMatchObject([
      {
        certainty: 'duplicate',
        nature: 'redefinition',
        occurrences: [
          { file: 'all.yaml', line: 1, source: 'https://git.example.com/deploy.git envs/prod01 @ main' },
          { file: 'all.yaml', line: 19, source: 'https://git.example.com/deploy.git envs/prod02 @ main' },
        ],
        differences: [{ path: 'spec.source.path', values: ['envs/prod01', 'envs/prod02'] }],
      },
    ]);
    expect(duplicates[0]?.consequence).toContain('deleted at the next sync');
  });

  it('another destination is a redefinition too, and so is another of several sources', async () => {
    const there = application('influxdb', 'envs/prod01').replace('kubernetes.default.svc', 'us.example.com');
    const first = (await reportOf({ 'a.yaml': application('influxdb', 'envs/prod01'), 'b.yaml': there })).duplicates;
    expect(first).toMatchObject([{ nature: 'redefinition' }]);
    const many = (path: string) =>
      application('influxdb', 'x').replace(
        /  source:\n(?: {4}.*\n)+/,
        `  sources:\n  - {repoURL: r, chart: c, targetRevision: "1"}\n  - {repoURL: r, path: ${path}}\n`,
      );
    const second = (await reportOf({ 'a.yaml': many('p'), 'b.yaml': many('q') })).duplicates;
    expect(second).toMatchObject([{ nature: 'redefinition', occurrences: [{ source: 'r c @ 1 + r p' }, {}] }]);
  });

  it('the same destination and path with another label is a conflict, no redefinition', async () => {
    const labelled = application('influxdb', 'envs/prod01').replace('  name:', '  labels: {a: b}\n  name:');
    const { duplicates } = await reportOf({ 'a.yaml': application('influxdb', 'envs/prod01'), 'b.yaml': labelled });
    expect(duplicates).toMatchObject([{ nature: 'conflict', certainty: 'duplicate' }]);
  });

  it('an Application that says next to nothing is compared all the same', async () => {
    const bare = manifest('argoproj.io/v1alpha1', 'Application', 'x', 'argocd');
    const odd = `${bare}spec: {destination: [], source: 3, sources: {}, syncPolicy: null}\n`;
    expect(await findingsOf({ 'a.yaml': bare, 'b.yaml': odd })).toEqual([
      'duplicate Application argocd/x: a.yaml:1 b.yaml:1',
    ]);
  });

  it('come first among the findings', async () => {
    const { duplicates } = await reportOf({
      'a.yaml': `${copy}---\n${manifest('v1', 'Secret', 's', 'x')}`,
      'b.yaml': `${copy}---\n${manifest('v1', 'Secret', 's', 'x', 'b')}`,
      'y.yaml': application('one', 'p'),
      'z.yaml': application('one', 'q'),
    });
    expect(duplicates.map((one) => one.kind)).toEqual(['Application', 'Secret', 'ConfigMap']);
  });
});

describe('roots', () => {
  const project = manifest('argoproj.io/v1alpha1', 'AppProject', 'team', 'argocd');
  const files = {
    'eu/app.yaml': application('influxdb', 'envs/eu'),
    'us/app.yaml': application('influxdb', 'envs/us'),
    'eu/web.yaml': copy,
    'us/web.yaml': manifest('v1', 'ConfigMap', 'web', 'shop', 'b'),
    'eu/project.yaml': project,
    'us/project.yaml': project.replace('extra: a', 'extra: b'),
  };
  const roots = ['eu', 'us'];

  it('are clusters of their own: nothing is compared across them', async () => {
    expect(await findingsOf(files, { roots })).toEqual([]);
  });

  it('share the Applications and AppProjects that one Argo CD reads', async () => {
    const report = await reportOf(files, { roots, argocdNamespaces: ['argocd'] });
    expect(report.duplicates.map(({ kind, name, certainty }) => `${certainty} ${kind} ${name}`)).toEqual([
      'duplicate Application influxdb',
      'duplicate AppProject team',
    ]);
    expect(report.duplicates[0]?.because).toContain('one Argo CD reads these roots');
  });

  it('another namespace is another Argo CD', async () => {
    expect(await findingsOf(files, { roots, argocdNamespaces: ['argo'] })).toEqual([]);
  });

  it('an Application without a namespace is in the first that is named', async () => {
    const open = { ...files, 'us/app.yaml': application('influxdb', 'envs/us').replace('  namespace: argocd\n', '') };
    expect(await findingsOf(open, { roots, argocdNamespaces: ['argocd', 'team'] })).toContain(
      'duplicate Application argocd/influxdb: eu/app.yaml:1 us/app.yaml:1',
    );
  });

  it('within a root all is compared', async () => {
    expect(await findingsOf(files, { roots: [''] })).toHaveLength(3);
  });
});

describe('compare', () => {
  const cases: [title: string, values: unknown[], same: boolean, paths: string[]][] = [
    ['equal scalars', [1, 1], true, []],
    ['a text and a number', ['1', 1], false, ['']],
    ['a number that is spelled in two ways', [new Spelled(16, '0x10'), 16], true, []],
    [
      'key order',
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      true,
      [],
    ],
    ['a missing key', [{ a: 1 }, {}], false, ['a']],
    ['null and a missing key', [{ a: null }, {}], false, ['a']],
    ['a list and a map', [{ a: [] }, { a: {} }], false, ['a']],
    ['two empty lists', [{ a: [] }, { a: [] }], true, []],
    ['the order of a list', [{ a: [1, 2] }, { a: [2, 1] }], false, ['a[0]', 'a[1]']],
    ['a longer list', [[1], [1, 2]], false, ['[1]']],
    ['a key with a dot', [{ 'a.b/c': 1 }, { 'a.b/c': 2 }], false, ['"a.b/c"']],
    ['the last of three', [{ a: 1 }, { a: 1 }, { a: 2 }], false, ['a']],
    ['a key of prototypes', [{ a: {} }, JSON.parse('{"a":{"__proto__":1}}')], false, ['a.__proto__']],
  ];
  it.each(cases)('%s', (_title, values, same, paths) => {
    const found = compare(values);
    expect(found.same).toBe(same);
    expect(found.differences.map(({ path }) => path)).toEqual(paths);
  });

  it('a text and a number that look alike are shown apart', () => {
    expect(compare([{ a: '1' }, { a: 1 }]).differences).toEqual([{ path: 'a', values: ['"1"', '1'] }]);
  });

  it('stops after fifty differences and says so', () => {
    const many = (n: number) => Object.fromEntries(Array.from({ length: 80 }, (_, at) => [`k${at}`, n]));
    const { differences, more } = compare([many(1), many(2)]);
    expect([differences.length, more]).toEqual([50, true]);
  });

  it('ends on values that hold themselves', () => {
    const loop = (): unknown => {
      const value: Record<string, unknown> = { a: 1 };
      value['self'] = value;
      return value;
    };
    expect(compare([loop(), loop()])).toMatchObject({ same: false, more: true });
  });
});
