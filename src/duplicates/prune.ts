import { isJsonObject } from '../model/json.ts';
import { applicationTargetOf, sameDestination, samePaths, type ApplicationTarget } from './application.ts';
import { isArgoObject } from './identity.ts';
import type { Manifest } from './manifest.ts';
import { textOf } from './spelled.ts';

/** An object that an Argo CD with prune deletes once the later revision is synced. */
export interface Pruned {
  readonly manifest: Manifest;
  readonly because: string;
  /** What goes with it; undefined where it is only itself. */
  readonly takes?: string;
  /** What its annotation says against it. */
  readonly guard?: 'Prune=false' | 'Prune=confirm';
}

const SYNC_OPTIONS = 'argocd.argoproj.io/sync-options';

/** `value` is the object as it was before. */
export function prunedOf(manifest: Manifest, value: unknown, because: string): Pruned {
  const takes = takenWith(manifest, value);
  const guard = guardOf(value);
  return { manifest, because, ...(takes !== undefined && { takes }), ...(guard && { guard }) };
}

/** `Prune=false` keeps it, `Prune=confirm` asks first (Argo CD 2.14); both stand on the live object (recovery-facts B2). */
function guardOf(value: unknown): Pruned['guard'] {
  const metadata = isJsonObject(value) ? value['metadata'] : undefined;
  const annotations = isJsonObject(metadata) ? metadata['annotations'] : undefined;
  const options = (isJsonObject(annotations) ? textOf(annotations[SYNC_OPTIONS]) : undefined) ?? '';
  const listed = options.split(',').map((option) => option.trim());
  if (listed.includes('Prune=false')) return 'Prune=false';
  return listed.includes('Prune=confirm') ? 'Prune=confirm' : undefined;
}

function takenWith(manifest: Manifest, value: unknown): string | undefined {
  if (isArgoObject(manifest) && manifest.kind === 'Application')
    return applicationTargetOf(isJsonObject(value) ? value : {}).cascades
      ? 'everything that it deployed: it has the resources finalizer'
      : undefined;
  return TAKEN.get(`${manifest.kind}.${manifest.group}`);
}

const TAKEN: ReadonlyMap<string, string> = new Map([
  ['Namespace.', 'everything in it'],
  ['PersistentVolumeClaim.', 'its volume, unless the reclaim policy is Retain'],
  ['CustomResourceDefinition.apiextensions.k8s.io', 'every object of its kind'],
]);

/** How an Application is another one than before; undefined where it is the same. */
export interface Redirection {
  readonly destination: boolean;
  readonly path: boolean;
}

export function redirectionOf(before: ApplicationTarget, after: ApplicationTarget): Redirection | undefined {
  const destination = !sameDestination(before, after);
  const path = !samePaths(before, after);
  return destination || path ? { destination, path } : undefined;
}

/** Whether a file lies in one of an Application's source paths: only where the manifests of that path are in the input. */
export function isInSource(file: string, { sources }: ApplicationTarget): boolean {
  return sources.some(({ path }) => {
    const folder = path.replace(/^\.?\/+|\/+$/g, '');
    return folder !== '' && folder !== '.' && `/${file}`.includes(`/${folder}/`);
  });
}
