import type { Candidate, ExpectedClaim, Hasty, OwnVolume, Problem } from './candidate.ts';
import type { CloudVolume } from '../ports/read-world.ts';
import type { ClaimFacts } from './claim.ts';

interface When {
  readonly impactAt?: string;
}

/**
 * Made after the impact, and not from a snapshot: an empty volume that the provisioner made for a claim which came too early
 * (trap 4). Only EC2's own record of when it made the volume counts; a PV object is younger than its volume whenever somebody
 * made it again.
 */
export function isHasty({ cloud }: Candidate, { impactAt }: When): boolean {
  if (!cloud || impactAt === undefined || cloud.snapshotId !== undefined) return false;
  return Date.parse(cloud.createTime) > Date.parse(impactAt);
}

/** Made after the impact, from a snapshot: what a recovery brought back itself. It is in use, and its data is in that snapshot. */
export function isRestored({ snapshotId, createTime }: CloudVolume, { impactAt }: When): boolean {
  return snapshotId !== undefined && impactAt !== undefined && Date.parse(createTime) > Date.parse(impactAt);
}

interface Question extends When {
  readonly claim: ExpectedClaim;
  readonly candidates: readonly Candidate[];
  readonly setAside: readonly Candidate[];
  readonly mode: Hasty;
  readonly hasty?: OwnVolume;
}

/** Why a live claim on another volume is not simply swapped, or not believed where it is. */
export function hastyProblems(own: OwnVolume, live: ClaimFacts | undefined, question: Question): Problem[] {
  const early = releasedEarlier(own, question);
  if (early.length > 0 || !live || live.terminating) return early;
  const { pv, cloud } = own;
  const { claim, impactAt, hasty } = question;
  const name = `${claim.namespace}/${claim.name}`;
  if (live.volumeName !== undefined && live.volumeName !== pv.name && !hasty) {
    const text = `claim ${name} lives on ${live.volumeName}, not on its own ${pv.name}: ${whyNotSwapped(live, question)}`;
    return [{ code: 'hasty-claim', text }];
  }
  if (live.volumeName === pv.name && claim.chosen === undefined && isHasty(own, question))
    return [
      {
        code: 'hasty-claim',
        text: `${pv.name} (${cloud?.id ?? '?'}) was made at ${cloud?.createTime ?? '?'}, after the impact at ${impactAt ?? '?'}: not the volume with the data; if it is right after all, say so in "choose"`,
      },
    ];
  return [];
}

/** The API says it to the second. */
const SECOND = 1_000;

/**
 * What was in use until the disaster was released by it, not before: an older volume of the claim's name may be what an
 * earlier life left behind, and what is taken for hasty the one with the data, when the time of the impact is wrong.
 */
function releasedEarlier({ pv }: OwnVolume, { claim, setAside, impactAt }: Question): Problem[] {
  if (setAside.length === 0 || impactAt === undefined || pv.phase !== 'Released' || claim.chosen !== undefined)
    return [];
  if (pv.phaseSince === undefined || Date.parse(pv.phaseSince) + SECOND >= Date.parse(impactAt)) return [];
  const text = `${pv.name} was released at ${pv.phaseSince}, before the impact at ${impactAt}: it was not in use when the disaster began. If it began earlier, say so (--impact-at); if it is right, name it in "choose"`;
  return [{ code: 'hasty-claim', text }];
}

function whyNotSwapped(live: ClaimFacts, question: Question): string {
  const { candidates, setAside, mode, impactAt } = question;
  if (mode === 'ask')
    return 'a hasty claim; "hasty: swap" in the step, and a budget for it, give it its own volume back';
  if (impactAt === undefined)
    return 'say when the disaster began (--impact-at): only then is it known which of them came too late';
  const on = [...candidates, ...setAside].find(({ pv }) => pv?.name === live.volumeName);
  if (!on) return `no PersistentVolume of that name is bound to it, so nothing proves what would be given up`;
  if (!on.cloud) return 'EC2 does not show when that volume was made';
  if (on.cloud.snapshotId !== undefined)
    return `${on.cloud.id} was made from snapshot ${on.cloud.snapshotId}: somebody restored it, it is not empty`;
  const made = `${on.cloud.id} was made at ${on.cloud.createTime}`;
  return isHasty(on, question)
    ? `${made}, but its PersistentVolume is bound to another claim than this one`
    : `${made}, before the impact at ${impactAt}: it is no hasty volume`;
}
