import type { Candidate, OwnVolume } from '../../inventory/candidate.ts';
import type { ClaimFacts } from '../../inventory/claim.ts';
import { isHasty } from '../../inventory/hasty.ts';
import type { Match } from '../../inventory/match.ts';
import type { Survey } from '../../inventory/survey.ts';
import { ec2VolumeIdOf } from '../../inventory/volume-handle.ts';

/** What is to become of one claim, and why. */
export type Verdict =
  | { readonly is: 'gone' | 'restored' }
  /** `on` absent: nothing was made for it yet. */
  | { readonly is: 'hasty'; readonly live: ClaimFacts; readonly on?: OwnVolume }
  | { readonly is: 'refused'; readonly because: string };

/**
 * Only what is proven to be empty is given up: EC2 shows its volume, and made it after the impact, from nothing. And only
 * where no older volume of the claim survives, for then pv/rebind has better than a backup. A volume that EC2 does not show
 * is gone: that it is asked in the right place, the hasty volume beside it proves, which must be shown.
 */
export function verdictOf(match: Match, survey: Survey, impactAt: string): Verdict {
  const { live, candidates } = match;
  if (!live) return { is: 'gone' };
  // one that has just been made for it, and that the claim does not name yet, is to be kept as well
  const on = candidates.find(({ pv }) =>
    live.volumeName === undefined ? pv?.claim?.uid === live.uid : pv?.name === live.volumeName,
  );
  if (on?.cloud?.snapshotId !== undefined) return { is: 'restored' };
  if (live.volumeName === undefined && live.dataSource !== undefined) return { is: 'restored' };
  const because = doubtOf(live, on, survey, impactAt) ?? olderOf(match, on, survey, impactAt);
  if (because !== undefined) return { is: 'refused', because };
  return { is: 'hasty', live, ...(on?.pv && { on: { ...on, pv: on.pv } }) };
}

function doubtOf(live: ClaimFacts, on: Candidate | undefined, { cloud }: Survey, impactAt: string): string | undefined {
  if (!cloud) return 'cannot see when its volume was made: the target names no AWS endpoint';
  if (!on?.pv)
    return live.volumeName === undefined
      ? undefined
      : `it names ${live.volumeName}, but no PersistentVolume of that name is there for it: nothing proves what would be given up`;
  const id = on.cloud?.id ?? on.pv.handle ?? 'no EC2 volume';
  if (!on.cloud) return `cannot see when the volume of ${on.pv.name} was made: EC2 does not show ${id}`;
  if (!isHasty(on, { impactAt }))
    return `it stands on ${on.pv.name} (${id}), made at ${on.cloud.createTime}, before the impact at ${impactAt}: it is not hasty, its data is there`;
  if (on.pv.claim?.uid !== live.uid)
    return `${on.pv.name} (${id}) is not bound to it, but to another claim of its name`;
  return undefined;
}

/** A volume of that claim with data that may be its own. */
function olderOf(
  { candidates }: Match,
  on: Candidate | undefined,
  survey: Survey,
  impactAt: string,
): string | undefined {
  const older = candidates.filter((one) => one !== on && !isHasty(one, { impactAt }) && !isLost(one, survey));
  if (older.length === 0) return undefined;
  const names = older.map(({ pv, cloud }) => {
    const made = cloud ? `, made at ${cloud.createTime}` : '';
    return `${pv?.name ?? 'no PersistentVolume'} (${cloud?.id ?? pv?.handle ?? '?'}${made}${pv ? `, ${pv.phase}` : ''})`;
  });
  return `an older volume of it survives: ${names.join(', ')}; pv/rebind with "hasty: swap" gives it that back`;
}

/** Only its object is left: EC2 was asked and has no such volume. */
function isLost({ pv, cloud }: Candidate, survey: Survey): boolean {
  return cloud === undefined && survey.cloud !== undefined && ec2VolumeIdOf(pv?.handle) !== undefined;
}
