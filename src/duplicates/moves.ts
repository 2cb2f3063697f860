import { identityOf, type Surroundings } from './identity.ts';
import type { Manifest } from './manifest.ts';

/** An object that was known by another identity before: to the API server, one is deleted and another made. */
export interface Move {
  readonly before: Manifest;
  readonly after: Manifest;
}

export interface IdentityDifference {
  readonly moved: readonly Move[];
  readonly removed: readonly Manifest[];
  /** Manifests of one identity before and after; of several on a side, each with each. */
  readonly kept: readonly Move[];
}

/** Compares who is there, not what they say. `surroundings` are those of the later side. */
export function compareIdentities(
  before: readonly Manifest[],
  after: readonly Manifest[],
  surroundings: Surroundings,
): IdentityDifference {
  const keyOf = (manifest: Manifest): string => identityKey(manifest, surroundings);
  const earlier = Map.groupBy(before, keyOf);
  const later = Map.groupBy(after, keyOf);
  const removed = [...earlier].flatMap(([key, [first]]) => (later.has(key) || !first ? [] : [first]));
  const added = [...later].flatMap(([key, [first]]) => (earlier.has(key) || !first ? [] : [first]));
  const moved = pairs(removed, added);
  const gone = new Set(moved.map((one) => one.before));
  return {
    moved,
    removed: removed.filter((one) => !gone.has(one)),
    kept: [...later].flatMap(([key, ours]) =>
      ours.flatMap((one) => (earlier.get(key) ?? []).map((was) => ({ before: was, after: one }))),
    ),
  };
}

/** A file that a kustomization takes up, or lets go, is the same object: who renders it is left out. */
export function identityKey(manifest: Manifest, surroundings: Surroundings): string {
  const { unrendered: _, ...plain } = manifest;
  const { place, namespace } = identityOf(plain, surroundings);
  return [place, manifest.group, manifest.kind, namespace ?? '?', manifest.name].join('\0');
}

/** What two manifests of one object have in common when its identity changed; the first that singles one out, wins. */
const SIGNS: readonly ((manifest: Manifest) => string)[] = [
  (one) => [one.root, one.group, one.kind, one.name].join('\0'),
  (one) => [one.root, one.kind, one.name, one.namespace].join('\0'),
  (one) => [one.file, one.kind, one.ordinal].join('\0'),
  (one) => [one.file, one.kind].join('\0'),
];

/** Only where it is one to one: of two candidates, none is guessed. */
function pairs(removed: readonly Manifest[], added: readonly Manifest[]): Move[] {
  const found: Move[] = [];
  const open = { removed: new Set(removed), added: new Set(added) };
  for (const sign of SIGNS) {
    const later = Map.groupBy(open.added, sign);
    for (const [key, [before, ...others]] of Map.groupBy(open.removed, sign)) {
      const [after, ...more] = later.get(key) ?? [];
      if (!before || !after || others.length > 0 || more.length > 0) continue;
      found.push({ before, after });
      open.removed.delete(before);
      open.added.delete(after);
    }
  }
  return found;
}
