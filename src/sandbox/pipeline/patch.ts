import { applyServerSide, decodePatchBody, patchObject, validateFields } from '../patch/index.ts';
import { isFields } from '../registry/fields.ts';
import { apiVersionOf } from '../registry/registry.ts';
import { badRequest, invalid } from '../registry/status.ts';
import type { KubeObject, PatchType } from '../types.ts';
import type { ApiContext, Target } from './context.ts';
import { keyOf, timestamp } from './context.ts';
import { mediaTypeOf, parsedYaml, unsupportedMedia } from './decode.ts';
import { answerObject } from './encode.ts';
import { refuseTooLarge, writeParameters } from './options.ts';
import type { WriteParameters } from './options.ts';
import { mustFind, shown } from './read.ts';
import type { ApiRequest } from './request.ts';
import { withWarnings } from './result.ts';
import type { Result } from './result.ts';
import { patchScale } from './scale.ts';
import { createObject, trackedBy, updateObject } from './write.ts';

const patchTypes: Record<string, PatchType> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

/** PATCH in four kinds. Throws 400, 404, 409, 415, 422 and 500 as recorded. */
export function servePatch(api: ApiContext, target: Target, request: ApiRequest): Result {
  const type = patchTypes[mediaTypeOf(request)];
  const isCustom = target.kind.custom !== undefined;
  if (type === undefined || (isCustom && type === 'strategic')) throw unsupportedMedia(acceptedTypes(isCustom));
  refuseTooLarge(request.body);
  const parameters = writeParameters(request, 'PatchOptions');
  refuseMisfits(request, type);
  if (type === 'apply') return apply(api, target, request, parameters);
  const live = mustFind(api, target);
  const patch = decodePatchBody(request.body);
  const options = {
    dryRun: parameters.dryRun,
    manage: trackedBy(api, parameters.fieldManager, timestamp(api.now()), target.info.subresource),
  };
  if (target.info.subresource === 'scale') return patchScale(api, target, { type, patch }, options);
  const raw = patchObject({ type, live, patch, schemas: api.schemas });
  const mode = parameters.fieldValidation;
  const { object, warnings } = validateFields({ raw, schemas: api.schemas, mode, source: 'patch' });
  const stored = updateObject(api, target, object, options);
  return withWarnings(answerObject(api, target, request, stored, 200), warnings);
}

function acceptedTypes(isCustom: boolean): string {
  const types = Object.keys(patchTypes).filter((type) => !isCustom || patchTypes[type] !== 'strategic');
  return [...types, 'application/apply-patch+cbor'].join(', ');
}

/** PatchOptions: an apply needs a field manager; force is for an apply only. */
function refuseMisfits({ query }: ApiRequest, type: PatchType): void {
  const kind = { group: 'meta.k8s.io', kind: 'PatchOptions' };
  if (type === 'apply' && !query.get('fieldManager')) {
    const message = 'Required value: is required for apply patch';
    throw invalid(kind, '', [{ reason: 'FieldValueRequired', message, field: 'fieldManager' }]);
  }
  if (type !== 'apply' && query.has('force')) {
    const message = 'Forbidden: may not be specified for non-apply patch';
    throw invalid(kind, '', [{ reason: 'FieldValueForbidden', message, field: 'force' }]);
  }
}

function apply(api: ApiContext, target: Target, request: ApiRequest, parameters: WriteParameters): Result {
  const { kind, info } = target;
  const applied = appliedObject(target, request);
  const stored = api.store.get(kind.table, keyOf(kind, info.namespace, info.name ?? ''));
  const live = stored && shown(kind, stored);
  if (!live && info.subresource !== undefined) mustFind(api, target);
  const object = applyServerSide({
    live,
    applied,
    manager: parameters.fieldManager,
    force: parameters.force,
    now: timestamp(api.now()),
    schemas: api.schemas,
    subresource: info.subresource,
  });
  const options = { dryRun: parameters.dryRun, manage: () => undefined };
  const result = live ? updateObject(api, target, object, options) : createObject(api, target, object, options);
  return answerObject(api, target, request, result, live ? 200 : 201);
}

function appliedObject({ kind, info }: Target, request: ApiRequest): KubeObject {
  const body = parsedYaml(request.body, kind.kind);
  if (!isFields(body)) throw badRequest('error decoding YAML: it is no object');
  const { apiVersion, kind: sentKind } = body;
  if (typeof apiVersion !== 'string' || typeof sentKind !== 'string') {
    throw badRequest("error getting the object's kind and version: both must be set in what is applied");
  }
  if (apiVersion !== apiVersionOf(kind) || sentKind !== kind.kind) {
    throw badRequest(
      `the object applied is ${apiVersion} ${sentKind}, the URL is of ${apiVersionOf(kind)} ${kind.kind}`,
    );
  }
  const metadata = isFields(body.metadata) ? body.metadata : {};
  const namespace = kind.namespaced ? { namespace: metadata.namespace ?? info.namespace } : {};
  return {
    ...body,
    apiVersion,
    kind: sentKind,
    metadata: { ...metadata, name: metadata.name ?? info.name, ...namespace },
  } as KubeObject;
}
