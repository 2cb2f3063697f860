import type { Evidence } from '../model/question.ts';
import type { Candidate, Certainty } from './candidate.ts';
import { ownerOf, type Match } from './match.ts';
import type { PvFacts } from './persistent-volume.ts';
import { OWNER_TAGS, type Survey } from './survey.ts';
import { ec2VolumeIdOf } from './volume-handle.ts';

/** One volume and the claim it belongs to, as a person compares them. */
export interface InventoryRow {
  readonly claim: string;
  readonly pv: string;
  readonly volume: string;
  readonly size: string;
  readonly zone: string;
  readonly filesystem: string;
  readonly mode: string;
  readonly storageClass: string;
  readonly policy: string;
  readonly phase: string;
  /** What EC2 recorded as the claim it was made for. */
  readonly taggedOwner: string;
  /** When the volume was made: the newest is often the empty one of a failed repair (trap 8). */
  readonly made: string;
  readonly certainty: Certainty;
}

export const INVENTORY_COLUMNS = [
  'claim',
  'PV',
  'volume',
  'size',
  'zone',
  'filesystem',
  'mode',
  'class',
  'policy',
  'phase',
  'tagged owner',
  'made',
  'certainty',
] as const;

/** Every volume that was seen, with or without a claim, certain or not: what survived. */
export function inventoryOf(survey: Survey): InventoryRow[] {
  const byId = new Map((survey.cloud?.volumes ?? []).map((volume) => [volume.id, volume]));
  const rows = survey.volumes.map((pv) => {
    const cloud = byId.get(ec2VolumeIdOf(pv.handle) ?? '');
    return rowOf({ pv, attachments: [], ...(cloud && { cloud }) }, claimNameOf(pv), 'certain');
  });
  const known = new Set(survey.volumes.flatMap(({ handle }) => handle ?? []));
  const orphans = (survey.cloud?.volumes ?? [])
    .filter(({ id }) => !known.has(id))
    .map((cloud) => rowOf({ cloud, attachments: [] }, ownerOf(cloud) ?? '', 'none'));
  return markContested([...rows, ...orphans]).toSorted(byClaimThenVolume);
}

export function rowsOf(match: Match): InventoryRow[] {
  const claim = `${match.claim.namespace}/${match.claim.name}`;
  return match.candidates.map((candidate) =>
    rowOf(candidate, claim, match.setAside.includes(candidate) ? 'hasty' : match.certainty),
  );
}

export function evidenceOf(title: string, rows: readonly InventoryRow[]): Evidence {
  return { title, columns: INVENTORY_COLUMNS, rows: rows.map((row) => Object.values(row) as string[]) };
}

function rowOf({ pv, cloud }: Candidate, claim: string, certainty: Certainty): InventoryRow {
  return {
    claim,
    pv: pv?.name ?? '(none)',
    volume: cloud?.id ?? pv?.handle ?? '(none)',
    size: pv?.capacity ?? (cloud ? `${cloud.sizeGiB}Gi` : '?'),
    zone: cloud?.zone ?? pv?.zone ?? '?',
    filesystem: pv?.fsType ?? '?',
    mode: pv?.volumeMode ?? '?',
    storageClass: pv?.storageClass ?? '?',
    policy: pv?.policy ?? '-',
    phase: pv ? `${pv.phase}${pv.terminating ? ', Terminating' : ''}` : (cloud?.state ?? '-'),
    taggedOwner: taggedOwner(cloud?.tags),
    made: cloud?.createTime ?? pv?.createdAt ?? '?',
    certainty,
  };
}

function taggedOwner(tags: Readonly<Record<string, string>> | undefined): string {
  const name = tags?.[OWNER_TAGS.name];
  return name === undefined ? '-' : `${tags?.[OWNER_TAGS.namespace] ?? '?'}/${name}`;
}

function claimNameOf({ claim }: PvFacts): string {
  return claim ? `${claim.namespace}/${claim.name}` : '';
}

function markContested(rows: readonly InventoryRow[]): InventoryRow[] {
  const count = new Map<string, number>();
  for (const { claim } of rows) count.set(claim, (count.get(claim) ?? 0) + 1);
  return rows.map((row) => {
    if (row.claim === '') return { ...row, certainty: 'none' };
    const contested = (count.get(row.claim) ?? 0) > 1;
    const otherOwner = row.taggedOwner !== '-' && row.taggedOwner !== row.claim;
    return contested || otherOwner ? { ...row, certainty: 'contested' } : row;
  });
}

function byClaimThenVolume(a: InventoryRow, b: InventoryRow): number {
  return a.claim.localeCompare(b.claim) || a.pv.localeCompare(b.pv) || a.volume.localeCompare(b.volume);
}
