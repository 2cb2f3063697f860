import { explain, type Duplicate } from '../duplicates/explain.ts';
import { findCollisions } from '../duplicates/find.ts';
import { isArgoObject, type Surroundings } from '../duplicates/identity.ts';
import type { Unrendered } from '../duplicates/manifest.ts';
import type { ManifestAccess, NotRead } from '../ports/manifest-files.ts';
import { scanAll, valuesOf, type InputRoot, type Scan } from './scan-manifests.ts';

export interface DuplicatesInput {
  readonly roots: readonly InputRoot[];
  readonly namespace: string | undefined;
  readonly argocdNamespaces: readonly string[];
  /** Copies count as duplicates. */
  readonly strict: boolean;
}

export interface DuplicatesReport {
  readonly duplicates: readonly Duplicate[];
  readonly unreadable: readonly NotRead[];
  readonly ignored: readonly NotRead[];
  readonly unrendered: readonly (Unrendered & { readonly files: number })[];
  readonly files: number;
  readonly objects: number;
}

/** Reads everything once, and what collides a second time. Never throws for what a file holds. */
export async function findDuplicates(input: DuplicatesInput, access: ManifestAccess): Promise<DuplicatesReport> {
  const scan = await scanAll(input.roots, access.tree);
  const duplicates = await explained(scan, input);
  const { unreadable, ignored, unrendered, files, objects } = scan;
  return { duplicates, unreadable, ignored, unrendered, files: files.length, objects };
}

async function explained(scan: Scan, input: DuplicatesInput): Promise<Duplicate[]> {
  const collisions = findCollisions(scan.manifests, surroundingsOf(input, scan));
  const values = await valuesOf(
    collisions.flatMap((collision) => collision.manifests),
    scan,
  );
  return collisions
    .map((collision) =>
      explain(
        collision,
        collision.manifests.map((one) => values.get(one)),
        input.strict,
      ),
    )
    .toSorted((a, b) => weight(a) - weight(b));
}

export function surroundingsOf(input: DuplicatesInput, { scopes }: Pick<Scan, 'scopes'>): Surroundings {
  return { namespace: input.namespace, argocdNamespaces: input.argocdNamespaces, scopes };
}

/** What deletes most comes first: Applications, then the certain ones. */
function weight(duplicate: Duplicate): number {
  const argo = isArgoObject(duplicate) ? 0 : 1;
  return (duplicate.certainty === 'duplicate' ? 0 : 2) + argo;
}
