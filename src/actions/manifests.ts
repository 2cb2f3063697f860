import { isAbsolute, join, relative } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { isJsonObject } from '../model/json.ts';
import { DrctlError } from '../model/errors.ts';
import type { KubeObject, ReadWorld, SourceFile } from '../ports/read-world.ts';

/** An object of a manifest file, and where it stands. */
export interface Manifest {
  readonly object: KubeObject;
  readonly file: string;
  /** Which document of the file, from 0. */
  readonly document: number;
}

const MANIFEST_FILE = /\.(ya?ml|json)$/;

/** Relative paths start at the runbook's directory. Throws `NoManifests` when the path holds none: never "nothing to do". */
export async function readManifests(world: ReadWorld, path: string, baseDir: string): Promise<Manifest[]> {
  const files = await world.files(isAbsolute(path) ? path : join(baseDir, path));
  const manifests = files
    .filter((file) => MANIFEST_FILE.test(file.path))
    .flatMap((file) => manifestsOf({ ...file, path: relative(baseDir, file.path) }));
  if (manifests.length === 0)
    throw new DrctlError('NoManifests', 'user', `${path} holds no manifest (.yaml, .yml or .json)`, {
      nextSteps: ['check "path": it is taken from the directory of the runbook file'],
    });
  return manifests;
}

/** All documents of one file; a `List` stands for its items. Throws `ManifestUnreadable` with the place. */
export function manifestsOf(file: SourceFile): Manifest[] {
  const manifests: Manifest[] = [];
  for (const [index, document] of parseAllDocuments(file.text).entries()) {
    const [error] = document.errors;
    if (error) {
      const at = error.linePos?.[0];
      throw new DrctlError(
        'ManifestUnreadable',
        'user',
        `${file.path}: ${error.message.split('\n')[0] ?? 'not YAML'}`,
        {
          ...(at && { at: { file: file.path, line: at.line, column: at.col } }),
        },
      );
    }
    const value: unknown = document.toJS();
    if (value === null || value === undefined) continue;
    for (const object of flattened(value))
      manifests.push({ object: checked(object, file, index), file: file.path, document: index });
  }
  return manifests;
}

function flattened(value: unknown): unknown[] {
  if (!isJsonObject(value)) return [value];
  const items: unknown = value['items'];
  return typeof value['kind'] === 'string' && value['kind'].endsWith('List') && Array.isArray(items) ? items : [value];
}

function checked(value: unknown, file: SourceFile, index: number): KubeObject {
  const metadata = isJsonObject(value) ? value['metadata'] : undefined;
  const complete =
    isJsonObject(value) &&
    typeof value['apiVersion'] === 'string' &&
    typeof value['kind'] === 'string' &&
    isJsonObject(metadata) &&
    typeof metadata['name'] === 'string';
  if (complete) return value as unknown as KubeObject;
  throw new DrctlError(
    'ManifestUnreadable',
    'user',
    `${file.path}: document ${index + 1} has no apiVersion, kind or metadata.name`,
    {
      nextSteps: ['every document needs all three; generateName cannot be recovered under the same name'],
    },
  );
}
