import { describe, expect, it } from 'vitest';
import { rendererOf } from '../../src/duplicates/renderers.ts';
import { application, findingsOf, manifest, reportOf } from './folder.ts';

const web = manifest('apps/v1', 'Deployment', 'web');
const patch = manifest('apps/v1', 'Deployment', 'web', undefined, 'patched');

const KUSTOMIZED = {
  'base/kustomization.yaml': 'resources: [web.yaml]\n',
  'base/web.yaml': web,
  'overlays/prod/kustomization.yaml':
    'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: prod\nresources: [../../base]\npatches:\n- path: patches/web.yaml\n- patch: |-\n    kind: Deployment\n',
  'overlays/prod/patches/web.yaml': patch,
  'overlays/dev/kustomization.yml': 'nameSuffix: -dev\nresources: [../../base]\npatchesStrategicMerge: [web.yaml]\n',
  'overlays/dev/web.yaml': patch,
};

describe('kustomizations that are not rendered', () => {
  it('give no false alarm, and it is said how to render them', async () => {
    const report = await reportOf(KUSTOMIZED);
    expect(report.duplicates).toEqual([]);
    expect(report.unreadable).toEqual([]);
    expect(report.unrendered.map(({ folder, files }) => [folder, files])).toEqual([
      ['base', 2],
      ['overlays/dev', 2],
      ['overlays/prod', 2],
    ]);
  });

  it('a patch that is named by itself, as pre-commit does, is known by the kustomization beside it', async () => {
    const paths = ['base/web.yaml', 'overlays/dev/web.yaml'];
    expect((await reportOf(KUSTOMIZED, { paths })).duplicates).toEqual([]);
  });

  it('two resources of one kustomization are possible: its patches may part them', async () => {
    const found = await findingsOf({
      'kustomization.yaml': 'resources: [a.yaml, sub/b.yaml]\n',
      'a.yaml': web,
      'sub/b.yaml': patch,
    });
    expect(found).toEqual(['possible Deployment web: a.yaml:1 sub/b.yaml:1']);
  });

  it('resources of two kustomizations are not compared with each other, nor with plain files', async () => {
    const found = await findingsOf({
      'a/kustomization.yaml': 'nameSuffix: -a\nresources: [web.yaml]\n',
      'a/web.yaml': web,
      'b/kustomization.yaml': 'nameSuffix: -b\nresources: [web.yaml]\n',
      'b/web.yaml': patch,
      'plain/web.yaml': patch,
    });
    expect(found).toEqual([]);
  });

  it('files that no kustomization has to do with are compared as ever', async () => {
    const found = await findingsOf({
      ...KUSTOMIZED,
      'apps/a.yaml': application('x', 'p'),
      'apps/b.yaml': application('x', 'q'),
    });
    expect(found).toEqual(['duplicate Application argocd/x: apps/a.yaml:1 apps/b.yaml:1']);
  });

  it("Flux's Kustomization is an object of the cluster", async () => {
    const flux = (path: string) =>
      `apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps, namespace: flux-system}\nspec: {path: ${path}}\n`;
    expect(await findingsOf({ 'a/kustomization.yaml': flux('x'), 'b/kustomization.yaml': flux('y') })).toEqual([
      'duplicate Kustomization flux-system/apps: a/kustomization.yaml:1 b/kustomization.yaml:1',
    ]);
  });

  it.each(['', '[]', 'resources: 3\n', 'resources: [3, null, {a: b}]\n', 'a: [\n', 'kind: x\napiVersion: v1\n'])(
    'a kustomization file of %j does not stop anything',
    async (text) => {
      const report = await reportOf({ 'kustomization.yaml': text, 'a.yaml': web });
      expect(report.duplicates).toEqual([]);
      expect(() => rendererOf('kustomization.yaml', text)).not.toThrow();
    },
  );
});

describe('charts that are not rendered', () => {
  const chart = { 'c/Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n', 'c/values.yaml': 'a: 1\n' };

  it('templates are not taken for broken manifests', async () => {
    const report = await reportOf({
      ...chart,
      'c/templates/web.yaml': 'apiVersion: v1\n{{- if .Values.a }}\nkind: Pod\n{{ end }}\n',
      'c/templates/_helpers.tpl': '{{ define "x" }}',
    });
    expect(report.unreadable).toEqual([]);
    expect(report.unrendered).toMatchObject([{ tool: 'helm', folder: 'c' }]);
  });

  it('a template without expressions is an object as it stands: an app of apps collides', async () => {
    const found = await findingsOf({
      ...chart,
      'c/templates/a.yaml': application('x', 'p'),
      'c/templates/b.yaml': application('x', 'q'),
    });
    expect(found).toEqual(['duplicate Application argocd/x: c/templates/a.yaml:1 c/templates/b.yaml:1']);
  });

  it('what is sent as it is, in crds/, and what only lies beside, is compared', async () => {
    const files = {
      ...chart,
      'c/crds/a.yaml': manifest('v1', 'Namespace', 'n'),
      'd.yaml': manifest('v1', 'Namespace', 'n', undefined, 'b'),
    };
    expect(await findingsOf(files)).toEqual(['duplicate Namespace n: c/crds/a.yaml:1 d.yaml:1']);
  });
});
