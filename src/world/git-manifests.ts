import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, matchesGlob, relative, resolve, sep } from 'node:path';
import { execa } from 'execa';
import { isDynamicPattern } from 'tinyglobby';
import { DrctlError } from '../model/errors.ts';
import type { ManifestFile, ManifestFiles, NotRead } from '../ports/manifest-files.ts';
import { decoded, isManifestName, isSkipped, RENDERER_FILES } from './manifest-names.ts';

/**
 * The manifests of a git revision, in the repository that holds the first of `paths`. Three read-only plumbing commands are
 * run and nothing else: no hook, no filter, no textconv, no pager, and a partial clone is not filled from the network.
 */
export async function manifestsAt(revision: string, paths: readonly string[]): Promise<ManifestFiles> {
  const git = gitIn(await folderOf(paths));
  const top = (await git(['rev-parse', '--show-toplevel'], 'NotARepository')).toString().replace(/\r?\n$/, '');
  const name = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`];
  const commit = (await git(name, 'UnknownRevision', { subject: revision })).toString().trim();
  const tree = treeOf(await git(['ls-tree', '-r', '-z', '--full-tree', commit], 'UnknownRevision'));
  const wanted = new Set<string>();
  let texts: Promise<Map<string, Buffer>> | undefined;
  return {
    list: async (listed) => {
      const files = await select(listed, top, tree);
      for (const file of files) wanted.add(file.key);
      texts = undefined;
      const beside = besideOf(files, tree, top);
      for (const file of beside) wanted.add(file.key);
      return { files, beside, unreadable: unreadableOf(listed), ignored: [] };
    },
    read: async (file) => {
      texts ??= contents([...wanted], git);
      const bytes = (await texts).get(file.key);
      if (!bytes) throw new Error(`git has no content for it at ${revision}`);
      return decoded(bytes);
    },
  };
}

/** Where git is started: what the first path names, or the folder around it. */
async function folderOf(paths: readonly string[]): Promise<string> {
  const [first = '.'] = paths.filter((path) => path !== '-' && !isDynamicPattern(path));
  if (await isFolder(first)) return first;
  const around = dirname(resolve(first));
  return (await isFolder(around)) ? around : '.';
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

interface TreeFile {
  readonly path: string;
  readonly blob: string;
}

/** `MODE TYPE HASH\tPATH\0`. Links (mode 120000) and submodules are left out: neither is followed. */
function treeOf(listing: Buffer): TreeFile[] {
  return listing
    .toString('utf8')
    .split('\0')
    .flatMap((line) => {
      const match = /^100[0-7]{3} blob ([0-9a-f]+)\t(.+)$/s.exec(line);
      return match?.[1] !== undefined && match[2] !== undefined ? [{ blob: match[1], path: match[2] }] : [];
    });
}

async function select(paths: readonly string[], top: string, tree: readonly TreeFile[]): Promise<ManifestFile[]> {
  const here = await realpath('.');
  const found = new Map<string, ManifestFile>();
  for (const path of paths.filter((one) => one !== '-')) {
    const at = (await realpath(path).catch(() => resolve(here, path))).split(sep).join('/');
    const isPattern = isDynamicPattern(path);
    for (const file of tree) {
      const full = `${top}/${file.path}`;
      const isInside = full.startsWith(`${at}/`) && isManifestName(full) && !file.path.split('/').some(isSkipped);
      if (!isInside && full !== at && !(isPattern && matchesGlob(full, at))) continue;
      const isNear = !isAbsolute(path) || full.startsWith(`${here}/`);
      found.set(file.path, { shown: isNear ? relative(here, full) : full, key: file.blob });
    }
  }
  return [...found.values()].toSorted((a, b) => (a.shown < b.shown ? -1 : 1));
}

/** Kustomizations and charts in the folders of the files and above, as they are looked for on the disk. */
function besideOf(files: readonly ManifestFile[], tree: readonly TreeFile[], top: string): ManifestFile[] {
  const here = resolve('.');
  const renderers = tree.filter((file) => RENDERER_FILES.includes(basename(file.path)));
  if (renderers.length === 0) return [];
  const folders = new Set(files.flatMap((file) => foldersAbove(file.shown)));
  return renderers
    .map((file) => ({ shown: relative(here, `${top}/${file.path}`), key: file.blob }))
    .filter((file) => folders.has(dirname(file.shown)));
}

function foldersAbove(file: string): string[] {
  const folder = dirname(file);
  return folder === file || folder === '.' ? [folder] : [folder, ...foldersAbove(folder)];
}

function unreadableOf(paths: readonly string[]): NotRead[] {
  return paths.includes('-') ? [{ file: '(standard input)', line: 1, reason: 'standard input has no revision' }] : [];
}

/** All blobs in one process: `HASH blob SIZE\n` and as many bytes, for each. */
async function contents(blobs: readonly string[], git: Git): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  if (blobs.length === 0) return found;
  const out = await git(['cat-file', '--batch'], 'UnknownRevision', { input: `${blobs.join('\n')}\n` });
  for (let at = 0; at < out.length;) {
    const end = out.indexOf(0x0a, at);
    if (end < 0) break;
    const [blob = '', type = '', size = '0'] = out.subarray(at, end).toString('latin1').split(' ');
    at = end + 1;
    if (type !== 'blob') continue;
    found.set(blob, out.subarray(at, at + Number(size)));
    at += Number(size) + 1;
  }
  return found;
}

type Failure = 'NotARepository' | 'UnknownRevision';
type Git = ReturnType<typeof gitIn>;

const QUIET = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', '-c', 'protocol.allow=never'];
const QUIET_ENV = { GIT_OPTIONAL_LOCKS: '0', GIT_NO_LAZY_FETCH: '1', GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' };

function gitIn(folder: string) {
  return async (
    args: readonly string[],
    code: Failure,
    { subject = '', input }: { readonly subject?: string; readonly input?: string } = {},
  ): Promise<Buffer> => {
    const result = await execa('git', [...QUIET, '-C', folder, ...args], {
      encoding: 'buffer',
      reject: false,
      stripFinalNewline: false,
      maxBuffer: 1024 ** 3,
      timeout: 120_000,
      env: QUIET_ENV,
      ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
    });
    if (!result.failed) return Buffer.from(result.stdout);
    if (result.code === 'ENOENT')
      throw new DrctlError('GitMissing', 'user', '--changed-since needs git, which is not on the PATH');
    throw failureOf(code, subject, Buffer.from(result.stderr).toString());
  };
}

function failureOf(code: Failure, subject: string, said: string): DrctlError {
  const [detail = ''] = said.trim().split('\n');
  const colon = detail === '' ? '' : `: ${detail}`;
  if (code === 'NotARepository')
    return new DrctlError(code, 'user', `no git repository is here, so there is no revision to compare with${colon}`, {
      nextSteps: ['leave out --changed-since, or name paths of a repository'],
    });
  return new DrctlError(code, 'user', `git knows no revision ${JSON.stringify(subject)} here${colon}`, {
    nextSteps: ['git log --oneline', 'in CI: fetch enough history (actions/checkout with `fetch-depth: 0`)'],
  });
}
