import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { DrctlError, messageOf } from '../model/errors.ts';
import type { SourceFile } from '../ports/read-world.ts';

const MANIFEST = /\.(?:ya?ml|json)$/;
const MAX_FILE = 4 * 1024 ** 2;
const MAX_ALL = 64 * 1024 ** 2;
const MAX_FILES = 10_000;

/**
 * The manifests below a directory, or the one file, sorted by path. `pinned` (absolute path to text) goes before the disk: a
 * run applies the bytes that were approved, whatever the files say by now. Links that lead out of the directory are refused.
 */
export async function readFiles(path: string, pinned: ReadonlyMap<string, string> = new Map()): Promise<SourceFile[]> {
  const at = resolve(path);
  const kept = [...pinned].filter(([file]) => file === at || file.startsWith(`${at}${sep}`));
  if (kept.length > 0) return kept.map(([file, text]) => ({ path: file, text })).toSorted(byPath);
  const paths = await pathsBelow(at);
  const files: SourceFile[] = [];
  let bytes = 0;
  for (const file of paths) {
    const text = await readWhole(file);
    bytes += Buffer.byteLength(text);
    if (bytes > MAX_ALL) throw tooLarge(at, `its manifests are over ${MAX_ALL / 1024 ** 2} MiB together`);
    files.push({ path: file, text });
  }
  return files;
}

async function pathsBelow(at: string): Promise<string[]> {
  try {
    if ((await stat(at)).isFile()) return [at];
    const root = await realpath(at);
    const found = await collect(at, root, []);
    return found.toSorted(comparePaths);
  } catch (error) {
    throw error instanceof DrctlError ? error : unreadable(at, error);
  }
}

async function collect(directory: string, root: string, found: string[]): Promise<string[]> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    const linked = entry.isSymbolicLink();
    // a ConfigMap mounted as a directory is links to files within: those are followed
    if (linked) await assertWithin(path, root);
    const isFile = linked ? (await stat(path)).isFile() : entry.isFile();
    // a link to a directory within would give its files twice
    if (entry.isDirectory()) await collect(path, root, found);
    else if (isFile && MANIFEST.test(entry.name)) found.push(path);
    if (found.length > MAX_FILES) throw tooLarge(root, `it holds more than ${MAX_FILES} manifests`);
  }
  return found;
}

async function assertWithin(link: string, root: string): Promise<void> {
  const target = await realpath(link);
  if (target === root || target.startsWith(`${root}${sep}`)) return;
  throw new DrctlError('LinkLeadsOut', 'user', `${link} is a link to ${target}, outside of the directory`, {
    nextSteps: ['put the file itself there: what is outside is not pinned with the runbook'],
  });
}

async function readWhole(path: string): Promise<string> {
  const { size } = await stat(path);
  if (size > MAX_FILE) throw tooLarge(path, `it is over ${MAX_FILE / 1024 ** 2} MiB`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): DrctlError {
  return new DrctlError('FilesUnreadable', 'user', `${path} cannot be read: ${messageOf(cause)}`, { cause });
}

function tooLarge(path: string, why: string): DrctlError {
  return new DrctlError('FilesTooLarge', 'user', `${path}: ${why}`);
}

const comparePaths = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const byPath = (a: SourceFile, b: SourceFile): number => comparePaths(a.path, b.path);
