import type { Json, KubeObject, ManagedFieldsEntry } from '../types.ts';
import { compare, type Comparison } from './compare.ts';
import { FieldSet } from './field-set.ts';
import {
  entriesOf,
  identityOf,
  ignoredFields,
  managersOf,
  NEVER_OWNED,
  withoutManagedFields,
  type Manager,
  type Managers,
} from './managers.ts';
import type { Schemas } from './schemas.ts';

export interface TrackFieldsInput {
  /** The stored object; absent for a create. */
  before: KubeObject | undefined;
  /** What the request asks for, with defaults, before admission and before the server's own fields are set. */
  after: KubeObject;
  manager: string;
  /** RFC 3339, whole seconds. */
  now: string;
  schemas: Schemas;
  subresource?: string | undefined;
}

/**
 * The managedFields after a create, update or patch (not an apply): the writer owns what it added or changed, nobody
 * owns what is gone. The writer's time moves only if it took a field. Sending exactly `[{}]` clears the list, and an
 * object whose list is empty is not tracked again before its first apply (apiserver skipNonAppliedManager).
 */
export function trackFields(input: TrackFieldsInput): ManagedFieldsEntry[] {
  const { before, after, schemas, subresource } = input;
  const managers = managersInForce(before, after, subresource);
  if (managers.size === 0 && before !== undefined) return [];
  if (subresource === 'scale') return entriesOf(scaledFields(managers, input));
  const schema = schemas.of(after.apiVersion, after.kind);
  const comparison = compareObjects(before, after, schemas, ignoredFields(schema, subresource));
  return entriesOf(tookFields(managers, comparison, input));
}

/** The comparison of two objects without the fields that `ignored` names and everything below them. */
export function compareObjects(
  before: KubeObject | undefined,
  after: KubeObject,
  schemas: Schemas,
  ignored: FieldSet,
): Comparison {
  const root = schemas.rootOf(after.apiVersion, after.kind);
  const all = compare(before === undefined ? {} : comparable(before), comparable(after), root);
  return {
    added: all.added.recursiveDifference(ignored),
    modified: all.modified.recursiveDifference(ignored),
    removed: all.removed.recursiveDifference(ignored),
  };
}

function comparable(object: KubeObject): Json {
  return withoutManagedFields(object) as unknown as Json;
}

/** Takes from every manager what has been changed or removed; managers that own nothing any more are gone. */
export function releaseFields(managers: Managers, lost: FieldSet, except?: string): Managers {
  const left = new Map<string, Manager>();
  for (const [id, manager] of managers) {
    const set = id === except ? manager.set : manager.set.difference(lost);
    if (!set.isEmpty) left.set(id, { ...manager, set });
  }
  return left;
}

function tookFields(managers: Managers, comparison: Comparison, input: TrackFieldsInput): Managers {
  const written = comparison.added.union(comparison.modified);
  const left = new Map(releaseFields(managers, written.union(comparison.removed)));
  const taken = written.difference(NEVER_OWNED);
  if (taken.isEmpty) return left;
  const identity = {
    name: input.manager,
    operation: 'Update' as const,
    apiVersion: input.after.apiVersion,
    subresource: input.subresource,
  };
  const id = identityOf(identity);
  const set = (left.get(id)?.set ?? FieldSet.EMPTY).union(taken);
  left.set(id, { ...identity, time: input.now, set });
  return left;
}

/**
 * A scale hands its one field back to the object without a time, and scaling to 0 leaves it without an owner, because
 * a Scale does not write a zero (recorded; apiserver fieldmanager ScaleHandler).
 */
function scaledFields(managers: Managers, input: TrackFieldsInput): Managers {
  const { before, after, manager } = input;
  const replicas = replicasOf(after);
  if (replicas === replicasOf(before)) return managers;
  const left = new Map(releaseFields(managers, REPLICAS));
  if (replicas === 0) return left;
  const identity = {
    name: manager,
    operation: 'Update' as const,
    apiVersion: after.apiVersion,
    subresource: input.subresource,
  };
  const id = identityOf(identity);
  return left.set(id, { ...identity, time: managers.get(id)?.time, set: REPLICAS });
}

const REPLICAS = FieldSet.of(['f:spec', 'f:replicas']);

function replicasOf(object: KubeObject | undefined): unknown {
  return (object?.['spec'] as { replicas?: number } | undefined)?.replicas;
}

/** A write through a subresource cannot touch managedFields; one that sends none, or none it can read, keeps the stored. */
function managersInForce(before: KubeObject | undefined, after: KubeObject, subresource: string | undefined): Managers {
  const stored = managersOf(before?.metadata.managedFields);
  const sent = after.metadata.managedFields;
  if (subresource !== undefined || sent === undefined || sent.length === 0) return stored;
  const [only] = sent;
  if (sent.length === 1 && only && Object.keys(only).length === 0) return new Map();
  return sent.every(isReadable) ? managersOf(sent) : stored;
}

function isReadable(entry: Partial<ManagedFieldsEntry>): boolean {
  const known = entry.operation === 'Apply' || entry.operation === 'Update';
  return known && entry.fieldsType === 'FieldsV1' && typeof entry.fieldsV1 === 'object';
}
