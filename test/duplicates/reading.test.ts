import { describe, expect, it } from 'vitest';
import { readText } from '../../src/duplicates/read.ts';
import { textOf } from '../../src/duplicates/spelled.ts';
import { findingsOf, manifest, reportOf } from './folder.ts';

/** `kind name @line` of every object of a text. */
function objectsOf(text: string): string[] {
  return readText(text).objects.map(({ value, line }) => {
    const metadata = value['metadata'] as Record<string, unknown>;
    return `${textOf(value['kind'])} ${textOf(metadata['name'])} @${line}`;
  });
}

const web = manifest('v1', 'ConfigMap', 'web', 'shop');
const api = manifest('v1', 'ConfigMap', 'api', 'shop');

describe('documents of a text', () => {
  it('are taken apart at ---, empty ones and comments aside, each with the line on which it begins', () => {
    expect(objectsOf(`# head\n---\n${web}---\n---\n# nothing\n--- # said\n${api}`)).toEqual([
      'ConfigMap web @3',
      'ConfigMap api @14',
    ]);
  });

  it('may end with ... and begin without ---', () => {
    expect(objectsOf(`${web}...\n---\n${api}...\n`)).toEqual(['ConfigMap web @1', 'ConfigMap api @10']);
  });

  it('may carry directives', () => {
    expect(objectsOf(`%YAML 1.2\n---\n${web}...\n%YAML 1.2\n---\n${api}`)).toEqual([
      'ConfigMap web @3',
      'ConfigMap api @13',
    ]);
  });

  it('may come from Windows: CRLF and a byte order mark', () => {
    expect(objectsOf(`\uFEFF${`---\n${web}---\n${api}`.replaceAll('\n', '\r\n')}`)).toEqual([
      'ConfigMap web @2',
      'ConfigMap api @10',
    ]);
  });

  it('a literal text that shows manifests is a text', () => {
    const shown = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata:\n  x.yaml: |\n    a: 1\n    ---\n    kind: Pod\n    -----BEGIN-----\n`;
    expect(objectsOf(`${shown}---\n${api}`)).toEqual(['ConfigMap web @1', 'ConfigMap api @11']);
  });

  it('tabs in strings stay, and tabs behind a value are layout', () => {
    const [object] = readText(
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata:\n  a: "x\ty"\n  b: 'x\ty'\t\n  c: |\n    x\ty\n`,
    ).objects;
    expect(object?.value['data']).toEqual({ a: 'x\ty', b: 'x\ty', c: 'x\ty\n' });
  });

  it('anchors, aliases and merge keys give what they stand for', () => {
    const [object] = readText(
      `apiVersion: v1\nkind: ConfigMap\nmetadata: &m {name: web, labels: &l {a: x, b: y}}\ndata: {<<: *l, b: z}\nmore: *m\n`,
    ).objects;
    expect(object?.value['data']).toEqual({ a: 'x', b: 'z' });
    expect(object?.value['more']).toEqual({ name: 'web', labels: { a: 'x', b: 'y' } });
  });

  it('a name may come through an alias', async () => {
    const aliased = `apiVersion: v1\nkind: ConfigMap\nx: &n web\nmetadata: {name: *n, namespace: shop}\n`;
    expect(await findingsOf({ 'a.yaml': aliased, 'b.yaml': web })).toEqual([
      'duplicate ConfigMap shop/web: a.yaml:1 b.yaml:1',
    ]);
  });

  it('an anchor is forgotten at the end of its document', () => {
    const { objects, unreadable } = readText(`${web}x: &a 1\n---\n${api}y: *a\n`);
    expect(objects).toHaveLength(1);
    expect(unreadable).toEqual([{ line: 17, reason: 'unidentified alias "a"' }]);
  });

  it('integers keep their digits: two that differ beyond 2^53 differ', async () => {
    const big = (n: string) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: shop}\nspec: {n: ${n}}\n`;
    const { duplicates } = await reportOf({ 'a.yaml': big('9007199254740993'), 'b.yaml': big('9007199254740992') });
    expect(duplicates[0]).toMatchObject({
      certainty: 'duplicate',
      differences: [{ path: 'spec.n', values: ['9007199254740993', '9007199254740992'] }],
    });
    expect((await reportOf({ 'a.yaml': big('0x10'), 'b.yaml': big('16') })).duplicates[0]?.nature).toBe('copy');
  });

  it('tags of other tools do not stop the file', () => {
    const { unreadable, ignored } = readText('Resources:\n  A: !Ref B\n  C: !Sub [x, y]\n  D: !GetAtt {a: b}\n');
    expect(unreadable).toEqual([]);
    expect(ignored).toHaveLength(1);
  });
});

describe('JSON', () => {
  it('is read with lines, tabs as layout included', () => {
    const text = `{\n\t"apiVersion": "v1",\n\t"kind": "List",\n\t"items": [\n\t\t{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}},\n\t\t{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "b"}}\n\t]\n}\n`;
    expect(objectsOf(text)).toEqual(['ConfigMap a @5', 'ConfigMap b @6']);
  });

  it('of several documents, as kubectl takes it', () => {
    const one = (name: string) => `{\n "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "${name}"}\n}\n`;
    expect(objectsOf(`${one('a')}\n${one('b')}${one('c')}`)).toEqual([
      'ConfigMap a @1',
      'ConfigMap b @5',
      'ConfigMap c @8',
    ]);
  });

  it('escapes are what they mean', async () => {
    const escaped = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"w\\u0065b","namespace":"shop","labels":{"s":"\\/"}}}`;
    expect(await findingsOf({ 'a.json': escaped, 'b.yaml': web })).toEqual([
      'duplicate ConfigMap shop/web: a.json:1 b.yaml:1',
    ]);
  });
});

describe('lists', () => {
  it('a List stands for its items, lists in it too', () => {
    const text = `apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: a}
