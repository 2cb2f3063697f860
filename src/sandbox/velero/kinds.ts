import type { KubeObject, ResourceName } from '../types.ts';

export const BACKUPS = velero('backups');
export const RESTORES = velero('restores');
export const SCHEDULES = velero('schedules');
export const LOCATIONS = velero('backupstoragelocations');

/** Where Velero looks for its own objects. */
export const VELERO_NAMESPACE = 'velero';
export const SCHEDULE_LABEL = 'velero.io/schedule-name';
export const LOCATION_LABEL = 'velero.io/storage-location';
export const BACKUP_LABEL = 'velero.io/backup-name';
export const RESTORE_LABEL = 'velero.io/restore-name';

export interface LabelSelector {
  matchLabels?: Record<string, string>;
}

export interface BackupSpec {
  includedNamespaces?: string[];
  excludedNamespaces?: string[];
  includedResources?: string[];
  excludedResources?: string[];
  labelSelector?: LabelSelector;
  snapshotVolumes?: boolean;
  storageLocation?: string;
  ttl?: string;
}

export type BackupPhase =
  'New' | 'FailedValidation' | 'InProgress' | 'Completed' | 'PartiallyFailed' | 'Failed' | 'Deleting';

export interface Backup extends KubeObject {
  spec: BackupSpec;
  status?: {
    phase?: BackupPhase;
    version?: number;
    formatVersion?: string;
    expiration?: string;
    startTimestamp?: string;
    completionTimestamp?: string;
    validationErrors?: string[];
    progress?: { totalItems: number; itemsBackedUp: number };
    volumeSnapshotsAttempted?: number;
    volumeSnapshotsCompleted?: number;
    warnings?: number;
    errors?: number;
  };
}

export interface RestoreSpec {
  backupName?: string;
  scheduleName?: string;
  includedNamespaces?: string[];
  excludedNamespaces?: string[];
  includedResources?: string[];
  excludedResources?: string[];
  namespaceMapping?: Record<string, string>;
  labelSelector?: LabelSelector;
  orLabelSelectors?: LabelSelector[];
  restorePVs?: boolean;
  existingResourcePolicy?: 'none' | 'update';
}

export type RestorePhase =
  | 'New'
  | 'FailedValidation'
  | 'InProgress'
  | 'WaitingForPluginOperations'
  | 'WaitingForPluginOperationsPartiallyFailed'
  | 'Finalizing'
  | 'FinalizingPartiallyFailed'
  | 'Completed'
  | 'PartiallyFailed'
  | 'Failed';

export interface Restore extends KubeObject {
  spec: RestoreSpec;
  status?: {
    phase?: RestorePhase;
    validationErrors?: string[];
    warnings?: number;
    errors?: number;
    failureReason?: string;
    startTimestamp?: string;
    completionTimestamp?: string;
    progress?: { totalItems: number; itemsRestored: number };
  };
}

export interface Schedule extends KubeObject {
  spec: { schedule: string; paused?: boolean; template: BackupSpec };
  status?: { phase?: string; lastBackup?: string; validationErrors?: string[] };
}

export interface StorageLocation extends KubeObject {
  spec: { accessMode?: 'ReadOnly' | 'ReadWrite'; objectStorage?: { bucket: string } };
  status?: { phase?: 'Available' | 'Unavailable'; lastSyncedTime?: string; lastValidationTime?: string };
}

function velero(resource: string): ResourceName {
  return { group: 'velero.io', version: 'v1', resource };
}
