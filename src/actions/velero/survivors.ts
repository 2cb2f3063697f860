import { isHasty } from '../../inventory/hasty.ts';
import type { PvFacts } from '../../inventory/persistent-volume.ts';
import { ec2VolumeIdOf } from '../../inventory/volume-handle.ts';
import type { Situation } from '../../model/action.ts';
import { isDrctlError } from '../../model/errors.ts';
import type { CloudVolume, ReadWorld } from '../../ports/read-world.ts';

/**
 * Those that may hold data which is better than a backup's. EC2 says of each volume whether it is there (an object may be
 * all that is left of one, under policy Delete) and when it was made: what was made after the impact, from nothing, and is
 * no claim's any more, was set aside. Where EC2 cannot be asked, and of volumes that are not EC2's, all count.
 */
export async function survivorsOf(
  volumes: readonly PvFacts[],
  world: ReadWorld,
  { impactAt }: Pick<Situation, 'impactAt'>,
): Promise<PvFacts[]> {
  const ids = [...new Set(volumes.flatMap(({ handle }) => ec2VolumeIdOf(handle) ?? []))];
  const known = ids.length === 0 ? undefined : await volumesOf(world, ids);
  return volumes.filter((pv) => {
    const id = ec2VolumeIdOf(pv.handle);
    if (known === undefined || id === undefined) return true;
    const cloud = known.get(id);
    if (!cloud || GONE.has(cloud.state)) return false;
    const hasty = isHasty({ pv, cloud, attachments: [] }, impactAt === undefined ? {} : { impactAt });
    // Velero leaves alone a claim that is there, and restores no data for it: first it is set aside
    return !hasty || pv.phase === 'Bound';
  });
}

const GONE: ReadonlySet<string> = new Set(['deleting', 'deleted']);

/** undefined: the target names no AWS endpoint. */
async function volumesOf(
  { cloud }: ReadWorld,
  ids: readonly string[],
): Promise<ReadonlyMap<string, CloudVolume> | undefined> {
  try {
    return new Map((await cloud.volumes({ ids })).map((volume) => [volume.id, volume]));
  } catch (error) {
    if (isDrctlError(error, 'NotConfigured')) return undefined;
    throw error;
  }
}
