import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach } from 'vitest';
import type { Duplicate } from '../../src/duplicates/explain.ts';
import { findDuplicates, type DuplicatesInput, type DuplicatesReport } from '../../src/operations/duplicates.ts';
import { manifestsOnDisk } from '../../src/world/manifest-files.ts';
import { manifestsAt } from '../../src/world/git-manifests.ts';

const made: string[] = [];

afterEach(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
});

export type Files = Readonly<Record<string, string | Uint8Array>>;

/** A temporary folder with these files; it goes away with the test. */
export function folderOf(files: Files): string {
  const root = mkdtempSync(join(tmpdir(), 'drctl-duplicates-'));
  made.push(root);
  writeFiles(root, files);
  return root;
}

export function writeFiles(root: string, files: Files): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
}

export type Options = Partial<Omit<DuplicatesInput, 'roots'>> & {
  readonly roots?: readonly string[];
  readonly paths?: readonly string[];
  readonly stdin?: string;
};

/** What drctl says of a folder; files are shown as below it. */
export async function reportOf(files: Files, options: Options = {}): Promise<DuplicatesReport> {
  const root = folderOf(files);
  const { roots, paths, stdin, ...rest } = options;
  const inside = (path: string): string => (path === '-' ? path : join(root, path));
  const report = await findDuplicates(
    {
      namespace: undefined,
      argocdNamespaces: [],
      strict: false,
      ...rest,
      roots: roots
        ? roots.map((name) => ({ name, paths: [join(root, name)] }))
        : [{ name: '', paths: (paths ?? ['']).map(inside) }],
    },
    { tree: manifestsOnDisk(Readable.from([stdin ?? ''])), revision: manifestsAt },
  );
  return JSON.parse(JSON.stringify(report).replaceAll(`${root}/`, '')) as DuplicatesReport;
}

/** `duplicate Deployment a/web: x.yaml:1 y.yaml:1`, one line a finding: what a table of cases compares. */
export function lineOf(one: Duplicate): string {
  const label = `${one.kind} ${one.namespace ? `${one.namespace}/` : ''}${one.name}`;
  return `${one.certainty} ${label}: ${one.occurrences.map(({ file, line }) => `${file}:${line}`).join(' ')}`;
}

export async function findingsOf(files: Files, options: Options = {}): Promise<string[]> {
  return (await reportOf(files, options)).duplicates.map(lineOf);
}

/** A manifest in few words; `extra` makes it differ from another. */
export function manifest(apiVersion: string, kind: string, name: string, namespace?: string, extra = 'a'): string {
  const place = namespace === undefined ? '' : `\n  namespace: ${namespace}`;
  return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: ${name}${place}\n  labels:\n    extra: ${extra}\n`;
}

export function application(name: string, path: string, extra = ''): string {
  return `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: ${name}
  namespace: argocd
spec:
  project: default
  destination:
    server: https://kubernetes.default.svc
    namespace: influxdb
  source:
    repoURL: https://git.example.com/deploy.git
    path: ${path}
    targetRevision: main
  syncPolicy:
    automated:
      prune: true
${extra}`;
}
