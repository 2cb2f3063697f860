import type { ControllerContext } from '../controllers/context.ts';
import type { CloudVolume } from '../types.ts';
import type { Bucket } from './bucket.ts';

/** Milliseconds; in brackets what they are in life. */
export interface VeleroPeriods {
  /** Between two looks into the bucket [1 minute]. */
  readonly sync: number;
  /** How long a phase lasts at least, so that it can be seen [seconds to hours]. */
  readonly phase: number;
  /** How long a restore waits for one volume that is Released, or whose claim is going away [10 minutes]. */
  readonly terminating: number;
}

export const VELERO_PERIODS: VeleroPeriods = { sync: 500, phase: 100, terminating: 3_000 };

/** The volume snapshotter plugin: what of a disk a backup keeps. */
export interface Snapshotter {
  snapshot(volumeId: string, tags: Readonly<Record<string, string>>): Promise<string>;
  /** A new volume with what the snapshot holds. */
  restore(snapshotId: string, zone: string, tags: Readonly<Record<string, string>>): Promise<CloudVolume>;
}

export interface VeleroContext extends Pick<ControllerContext, 'api' | 'informers' | 'now' | 'served'> {
  readonly bucket: Bucket;
  readonly snapshotter: Snapshotter;
  readonly periods: VeleroPeriods;
  /** A pod of its server is ready. */
  readonly runs: () => boolean;
}
