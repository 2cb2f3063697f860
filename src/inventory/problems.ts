import type { Candidate, ExpectedClaim, Hasty, OwnVolume, Problem } from './candidate.ts';
import type { ClaimFacts } from './claim.ts';
import { hastyProblems, isHasty } from './hasty.ts';
import { attachmentProblems, zoneProblems } from './placement.ts';
import type { PvFacts } from './persistent-volume.ts';
import { bytesOf, gibOf } from './quantity.ts';
import { OWNER_TAGS, type Survey } from './survey.ts';
import { ec2VolumeIdOf } from './volume-handle.ts';

export interface Question {
  readonly claim: ExpectedClaim;
  /** All that may be its own: without those set aside. */
  readonly candidates: readonly Candidate[];
  readonly setAside: readonly Candidate[];
  readonly mode: Hasty;
  /** The volume the live claim stands on, where that may be swapped. */
  readonly hasty?: OwnVolume;
  readonly own?: OwnVolume;
  readonly live?: ClaimFacts;
  readonly sharers: readonly PvFacts[];
  readonly survey: Survey;
  readonly impactAt?: string;
}

/** Everything that speaks against it, not only the first thing found: a person repairs them together. */
export function problemsOf(question: Question): Problem[] {
  const { own } = question;
  if (!own) return noOne(question);
  return [
    ...pvProblems(own.pv, question.sharers),
    ...cloudProblems(own, question),
    ...claimProblems(own.pv, question.claim),
    ...zoneProblems(own, question.survey),
    ...attachmentProblems(own, question.survey),
    ...liveProblems(own, question),
  ];
}

function noOne({ claim, candidates, setAside, mode, impactAt }: Question): Problem[] {
  const name = `${claim.namespace}/${claim.name}`;
  const first = candidates[0];
  const hintOf = (): string => {
    if (impactAt === undefined) return ', or when the disaster began (--impact-at): what was made since is not its own';
    const since = candidates.filter((one) => isHasty(one, { impactAt })).length;
    return mode === 'swap' || since === 0
      ? ''
      : `; ${since} made after the impact: "hasty: swap" in the step sets those aside`;
  };
  if (!first && setAside.length > 0)
    return [
      {
        code: 'no-volume',
        text: `no volume from before the impact (${impactAt ?? '?'}) answers to ${name}, only what was made since: ${setAside.map(nameOf).join(', ')}; if one of these is right after all, say so in "choose"`,
      },
    ];
  if (!first) return [{ code: 'no-volume', text: `no PersistentVolume and no EC2 volume names claim ${name}` }];
  if (claim.chosen !== undefined)
    return [{ code: 'two-volumes', text: `the chosen ${claim.chosen} is none of the volumes that answer to ${name}` }];
  if (candidates.length > 1)
    return [
      {
        code: 'two-volumes',
        text: `${candidates.length} volumes answer to ${name}: ${candidates.map(nameOf).join(', ')}; say which in "choose"${hintOf()}`,
      },
    ];
  return [
    {
      code: 'no-pv',
      text: `EC2 volume ${first.cloud?.id ?? '?'} was made for ${name}, but no PersistentVolume names it`,
    },
  ];
}

function nameOf({ pv, cloud }: Candidate): string {
  const id = cloud?.id ?? pv?.handle;
  if (!pv) return `${id ?? '?'} (no PV)`;
  return id === undefined ? pv.name : `${pv.name} (${id})`;
}

function pvProblems(pv: PvFacts, sharers: readonly PvFacts[]): Problem[] {
  const found: Problem[] = [];
  if (sharers.length > 1)
    found.push({
      code: 'shared-handle',
      text: `${sharers.map(({ name }) => name).join(' and ')} are two objects over one volume ${pv.handle ?? ''}`,
    });
  if (pv.terminating)
    found.push({
      code: 'terminating',
      text: `${pv.name} is being deleted (held by ${pv.finalizers.join(', ') || 'nothing'}) and cannot be kept: its object must be made again under Retain once it is gone`,
    });
  if (pv.phase === 'Failed') found.push({ code: 'failed', text: `${pv.name} is Failed` });
  return found;
}

