import { randomBytes } from 'node:crypto';
import { instanceNotFound, snapshotNotFound, volumeNotFound } from './failure.ts';
import { cloudPeriods } from './state.ts';
import type { CloudPeriods, CloudState, InstanceRecord, SnapshotRecord, VolumeRecord } from './state.ts';

/** The memory of the simulated cloud and its clock. Every change is synchronous, so that no call sees half of another. */
export class CloudStore {
  readonly state: CloudState;
  readonly periods: CloudPeriods;
  readonly now: () => number;

  constructor(state: CloudState, options: { periods?: Partial<CloudPeriods>; now?: () => number } = {}) {
    this.state = state;
    this.periods = { ...cloudPeriods, ...options.periods };
    this.now = options.now ?? Date.now;
  }

  /** Every finder settles first what has become due, so that nobody needs to ask when a detach ended. */
  volume(id: string): VolumeRecord {
    const found = this.findVolume(id);
    if (!found) throw volumeNotFound(id);
    return found;
  }

  findVolume(id: string): VolumeRecord | undefined {
    const found = this.state.volumes[id];
    if (found) this.#settle(found);
    return found;
  }

  volumes(): VolumeRecord[] {
    return Object.values(this.state.volumes).map((volume) => {
      this.#settle(volume);
      return volume;
    });
  }

  snapshot(id: string): SnapshotRecord {
    const found = this.state.snapshots[id];
    if (!found) throw snapshotNotFound(id);
    return found;
  }

  snapshots(): SnapshotRecord[] {
    return Object.values(this.state.snapshots);
  }

  instance(id: string): InstanceRecord {
    const found = this.state.instances[id];
    if (!found) throw instanceNotFound(id);
    return found;
  }

  dump(): CloudState {
    return structuredClone(this.state);
  }

  #settle(volume: VolumeRecord): void {
    const due = volume.attachment?.detachedAt;
    if (due !== undefined && due <= this.now()) delete volume.attachment;
  }
}

export function emptyCloud(place: { account: string; region: string; zones: string[] }): CloudState {
  return { ...place, volumes: {}, snapshots: {}, instances: {}, clientTokens: {} };
}

/** 17 hexadecimal digits, as all resource ids have had since 2018. */
export function newId(prefix: 'vol' | 'snap' | 'i'): string {
  return `${prefix}-0${randomBytes(8).toString('hex')}`;
}
