import { applicationTargetOf, sourcesText, type ApplicationTarget } from '../duplicates/application.ts';
import type { Surroundings } from '../duplicates/identity.ts';
import type { Manifest } from '../duplicates/manifest.ts';
import { compareIdentities, identityKey, type Move } from '../duplicates/moves.ts';
import { isInSource, prunedOf, redirectionOf, type Pruned, type Redirection } from '../duplicates/prune.ts';
import { valuesOf, type Scan } from './scan-manifests.ts';

/** One Application that deploys elsewhere, or something else, than before. */
export interface RedirectedApplication extends Move {
  readonly redirection: Redirection;
  readonly was: ApplicationTarget;
  readonly is: ApplicationTarget;
}

/** What becomes of a cluster when the later side is synced. */
export interface ManifestChanges {
  readonly moved: readonly Move[];
  readonly applications: readonly RedirectedApplication[];
  readonly pruned: readonly Pruned[];
}

export async function compareScans(before: Scan, after: Scan, surroundings: Surroundings): Promise<ManifestChanges> {
  const { moved, removed, kept } = compareIdentities(before.manifests, after.manifests, surroundings);
  const applications = await redirected(kept, before, after);
  const leaving = leavingObjects(applications, before, after, surroundings);
  const gone = [...moved.map((one) => one.before), ...removed];
  const values = await valuesOf([...gone, ...leaving.map(({ manifest }) => manifest)], before);
  const told = new Set(gone);
  return {
    moved,
    applications,
    pruned: [
      ...moved.map((one) => prunedOf(one.before, values.get(one.before), 'it is known by another identity now')),
      ...removed.map((one) => prunedOf(one, values.get(one), 'its manifest is gone')),
      ...leaving
        .filter(({ manifest }) => !told.has(manifest))
        .map(({ manifest, because }) => prunedOf(manifest, values.get(manifest), because)),
    ],
  };
}

async function redirected(kept: readonly Move[], before: Scan, after: Scan): Promise<RedirectedApplication[]> {
  const both = kept.filter(({ after: one }) => one.group === 'argoproj.io' && one.kind === 'Application');
  const earlier = await valuesOf([...new Set(both.map((one) => one.before))], before);
  const later = await valuesOf([...new Set(both.map((one) => one.after))], after);
  return both.flatMap((move) => {
    const was = targetOf(earlier.get(move.before));
    const is = targetOf(later.get(move.after));
    const redirection = redirectionOf(was, is);
    return redirection ? [{ ...move, redirection, was, is }] : [];
  });
}

function targetOf(value: unknown): ApplicationTarget {
  return applicationTargetOf((value ?? {}) as Readonly<Record<string, unknown>>);
}

interface Leaving {
  readonly manifest: Manifest;
  readonly because: string;
}

/** What lies in an Application's old path and not in its new one: tracked under its name, and no longer wanted. */
function leavingObjects(
  applications: readonly RedirectedApplication[],
  before: Scan,
  after: Scan,
  surroundings: Surroundings,
): Leaving[] {
  return applications
    .filter((one) => one.redirection.path)
    .flatMap(({ was, is, after: { name } }) => {
      const stays = new Set(
        after.manifests.filter((one) => isInSource(one.file, is)).map((one) => identityKey(one, surroundings)),
      );
      const because = `Application ${name} no longer reads ${sourcesText(was)}`;
      return before.manifests
        .filter((one) => isInSource(one.file, was) && !stays.has(identityKey(one, surroundings)))
        .map((manifest) => ({ manifest, because }));
    });
}
