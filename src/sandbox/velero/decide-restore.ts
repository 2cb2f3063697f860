import { isSelected } from './contents.ts';
import type { ServedResource } from '../controllers/resources.ts';
import type { KubeObject } from '../types.ts';
import type { StoredBackup } from './bucket.ts';
import {
  BACKUP_LABEL,
  type Backup,
  type Restore,
  RESTORE_LABEL,
  SCHEDULE_LABEL,
  type StorageLocation,
} from './kinds.ts';

/** In this order, and all other kinds after them. [velero restore-reference] */
const ORDER = [
  'CustomResourceDefinition',
  'Namespace',
  'StorageClass',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'Secret',
  'ConfigMap',
  'ServiceAccount',
  'LimitRange',
  'Pod',
  'ReplicaSet',
];

const BINDING = [
  'pv.kubernetes.io/bind-completed',
  'pv.kubernetes.io/bound-by-controller',
  'volume.kubernetes.io/storage-provisioner',
  'volume.beta.kubernetes.io/storage-provisioner',
  'volume.kubernetes.io/selected-node',
];

/** Why it is not even begun. */
export function validateRestore(
  { spec }: Restore,
  backup: Backup | undefined,
  location: StorageLocation | undefined,
): string[] {
  const errors: string[] = [];
  if ((spec.backupName ?? '') === '' && (spec.scheduleName ?? '') === '')
    errors.push('Either a backup or schedule must be specified as a source for the restore, but not both');
  if ((spec.backupName ?? '') !== '' && (spec.scheduleName ?? '') !== '')
    errors.push('Either a backup or schedule must be specified as a source for the restore, but not both');
  if (spec.labelSelector && spec.orLabelSelectors)
    errors.push('encountered labelSelector as well as orLabelSelectors in restore spec, only one can be specified');
  if (errors.length > 0) return errors;
  if (backup === undefined) return [`backup "${spec.backupName ?? spec.scheduleName ?? ''}" not found`];
  if (location?.status?.phase !== 'Available')
    return [`The BackupStorageLocation ${backup.spec.storageLocation ?? 'default'} is unavailable`];
  return [];
}

/** The newest that is complete, by when it was begun: its object may have been made again since. */
export function newestOf(backups: readonly Backup[], schedule: string): Backup | undefined {
  return backups
    .filter(({ metadata, status }) => metadata.labels?.[SCHEDULE_LABEL] === schedule && status?.phase === 'Completed')
    .toSorted((a, b) => Date.parse(b.status?.startTimestamp ?? '') - Date.parse(a.status?.startTimestamp ?? ''))[0];
}

/** What of a backup a restore means, in the order in which it is made. */
export function itemsOf(
  { items }: StoredBackup,
  { spec }: Restore,
  servedAs: (object: KubeObject) => ServedResource | undefined,
): { readonly object: KubeObject; readonly served: ServedResource }[] {
  const all = items.flatMap((object) => {
    const served = servedAs(object);
    return served ? [{ object, served }] : [];
  });
  const claimed = new Set(all.flatMap(({ object, served }) => boundVolumeOf(object, served, spec) ?? []));
  return all
    .filter(({ object, served }) => isMeant(object, served, spec, claimed))
    .toSorted((a, b) => rankOf(a.object) - rankOf(b.object));
}

/** The volume of a claim that is meant and was Bound: it comes along. [velero add_pv_from_pvc_action.go] */
function boundVolumeOf(object: KubeObject, served: ServedResource, spec: Restore['spec']): string | undefined {
  if (served.kind !== 'PersistentVolumeClaim' || !isSelected(object, served, spec)) return undefined;
  const bound = (object['status'] as { phase?: string } | undefined)?.phase === 'Bound';
  return bound ? (object['spec'] as { volumeName?: string } | undefined)?.volumeName : undefined;
}

