import { realpath } from 'node:fs/promises';
import { matchesGlob, relative, resolve, sep } from 'node:path';
import { execa } from 'execa';
import { isDynamicPattern } from 'tinyglobby';
import { DrctlError } from '../model/errors.ts';
import type { ManifestFile, ManifestFiles, NotRead } from '../ports/manifest-files.ts';
import { decoded, isManifestName, isSkipped } from './manifest-names.ts';

/**
 * The manifests of a git revision. Three read-only plumbing commands are run and nothing else: no hook, no filter, no
 * textconv, no pager, and a partial clone is not filled from the network.
 */
export async function manifestsAt(revision: string): Promise<ManifestFiles> {
  const top = (await git(['rev-parse', '--show-toplevel'], 'NotARepository')).toString().trimEnd();
  const commit = await git(
    ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`],
    'UnknownRevision',
    revision,
  );
  const tree = treeOf(await git(['ls-tree', '-r', '-z', '--full-tree', commit.toString().trim()], 'UnknownRevision'));
  let texts: Promise<Map<string, Buffer>> | undefined;
  const wanted = new Set<string>();
  return {
    list: async (paths) => {
      const selected = await select(paths, top, tree);
      for (const file of selected) wanted.add(file.key);
      texts = undefined;
      return { files: selected, beside: [], unreadable: unreadableOf(paths), ignored: [] };
    },
    read: async (file) => {
      texts ??= contents([...wanted]);
      const bytes = (await texts).get(file.key);
      if (!bytes) throw new Error(`git has no content for it at ${revision}`);
      return decoded(bytes);
    },
  };
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
      const shown =
        at === full || isPattern ? relative(here, full) : `${path.replace(/\/+$/, '')}/${full.slice(at.length + 1)}`;
      found.set(file.path, { shown: shown.replace(/^\.\//, ''), key: file.blob });
    }
  }
  return [...found.values()].toSorted((a, b) => (a.shown < b.shown ? -1 : 1));
}

function unreadableOf(paths: readonly string[]): NotRead[] {
  return paths.includes('-') ? [{ file: '(standard input)', line: 1, reason: 'standard input has no revision' }] : [];
}

/** All blobs in one process: `HASH blob SIZE\n` and as many bytes, for each. */
async function contents(blobs: readonly string[]): Promise<Map<string, Buffer>> {
  const out = await git(['cat-file', '--batch'], 'UnknownRevision', '', `${blobs.join('\n')}\n`);
  const found = new Map<string, Buffer>();
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

async function git(args: readonly string[], code: Failure, subject = '', input?: string): Promise<Buffer> {
  const result = await execa('git', ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', ...args], {
    encoding: 'buffer',
    reject: false,
    stripFinalNewline: false,
    maxBuffer: 1024 ** 3,
    timeout: 120_000,
    env: { GIT_OPTIONAL_LOCKS: '0', GIT_NO_LAZY_FETCH: '1', GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' },
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
  });
  if (!result.failed) return Buffer.from(result.stdout);
  if (result.code === 'ENOENT')
    throw new DrctlError('GitMissing', 'user', '--changed-since needs git, which is not on the PATH');
  throw failureOf(code, subject, Buffer.from(result.stderr).toString());
}

function failureOf(code: Failure, subject: string, said: string): DrctlError {
  const detail = said.trim().split('\n')[0] ?? '';
  if (code === 'NotARepository')
    return new DrctlError(
      code,
      'user',
      `this is no git repository, so there is no revision to compare with: ${detail}`,
      {
        nextSteps: ['leave out --changed-since, or start drctl inside the repository'],
      },
    );
  return new DrctlError(code, 'user', `git knows no revision ${subject} here${detail === '' ? '' : `: ${detail}`}`, {
    nextSteps: ['git log --oneline', 'in CI: fetch enough history (`fetch-depth: 0`)'],
  });
}
