import { applyServerSide, decodePatchBody, patchObject, validateFields } from '../patch/index.ts';
import { isFields, textAt } from '../registry/fields.ts';
import { apiVersionOf } from '../registry/registry.ts';
import { badRequest, conflict, failure, invalid } from '../registry/status.ts';
import type { KubeObject, PatchType } from '../types.ts';
import type { ApiContext, Target } from './context.ts';
import { keyOf, timestamp } from './context.ts';
import { mediaTypeOf, parsedYaml, unsupportedMedia } from './decode.ts';
import { answerObject } from './encode.ts';
import { refuseTooLarge, writeParameters } from './options.ts';
import type { WriteParameters } from './options.ts';
import { mustFind, shown } from './read.ts';
import type { ApiRequest } from './request.ts';
import { warned, withWarnings } from './result.ts';
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
  if (isCustom && (type === undefined || type === 'strategic')) throw unsupportedMedia(customTypes);
  if (type === undefined) throw unsupportedPatch();
  refuseTooLarge(request.body);
  const parameters = writeParameters(request, 'PatchOptions');
  refuseMisfits(request, type);
  if (type === 'apply') return apply(api, target, request, parameters);
  const live = mustFind(api, target);
  const patch = decodePatchBody(request.body);
  const options = {
    dryRun: parameters.dryRun,
    manage: trackedBy(api, parameters.fieldManager, timestamp(api.now()), target.info.subresource),
    isPatch: true as const,
  };
  if (target.info.subresource === 'scale') return patchScale(api, target, { type, patch }, options);
  const raw = patchObject({ type, live, patch, schemas: api.schemas });
  const mode = parameters.fieldValidation;
  const { object, warnings } = validateFields({ raw, schemas: api.schemas, mode, source: 'patch' });
  return warned(warnings, () => {
    const stored = updateObject(api, target, object, options);
    warnings.push(...(target.kind.strategy.warnings?.(stored) ?? []));
    return answerObject(api, target, request, stored, 200);
  });
}

const customTypes = Object.keys(patchTypes)
  .filter((type) => patchTypes[type] !== 'strategic')
  .join(', ');

/** For built-in kinds a filter before the handler answers what no kind accepts, in its own words (go-restful). */
const unsupportedPatch = (): Error => failure(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});

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
  const stored = api.store.get(kind.table, keyOf(kind, info.namespace, info.name ?? ''));
  const applied = appliedObject(target, request, stored !== undefined);
  const live = stored && shown(kind, stored);
  if (!live && info.subresource !== undefined) mustFind(api, target);
  if (!live && applied.metadata.uid) {
    const why = `uid mismatch: the provided object specified uid ${applied.metadata.uid}, and no existing object was found`;
    throw conflict(kind, info.name ?? '', why);
  }
  const object = applyServerSide({
    live,
    applied,
    manager: parameters.fieldManager,
    force: parameters.force,
    now: timestamp(api.now()),
    schemas: api.schemas,
    subresource: info.subresource,
  });
  const options = { dryRun: parameters.dryRun, manage: () => undefined, isPatch: true as const };
  // Nothing is there that the revision could be compared with, and nobody asks.
  if (!live) delete object.metadata.resourceVersion;
  const result = live ? updateObject(api, target, object, options) : createObject(api, target, object, options);
  return withWarnings(
    answerObject(api, target, request, result, live ? 200 : 201),
    kind.strategy.warnings?.(result) ?? [],
  );
}

function appliedObject({ kind, info }: Target, request: ApiRequest, isThere: boolean): KubeObject {
  const body = parsedYaml(request.body, kind.kind);
  if (!isFields(body)) throw badRequest('error decoding YAML: it is no object');
  const [apiVersion, sentKind] = [textAt(body, 'apiVersion'), textAt(body, 'kind')];
  if (apiVersion !== apiVersionOf(kind) || sentKind !== kind.kind) {
    const groupVersion = apiVersion.includes('/') ? apiVersion : `/${apiVersion}`;
    throw badRequest(`invalid object type: ${groupVersion}, Kind=${sentKind}`);
  }
  const metadata = isFields(body.metadata) ? body.metadata : {};
  // Over what is there the name in the path will do; what is to be made must say its own.
  const name = textAt(metadata, 'name') || (isThere ? (info.name ?? '') : '');
  return { ...body, apiVersion, kind: sentKind, metadata: { ...metadata, ...(name !== '' && { name }) } };
}
