import type { ManifestAccess } from '../ports/manifest-files.ts';
import { manifestsOnDisk } from '../world/manifest-files.ts';
import { manifestsAt } from '../world/git-manifests.ts';

/** What `duplicates` reads from: no target, no store, none of what makes other commands slow to start. */
export function wireManifests(): ManifestAccess {
  return { tree: manifestsOnDisk(process.stdin), revision: manifestsAt };
}
