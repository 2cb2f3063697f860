import type { VolumeContent } from '../types.ts';

/**
 * Everything the simulated cloud remembers, as plain data: copied whole when a sandbox is copied. Whatever takes time
 * (a volume being created, a snapshot completing) is a moment that lies in the future, so that no timer has to be copied.
 */
export interface CloudState {
  account: string;
  region: string;
  zones: string[];
  volumes: Record<string, VolumeRecord>;
  snapshots: Record<string, SnapshotRecord>;
  instances: Record<string, InstanceRecord>;
  /** ClientToken to what it made, and of which request: a second call with the token answers with the first volume. */
  clientTokens: Record<string, { request: string; id: string }>;
}

export interface VolumeRecord {
  id: string;
  sizeGiB: number;
  zone: string;
  type: string;
  encrypted: boolean;
  iops?: number;
  throughput?: number;
  snapshotId?: string;
  createdAt: number;
  availableAt: number;
  tags: Record<string, string>;
  attachment?: AttachmentRecord;
  content: VolumeContent;
}

interface AttachmentRecord {
  instance: string;
  device: string;
  startedAt: number;
  attachedAt: number;
  /** Set when a detach was accepted: when it ends. */
  detachedAt?: number;
}

export interface SnapshotRecord {
  id: string;
  volumeId: string;
  sizeGiB: number;
  encrypted: boolean;
  description: string;
  startedAt: number;
  completedAt: number;
  tags: Record<string, string>;
  /** The content at the moment of the call, not at completion: CreateSnapshot is point-in-time. */
  content: VolumeContent;
}

export interface InstanceRecord {
  id: string;
  zone: string;
  type: string;
  state: 'pending' | 'running' | 'stopping' | 'stopped' | 'shutting-down' | 'terminated';
  privateDnsName: string;
  launchedAt: number;
  tags: Record<string, string>;
}

/** How long things take here, in milliseconds; in a real account seconds, for a snapshot minutes to hours. */
export interface CloudPeriods {
  creating: number;
  attaching: number;
  detaching: number;
  snapshot: number;
  /** How long a new volume or snapshot stays unseen by Describe calls: the real answers are eventually consistent. */
  unseen: number;
}

export const cloudPeriods: CloudPeriods = { creating: 30, attaching: 30, detaching: 30, snapshot: 400, unseen: 0 };
