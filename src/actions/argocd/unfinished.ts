import { claimFactsOf } from '../../inventory/claim.ts';
import { isHasty } from '../../inventory/hasty.ts';
import { pvFactsOf, type PvFacts } from '../../inventory/persistent-volume.ts';
import { ec2VolumeIdOf } from '../../inventory/volume-handle.ts';
import { setFactsOf, type SetFacts } from '../../inventory/workloads.ts';
import type { Situation } from '../../model/action.ts';
import { isDrctlError } from '../../model/errors.ts';
import type { ReadWorld } from '../../ports/read-world.ts';
import { notedReplicas } from '../members.ts';

/** What is not ready for an Argo CD that acts by itself, in words, by namespace. */
export type Unfinished = Readonly<Record<string, readonly string[]>>;

/**
 * Volumes that wait for their claim, and sets that are stopped until their turn: synced now, Argo CD would make or start the
 * sets on new, empty volumes (trap 21). The destinations are on the cluster that is recovered, wherever Argo CD itself lives.
 */
export async function unfinishedIn(
  world: ReadWorld,
  namespaces: readonly string[],
  situation: Pick<Situation, 'impactAt'>,
): Promise<Unfinished> {
  if (namespaces.length === 0) return {};
  const kube = world.kube('cluster');
  const loose = (await kube.facts('v1', 'PersistentVolume', {}, pvFactsOf)).filter(
    ({ claim, phase }) => phase !== 'Bound' && claim !== undefined && namespaces.includes(claim.namespace),
  );
  const old = await inUseBefore(loose, world, situation);
  const found = namespaces.map(async (namespace): Promise<[string, string[]]> => {
    const [claims, sets, deployments] = await Promise.all([
      kube.facts('v1', 'PersistentVolumeClaim', { namespace }, claimFactsOf),
      kube.facts('apps/v1', 'StatefulSet', { namespace }, setFactsOf),
      kube.facts('apps/v1', 'Deployment', { namespace }, setFactsOf),
    ]);
    const bound = new Set(claims.filter((one) => one.phase === 'Bound' && !one.terminating).map(({ name }) => name));
    const waiting = loose.flatMap((pv) => {
      if (pv.claim?.namespace !== namespace) return [];
      const claim = `${namespace}/${pv.claim.name}`;
      if (!bound.has(pv.claim.name)) return [`claim ${claim} is not Bound, and ${pv.name} waits for it`];
      return old.has(pv.name) ? [`claim ${claim} stands on another volume, and its own ${pv.name} waits for it`] : [];
    });
    const stopped = (kind: string, found: readonly SetFacts[]): string[] =>
      found.flatMap((set) =>
        notedReplicas(set) === undefined ? [] : [`${kind} ${namespace}/${set.name} is stopped until its turn`],
      );
    return [namespace, [...waiting, ...stopped('StatefulSet', sets), ...stopped('Deployment', deployments)]];
  });
  return Object.fromEntries(await Promise.all(found));
}

/** Released by the disaster, and made before it: not what was made too early and set aside since, nor an earlier life's. */
async function inUseBefore(
  loose: readonly PvFacts[],
  world: ReadWorld,
  { impactAt }: Pick<Situation, 'impactAt'>,
): Promise<ReadonlySet<string>> {
  const since = impactAt === undefined ? undefined : Date.parse(impactAt);
  const ids = [...new Set(loose.flatMap(({ handle }) => ec2VolumeIdOf(handle) ?? []))];
  if (since === undefined || ids.length === 0) return new Set();
  const clouds = await cloudOf(world, ids);
  const own = loose.filter((pv) => {
    const cloud = clouds.find(({ id }) => id === ec2VolumeIdOf(pv.handle));
    const released = pv.phaseSince === undefined ? since : Date.parse(pv.phaseSince);
    return cloud && !isHasty({ pv, cloud, attachments: [] }, { impactAt: impactAt ?? '' }) && released + 1_000 >= since;
  });
  return new Set(own.map(({ name }) => name));
}

async function cloudOf({ cloud }: ReadWorld, ids: readonly string[]) {
  try {
    return await cloud.volumes({ filters: { 'volume-id': ids.slice(0, 200) } });
  } catch (error) {
    if (isDrctlError(error, 'NotConfigured')) return [];
    throw error;
  }
}
