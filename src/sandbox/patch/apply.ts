import { isDeepStrictEqual } from 'node:util';
import type { Json, JsonObject, KubeObject } from '../types.ts';
import { applyConflict, badRequest, internal, type FieldConflict } from './errors.ts';
import { pathText } from './field-path.ts';
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
import type { SchemaNode } from './schema-node.ts';
import type { Schemas } from './schemas.ts';
import { compareObjects, releaseFields } from './track-fields.ts';
import { mergeTyped } from './typed-merge.ts';
import { validateFields } from './validate-fields.ts';
import { fieldSetOf, misfitOf, removeItems, withNamedFields } from './typed-set.ts';

export interface ApplyInput {
  /** The stored object; absent for an apply that creates. */
  live: KubeObject | undefined;
  /** What is applied, already checked to be of this kind and name. */
  applied: KubeObject;
  manager: string;
  force: boolean;
  /** RFC 3339, whole seconds. */
  now: string;
  schemas: Schemas;
  subresource?: string | undefined;
}

/**
 * Server-side apply (structured-merge-diff merge/update.go and the apiserver's fieldmanager): lays the applied fields
 * over the live object, removes what only this manager had applied before and now leaves out, and answers the object
 * with its managedFields; defaults, admission and validation come after. Throws StatusError: 409 with a cause for each
 * field that another manager owns with another value, 400 for managedFields in what is applied, 500 where it does not
 * fit the schema. Where nothing changed, the answer equals `live` but perhaps for its managedFields.
 */
export function applyServerSide(input: ApplyInput): KubeObject {
  const { live, applied, schemas, subresource } = input;
  if ('managedFields' in (applied.metadata ?? {})) throw badRequest('metadata.managedFields must be nil');
  const root = schemas.rootOf(applied.apiVersion, applied.kind);
  refuseMisfit(applied, root);
  const ignored = ignoredFields(schemas.of(applied.apiVersion, applied.kind), subresource);
  const known = managersBefore(live, schemas);
  const { id, manager } = managerOf(input, ignored, root);
  const last = known.get(id)?.set ?? FieldSet.EMPTY;
  const managers = new Map(known).set(id, { ...manager, time: known.get(id)?.time });

  const base = live === undefined ? startOf(applied) : withoutManagedFields(live);
  const merged = mergeTyped(asJson(base), asJson(applied), root);
  const result = decoded(asObject(structuredClone(prune({ merged, managers, last, type: root }))), schemas);
  const difference = compareObjects(live ?? startOf(applied), result, schemas, ignored);
  const written = difference.added.union(difference.modified);
  if (!input.force) refuseConflicts(managers, written, id);

  const left = new Map(releaseFields(managers, written.union(difference.removed), id));
  const changed = live === undefined || !isDeepStrictEqual(decoded(withoutManagedFields(live), schemas), result);
  const mine = left.get(id);
  if (mine) left.set(id, { ...mine, set: mine.set.difference(NEVER_OWNED), time: changed ? input.now : mine.time });
  return withManagers(result, left);
}

/** As the object is after it went through its Go type; what does not fit was refused before. */
function decoded(object: KubeObject, schemas: Schemas): KubeObject {
  return validateFields({ raw: object, schemas, mode: 'Ignore', source: 'patch' }).object;
}

/** An object that nobody tracked so far belongs, as it is, to nobody in particular: `before-first-apply`. */
function managersBefore(live: KubeObject | undefined, schemas: Schemas): Managers {
  const known = managersOf(live?.metadata.managedFields);
  if (live === undefined || known.size > 0) return known;
  const everything = compareObjects(startOf(live), live, schemas, FieldSet.of(['f:status']));
  const identity = {
    name: 'before-first-apply',
    operation: 'Update' as const,
    apiVersion: live.apiVersion,
    subresource: undefined,
  };
  const set = everything.added.union(everything.modified).difference(NEVER_OWNED);
  return new Map([[identityOf(identity), { ...identity, time: undefined, set }]]);
}

