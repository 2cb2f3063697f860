import { isDeepStrictEqual } from 'node:util';
import { alreadyExists, conflict, internal, invalid, modified, notFound } from '../registry/status.ts';
import type { Kind, StrategyContext } from '../registry/kind.ts';
import { validateMetadata, validateMetadataUpdate } from '../registry/validation/metadata.ts';
import { trackFields } from '../patch/index.ts';
import type { KubeObject, ManagedFieldsEntry } from '../types.ts';
import { admitCreate, admitPod } from './admission.ts';
import { keyOf, timestamp } from './context.ts';
import type { ApiContext, Target } from './context.ts';
import { beginLife, continueLife, placeObject, tidyMetadata } from './metadata.ts';
import { shown } from './read.ts';

export interface WriteOptions {
  dryRun: boolean;
  /** The managedFields of the object about to be stored; undefined: it has them already (an apply). */
  manage: (object: KubeObject, before: KubeObject | undefined) => ManagedFieldsEntry[] | undefined;
  /** The uid in a whole object is a precondition (409); one that a patch sets is a change of what never changes (422). */
  isPatch?: true;
}

/** Ownership for a create, an update or a patch that is no apply. */
export function trackedBy(api: ApiContext, manager: string, now: string, subresource?: string): WriteOptions['manage'] {
  const { schemas } = api;
  return (after, before) => trackFields({ before, after, manager, now, schemas, subresource });
}

/** Stores a new object. Throws 403, 404, 409, 422, 500. `object` becomes the pipeline's own. */
export function createObject(api: ApiContext, target: Target, object: KubeObject, options: WriteOptions): KubeObject {
  const { kind, info } = target;
  placeObject(object, target);
  admitCreate(api, kind, info.namespace, object.metadata.name ?? '');
  if (object.metadata.resourceVersion) throw internal('resourceVersion should not be set on objects to be created');
  admitPod(api, kind, info.namespace, object);
  const context = strategyContext(api);
  delete object.metadata.deletionTimestamp;
  delete object.metadata.deletionGracePeriodSeconds;
  kind.strategy.defaults?.(object);
  setOwners(object, options.manage(object, undefined));
  beginLife(api, kind, object);
  kind.strategy.prepareForCreate?.(object, context);
  tidyMetadata(object);
  refuseInvalid(kind, object, [...validateMetadata(kind, object), ...(kind.strategy.validate?.(object) ?? [])]);
  const key = keyOf(kind, info.namespace, object.metadata.name ?? '');
  const existing = api.store.get(kind.table, key);
  if (existing)
    throw alreadyExists(kind, object.metadata.name ?? '', existing.metadata.deletionTimestamp !== undefined);
  if (options.dryRun) return object;
  return commit(api, kind, key, object);
}

/**
 * Replaces an object, or one of its subresources. Throws 404, 409, 422. What changes nothing is not written: it keeps its
 * resourceVersion and no watcher hears of it.
 */
export function updateObject(api: ApiContext, target: Target, object: KubeObject, options: WriteOptions): KubeObject {
  const { kind, info } = target;
  placeObject(object, target);
  const key = keyOf(kind, info.namespace, info.name ?? '');
  const stored = api.store.get(kind.table, key);
  if (!stored) {
    if (!kind.strategy.createsOnUpdate || info.subresource !== undefined) throw notFound(kind, info.name ?? '');
    return createObject(api, target, object, options);
  }
  const old = shown(kind, stored);
  refuseStale(kind, object, old, options);
  const next = prepared(api, target, object, old, options);
  if (isSame(next, old)) return old;
  if (options.dryRun) return next;
  if (isFinished(next)) return finish(api, kind, key, next);
  return commit(api, kind, key, next);
}

function prepared(
  api: ApiContext,
  { kind, info }: Target,
  object: KubeObject,
  old: KubeObject,
  options: WriteOptions,
): KubeObject {
  const { strategy } = kind;
  const context = strategyContext(api);
  const sent = { ...object.metadata };
  strategy.defaults?.(object);
  continueLife(object, old);
  setOwners(object, options.manage(object, old));
  if (object.metadata.resourceVersion === undefined)
    object.metadata.resourceVersion = old.metadata.resourceVersion ?? '';
  let next = object;
  if (info.subresource === 'status') {
    next = statusOf(object, old);
    strategy.prepareForStatus?.(next, old, context);
  } else if (info.subresource === 'finalize') {
    next = { ...old, metadata: { ...object.metadata }, spec: object.spec };
  } else {
    strategy.prepareForUpdate?.(next, old, context);
  }
  const counts = info.subresource === undefined && (strategy.generation || kind.custom !== undefined);
  if (counts && !isSameCount(strategy.counted ?? besides, next, old)) {
    next.metadata.generation = (old.metadata.generation ?? 0) + 1;
  }
  tidyMetadata(next);
  const causes = validateMetadataUpdate(kind, next, old, sent);
  if (info.subresource === undefined) causes.push(...(strategy.validateUpdate?.(next, old, context) ?? []));
  refuseInvalid(kind, next, causes);
  return next;
}

