import type { CloudVolume } from '../ports/read-world.ts';
import type { Candidate, Certainty, ExpectedClaim, Hasty, OwnVolume, Problem } from './candidate.ts';
import type { ClaimFacts } from './claim.ts';
import { isHasty } from './hasty.ts';
import type { PvFacts } from './persistent-volume.ts';
import { problemsOf } from './problems.ts';
import { OWNER_TAGS, type AttachmentFacts, type Survey } from './survey.ts';
import { ec2VolumeIdOf } from './volume-handle.ts';

export interface Match {
  readonly claim: ExpectedClaim;
  readonly candidates: readonly Candidate[];
  /** The one volume, if there is exactly one or a person chose. */
  readonly own?: OwnVolume;
  /** A claim of that name that exists now. */
  readonly live?: ClaimFacts;
  /** Where that claim stands on a volume made after the impact, which may be swapped for its own: the volume to be kept. */
  readonly hasty?: OwnVolume;
  /** Volumes made for this claim after the impact: never its own, always kept. */
  readonly setAside: readonly Candidate[];
  readonly certainty: Certainty;
  /** Every reason not to use `own`; empty means usable. */
  readonly problems: readonly Problem[];
}

/**
 * Which volume belongs to which claim. The PV's own claimRef decides; what EC2 recorded must agree; nothing is ever
 * picked by age, size or likeness (traps 7 and 8). Where hasty claims are swapped, volumes that EC2 made after the impact
 * are set aside first; what is left must still be exactly one.
 */
export function matchVolumes(survey: Survey, expected: readonly ExpectedClaim[], when: When = {}): Match[] {
  const indexed = indexOf(survey);
  return expected.map((claim) => matchOne(claim, survey, indexed, when));
}

interface When {
  readonly impactAt?: string;
  readonly hasty?: Hasty;
}

function matchOne(claim: ExpectedClaim, survey: Survey, indexed: Indexed, when: When): Match {
  const candidates = candidatesOf(claim, indexed);
  const live = indexed.live.get(`${claim.namespace}/${claim.name}`);
  const chosen = claim.chosen === undefined ? [] : candidates.filter((one) => isNamed(one, claim.chosen));
  const setAside = candidates.filter((one) => !chosen.includes(one) && when.hasty === 'swap' && isHasty(one, when));
  const picked = claim.chosen === undefined ? candidates.filter((one) => !setAside.includes(one)) : chosen;
  const only = picked.length === 1 ? picked[0] : undefined;
  const own = only?.pv ? { ...only, pv: only.pv } : undefined;
  const hasty = own && live && hastyVolumeOf(live, setAside);
  const problems = problemsOf({
    claim,
    candidates: claim.chosen === undefined ? picked : candidates,
    setAside,
    survey,
    sharers: own?.pv.handle === undefined ? [] : (indexed.byHandle.get(own.pv.handle) ?? []),
    mode: when.hasty ?? 'ask',
    ...(own && { own }),
    ...(live && { live }),
    ...(hasty && { hasty }),
    ...(when.impactAt !== undefined && { impactAt: when.impactAt }),
  });
  return {
    claim,
    candidates,
    setAside,
    certainty: certaintyOf(picked, own, claim),
    problems,
    ...(own && { own }),
    ...(live && { live }),
    ...(hasty && { hasty }),
  };
}

function certaintyOf(picked: readonly Candidate[], own: OwnVolume | undefined, { chosen }: ExpectedClaim): Certainty {
  if (own) return chosen === undefined ? 'certain' : 'chosen';
  return picked.length === 0 ? 'none' : 'contested';
}

/** Bound both ways to this very claim: the volume's PV names its uid, the claim names the PV. */
function hastyVolumeOf(live: ClaimFacts, setAside: readonly Candidate[]): OwnVolume | undefined {
  const found = setAside.find(({ pv }) => pv?.name === live.volumeName && pv?.claim?.uid === live.uid);
  return found?.pv && { ...found, pv: found.pv };
}

interface Indexed {
  readonly byClaim: ReadonlyMap<string, readonly PvFacts[]>;
  readonly byHandle: ReadonlyMap<string, readonly PvFacts[]>;
  readonly live: ReadonlyMap<string, ClaimFacts>;
  readonly cloudById: ReadonlyMap<string, CloudVolume>;
  readonly cloudByOwner: ReadonlyMap<string, readonly CloudVolume[]>;
  readonly attachments: ReadonlyMap<string, readonly AttachmentFacts[]>;
}

/** Two thousand claims are matched in one pass: every lookup below is by key. */
function indexOf(survey: Survey): Indexed {
  const cloud = (survey.cloud?.volumes ?? []).filter((volume) => !GONE.has(volume.state));
  return {
    byClaim: groupBy(survey.volumes, (pv) => pv.claim && `${pv.claim.namespace}/${pv.claim.name}`),
    byHandle: groupBy(survey.volumes, (pv) => pv.handle),
    live: new Map(survey.claims.map((claim) => [`${claim.namespace}/${claim.name}`, claim])),
    cloudById: new Map(cloud.map((volume) => [volume.id, volume])),
    cloudByOwner: groupBy(cloud, ownerOf),
    attachments: groupBy(survey.attachments, (attachment) => attachment.volume),
  };
}

const GONE: ReadonlySet<string> = new Set(['deleting', 'deleted']);

/** `namespace/name` of the claim that a volume was made for, as EC2 recorded it. */
export function ownerOf(volume: CloudVolume): string | undefined {
  const namespace = volume.tags[OWNER_TAGS.namespace];
  const name = volume.tags[OWNER_TAGS.name];
  return namespace === undefined || name === undefined ? undefined : `${namespace}/${name}`;
}

function candidatesOf(claim: ExpectedClaim, indexed: Indexed): Candidate[] {
  const key = `${claim.namespace}/${claim.name}`;
  const byPv = (indexed.byClaim.get(key) ?? []).map((pv): Candidate => candidateOf(pv, indexed));
  const known = new Set(byPv.flatMap(({ cloud }) => cloud?.id ?? []));
  const byTag = (indexed.cloudByOwner.get(key) ?? []).filter((volume) => !known.has(volume.id));
  return [...byPv, ...byTag.map((cloud): Candidate => ({ cloud, attachments: [] }))];
}

function candidateOf(pv: PvFacts, indexed: Indexed): Candidate {
  const id = ec2VolumeIdOf(pv.handle);
  const cloud = id === undefined ? undefined : indexed.cloudById.get(id);
  return { pv, attachments: indexed.attachments.get(pv.name) ?? [], ...(cloud && { cloud }) };
}

function isNamed(candidate: Candidate, chosen: string | undefined): boolean {
  return chosen !== undefined && [candidate.pv?.name, candidate.pv?.handle, candidate.cloud?.id].includes(chosen);
}

function groupBy<T>(values: readonly T[], keyOf: (value: T) => string | undefined): Map<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const key = keyOf(value);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group) group.push(value);
    else groups.set(key, [value]);
  }
  return groups;
}
