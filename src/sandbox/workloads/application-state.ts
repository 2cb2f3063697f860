import { createHash } from 'node:crypto';
import type { PersistentVolume, PersistentVolumeClaim } from '../controllers/kinds.ts';
import { keyOf, nameOf } from '../controllers/objects.ts';
import type { KubeObject, VolumeContent } from '../types.ts';
import { type Log, continues, headOf } from './log.ts';

/** What is behind one claim: which volume, and what is on it. */
export interface ClaimState {
  /** `namespace/name`. */
  claim: string;
  phase: string;
  volumeName?: string;
  volumeId?: string;
  identity?: string;
  clusterId?: string;
  filesystem?: string;
  records: number;
  /** Of the whole content, writers aside. */
  digest?: string;
  writers: string[];
  log: Log;
}

export interface ApplicationView {
  claims: readonly KubeObject[];
  volumes: readonly KubeObject[];
  /** Undefined for a volume that does not exist any more. */
  contentOf: (volumeId: string) => VolumeContent | undefined;
}

/** The state of an application's data, claim by claim: taken before a disaster and after the recovery, to be compared. */
export function stateOfApplication({ claims, volumes, contentOf }: ApplicationView): ClaimState[] {
  const byName = new Map((volumes as PersistentVolume[]).map((volume) => [nameOf(volume), volume]));
  return (claims as PersistentVolumeClaim[])
    .map((claim) => stateOfClaim(claim, byName.get(claim.spec.volumeName ?? ''), contentOf))
    .toSorted((a, b) => (a.claim < b.claim ? -1 : 1));
}

/**
 * What is not as it was, in words; nothing when every claim is on its own volume with its own content, all that was written
 * before is still there, and nobody else has written to it. Records written since are no difference. Claims that were
 * `restored` are on another volume, which is one only if it is the same.
 */
export function differencesOf(
  before: readonly ClaimState[],
  after: readonly ClaimState[],
  restored: readonly string[] = [],
): string[] {
  return before.flatMap((was) => {
    const is = after.find(({ claim }) => claim === was.claim);
    if (is === undefined) return [`${was.claim}: the claim is gone`];
    const isRestored = restored.includes(was.claim.slice(was.claim.indexOf('/') + 1));
    return [...changesOf(was, is, isRestored), ...lossesOf(was, is)].map((difference) => `${was.claim}: ${difference}`);
  });
}

const COMPARED = ['phase', 'volumeId', 'identity', 'clusterId', 'filesystem'] as const;

function changesOf(was: ClaimState, is: ClaimState, isRestored: boolean): string[] {
  const changed = COMPARED.filter((field) => (isRestored && field === 'volumeId') !== (was[field] !== is[field]));
  return changed.map((field) =>
    was[field] === is[field]
      ? `${field} is still ${was[field] ?? 'none'}: nothing was restored`
      : `${field} was ${was[field] ?? 'none'}, is ${is[field] ?? 'none'}`,
  );
}

function lossesOf(was: ClaimState, is: ClaimState): string[] {
  const lost = continues(is.log, was.log) ? [] : [`lost or changed records: had ${was.records}, has ${is.records}`];
  const others = is.writers.filter((writer) => !was.writers.includes(writer));
  return was.writers.length > 0 && others.length > 0 ? [...lost, `written by ${others.join(', ')} too`] : lost;
}

function stateOfClaim(
  claim: PersistentVolumeClaim,
  volume: PersistentVolume | undefined,
  contentOf: ApplicationView['contentOf'],
): ClaimState {
  const volumeId = volume?.spec.csi?.volumeHandle;
  const content = volumeId === undefined ? undefined : contentOf(volumeId);
  const log = content?.files['records'] ?? '';
  return {
    claim: keyOf(claim),
    phase: claim.status?.phase ?? 'Pending',
    ...(volume === undefined ? {} : { volumeName: nameOf(volume) }),
    ...(volumeId === undefined ? {} : { volumeId }),
    ...fieldsOf(content),
    records: headOf(log).count,
    writers: [...(content?.writers ?? [])],
    log,
  };
}

function fieldsOf(
  content: VolumeContent | undefined,
): Pick<ClaimState, 'identity' | 'clusterId' | 'filesystem' | 'digest'> {
  if (content === undefined) return {};
  const { identity, 'cluster-id': clusterId } = content.files;
  const files = Object.entries(content.files).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return {
    ...(identity === undefined ? {} : { identity }),
    ...(clusterId === undefined ? {} : { clusterId }),
    ...(content.filesystem === undefined ? {} : { filesystem: content.filesystem }),
    digest: createHash('sha256')
      .update(JSON.stringify([content.filesystem ?? null, files]))
      .digest('hex'),
  };
}
