import { isJsonObject, type Json, type JsonObject } from '../model/json.ts';
import type { FieldWrite, Written } from './field-writes.ts';

interface ProtectedField {
  readonly kinds: readonly string[];
  readonly path: readonly string[];
  /** Whether data is as safe as before once the field reads so; `before` is the field as it was planned to be found. */
  ok(after: Written, before: Json | undefined): boolean;
  /** Whether a write inside of it (one item of a list) is harmless. */
  inside?(write: FieldWrite): boolean;
  readonly because: string;
}

const reads = (after: Written, value: Json): boolean => typeof after === 'object' && after.value === value;
const keeps = (after: Written): boolean => reads(after, 'Retain');

/** Kinds that stand for data, or hold it. */
const DATA = [
  'PersistentVolume',
  'PersistentVolumeClaim',
  'VolumeSnapshot',
  'VolumeSnapshotContent',
  'VolumeAttachment',
];

const FIELDS: readonly ProtectedField[] = [
  {
    kinds: ['PersistentVolume'],
    path: ['spec', 'persistentVolumeReclaimPolicy'],
    ok: keeps,
    because: 'a volume whose policy is not Retain goes with its claim',
  },
  {
    kinds: ['StorageClass'],
    path: ['reclaimPolicy'],
    ok: keeps,
    because: 'volumes of the class would go with their claims',
  },
  {
    kinds: ['VolumeSnapshotContent'],
    path: ['spec', 'deletionPolicy'],
    ok: keeps,
    because: 'the snapshot would go with its object',
  },
  {
    kinds: ['VolumeSnapshotClass'],
    path: ['deletionPolicy'],
    ok: keeps,
    because: 'snapshots would go with their objects',
  },
  ...['whenDeleted', 'whenScaled'].map((field) => ({
    kinds: ['StatefulSet'],
    path: ['spec', 'persistentVolumeClaimRetentionPolicy', field],
    // gone is the default, Retain; a policy that was Delete already is the application's own
    ok: (after: Written, before: Json | undefined) =>
      after === 'gone' || keeps(after) || (reads(after, 'Delete') && before === 'Delete'),
    because: 'claims would be deleted with the set or its members',
  })),
  {
    kinds: [...DATA, 'Namespace'],
    path: ['metadata', 'finalizers'],
    ok: () => false,
    because: 'finalizers keep it while it is in use; waiting is the way',
  },
  {
    kinds: ['Namespace'],
    path: ['spec', 'finalizers'],
    ok: () => false,
    because: 'what is left in it would be orphaned',
  },
  {
    kinds: DATA,
    path: ['metadata', 'ownerReferences'],
    ok: (after) =>
      after === 'gone' || (typeof after === 'object' && Array.isArray(after.value) && after.value.length === 0),
    inside: ({ after }) => after === 'gone',
    because: 'it would be collected with its owner',
  },
  {
    kinds: DATA,
    path: ['metadata', 'annotations', 'helm.sh/resource-policy'],
    ok: (after) => reads(after, 'keep'),
    because: 'Helm would delete it with its release',
  },
  {
    kinds: DATA,
    path: ['metadata', 'annotations', 'argocd.argoproj.io/sync-options'],
    ok: (after) => typeof after === 'object' && /Prune=false|Delete=false/.test(JSON.stringify(after.value)),
    because: 'Argo CD would prune or delete it',
  },
];

/** Why a write to an object of the kind would leave data less safe; undefined where it would not. */
export function lossByWriting(kind: string, write: FieldWrite, before: Json): string | undefined {
  for (const field of FIELDS) {
    if (!field.kinds.includes(kind)) continue;
    if (!allows(field, write, before)) return `${field.path.join('.')}: ${field.because}`;
  }
  return undefined;
}

function allows(field: ProtectedField, write: FieldWrite, before: Json): boolean {
  const shared = Math.min(field.path.length, write.path.length);
  for (let at = 0; at < shared; at += 1) if (field.path[at] !== write.path[at]) return true;
  if (write.path.length > field.path.length) return field.inside?.(write) ?? false;
  if (write.after === 'merged' && write.path.length < field.path.length) return true;
  return field.ok(afterAt(write, field.path.slice(write.path.length)), valueAt(before, field.path));
}

/** The write replaces a whole subtree: what the field below it will read. */
function afterAt({ after }: FieldWrite, rest: readonly string[]): Written {
  if (typeof after !== 'object') return after;
  const value = valueAt(after.value, rest);
  return value === undefined ? 'gone' : { value };
}

function valueAt(value: Json, path: readonly string[]): Json | undefined {
  let at: Json | undefined = value;
  for (const key of path) at = isJsonObject(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  return at ?? undefined;
}

/** What an object that is made says, or leaves to a default that deletes. */
export function lossByManifest(kind: string, manifest: JsonObject, isNew: boolean): string | undefined {
  if (isNew && kind === 'StorageClass' && manifest['reclaimPolicy'] === undefined)
    return 'reclaimPolicy: where it is not given, the class deletes volumes with their claims; say Retain';
  return undefined;
}
