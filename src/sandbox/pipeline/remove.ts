import { badRequest, failure, invalid } from '../registry/status.ts';
import type { Kind } from '../registry/kind.ts';
import { isFields, textAt } from '../registry/fields.ts';
import type { Fields } from '../registry/fields.ts';
import type { KubeObject } from '../types.ts';
import { admitDelete } from './admission.ts';
import { keyOf, timestamp } from './context.ts';
import type { ApiContext, Target } from './context.ts';
import { decodeBody, unregistered } from './decode.ts';
import { listBody, mustFind, readList, shown } from './read.ts';
import type { ApiRequest } from './request.ts';
import { commit } from './write.ts';

interface Options {
  dryRun: boolean;
  uid?: string;
  resourceVersion?: string;
  propagationPolicy?: string;
  gracePeriodSeconds?: number;
}

/** DELETE of one object: gone (a Status), or marked while finalizers or a grace period hold it (the object). */
export function deleteObject(api: ApiContext, target: Target, request: ApiRequest): unknown {
  const options = deleteOptions(request);
  const live = mustFind(api, target);
  admitDelete(target);
  refuseOtherObject(target.kind, live, options);
  const outcome = remove(api, target.kind, live, options);
  if (outcome.gone && !returnsObject(target.kind)) return successOf(target.kind, live);
  return outcome.object;
}

/** DELETE of a collection: each object by itself, answered with the list as it was found. */
export function deleteCollection(api: ApiContext, target: Target, request: ApiRequest): unknown {
  const options = deleteOptions(request);
  const page = readList(api, target, request);
  for (const object of page.items) remove(api, target.kind, object, options);
  return listBody(target.kind, page);
}

const returned = new Set([
  ...['pods', 'persistentvolumes', 'persistentvolumeclaims', 'services', 'serviceaccounts'],
  ...['storageclasses.storage.k8s.io', 'csidrivers.storage.k8s.io', 'volumeattachments.storage.k8s.io'],
]);

/** Kinds whose storage answers a DELETE with the object itself (ReturnDeletedObject). */
function returnsObject(kind: Kind): boolean {
  return returned.has(kind.table);
}

function remove(
  api: ApiContext,
  kind: Kind,
  live: KubeObject,
  options: Options,
): { object: KubeObject; gone: boolean } {
  const grace = options.gracePeriodSeconds ?? kind.strategy.gracePeriod?.(live) ?? 0;
  const held = kind.strategy.gracePeriod ? Math.min(grace, kind.strategy.gracePeriod(live) > 0 ? grace : 0) : 0;
  const finalizers = finalizersAfter(live, options.propagationPolicy);
  const key = keyOf(kind, live.metadata.namespace, live.metadata.name ?? '');
  const holds = finalizers.length > 0 || held > 0 || (kind.table === 'namespaces' && namespaceHolds(live));
  if (holds) {
    const marked = markDeleted(api, kind, live, finalizers, held);
    if (marked === undefined) return { object: live, gone: false };
    return { object: options.dryRun ? marked : commit(api, kind, key, marked), gone: false };
  }
  // A pod without grace passes through being deleted, as its last state shows.
  const last = kind.strategy.gracePeriod ? (markDeleted(api, kind, live, finalizers, 0) ?? live) : live;
  if (options.dryRun) return { object: last, gone: true };
  if (last !== live) commit(api, kind, key, last);
  const removed = api.store.remove(kind.table, key);
  api.committed?.(kind);
  return { object: removed ? shown(kind, removed) : live, gone: true };
}

function namespaceHolds(namespace: KubeObject): boolean {
  const finalizers = (namespace.spec as { finalizers?: string[] } | undefined)?.finalizers;
  return (finalizers?.length ?? 0) > 0;
}

/** `orphan` and `foregroundDeletion` are orders to the garbage collector, left as finalizers. */
function finalizersAfter(live: KubeObject, policy: string | undefined): string[] {
  const others = (live.metadata.finalizers ?? []).filter((each) => policy === undefined || !propagation.includes(each));
  if (policy === 'Orphan') return [...others, 'orphan'];
  if (policy === 'Foreground') return [...others, 'foregroundDeletion'];
  return others;
}

const propagation = ['orphan', 'foregroundDeletion'];

