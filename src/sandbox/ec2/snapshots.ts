import type { SnapshotRecord } from './state.ts';
import { newId } from './store.ts';
import type { CloudStore } from './store.ts';

/** A snapshot of what is on the volume now; it completes later, while the volume may already change again. */
export function createSnapshot(
  store: CloudStore,
  request: { volumeId: string; description?: string; tags: Record<string, string> },
): SnapshotRecord {
  const volume = store.volume(request.volumeId);
  const now = store.now();
  const snapshot: SnapshotRecord = {
    id: newId('snap'),
    volumeId: volume.id,
    sizeGiB: volume.sizeGiB,
    encrypted: volume.encrypted,
    description: request.description ?? '',
    startedAt: now,
    completedAt: now + store.periods.snapshot,
    tags: { ...request.tags },
    content: structuredClone(volume.content),
  };
  store.state.snapshots[snapshot.id] = snapshot;
  return snapshot;
}

export function deleteSnapshot(store: CloudStore, id: string): void {
  delete store.state.snapshots[store.snapshot(id).id];
}

export const snapshotStateOf = (store: CloudStore, snapshot: SnapshotRecord): 'pending' | 'completed' =>
  snapshot.completedAt > store.now() ? 'pending' : 'completed';

/** As EC2 writes it: whole per cent, and an empty word before the first progress. */
export function progressOf(store: CloudStore, snapshot: SnapshotRecord): string {
  const whole = snapshot.completedAt - snapshot.startedAt;
  const done = whole === 0 ? 1 : Math.min(1, (store.now() - snapshot.startedAt) / whole);
  return done <= 0 ? '' : `${Math.floor(done * 100)}%`;
}
