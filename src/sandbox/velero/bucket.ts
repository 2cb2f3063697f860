import type { KubeObject } from '../types.ts';
import type { Backup } from './kinds.ts';

/** What a backup is in object storage: its object, everything that it holds, and the snapshot of each volume. */
export interface StoredBackup {
  readonly backup: Backup;
  readonly items: readonly KubeObject[];
  /** By the name of the PersistentVolume. */
  readonly snapshots: Readonly<Record<string, StoredSnapshot>>;
}

export interface StoredSnapshot {
  readonly snapshotId: string;
  readonly zone: string;
  readonly sizeGiB: number;
}

export interface BucketState {
  readonly backups: Readonly<Record<string, StoredBackup>>;
}

/** The bucket behind the storage location: it outlives the cluster, and backups are made known from it again. */
export class Bucket {
  readonly #backups: Map<string, StoredBackup>;

  constructor(state: BucketState = { backups: {} }) {
    this.#backups = new Map(Object.entries(state.backups));
  }

  put(stored: StoredBackup): void {
    this.#backups.set(stored.backup.metadata.name ?? '', stored);
  }

  get(name: string): StoredBackup | undefined {
    return this.#backups.get(name);
  }

  remove(name: string): void {
    this.#backups.delete(name);
  }

  all(): StoredBackup[] {
    return [...this.#backups.values()];
  }

  dump(): BucketState {
    return { backups: Object.fromEntries(this.#backups) };
  }
}