/** Undefined: it was marked already and nothing is new. */
function markDeleted(
  api: ApiContext,
  kind: Kind,
  live: KubeObject,
  finalizers: string[],
  grace: number,
): KubeObject | undefined {
  const { metadata } = live;
  const before = metadata.deletionGracePeriodSeconds ?? Infinity;
  const already = metadata.deletionTimestamp !== undefined;
  if (already && grace >= before && finalizers.length === (metadata.finalizers?.length ?? 0)) return undefined;
  const marked: KubeObject = {
    ...live,
    metadata: {
      ...metadata,
      deletionTimestamp: timestamp(api.now() + grace * 1000),
      ...(kind.table !== 'namespaces' && { deletionGracePeriodSeconds: grace }),
      ...(finalizers.length > 0 && { finalizers }),
      ...(metadata.generation !== undefined && { generation: metadata.generation + 1 }),
    },
  };
  if (already && metadata.deletionTimestamp !== undefined && grace >= before) {
    marked.metadata.deletionTimestamp = metadata.deletionTimestamp;
  }
  if (kind.table === 'namespaces') marked.status = { ...(isFields(live.status) && live.status), phase: 'Terminating' };
  return marked;
}

function refuseOtherObject(kind: Kind, live: KubeObject, options: Options): void {
  const name = live.metadata.name ?? '';
  const refuse = (why: string): Error =>
    failure(
      409,
      'Conflict',
      `Operation cannot be fulfilled on ${kind.kind}${kind.group === '' ? '' : `.${kind.group}`} "${name}": ${why}`,
      {
        name,
        ...(kind.group !== '' && { group: kind.group }),
        kind: kind.kind,
      },
    );
  if (options.uid !== undefined && options.uid !== live.metadata.uid) {
    throw refuse(
      `the UID in the precondition (${options.uid}) does not match the UID in record (${live.metadata.uid}). The object might have been deleted and then recreated`,
    );
  }
  if (options.resourceVersion !== undefined && options.resourceVersion !== live.metadata.resourceVersion) {
    throw refuse(
      `the ResourceVersion in the precondition (${options.resourceVersion}) does not match the ResourceVersion in record (${live.metadata.resourceVersion}). The object might have been modified`,
    );
  }
}

function successOf(kind: Kind, object: KubeObject): unknown {
  const { name = '', uid = '' } = object.metadata;
  const details = { name, ...(kind.group !== '' && { group: kind.group }), kind: kind.resource, uid };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
}

/** From the body when there is one, else from the query. Throws 400 and 422. */
function deleteOptions(request: ApiRequest): Options {
  const sent = request.body === '' ? {} : decodeBody(request, 'DeleteOptions');
  const body: Fields = isFields(sent) ? sent : {};
  if (body.kind !== undefined && body.kind !== 'DeleteOptions') {
    throw badRequest(unregistered(textAt(body, 'kind'), textAt(body, 'apiVersion')));
  }
  const { query } = request;
  const policy = textOf(body.propagationPolicy) ?? query.get('propagationPolicy') ?? undefined;
  if (typeof body.orphanDependents === 'boolean' && policy !== undefined) throw bothPolicies(policy);
  refuseUnknownPolicy(policy);
  const grace =
    typeof body.gracePeriodSeconds === 'number' ? body.gracePeriodSeconds : numberOf(query.get('gracePeriodSeconds'));
  const preconditions = isFields(body.preconditions) ? body.preconditions : {};
  const uid = textOf(preconditions.uid);
  const resourceVersion = textOf(preconditions.resourceVersion);
  const dryRun = query.get('dryRun') === 'All' || (Array.isArray(body.dryRun) && body.dryRun.includes('All'));
  return {
    dryRun,
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }),
    ...(policy !== undefined && { propagationPolicy: policy }),
    ...(grace !== undefined && { gracePeriodSeconds: grace }),
  };
}

function bothPolicies(policy: string): Error {
  const why = 'orphanDependents and deletionPropagation cannot be both set';
  const message = `Invalid value: ${JSON.stringify(policy)}: ${why}`;
  return invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', [
    { reason: 'FieldValueInvalid', message, field: 'propagationPolicy' },
  ]);
}

function refuseUnknownPolicy(policy: string | undefined): void {
  if (policy === undefined || ['Orphan', 'Background', 'Foreground'].includes(policy)) return;
  const message = `Unsupported value: ${JSON.stringify(policy)}: supported values: "Foreground", "Background", "Orphan", "nil"`;
  throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', [
    { reason: 'FieldValueNotSupported', message, field: 'propagationPolicy' },
  ]);
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const numberOf = (text: string | null): number | undefined =>
  text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
