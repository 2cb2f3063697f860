import { methodNotAllowed, notSimulated, qualified } from '../registry/status.ts';
import type { ApiContext, Target } from './context.ts';
import { keyOf, timestamp } from './context.ts';
import { decodeObject } from './decode.ts';
import { answerList, answerObject, answerWatch } from './encode.ts';
import { serveExec } from './exec.ts';
import { writeParameters } from './options.ts';
import type { WriteParameters } from './options.ts';
import { serveOrder } from './orders.ts';
import { servePatch } from './patch.ts';
import { serveProxy } from './proxy.ts';
import { readList, readObject } from './read.ts';
import { deleteCollection, deleteObject } from './remove.ts';
import type { ApiRequest } from './request.ts';
import { objectResult, warned } from './result.ts';
import type { Result } from './result.ts';
import { readScale, writeScale } from './scale.ts';
import { openWatch } from './watch.ts';
import { createObject, trackedBy, updateObject } from './write.ts';

/** A request for a kind that is served, by its verb. */
export function serveResource(api: ApiContext, target: Target, request: ApiRequest): Result {
  const { info, kind } = target;
  const subresource = kind.subresources.find((each) => each.name === info.subresource);
  const verbs = info.subresource === undefined ? kind.verbs : (subresource?.verbs ?? []);
  // Some kinds can only be looked for: none are there, since none can be made.
  if (!verbs.includes(info.verb) && api.registry.isNotSimulated(kind.group, kind.version, kind.resource)) {
    throw notSimulated(qualified(kind));
  }
  if (!verbs.includes(info.verb) || !fitsPath(target)) throw methodNotAllowed();
  if (info.subresource === 'proxy') return serveProxy(api, target, request);
  if (request.method === 'HEAD') throw methodNotAllowed();
  switch (info.verb) {
    case 'get':
      if (info.subresource === 'scale') return readScale(api, target);
      return answerObject(api, target, request, readObject(api, target, request.query), 200);
    case 'list':
      return answerList(api, target, request, readList(api, target, request));
    case 'watch':
      return answerWatch(api, target, request, () => openWatch(api, target, request));
    case 'create':
      if (info.subresource === 'exec') return serveExec(api, target, request);
      return serveOrder(api, target, request) ?? create(api, target, request);
    case 'update':
      return update(api, target, request);
    case 'patch':
      return servePatch(api, target, request);
    case 'delete':
      return answerObject(api, target, request, deleteObject(api, target, request), 200);
    case 'deletecollection':
      return objectResult(deleteCollection(api, target, request));
    default:
      throw methodNotAllowed();
  }
}

function fitsPath({ info, kind }: Target): boolean {
  // Over all namespaces one only lists and watches.
  const isEverywhere = kind.namespaced && info.namespace === undefined;
  if (isEverywhere && ['create', 'deletecollection'].includes(info.verb)) return false;
  const onCollection = ['list', 'create', 'deletecollection'].includes(info.verb);
  return info.verb === 'watch' || info.subresource !== undefined || onCollection === (info.name === undefined);
}

function create(api: ApiContext, target: Target, request: ApiRequest): Result {
  const parameters = writeParameters(request, 'CreateOptions');
  const { object, warnings } = decodeObject(api, target.kind, request, parameters.fieldValidation);
  return warned(warnings, () => {
    const stored = createObject(api, target, object, tracked(api, target, parameters));
    warnings.push(...(target.kind.strategy.warnings?.(stored) ?? []));
    return answerObject(api, target, request, stored, 201);
  });
}

function update(api: ApiContext, target: Target, request: ApiRequest): Result {
  const { kind, info } = target;
  const parameters = writeParameters(request, 'UpdateOptions');
  const options = tracked(api, target, parameters);
  if (info.subresource === 'scale') return writeScale(api, target, request, options);
  const { object, warnings } = decodeObject(api, kind, request, parameters.fieldValidation);
  const isThere = api.store.get(kind.table, keyOf(kind, info.namespace, info.name ?? '')) !== undefined;
  return warned(warnings, () => {
    const stored = updateObject(api, target, object, options);
    warnings.push(...(kind.strategy.warnings?.(stored) ?? []));
    return answerObject(api, target, request, stored, isThere ? 200 : 201);
  });
}

function tracked(api: ApiContext, target: Target, { dryRun, fieldManager }: WriteParameters) {
  return { dryRun, manage: trackedBy(api, fieldManager, timestamp(api.now()), target.info.subresource) };
}
