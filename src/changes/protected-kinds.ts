import { groupOf, type ObjectRef } from '../model/object-ref.ts';

/** Kinds whose deletion deletes data, its copies, or what stands between somebody and the data. By kind, in any version. */
const NEVER_DELETED: Readonly<Record<string, string>> = {
  PersistentVolume: 'a volume',
  VolumeSnapshot: 'a snapshot',
  VolumeSnapshotContent: 'a snapshot',
  VolumeGroupSnapshot: 'snapshots',
  VolumeGroupSnapshotContent: 'snapshots',
  Namespace: 'everything in it, its claims too',
  CustomResourceDefinition: 'every object of that kind',
  PodDisruptionBudget: 'what keeps members of a quorum alive',
  ValidatingWebhookConfiguration: 'a policy',
  ValidatingAdmissionPolicy: 'a policy',
  ValidatingAdmissionPolicyBinding: 'a policy',
};

/** Velero: backups, and where they are and when they are made. */
const VELERO: ReadonlySet<string> = new Set([
  'Backup',
  'BackupRepository',
  'BackupStorageLocation',
  'PodVolumeBackup',
  'DataUpload',
  'Schedule',
  'VolumeSnapshotLocation',
]);

/** What would be lost with the object; undefined where it may be deleted (within the budget). */
export function lossByDeleting({ kind, apiVersion }: ObjectRef): string | undefined {
  if (groupOf(apiVersion ?? '') === 'velero.io' && VELERO.has(kind)) return 'backups';
  return Object.hasOwn(NEVER_DELETED, kind) ? NEVER_DELETED[kind] : undefined;
}

/** An object whose making is a deletion. */
export function lossByCreating({ kind, apiVersion }: ObjectRef): string | undefined {
  return groupOf(apiVersion ?? '') === 'velero.io' && kind === 'DeleteBackupRequest' ? 'a backup' : undefined;
}
