import { claimFactsOf } from '../../inventory/claim.ts';
import { pvFactsOf } from '../../inventory/persistent-volume.ts';
import { setFactsOf } from '../../inventory/workloads.ts';
import type { KubeReader } from '../../ports/read-world.ts';
import { notedReplicas } from '../members.ts';

/** What is not ready for an Argo CD that acts by itself, in words, by namespace. */
export type Unfinished = Readonly<Record<string, readonly string[]>>;

/**
 * Volumes that wait for a claim, and sets that are stopped until their turn: synced now, the sets would be made or started
 * again by Argo CD, on new, empty volumes (trap 21).
 */
export async function unfinishedIn(kube: KubeReader, namespaces: readonly string[]): Promise<Unfinished> {
  if (namespaces.length === 0) return {};
  const volumes = (await kube.facts('v1', 'PersistentVolume', {}, pvFactsOf)).filter(
    ({ claim, phase }) => phase !== 'Bound' && claim !== undefined && namespaces.includes(claim.namespace),
  );
  const found = namespaces.map(async (namespace): Promise<[string, string[]]> => {
    const [claims, sets] = await Promise.all([
      kube.facts('v1', 'PersistentVolumeClaim', { namespace }, claimFactsOf),
      kube.facts('apps/v1', 'StatefulSet', { namespace }, setFactsOf),
    ]);
    const bound = new Set(claims.filter((one) => one.phase === 'Bound' && !one.terminating).map(({ name }) => name));
    const waiting = volumes.flatMap(({ name, claim }) =>
      claim?.namespace === namespace && !bound.has(claim.name)
        ? [`claim ${namespace}/${claim.name} is not Bound, and ${name} waits for it`]
        : [],
    );
    const stopped = sets.flatMap((set) =>
      notedReplicas(set) === undefined ? [] : [`StatefulSet ${namespace}/${set.name} is stopped until its turn`],
    );
    return [namespace, [...waiting, ...stopped]];
  });
  return Object.fromEntries(await Promise.all(found));
}
