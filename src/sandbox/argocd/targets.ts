import type { KubeObject } from '../types.ts';
import type { ServedResource } from '../controllers/resources.ts';
import type { Application } from './kinds.ts';
import { type Files, manifestsIn } from './repository.ts';
import { identityKey, identityOf, groupOf, type TrackingMethod, withTracking } from './tracking.ts';

export interface Targets {
  /** What the source wants, each once, as it will be applied. */
  readonly objects: ReadonlyMap<string, KubeObject>;
  /** Named more than once in the source: the last one counts. */
  readonly repeated: readonly string[];
  readonly error?: string;
}

/** What an Application's source asks for at a revision. */
export function targetsOf(
  application: Application,
  files: Files,
  served: readonly ServedResource[],
  method: TrackingMethod,
): Targets {
  const { source, destination } = application.spec;
  const folder = typeof source?.['path'] === 'string' ? source['path'] : '.';
  const directory = source?.['directory'] as { recurse?: boolean } | undefined;
  let manifests: KubeObject[];
  try {
    manifests = manifestsIn(files, folder, directory?.recurse === true);
  } catch (error) {
    return { objects: new Map(), repeated: [], error: error instanceof Error ? error.message : String(error) };
  }
  const objects = new Map<string, KubeObject>();
  const repeated = new Set<string>();
  for (const manifest of manifests) {
    const object = placed(manifest, destination.namespace, served);
    const key = identityKey(identityOf(object));
    if (objects.has(key)) repeated.add(key);
    objects.delete(key);
    objects.set(key, withTracking(object, application.metadata.name ?? '', method));
  }
  return { objects, repeated: [...repeated] };
}

/** Cluster-scoped kinds lose a namespace; the others get the destination's where they name none. */
function placed(manifest: KubeObject, namespace: string | undefined, served: readonly ServedResource[]): KubeObject {
  const known = servedAs(manifest, served);
  const { namespace: own, ...metadata } = manifest.metadata;
  if (known?.namespaced === false) return { ...manifest, metadata };
  const chosen = own ?? namespace;
  return { ...manifest, metadata: { ...metadata, ...(chosen !== undefined && { namespace: chosen }) } };
}

export function servedAs(object: KubeObject, served: readonly ServedResource[]): ServedResource | undefined {
  const group = groupOf(object.apiVersion);
  const version = object.apiVersion.slice(group === '' ? 0 : group.length + 1);
  return served.find(
    ({ kind, resource }) => kind === object.kind && resource.group === group && resource.version === version,
  );
}