function setOwners({ metadata }: KubeObject, owners: ManagedFieldsEntry[] | undefined): void {
  if (owners) metadata.managedFields = owners;
}

/** A write to /status changes the status and nothing else but labels' neighbours: metadata may change, the rest stays. */
function statusOf(object: KubeObject, old: KubeObject): KubeObject {
  return { ...old, metadata: { ...object.metadata }, ...('status' in object && { status: object.status }) };
}

function refuseStale(kind: Kind, object: KubeObject, old: KubeObject, { isPatch }: WriteOptions): void {
  const { uid, resourceVersion } = object.metadata;
  const name = old.metadata.name ?? '';
  if (uid && uid !== old.metadata.uid && !isPatch) {
    const path = kind.namespaced ? `${old.metadata.namespace}/${name}` : name;
    throw conflict(
      kind,
      name,
      `StorageError: invalid object, Code: 4, Key: /registry/${kind.resource}/${path}, ResourceVersion: 0, ` +
        `AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`,
    );
  }
  if (!resourceVersion && (kind.custom || kind.strategy.needsRevision)) {
    const message = 'Invalid value: 0: must be specified for an update';
    throw invalid({ group: kind.group, kind: kind.resource }, name, [
      { reason: 'FieldValueInvalid', message, field: 'metadata.resourceVersion' },
    ]);
  }
  if (resourceVersion && !/^\d+$/.test(resourceVersion))
    throw internal(`strconv.ParseUint: parsing ${JSON.stringify(resourceVersion)}: invalid syntax`);
  if (resourceVersion && resourceVersion !== old.metadata.resourceVersion) throw modified(kind, name);
}

/** A deleted object whose last finalizer went: it may go now. */
function isFinished(object: KubeObject): boolean {
  const { deletionTimestamp, finalizers, deletionGracePeriodSeconds } = object.metadata;
  if (deletionTimestamp === undefined || (finalizers?.length ?? 0) > 0) return false;
  if (object.kind === 'Namespace') return namespaceIsEmpty(object);
  return (deletionGracePeriodSeconds ?? 0) === 0;
}

function namespaceIsEmpty(object: KubeObject): boolean {
  const finalizers = (object.spec as { finalizers?: string[] } | undefined)?.finalizers;
  return (finalizers?.length ?? 0) === 0;
}

function finish(api: ApiContext, kind: Kind, key: string, object: KubeObject): KubeObject {
  // No watcher sees the write that ends it: DELETED carries the state before, with its finalizers (as recorded).
  const removed = api.store.remove(kind.table, key);
  api.committed?.(kind);
  const resourceVersion = removed?.metadata.resourceVersion;
  return { ...object, metadata: { ...object.metadata, ...(resourceVersion !== undefined && { resourceVersion }) } };
}

/** Stores what an order made of an object, without the rules for a client's update. */
export function replaceStored(api: ApiContext, { kind, info }: Target, object: KubeObject): KubeObject {
  return commit(api, kind, keyOf(kind, info.namespace, info.name ?? ''), object);
}

export function commit(api: ApiContext, kind: Kind, key: string, object: KubeObject): KubeObject {
  const stored = api.store.put(kind.table, key, kind.view ? kind.view.write(object) : object);
  api.committed?.(kind);
  return shown(kind, stored);
}

export function refuseInvalid(kind: Kind, object: KubeObject, causes: Parameters<typeof invalid>[2]): void {
  if (causes.length > 0) throw invalid(kind, object.metadata.name ?? '', causes);
}

export function strategyContext(api: ApiContext): StrategyContext {
  return {
    now: timestamp(api.now()),
    find: (table, namespace, name) => api.store.get(table, namespace === undefined ? name : `${namespace}/${name}`),
    list: (table) => api.store.list(table).map(([, object]) => object),
  };
}

function isSame(a: KubeObject, b: KubeObject): boolean {
  return isDeepStrictEqual(withoutTimes(a), withoutTimes(b));
}

/** A managedFields entry that only got a new time is no change. */
function withoutTimes(object: KubeObject): unknown {
  const { managedFields, ...metadata } = object.metadata;
  const fields = managedFields?.map(({ time: _time, ...entry }) => entry);
  return JSON.parse(JSON.stringify({ ...object, metadata: { ...metadata, managedFields: fields } })) as unknown;
}

function isSameCount(counted: (object: KubeObject) => unknown, a: KubeObject, b: KubeObject): boolean {
  const plain = (object: KubeObject): unknown => JSON.parse(JSON.stringify(counted(object)));
  return isDeepStrictEqual(plain(a), plain(b));
}

/** What metadata.generation counts unless the kind says otherwise. */
function besides({ metadata: _metadata, status: _status, ...others }: KubeObject): unknown {
  return others;
}
