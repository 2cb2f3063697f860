import { explain, type Duplicate } from '../duplicates/explain.ts';
import { findCollisions } from '../duplicates/find.ts';
import { isArgoObject, type Surroundings } from '../duplicates/identity.ts';
import type { Unrendered } from '../duplicates/manifest.ts';
import { DrctlError } from '../model/errors.ts';
import type { ManifestAccess, NotRead } from '../ports/manifest-files.ts';
import { compareScans, type ManifestChanges } from './manifest-changes.ts';
import { scanAll, valuesOf, type InputRoot, type Scan } from './scan-manifests.ts';

export interface DuplicatesInput {
  readonly roots: readonly InputRoot[];
  readonly namespace: string | undefined;
  readonly argocdNamespaces: readonly string[];
  /** Copies count as duplicates. */
  readonly strict: boolean;
  /** `REV`, compared with the files as they are, or `A..B`. */
  readonly changedSince?: string | undefined;
}

export interface DuplicatesReport {
  readonly duplicates: readonly Duplicate[];
  /** With a revision to compare with. */
  readonly changes?: ManifestChanges & { readonly since: string };
  readonly unreadable: readonly NotRead[];
  readonly ignored: readonly NotRead[];
  readonly unrendered: readonly (Unrendered & { readonly files: number })[];
  readonly files: number;
  readonly objects: number;
}

/** Reads everything once, and what collides a second time. Never throws for what a file holds. */
export async function findDuplicates(input: DuplicatesInput, access: ManifestAccess): Promise<DuplicatesReport> {
  const range = input.changedSince === undefined ? undefined : rangeOf(input.changedSince);
  const paths = input.roots.flatMap((root) => root.paths);
  const scan = await scanAll(
    input.roots,
    range?.to === undefined ? access.tree : await access.revision(range.to, paths),
  );
  const duplicates = await explained(scan, input);
  const { unreadable, ignored, unrendered, files, objects } = scan;
  const report = { duplicates, unreadable, ignored, unrendered, files: files.length, objects };
  if (!range) return report;
  const before = await scanAll(input.roots, await access.revision(range.from, paths));
  const changes = await compareScans(before, scan, surroundingsOf(input, scan));
  return { ...report, changes: { ...changes, since: range.from } };
}

interface Range {
  readonly from: string;
  readonly to?: string;
}

function rangeOf(text: string): Range {
  const [from = '', to, ...others] = text.split('..');
  if (from === '' || others.length > 0 || to?.startsWith('.') || from.startsWith('-') || to?.startsWith('-'))
    throw new DrctlError('RevisionRange', 'user', `--changed-since takes REV or A..B, not ${JSON.stringify(text)}`, {
      nextSteps: ['for A...B: --changed-since "$(git merge-base A B)..B"'],
    });
  return { from, ...(to !== undefined && { to: to === '' ? 'HEAD' : to }) };
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

function surroundingsOf(input: DuplicatesInput, { scopes }: Pick<Scan, 'scopes'>): Surroundings {
  return { namespace: input.namespace, argocdNamespaces: input.argocdNamespaces, scopes };
}

/** What deletes most comes first: Applications, then the certain ones. */
function weight(duplicate: Duplicate): number {
  const argo = isArgoObject(duplicate) ? 0 : 1;
  return (duplicate.certainty === 'duplicate' ? 0 : 2) + argo;
}