/** Volumes come along with the claims that are bound to them, whatever their own labels, unless they are left out by name. */
function isMeant(
  object: KubeObject,
  served: ServedResource,
  spec: Restore['spec'],
  claimed: ReadonlySet<string>,
): boolean {
  if (served.kind !== 'PersistentVolume') return isSelected(object, served, spec);
  if (spec.restorePVs === false) return false;
  const { includedNamespaces = [], includedResources: named = [], labelSelector, orLabelSelectors, ...rest } = spec;
  const namespace = (object['spec'] as { claimRef?: { namespace?: string } } | undefined)?.claimRef?.namespace;
  const wanted =
    named.length === 0 ||
    named.some((one) => ['*', 'persistentvolumes', 'persistentvolumeclaims', 'pv', 'pvc'].includes(one));
  const inside =
    includedNamespaces.length === 0 || includedNamespaces.includes('*') || includedNamespaces.includes(namespace ?? '');
  const labels = claimed.has(object.metadata.name ?? '')
    ? {}
    : { ...(labelSelector && { labelSelector }), ...(orLabelSelectors && { orLabelSelectors }) };
  return wanted && inside && isSelected(object, served, { ...rest, ...labels });
}

function rankOf({ kind }: KubeObject): number {
  const rank = ORDER.indexOf(kind);
  return rank < 0 ? ORDER.length : rank;
}

/** As Velero writes it anew: nothing of the old life but name, labels, annotations, and what a kind loses besides. */
export function renewed(object: KubeObject, restore: Restore, backup: string): KubeObject {
  const { status: _, metadata, ...rest } = structuredClone(object);
  const { name = '', namespace, labels = {}, annotations = {} } = metadata;
  const kept = Object.fromEntries(Object.entries(annotations).filter(([key]) => !dropped(object).includes(key)));
  const target = namespace === undefined ? undefined : (restore.spec.namespaceMapping?.[namespace] ?? namespace);
  const draft: KubeObject = {
    ...rest,
    metadata: {
      name: object.kind === 'Namespace' ? (restore.spec.namespaceMapping?.[name] ?? name) : name,
      ...(target !== undefined && { namespace: target }),
      labels: { ...labels, [BACKUP_LABEL]: backup, [RESTORE_LABEL]: restore.metadata.name ?? '' },
      annotations: kept,
    },
  };
  if (object.kind === 'Secret') return withoutToken(draft);
  if (object.kind === 'Pod') return withoutNode(draft);
  return draft;
}

function dropped({ kind }: KubeObject): readonly string[] {
  if (kind === 'PersistentVolumeClaim') return BINDING;
  if (kind === 'PersistentVolume') return BINDING.slice(0, 2);
  return kind === 'Secret' ? ['kubernetes.io/service-account.uid'] : [];
}

function withoutToken(secret: KubeObject): KubeObject {
  if (secret['type'] !== 'kubernetes.io/service-account-token') return secret;
  const { token: _, 'ca.crt': __, ...data } = (secret['data'] ?? {}) as Record<string, unknown>;
  return { ...secret, data };
}

function withoutNode(pod: KubeObject): KubeObject {
  const { nodeName: _, ...spec } = (pod['spec'] ?? {}) as Record<string, unknown>;
  return { ...pod, spec };
}

/** Token Secrets of the old kind are made by the cluster, and never restored. */
export function isOldToken(object: KubeObject): boolean {
  if (object.kind !== 'Secret' || object['type'] !== 'kubernetes.io/service-account-token') return false;
  const account = object.metadata.annotations?.['kubernetes.io/service-account.name'] ?? '';
  return object.metadata.name?.startsWith(`${account}-token-`) === true;
}

/** What becomes of a volume: [velero restore.go, recovery-facts C] */
export type VolumeFate = 'from-snapshot' | 'as-is' | 'new';

export function fateOf(volume: KubeObject, stored: StoredBackup): VolumeFate {
  if (stored.snapshots[volume.metadata.name ?? '']) return 'from-snapshot';
  const policy = (volume['spec'] as { persistentVolumeReclaimPolicy?: string }).persistentVolumeReclaimPolicy;
  return policy === 'Delete' ? 'new' : 'as-is';
}
