import { readFileSync, statSync } from 'node:fs';
import { lstat, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { glob, isDynamicPattern } from 'tinyglobby';
import { messageOf } from '../model/errors.ts';
import type { ManifestFile, ManifestFiles, ManifestListing, NotRead } from '../ports/manifest-files.ts';
import { decoded, isManifestName, isSkipped, RENDERER_FILES } from './manifest-names.ts';

const STDIN: ManifestFile = { shown: '(standard input)', key: '-' };

interface Gathering {
  readonly files: ManifestFile[];
  readonly beside: ManifestFile[];
  readonly unreadable: NotRead[];
  readonly ignored: NotRead[];
  /** Manifests come across, those that another path had brought already included. */
  readonly met: { count: number };
  /** Real paths that were taken already. */
  readonly seen: Set<string>;
  /** Real paths of what was given: a link may lead here, and nowhere else. */
  readonly given: readonly string[];
}

/** The manifests on the disk. What can be read only once, standard input and pipes, is kept. */
export function manifestsOnDisk(stdin: NodeJS.ReadableStream): ManifestFiles {
  const kept = new Map<string, Promise<Uint8Array>>();
  return {
    list: gather,
    read: async ({ key }) => {
      // synchronously, which costs a third for thousands of small files; a pipe may keep one waiting
      if (key !== STDIN.key && statSync(key).isFile()) return decoded(readFileSync(key));
      const bytes = kept.get(key) ?? (key === STDIN.key ? buffer(stdin) : readFile(key));
      kept.set(key, bytes);
      return decoded(await bytes);
    },
  };
}

async function gather(paths: readonly string[]): Promise<ManifestListing> {
  const given = await Promise.all(paths.map((path) => realpath(resolve(path)).catch(() => resolve(path))));
  const into: Gathering = {
    files: [],
    beside: [],
    unreadable: [],
    ignored: [],
    met: { count: 0 },
    seen: new Set(),
    given,
  };
  for (const path of paths) await gatherOne(path, into);
  return into;
}

async function gatherOne(path: string, into: Gathering): Promise<void> {
  if (path === '-') {
    if (!into.files.includes(STDIN)) into.files.push(STDIN);
    return;
  }
  try {
    // a pipe, as of `<(kustomize build x)`, has no real path and can be read
    const real = await realpath(path).catch(async () => (await stat(path)) && resolve(path));
    if ((await stat(real)).isDirectory()) {
      const before = into.met.count;
      await walk(path, real, into);
      if (into.met.count === before) into.unreadable.push(notRead(path, 'it holds no manifest (.yaml, .yml or .json)'));
    } else await takeNamed(path, real, into);
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (isMissing && isDynamicPattern(path)) await gatherGlob(path, into);
    else into.unreadable.push(notRead(path, isMissing ? 'no such file or directory' : messageOf(error)));
  }
}

/** A pattern that the shell did not expand. Links are not followed. */
async function gatherGlob(pattern: string, into: Gathering): Promise<void> {
  const found = await glob(pattern, { followSymbolicLinks: false, ignore: ['**/.git/**', '**/node_modules/**'] });
  if (found.length === 0) into.unreadable.push(notRead(pattern, 'matches no file'));
  for (const path of found.toSorted()) {
    if ((await lstat(path)).isSymbolicLink()) into.unreadable.push(notRead(path, 'a link: a pattern follows none'));
    else await takeNamed(path, await realpath(path), into);
  }
}

/** A file that was named; a kustomization or chart around it is looked at, since the file may be a patch. */
async function takeNamed(path: string, real: string, into: Gathering): Promise<void> {
  take(path, real, into);
  const top = resolve('.');
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    for (const name of RENDERER_FILES) {
      const file = join(folder, name);
      const isFile = await lstat(file).then(
        (found) => found.isFile(),
        () => false,
      );
      if (isFile) into.beside.push({ shown: slashed(file), key: resolve(file) });
    }
    if (folder === dirname(folder) || !`${resolve(folder)}${sep}`.startsWith(`${top}${sep}`) || folder === '.') return;
  }
}

async function walk(shown: string, real: string, into: Gathering): Promise<void> {
  const entries = await readdir(real, { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(shown, entry.name);
    const at = join(real, entry.name);
    if (entry.isSymbolicLink()) await judgeLink(path, at, into);
    else if (entry.isDirectory()) {
      if (!isSkipped(entry.name)) await walkInto(path, at, into);
    } else if (entry.isFile() && isManifestName(entry.name)) take(path, at, into);
  }
}

async function walkInto(shown: string, real: string, into: Gathering): Promise<void> {
  try {
    await walk(shown, real, into);
  } catch (error) {
    into.unreadable.push(notRead(shown, messageOf(error)));
  }
}

/** What a link within points to is met under its own name; one that leads out is named and not followed. */
async function judgeLink(shown: string, at: string, into: Gathering): Promise<void> {
  const target = await realpath(at).catch(() => undefined);
  if (target === undefined) {
    if (isManifestName(shown)) into.unreadable.push(notRead(shown, 'a link to nothing, or to itself'));
    return;
  }
  if (into.given.some((root) => target === root || target.startsWith(`${root}${sep}`))) return;
  const to = `a link to ${target}, outside of what was given: not followed`;
  if ((await stat(target)).isDirectory()) into.ignored.push(notRead(shown, to));
  else if (isManifestName(shown)) into.unreadable.push(notRead(shown, to));
}

function take(shown: string, real: string, into: Gathering): void {
  into.met.count += 1;
  if (into.seen.has(real)) return;
  into.seen.add(real);
  into.files.push({ shown: slashed(shown), key: real });
}

function slashed(path: string): string {
  const short = path.startsWith(resolve('.') + sep) ? relative('.', path) : path;
  return sep === '/' ? short : short.replaceAll(sep, '/');
}

function notRead(file: string, reason: string): NotRead {
  return { file: slashed(file), line: 1, reason };
}
