import type { Commit } from '../argocd/index.ts';
import type { BucketState } from '../velero/index.ts';
import type { CloudState } from '../ec2/state.ts';
import type { StoreSnapshot } from '../store/store.ts';
import { createCertificates } from './certificates.ts';
import type { Certificates } from './certificates.ts';
import { newCloud } from './place.ts';
import { newUsers } from './users.ts';
import type { Rights, SandboxUser } from './users.ts';

/** A whole sandbox as values; as many copies as wanted can start from one. */
export interface SandboxSnapshot {
  /** Undefined only before the first start. The objects are shared with the original: nobody changes a stored one. */
  kubernetes: StoreSnapshot | undefined;
  cloud: CloudState;
  users: SandboxUser[];
  /** Access keys that have expired for good. */
  retiredKeys: string[];
  certificates: Certificates;
  /** PersistentVolumes whose detach is held. */
  holds: Hold[];
  /** The commits that Argo CD can see. */
  repository: Commit[];
  /** The backups of Velero. */
  bucket: BucketState;
}

export interface Hold {
  volume: string;
  /** Ends by itself once the PersistentVolume has this policy. */
  until?: 'Retain';
}

/** A sandbox that nothing has happened in yet. */
export async function newSnapshot(rights?: Readonly<Record<string, Rights>>): Promise<SandboxSnapshot> {
  return {
    kubernetes: undefined,
    cloud: newCloud(Date.now()),
    users: newUsers(rights),
    retiredKeys: [],
    certificates: await createCertificates(),
    holds: [],
    repository: [],
    bucket: { backups: {} },
  };
}
