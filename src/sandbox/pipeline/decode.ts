import { parse as parseYaml } from 'yaml';
import { syntaxErrorOf, validateFields } from '../patch/index.ts';
import { isFields } from '../registry/fields.ts';
import type { Fields } from '../registry/fields.ts';
import type { Kind } from '../registry/kind.ts';
import { apiVersionOf } from '../registry/registry.ts';
import { badRequest, failure, invalid } from '../registry/status.ts';
import type { JsonObject, KubeObject } from '../types.ts';
import type { ApiContext } from './context.ts';
import { refuseTooLarge } from './options.ts';
import type { WriteParameters } from './options.ts';
import type { ApiRequest } from './request.ts';

export interface Decoded {
  object: KubeObject;
  warnings: string[];
}

/** The request's body as an object of this kind, without unknown fields. Throws 400, 413, 415 or 422 in the server's words. */
export function decodeObject(
  api: ApiContext,
  kind: Kind,
  request: ApiRequest,
  mode: WriteParameters['fieldValidation'],
): Decoded {
  const sent = decodeBody(request, kind.kind) ?? {};
  if (!isFields(sent)) throw notAnObject(sent, kind.kind);
  const isComplete = typeof sent.kind === 'string' && typeof sent.apiVersion === 'string';
  const body = withKind(api, kind, sent, request.body);
  // Duplicate fields can only be seen in the text.
  const raw = isComplete && isJson(request) ? request.body : (body as JsonObject);
  const { object, warnings } = validateFields({ raw, schemas: api.schemas, mode });
  return { object: isFields(object.metadata) ? object : { ...object, metadata: {} }, warnings };
}

function notAnObject(value: unknown, kind: string): Error {
  const shape = String.raw`struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }`;
  const what = Array.isArray(value) ? 'array' : typeof value;
  const hex = Buffer.from(JSON.stringify(value)).toString('hex');
  return unrecognized(kind, `json parse error: json: cannot unmarshal ${what} into Go value of type ${shape} (${hex})`);
}

function withKind(api: ApiContext, kind: Kind, sent: Fields, raw: string): Fields {
  const wanted = apiVersionOf(kind);
  if (kind.custom) refuseOtherCustomKind(kind, sent, raw);
  const body: Fields = { ...sent, kind: sent.kind ?? kind.kind, apiVersion: sent.apiVersion ?? wanted };
  if (body.kind === kind.kind && body.apiVersion === wanted) return body;
  const version = String(body.apiVersion).split('/').at(-1) ?? '';
  const intro = `${String(body.kind)} in version "${version}" cannot be handled as a ${kind.kind}: `;
  const known = api.registry.findByKind(String(body.apiVersion), String(body.kind));
  if (known) {
    const goPackage = kind.group === '' ? 'core' : kind.group.split('.')[0];
    throw badRequest(
      `${intro}converting (${known.version}.${known.kind}) to (${goPackage}.${kind.kind}): unknown conversion`,
    );
  }
  throw badRequest(`${intro}${unregistered(String(body.kind), String(body.apiVersion))}`);
}

function refuseOtherCustomKind(kind: Kind, body: Fields, raw: string): void {
  if (typeof body.kind !== 'string') throw unrecognized(kind.kind, `Object 'Kind' is missing in '${raw}' (${raw})`);
  if (body.kind === kind.kind) {
    const [sent, expected] = [String(body.apiVersion), apiVersionOf(kind)];
    if (sent === expected) return;
    throw badRequest(`the API version in the data (${sent}) does not match the expected API version (${expected})`);
  }
  const name = isFields(body.metadata) && typeof body.metadata.name === 'string' ? body.metadata.name : '';
  const message = `Invalid value: ${JSON.stringify(body.kind)}: must be ${kind.kind}`;
  throw invalid({ group: kind.group, kind: body.kind }, name, [
    { reason: 'FieldValueInvalid', message, field: 'kind' },
  ]);
}

export function unregistered(kind: string, apiVersion: string): string {
  return `no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/runtime/scheme.go:111"`;
}

/** JSON, or YAML where the content type says so. Throws 400, 413 and 415. */
export function decodeBody(request: ApiRequest, what: string): unknown {
  refuseTooLarge(request.body);
  const type = mediaTypeOf(request);
  if (type === 'application/yaml') return parsedYaml(request.body, what);
  if (type !== '' && type !== 'application/json') throw unsupportedMedia();
  try {
    return JSON.parse(request.body) as unknown;
  } catch {
    const why = `json parse error: ${syntaxErrorOf(request.body)} (${excerpt(request.body)})`;
    throw unrecognized(what, why);
  }
}

export function parsedYaml(text: string, what: string): unknown {
  try {
    return parseYaml(text) as unknown;
  } catch (error) {
    throw unrecognized(what, `yaml: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export function mediaTypeOf(request: ApiRequest): string {
  return request.headers['content-type']?.split(';')[0]?.trim() ?? '';
}

function isJson(request: ApiRequest): boolean {
  return mediaTypeOf(request) !== 'application/yaml';
}

function excerpt(text: string): string {
  if (text === '') return '<empty>';
  return text.length > 30 ? `${text.slice(0, 30)} ...` : text;
}

function unrecognized(kind: string, why: string): Error {
  const intro = why.startsWith('Object') ? '' : "couldn't get version/kind; ";
  return badRequest(`the object provided is unrecognized (must be of type ${kind}): ${intro}${why}`);
}

const anyBody = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';

export const unsupportedMedia = (accepted = anyBody): Error =>
  failure(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted}`,
  );
