import { createHash } from 'node:crypto';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../types.ts';

/** A revision of a repository: file path to text. */
export type Files = Readonly<Record<string, string>>;

export interface Commit {
  revision: string;
  message: string;
  files: Files;
}

/**
 * The Git repository that Argo CD reads: commits on one branch, each a whole folder. What it holds is data that a
 * snapshot of a sandbox can carry along.
 */
export class Repository {
  readonly #commits: Commit[];

  constructor(commits: readonly Commit[] = []) {
    this.#commits = [...commits];
  }

  /** The revision is made of what is in it and what came before, as Git's are. */
  commit(message: string, files: Files): string {
    const parent = this.#commits.at(-1)?.revision ?? '';
    const revision = createHash('sha1')
      .update(JSON.stringify([parent, message, files]))
      .digest('hex');
    this.#commits.push({ revision, message, files });
    return revision;
  }

  /** `HEAD`, a branch (there is one, whatever it is called), or a revision or the beginning of one. */
  resolve(target: string | undefined): string | undefined {
    const head = this.#commits.at(-1);
    if (target === undefined || target === '' || target === 'HEAD' || target === 'main') return head?.revision;
    return this.#commits.findLast(({ revision }) => revision.startsWith(target))?.revision;
  }

  filesAt(revision: string): Files | undefined {
    return this.#commits.find((commit) => commit.revision === revision)?.files;
  }

  dump(): Commit[] {
    return [...this.#commits];
  }
}

/** The objects of all YAML files right in a folder, in the order of their names: Argo CD's source of type Directory. */
export function manifestsIn(files: Files, folder: string, recurse: boolean): KubeObject[] {
  const start = folder === '' || folder === '.' ? '' : `${folder.replace(/\/+$/, '')}/`;
  return Object.entries(files)
    .filter(([path]) => path.startsWith(start) && /\.(ya?ml|json)$/.test(path))
    .filter(([path]) => recurse || !path.slice(start.length).includes('/'))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([path]) => readOnce(files, path));
}

/** A revision never changes, and its Applications look at it again and again: each file is parsed once. */
const parsed = new WeakMap<Files, Map<string, readonly KubeObject[]>>();

function readOnce(files: Files, path: string): readonly KubeObject[] {
  const known = parsed.get(files) ?? new Map<string, readonly KubeObject[]>();
  parsed.set(files, known);
  const objects = known.get(path) ?? objectsOf(path, files[path] ?? '').map(deepFrozen);
  known.set(path, objects);
  return objects;
}

function deepFrozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.values(value).forEach(deepFrozen);
  return Object.freeze(value);
}

function objectsOf(path: string, text: string): KubeObject[] {
  return parseAllDocuments(text).flatMap((document) => {
    const problem = document.errors[0];
    if (problem) throw new Error(`${path}: ${problem.message.split('\n')[0] ?? ''}`);
    const object = document.toJS() as KubeObject | null;
    if (object === null) return [];
    if (typeof object !== 'object' || typeof object.kind !== 'string' || typeof object.apiVersion !== 'string')
      throw new Error(`${path}: a document without apiVersion and kind`);
    return [object];
  });
}
