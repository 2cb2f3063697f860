import { timestamp } from '../controllers/objects.ts';
import { isNotServed } from '../controllers/failures.ts';
import type { ApiClient, KubeObject } from '../types.ts';
import type { StoredBackup, StoredSnapshot } from './bucket.ts';
import { selectContents } from './contents.ts';
import type { VeleroContext } from './context.ts';
import type { Backup } from './kinds.ts';

/** Thirty days: Velero's own default. */
const TTL_MS = 720 * 3_600_000;

/** Takes a backup now: everything that its spec means, and a snapshot of each volume. */
export async function collect(
  backup: Backup,
  client: ApiClient,
  context: Pick<VeleroContext, 'served' | 'snapshotter'>,
  now: Date,
): Promise<StoredBackup> {
  const all: { served: ReturnType<VeleroContext['served']>[number]; object: KubeObject }[] = [];
  for (const served of context.served()) {
    try {
      const { items } = await client.list(served.resource);
      for (const object of items) all.push({ served, object });
    } catch (error) {
      if (!isNotServed(error)) throw error;
    }
  }
  const items = selectContents(all, backup.spec);
  const volumes = backup.spec.snapshotVolumes === false ? [] : items.filter(({ kind }) => kind === 'PersistentVolume');
  const snapshots: Record<string, StoredSnapshot> = {};
  for (const volume of volumes) {
    const taken = await snapshotOf(volume, backup, context);
    if (taken) snapshots[volume.metadata.name ?? ''] = taken;
  }
  const count = items.length;
  return {
    backup: {
      ...backup,
      status: {
        phase: 'Completed',
        version: 1,
        formatVersion: '1.1.0',
        expiration: timestamp(new Date(now.getTime() + ttlOf(backup))),
        startTimestamp: timestamp(now),
        completionTimestamp: timestamp(now),
        progress: { totalItems: count, itemsBackedUp: count },
        volumeSnapshotsAttempted: volumes.length,
        volumeSnapshotsCompleted: Object.keys(snapshots).length,
      },
    },
    items,
    snapshots,
  };
}

async function snapshotOf(
  volume: KubeObject,
  backup: Backup,
  { snapshotter }: Pick<VeleroContext, 'snapshotter'>,
): Promise<StoredSnapshot | undefined> {
  const spec = volume['spec'] as {
    csi?: { volumeHandle: string };
    capacity?: { storage?: string };
    nodeAffinity?: { required?: { nodeSelectorTerms?: { matchExpressions?: { values?: string[] }[] }[] } };
  };
  if (spec.csi === undefined) return undefined;
  const tags = { 'velero.io/backup': backup.metadata.name ?? '', 'velero.io/pv': volume.metadata.name ?? '' };
  const zone = spec.nodeAffinity?.required?.nodeSelectorTerms?.[0]?.matchExpressions?.[0]?.values?.[0] ?? '';
  return {
    snapshotId: await snapshotter.snapshot(spec.csi.volumeHandle, tags),
    zone,
    sizeGiB: Number.parseInt(spec.capacity?.storage ?? '1', 10),
  };
}

function ttlOf({ spec }: Backup): number {
  const hours = /^(\d+)h/.exec(spec.ttl ?? '')?.[1];
  return hours === undefined ? TTL_MS : Number(hours) * 3_600_000;
}
