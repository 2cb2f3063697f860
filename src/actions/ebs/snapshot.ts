import { z } from 'zod';
import { isRestored } from '../../inventory/hasty.ts';
import { pvFactsOf } from '../../inventory/persistent-volume.ts';
import { ec2VolumeIdOf } from '../../inventory/volume-handle.ts';
import { defineAction, type Planned, type Situation } from '../../model/action.ts';
import type { Change, Item } from '../../model/change.ts';
import { digestOf, shortDigest } from '../../model/digest.ts';
import { DURATION_PATTERN, formatDuration, parseDuration } from '../../model/duration.ts';
import type { Evidence } from '../../model/question.ts';
import type { CloudSnapshot, CloudVolume, ReadWorld } from '../../ports/read-world.ts';
import { CHANGE_TAG, snapshotVolume } from '../../changes/index.ts';

const input = z
  .strictObject({
    namespace: z.string().min(1).optional().describe('The volumes of all PVs whose claimRef is in this namespace'),
    volumes: z.array(z.string().regex(/^vol-/)).min(1).optional().describe('These EC2 volumes, by id'),
    maxAge: z
      .string()
      .regex(DURATION_PATTERN)
      .default('24h')
      .describe('Without an impact time: how old a snapshot of this step may be to count'),
  })
  .refine(({ namespace, volumes }) => (namespace === undefined) !== (volumes === undefined), {
    message: 'give either namespace or volumes',
  });

type Input = z.infer<typeof input>;

interface Seen {
  /** What to keep: EC2 ids, with the PV where there is one. */
  readonly wanted: readonly { readonly id: string; readonly pv?: string }[];
  readonly volumes: readonly CloudVolume[];
  /** Snapshots of these volumes that carry this step's address. */
  readonly snapshots: readonly CloudSnapshot[];
  readonly now: number;
}

/** Set in the creating call, so that a snapshot never exists without saying whose it is. */
const STEP_TAG = 'drctl/step';
const FILTER_VALUES = 200;

/** A snapshot holds the moment of the call, pending or completed (recovery-facts A4); unflushed page cache is not in it. */
export const ebsSnapshot = defineAction<ReadWorld, Input, Seen>({
  name: 'ebs/snapshot',
  summary: 'Take a snapshot of each volume before anything else touches it',
  kind: 'converge',
  input,
  establishes: 'snapshot',
  touches: () => [{ endpoint: 'aws', verbs: ['CreateSnapshot'], kinds: ['Volume', 'Snapshot'], worst: 'safe' }],
  observe,
  plan,
});

async function observe(given: Input, world: ReadWorld, situation: Situation, only?: readonly string[]): Promise<Seen> {
  const all =
    given.volumes?.map((id) => ({ id })) ?? (await volumesOfNamespace(given.namespace ?? '', world, situation));
  const wanted = only ? all.filter(({ id }) => only.includes(id)) : all;
  const chunks = chunksOf(wanted.map(({ id }) => id));
  const address = { [STEP_TAG]: [situation.address] };
  const [volumes, snapshots] = await Promise.all([
    Promise.all(chunks.map((ids) => world.cloud.volumes({ filters: { 'volume-id': ids } }))),
    Promise.all(chunks.map((ids) => world.cloud.snapshots({ filters: { 'volume-id': ids }, tags: address }))),
  ]);
  return { wanted, volumes: volumes.flat(), snapshots: snapshots.flat(), now: world.clock.now() };
}

async function volumesOfNamespace(namespace: string, world: ReadWorld, { endpoint }: Situation) {
  const pvs = await world.kube(endpoint).facts('v1', 'PersistentVolume', {}, pvFactsOf);
  const found = new Map<string, { id: string; pv: string }>();
  for (const pv of pvs) {
    const id = ec2VolumeIdOf(pv.handle);
    if (id !== undefined && pv.claim?.namespace === namespace && !found.has(id)) found.set(id, { id, pv: pv.name });
  }
  return [...found.values()];
}

function chunksOf(ids: readonly string[]): string[][] {
  const count = Math.ceil(ids.length / FILTER_VALUES);
  return Array.from({ length: count }, (_, index) => ids.slice(index * FILTER_VALUES, (index + 1) * FILTER_VALUES));
}

function plan(given: Input, seen: Seen, situation: Situation): Planned {
  if (seen.wanted.length === 0)
    return {
      effect: 'blocked',
      because: `no PersistentVolume of namespace ${given.namespace ?? ''} stands on an EC2 volume`,
    };
  const there = new Set(
    seen.volumes.filter(({ state }) => state !== 'deleting' && state !== 'deleted').map(({ id }) => id),
  );
  const gone = seen.wanted.filter(({ id }) => !there.has(id));
  const evidence = [evidenceOf(seen)];
  if (gone.length > 0)
    return { effect: 'blocked', because: `EC2 volume ${gone.map(({ id }) => id).join(', ')} does not exist`, evidence };
  const enough = (snapshot: CloudSnapshot): boolean => counts(snapshot, given, seen.now, situation);
  // what a restore made meanwhile came out of a snapshot
  const restored = seen.volumes.filter((one) => given.volumes === undefined && isRestored(one, situation));
  const wanted = seen.wanted.filter(({ id }) => !restored.some((one) => one.id === id));
  const missing = wanted.filter(({ id }) => !seen.snapshots.some((one) => one.volumeId === id && enough(one)));
  if (missing.length === 0)
    return { effect: 'satisfied', because: `each of ${wanted.length} volumes has its snapshot of this step` };
  return { effect: 'changes', items: missing.map((one) => itemOf(one, seen, situation)), evidence };
}

/** Pending counts: what it will hold was fixed when it began. */
function counts({ state, startTime }: CloudSnapshot, { maxAge }: Input, now: number, { impactAt }: Situation): boolean {
  if (state !== 'pending' && state !== 'completed') return false;
  const begun = Date.parse(startTime);
  return impactAt === undefined ? now - begun <= (parseDuration(maxAge) ?? 0) : begun >= Date.parse(impactAt);
}

function itemOf({ id, pv }: Seen['wanted'][number], seen: Seen, situation: Situation): Item {
  const because = pv === undefined ? `snapshot of ${id}` : `snapshot of ${id} (${pv})`;
  return { key: id, changes: [changeOf(id, seen, situation)], ready: 1, because };
}

/** Snapshots of this step that count no more make the next one another Change: its id is never used twice. */
function changeOf(id: string, { snapshots }: Seen, { address }: Situation): Change {
  const earlier = snapshots.filter(({ volumeId }) => volumeId === id).length;
  const changeId = shortDigest(digestOf([address, id, earlier]));
  return snapshotVolume({
    volumeId: id,
    description: `drctl ${address}`,
    tags: { [STEP_TAG]: address, [CHANGE_TAG]: changeId },
  });
}

function evidenceOf({ wanted, volumes, snapshots, now }: Seen): Evidence {
  const rows = wanted.map(({ id, pv }) => {
    const volume = volumes.find((one) => one.id === id);
    const latest = snapshots
      .filter((one) => one.volumeId === id)
      .toSorted((a, b) => b.startTime.localeCompare(a.startTime))[0];
    const last = latest
      ? `${latest.id}, ${latest.state}, ${formatDuration(now - Date.parse(latest.startTime))} old`
      : 'none';
    return [id, pv ?? '-', volume ? `${volume.sizeGiB}Gi` : '?', volume?.zone ?? '?', volume?.state ?? 'gone', last];
  });
  return {
    title: 'Volumes and their snapshots',
    columns: ['volume', 'PV', 'size', 'zone', 'state', 'last of this step'],
    rows,
  };
}
