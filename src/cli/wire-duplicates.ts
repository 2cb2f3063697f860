import type { ManifestAccess, ManifestFiles } from '../ports/manifest-files.ts';
import { manifestsOnDisk } from '../world/manifest-files.ts';

/** What `duplicates` reads from: no target, no store, none of what makes other commands slow to start. */
export function wireManifests(): ManifestAccess {
  return { tree: manifestsOnDisk(process.stdin), revision: revisionOf };
}

/** Starting programs takes a library that only this needs. */
async function revisionOf(name: string, paths: readonly string[]): Promise<ManifestFiles> {
  const { manifestsAt } = await import('../world/git-manifests.ts');
  return manifestsAt(name, paths);
}