function managerOf(input: ApplyInput, ignored: FieldSet, root: SchemaNode): { id: string; manager: Manager } {
  const identity = {
    name: input.manager,
    operation: 'Apply' as const,
    apiVersion: input.applied.apiVersion,
    subresource: input.subresource,
  };
  const set = fieldSetOf(asJson(input.applied), root).recursiveDifference(ignored);
  return { id: identityOf(identity), manager: { ...identity, time: undefined, set } };
}

/**
 * Takes away what this manager applied last time, then puts back whatever any manager still owns, and what was not
 * this manager's but only lay below something that was.
 */
function prune(at: { merged: Json; managers: Managers; last: FieldSet; type: SchemaNode }): Json {
  const { merged, managers, last, type } = at;
  if (last.isEmpty) return merged;
  const named = (set: FieldSet): FieldSet => withNamedFields(set, type);
  const setOf = (value: Json): FieldSet => named(fieldSetOf(value, type));
  const without = (set: FieldSet): Json => removeItems(merged, set, type) ?? {};
  const all = setOf(merged);
  const owned = [...managers.values()].reduce((sum, manager) => sum.union(manager.set), FieldSet.EMPTY);
  const pruned = without(named(last));
  const kept = without(all.difference(setOf(pruned).union(named(owned))));
  return without(all.difference(setOf(kept)).intersection(named(last)));
}

function refuseMisfit(applied: KubeObject, type: SchemaNode): void {
  const misfit = misfitOf(asJson(applied), type);
  if (misfit === undefined) return;
  const { namespace = '', name = '' } = applied.metadata ?? {};
  const [group, version] = applied.apiVersion.includes('/') ? applied.apiVersion.split('/') : ['', applied.apiVersion];
  const gvk = `${group}/${version}, Kind=${applied.kind}`;
  throw internal(`failed to create typed patch object (${namespace}/${name}; ${gvk}): ${misfit}`);
}

function refuseConflicts(managers: Managers, written: FieldSet, except: string): void {
  const byManager = [...managers.entries()]
    .filter(([id]) => id !== except)
    .map(([, manager]) => ({ who: whoIs(manager), paths: manager.set.intersection(written).paths() }))
    .filter(({ paths }) => paths.length > 0)
    .toSorted((a, b) => (a.who < b.who ? -1 : 1));
  const conflicts = byManager.flatMap(({ who, paths }): FieldConflict[] =>
    paths.map((path) => ({ message: `conflict with ${who}`, field: pathText(path) })),
  );
  if (conflicts.length === 0) return;
  throw applyConflict(conflictText(byManager, conflicts.length), conflicts);
}

/** One conflict on one line; several as a list under each manager. */
function conflictText(byManager: { who: string; paths: string[][] }[], count: number): string {
  const lines = byManager.map(({ who, paths }) => {
    const fields = paths.map(pathText);
    return count === 1 ? `conflict with ${who}: ${fields[0]}` : `conflicts with ${who}:\n- ${fields.join('\n- ')}`;
  });
  return `Apply failed with ${count} conflict${count === 1 ? '' : 's'}: ${lines.join('\n')}`;
}

function whoIs(manager: Manager): string {
  const subresource =
    manager.subresource === undefined ? '' : ` with subresource ${JSON.stringify(manager.subresource)}`;
  const version = manager.operation === 'Update' ? ` using ${manager.apiVersion}` : '';
  return `${JSON.stringify(manager.name)}${subresource}${version}`;
}

function withManagers(object: KubeObject, managers: Managers): KubeObject {
  const managedFields = entriesOf(managers);
  return managedFields.length === 0 ? object : { ...object, metadata: { ...object.metadata, managedFields } };
}

function startOf(object: KubeObject): KubeObject {
  return { apiVersion: object.apiVersion, kind: object.kind, metadata: {} };
}

function asJson(object: KubeObject): JsonObject {
  return object as unknown as JsonObject;
}

function asObject(value: Json): KubeObject {
  return value as unknown as KubeObject;
}