function cloudProblems(own: OwnVolume, { claim, survey }: Question): Problem[] {
  const { pv, cloud } = own;
  const id = ec2VolumeIdOf(pv.handle);
  if (id === undefined) return [];
  if (!survey.cloud)
    return [{ code: 'cannot-see-volume', text: `cannot see EC2 volume ${id}: the target names no AWS endpoint` }];
  if (!cloud) return [{ code: 'volume-gone', text: `EC2 volume ${id} of ${pv.name} does not exist` }];
  const found: Problem[] = [];
  if (cloud.state !== 'available' && cloud.state !== 'in-use')
    found.push({ code: 'volume-gone', text: `EC2 volume ${id} is ${cloud.state}` });
  if (pv.capacityBytes !== undefined && gibOf(pv.capacityBytes) !== cloud.sizeGiB)
    found.push({
      code: 'size',
      text: `${pv.name} says ${pv.capacity ?? '?'}, EC2 volume ${id} has ${cloud.sizeGiB} GiB`,
    });
  if (pv.zone !== undefined && pv.zone !== cloud.zone)
    found.push({ code: 'zone', text: `${pv.name} is for zone ${pv.zone}, EC2 volume ${id} is in ${cloud.zone}` });
  return [...found, ...ownerProblems(claim, own, id)];
}

/** A volume without owner tags is not suspect by itself: `--extra-create-metadata` may be off (recovery-facts A4). */
function ownerProblems(claim: ExpectedClaim, { cloud, pv }: Candidate, id: string): Problem[] {
  const expected = { namespace: claim.namespace, name: claim.name, pv: pv?.name };
  return (['namespace', 'name', 'pv'] as const).flatMap((key) => {
    const recorded = cloud?.tags[OWNER_TAGS[key]];
    if (recorded === undefined || recorded === expected[key]) return [];
    // A PV that was made again by hand has another name than the one EC2 recorded; the claim's name is what must agree.
    if (key === 'pv' && cloud?.tags[OWNER_TAGS.name] !== undefined) return [];
    const text = `EC2 volume ${id} is tagged ${OWNER_TAGS[key]}=${recorded}, not ${expected[key] ?? 'nothing'}`;
    return [{ code: 'owner' as const, text }];
  });
}

/** The API checks none of this for a claim that names its volume (testbed finding 7), so it is checked here. */
function claimProblems(pv: PvFacts, claim: ExpectedClaim): Problem[] {
  const found: Problem[] = [];
  const request = claim.request === undefined ? undefined : bytesOf(claim.request);
  if (request !== undefined && pv.capacityBytes !== undefined && request > pv.capacityBytes)
    found.push({ code: 'size', text: `the claim asks ${claim.request ?? ''}, ${pv.name} has ${pv.capacity ?? '?'}` });
  if (pv.volumeMode === undefined)
    found.push({
      code: 'volume-mode',
      text: `volumeMode of ${pv.name} is not recorded; taken as Filesystem it may be formatted`,
    });
  else if (claim.volumeMode !== undefined && claim.volumeMode !== pv.volumeMode)
    found.push({ code: 'volume-mode', text: `the claim asks ${claim.volumeMode}, ${pv.name} is ${pv.volumeMode}` });
  if (claim.storageClass !== undefined && claim.storageClass !== pv.storageClass)
    found.push({
      code: 'class',
      text: `the claim asks class "${claim.storageClass}", ${pv.name} has "${pv.storageClass}"`,
    });
  const missing = (claim.accessModes ?? []).filter((mode) => !pv.accessModes.includes(mode));
  if (missing.length > 0)
    found.push({
      code: 'access-modes',
      text: `the claim asks ${missing.join(', ')}, ${pv.name} has ${pv.accessModes.join(', ')}`,
    });
  return found;
}

/** A live claim that already has, or may get, another volume. */
function liveProblems(own: OwnVolume, question: Question): Problem[] {
  const { claim, live } = question;
  const found = hastyProblems(own, live, question);
  if (live && !live.terminating && live.volumeName === undefined)
    found.push(...claimProblems(own.pv, liveAsExpected(claim, live)));
  return found;
}

/** A live claim that has no volume yet asks for things of its own: its fields must fit as a manifest's must. */
function liveAsExpected(claim: ExpectedClaim, live: ClaimFacts): ExpectedClaim {
  return {
    namespace: claim.namespace,
    name: claim.name,
    accessModes: live.accessModes,
    ...(live.requestBytes !== undefined && { request: String(live.requestBytes) }),
    ...(live.volumeMode !== undefined && { volumeMode: live.volumeMode }),
    ...(live.storageClass !== undefined && { storageClass: live.storageClass }),
  };
}
