import { identityOf, type Surroundings } from './identity.ts';
import type { Manifest } from './manifest.ts';

/** Manifests that are, or may be, one object. */
export interface Collision {
  readonly group: string;
  readonly kind: string;
  /** `` for cluster-scoped kinds; undefined where it is that of whoever applies the manifest. */
  readonly namespace: string | undefined;
  readonly name: string;
  readonly manifests: readonly Manifest[];
  /** Whether it hangs on a namespace that some of them leave open. */
  readonly byOpenNamespace: boolean;
}

/** Every group of manifests with one identity, in the order in which the first of each stands in the input. */
export function findCollisions(manifests: readonly Manifest[], surroundings: Surroundings): Collision[] {
  return sharedNames(manifests, surroundings).flatMap((members) => collisionsAmong(members));
}

interface Member {
  readonly manifest: Manifest;
  readonly namespace: string | undefined;
}

/** Those that have place, group, kind and name in common: most names stand once, and are let go at once. */
function sharedNames(manifests: readonly Manifest[], surroundings: Surroundings): Member[][] {
  const byName = new Map<string, Member[]>();
  for (const manifest of manifests) {
    const { place, namespace } = identityOf(manifest, surroundings);
    const key = [place, manifest.group, manifest.kind, manifest.name].join('\0');
    const members = byName.get(key);
    if (members) members.push({ manifest, namespace });
    else byName.set(key, [{ manifest, namespace }]);
  }
  return [...byName.values()].filter((members) => members.length > 1);
}

function collisionsAmong(members: readonly Member[]): Collision[] {
  const byNamespace = Map.groupBy(members, (member) => member.namespace);
  const certain = [...byNamespace].flatMap(([namespace, same]) =>
    same.length > 1 ? [collisionOf(same, namespace, false)] : [],
  );
  const open = byNamespace.has(undefined) && byNamespace.size > 1;
  return open ? [...certain, collisionOf(members, undefined, true)] : certain;
}

function collisionOf(members: readonly Member[], namespace: string | undefined, byOpenNamespace: boolean): Collision {
  const manifests = members.map((member) => member.manifest);
  const { group = '', kind = '', name = '' } = manifests[0] ?? {};
  return { group, kind, namespace, name, manifests, byOpenNamespace };
}
