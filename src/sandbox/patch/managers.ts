import type { KubeObject, ManagedFieldsEntry } from '../types.ts';
import { FieldSet } from './field-set.ts';
import type { Schema } from './schemas.ts';

/** Who owns what: one entry of managedFields with its set unfolded. */
export interface Manager {
  name: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  subresource: string | undefined;
  time: string | undefined;
  set: FieldSet;
}

/** By identity: for an Apply the version does not count, so that one manager has one entry whatever version it sends. */
export type Managers = ReadonlyMap<string, Manager>;

export function identityOf(manager: Omit<Manager, 'set' | 'time'>): string {
  const version = manager.operation === 'Apply' ? '' : manager.apiVersion;
  return JSON.stringify([manager.operation, manager.name, version, manager.subresource ?? '']);
}

export function managersOf(entries: ManagedFieldsEntry[] | undefined): Managers {
  const managers = (entries ?? []).map((entry): Manager => ({
    name: entry.manager,
    operation: entry.operation,
    apiVersion: entry.apiVersion,
    subresource: entry.subresource,
    time: entry.time,
    set: withoutRoot(FieldSet.fromFieldsV1(entry.fieldsV1)),
  }));
  return new Map(managers.map((manager) => [identityOf(manager), manager]));
}

/** Applies first, then by time (none is oldest), name, version and subresource: the order that was recorded. */
export function entriesOf(managers: Managers): ManagedFieldsEntry[] {
  return [...managers.values()]
    .filter((manager) => !manager.set.isEmpty)
    .toSorted(
      (a, b) =>
        order(a.operation, b.operation) ||
        order(secondsOf(a.time), secondsOf(b.time)) ||
        order(a.name, b.name) ||
        order(a.apiVersion, b.apiVersion) ||
        order(a.subresource ?? '', b.subresource ?? ''),
    )
    .map((manager) => ({
      manager: manager.name,
      operation: manager.operation,
      apiVersion: manager.apiVersion,
      ...(manager.time === undefined ? {} : { time: manager.time }),
      fieldsType: 'FieldsV1',
      fieldsV1: manager.set.toFieldsV1(),
      ...(manager.subresource === undefined ? {} : { subresource: manager.subresource }),
    }));
}

/** What no manager can own: identity and what the server writes. */
export const NEVER_OWNED = FieldSet.of(
  ['f:apiVersion'],
  ['f:kind'],
  ['f:metadata'],
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'clusterName',
    'generation',
    'managedFields',
    'resourceVersion',
  ].map((name) => ['f:metadata', `f:${name}`]),
);

/** What this write cannot change, so does not own: the status of the object, or everything but the status. */
export function ignoredFields(schema: Schema | undefined, subresource: string | undefined): FieldSet {
  if (subresource === 'status') return STATUS_WRITES_IGNORE;
  if (subresource !== undefined) return FieldSet.EMPTY;
  return schema === undefined || schema.hasStatus ? FieldSet.of(['f:status']) : FieldSet.EMPTY;
}

const STATUS_WRITES_IGNORE = FieldSet.of(['f:spec']);

export function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields: _managedFields, ...metadata } = object.metadata ?? {};
  return { ...object, metadata };
}

function withoutRoot(set: FieldSet): FieldSet {
  return new FieldSet(false, set.children);
}

function secondsOf(time: string | undefined): number {
  return time === undefined ? -Infinity : Math.floor(Date.parse(time) / 1000);
}

function order<T extends string | number>(a: T, b: T): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