-
  apiVersion: v1
  kind: List
  items:
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}
- {apiVersion: v1, kind: Secret, metadata: {name: c}}
`;
    expect(objectsOf(text)).toEqual(['ConfigMap a @4', 'ConfigMap b @8', 'Secret c @12']);
  });

  it('the items of a typed list have the kind that its name says', () => {
    const text = `apiVersion: apps/v1\nkind: DeploymentList\nmetadata: {resourceVersion: "1"}\nitems:\n- metadata: {name: a}\n- metadata: {name: b}\n`;
    expect(objectsOf(text)).toEqual(['Deployment a @5', 'Deployment b @6']);
  });

  it('an object of a kind that ends in List is one object', () => {
    expect(objectsOf(`apiVersion: x.io/v1\nkind: AllowList\nmetadata: {name: a}\nitems: [1, 2]\n`)).toEqual([
      'AllowList a @1',
    ]);
  });

  it('two items of one list collide', async () => {
    const list = `apiVersion: v1\nkind: ConfigMapList\nitems:\n- metadata: {name: a, namespace: x}\n- metadata: {name: a, namespace: x}\n  data: {k: v}\n`;
    expect(await findingsOf({ 'l.yaml': list })).toEqual(['duplicate ConfigMap x/a: l.yaml:4 l.yaml:5']);
  });

  it('an empty list is nothing; a null, a text or a nameless item is named', () => {
    expect(readText('apiVersion: v1\nkind: List\nitems: []\n')).toEqual({ objects: [], unreadable: [], ignored: [] });
    const { unreadable } = readText(
      'apiVersion: v1\nkind: List\nitems:\n- null\n- text\n- {apiVersion: v1, kind: Pod}\n',
    );
    expect(unreadable.map(({ line }) => line)).toEqual([4, 5, 6]);
  });

  it('a list that holds itself is named, and ends', () => {
    const { unreadable } = readText('&self\napiVersion: v1\nkind: List\nitems:\n- *self\n');
    expect(unreadable).toHaveLength(1);
    expect(unreadable[0]?.reason).toContain('lists in lists');
  });
});

describe('what cannot be read', () => {
  const broken: [title: string, text: string, line: number, reason: RegExp][] = [
    ['an open bracket', 'a: [b\n', 2, /./],
    ['a tab as indentation', 'a:\n\tb: 1\n', 2, /tab/],
    ['a broken indentation', 'a:\n   b: 1\n  c: 2\n', 3, /./],
    ['an unknown alias', 'a: *nothing\n', 1, /alias/],
    ['a control character', 'a: \u0007\n', 1, /./],
    ['a null byte', 'a: b\nc: \0\n', 2, /null byte/],
    ['an object without a name', 'apiVersion: v1\nkind: Pod\nmetadata: {}\n', 1, /no metadata\.name/],
    ['an object without a kind', 'apiVersion: v1\nmetadata: {name: x}\n', 1, /no kind/],
    ['an object without a version', 'kind: Pod\nmetadata: {name: x}\n', 1, /no apiVersion/],
    ['metadata that is a text', 'apiVersion: v1\nkind: Pod\nmetadata: x\n', 1, /no metadata\.name/],
    ['a lone text', 'hello\n', 1, /lone text/],
    ['a template that nobody rendered', 'a: {{ .Values.b }}\n', 1, /./],
  ];
  it.each(broken)('%s is named with its line', (_title, text, line, reason) => {
    const { objects, unreadable } = readText(text);
    expect(objects).toEqual([]);
    expect(unreadable).toHaveLength(1);
    expect(unreadable[0]?.line).toBe(line);
    expect(unreadable[0]?.reason).toMatch(reason);
  });

  it('does not take its neighbours with it', async () => {
    const report = await reportOf({ 'a.yaml': `${web}---\na: [\n---\n${api}`, 'b.yaml': `${api}data: {}\n` });
    expect(report.unreadable).toMatchObject([{ file: 'a.yaml', line: 10 }]);
    expect(report.duplicates).toMatchObject([{ name: 'api', certainty: 'duplicate' }]);
  });

  it('a key that stands twice is named, and the object counts with its last value, as Argo CD takes it', async () => {
    const report = await reportOf({
      'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: shop}\ndata: {a: x}\ndata: {a: y}\n',
      'b.yaml': web,
    });
    expect(report.unreadable).toMatchObject([{ file: 'a.yaml', line: 5 }]);
    expect(report.duplicates).toMatchObject([
      { name: 'web', differences: [{ path: 'metadata.labels' }, { path: 'data' }] },
    ]);
  });

  it('a file that is no text is named', async () => {
    const report = await reportOf({ 'a.yaml': new Uint8Array([0x61, 0xff, 0xfe, 0x00]), 'b.yaml': web });
    expect(report.unreadable).toEqual([{ file: 'a.yaml', line: 1, reason: 'it is no UTF-8 text' }]);
  });

  it('what is no Kubernetes object is named apart and is no error', async () => {
    const report = await reportOf({
      'values.yaml': 'replicas: 3\n',
      'list.json': '[1, 2]',
      'kubeconfig.yaml': 'apiVersion: v1\nkind: Config\nclusters: []\n',
      'kubelet.yaml': 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n',
    });
    expect(report.unreadable).toEqual([]);
    expect(report.ignored.map(({ file }) => file).toSorted()).toEqual([
      'kubeconfig.yaml',
      'kubelet.yaml',
      'list.json',
      'values.yaml',
    ]);
  });

  it('aliases that multiply end quickly, one against the other', async () => {
    const levels = Array.from(
      { length: 30 },
      (_, at) => `  l${at + 1}: &l${at + 1} [*l${at}, *l${at}, *l${at}]\n`,
    ).join('');
    const bomb = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb, namespace: x}\ndata:\n  l0: &l0 [x]\n${levels}`;
    const began = performance.now();
    const { duplicates } = await reportOf({ 'a.yaml': bomb, 'b.yaml': bomb });
    expect(duplicates).toMatchObject([{ name: 'bomb', moreDifferences: true }]);
    expect(performance.now() - began).toBeLessThan(60_000);
  });

  it('nesting without end is named', () => {
    expect(readText(`${'['.repeat(100_000)}\n`).unreadable).toHaveLength(1);
    expect(readText(`{"a":${'['.repeat(100_000)}`).unreadable).toHaveLength(1);
  });
});
