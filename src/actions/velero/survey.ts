import { fieldOf, listAt, numberAt, textAt, textsAt } from '../../inventory/fields.ts';
import type { KubeObject, KubeReader } from '../../ports/read-world.ts';

export const VELERO_API = 'velero.io/v1';
/** What drctl changed, as JSON: on the object, so that it can be given back when the journal is lost. */
export const HELD = 'drctl/held';
const SCHEDULE_LABEL = 'velero.io/schedule-name';

export interface BackupFacts {
  readonly name: string;
  readonly schedule?: string;
  readonly phase: string;
  /** RFC 3339: what the data is as of. Never the object's age, which begins anew with each look into the bucket. */
  readonly startedAt?: string;
  readonly expiration?: string;
  readonly items?: number;
  readonly location: string;
  /** Empty: all. */
  readonly namespaces: readonly string[];
}

export interface ScheduleFacts {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly paused: boolean;
  /** `spec.paused` as it reads; null where it is not there. */
  readonly pausedField: boolean | null;
  readonly held?: string;
  readonly namespaces: readonly string[];
}

export interface LocationFacts {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly readOnly: boolean;
  /** `spec.accessMode` as it reads; null where it is not there, which means ReadWrite. */
  readonly accessMode: string | null;
  readonly available: boolean;
  /** `spec.default`: where a backup goes that names no location. */
  readonly isDefault: boolean;
  readonly held?: string;
}

export async function backupsIn(kube: KubeReader, namespace: string): Promise<BackupFacts[]> {
  return (await kube.list(VELERO_API, 'Backup', { namespace })).map(backupFactsOf);
}

function backupFactsOf(object: KubeObject): BackupFacts {
  const schedule = object.metadata.labels?.[SCHEDULE_LABEL];
  const startedAt = textAt(object, 'status', 'startTimestamp');
  const expiration = textAt(object, 'status', 'expiration');
  const items = numberAt(object, 'status', 'progress', 'itemsBackedUp');
  return {
    name: object.metadata.name,
    ...(schedule !== undefined && { schedule }),
    phase: textAt(object, 'status', 'phase') ?? 'New',
    ...(startedAt !== undefined && { startedAt }),
    ...(expiration !== undefined && { expiration }),
    ...(items !== undefined && { items }),
    location: textAt(object, 'spec', 'storageLocation') ?? 'default',
    namespaces: namespacesOf(listAt(object, 'spec', 'includedNamespaces')),
  };
}

export async function schedulesIn(kube: KubeReader, namespace: string): Promise<ScheduleFacts[]> {
  return (await kube.list(VELERO_API, 'Schedule', { namespace })).map((object) => {
    const held = object.metadata.annotations?.[HELD];
    return {
      name: object.metadata.name,
      namespace: object.metadata.namespace ?? '',
      uid: object.metadata.uid ?? '',
      paused: fieldOf(object, 'spec', 'paused') === true,
      pausedField: booleanAt(object, 'paused'),
      ...(held !== undefined && { held }),
      namespaces: namespacesOf(textsAt(object, 'spec', 'template', 'includedNamespaces')),
    };
  });
}

export async function locationsIn(kube: KubeReader, namespace: string): Promise<LocationFacts[]> {
  return (await kube.list(VELERO_API, 'BackupStorageLocation', { namespace })).map((object) => {
    const held = object.metadata.annotations?.[HELD];
    return {
      name: object.metadata.name,
      namespace: object.metadata.namespace ?? '',
      uid: object.metadata.uid ?? '',
      accessMode: textAt(object, 'spec', 'accessMode') ?? null,
      readOnly: textAt(object, 'spec', 'accessMode') === 'ReadOnly',
      available: textAt(object, 'status', 'phase') === 'Available',
      isDefault: fieldOf(object, 'spec', 'default') === true,
      ...(held !== undefined && { held }),
    };
  });
}

function booleanAt(object: KubeObject, field: string): boolean | null {
  const value = fieldOf(object, 'spec', field);
  return typeof value === 'boolean' ? value : null;
}

/** Whether a backup, or what makes backups, is about this namespace. */
export function concerns({ namespaces }: { readonly namespaces: readonly string[] }, namespace: string): boolean {
  return namespaces.length === 0 || namespaces.includes(namespace);
}

function namespacesOf(list: readonly unknown[]): string[] {
  const names = list.filter((one) => typeof one === 'string');
  return names.includes('*') ? [] : names;
}
