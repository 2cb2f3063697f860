import { StatusError } from '../types.ts';
import type { JsonObject, KubeStatus } from '../types.ts';

/** One line of a 422: `spec.claimRef.uid: Required value`. */
export interface Cause {
  reason:
    | 'FieldValueRequired'
    | 'FieldValueInvalid'
    | 'FieldValueNotSupported'
    | 'FieldValueForbidden'
    | 'FieldValueDuplicate'
    | 'FieldValueTypeInvalid'
    | 'FieldValueTooLong'
    | 'FieldValueTooMany'
    | 'FieldValueNotFound';
  message: string;
  field: string;
}

interface Named {
  group: string;
  resource: string;
}

export function failure(code: number, reason: string | undefined, message: string, details?: JsonObject): StatusError {
  const status: KubeStatus = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    ...(reason !== undefined && { reason }),
    ...(details && { details }),
    code,
  };
  return new StatusError(status);
}

function detailsOf(named: Named, name: string, more: JsonObject = {}): JsonObject {
  return {
    ...(name !== '' && { name }),
    ...(named.group !== '' && { group: named.group }),
    kind: named.resource,
    ...more,
  };
}

/** `configmaps` or `applications.argoproj.io`, as messages name a resource. */
export function qualified(named: Named): string {
  return named.group === '' ? named.resource : `${named.resource}.${named.group}`;
}

export const notFound = (named: Named, name: string): StatusError =>
  failure(404, 'NotFound', `${qualified(named)} "${name}" not found`, detailsOf(named, name));

export const alreadyExists = (named: Named, name: string, isGoing = false): StatusError => {
  const intro = isGoing ? 'object is being deleted: ' : '';
  return failure(409, 'AlreadyExists', `${intro}${qualified(named)} "${name}" already exists`, detailsOf(named, name));
};

export const conflict = (named: Named, name: string, why: string): StatusError =>
  failure(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(named)} "${name}": ${why}`,
    detailsOf(named, name),
  );

export const modified = (named: Named, name: string): StatusError =>
  conflict(named, name, 'the object has been modified; please apply your changes to the latest version and try again');

export const forbidden = (named: Named, name: string, why: string, more: JsonObject = {}): StatusError =>
  failure(
    403,
    'Forbidden',
    name === '' ? `${qualified(named)} is forbidden: ${why}` : `${qualified(named)} "${name}" is forbidden: ${why}`,
    detailsOf(named, name, more),
  );

/** 422. `kind` is the Kind for built-in types and the resource for custom ones' resourceVersion check, as recorded. */
export function invalid(kind: { group: string; kind: string }, name: string, causes: Cause[]): StatusError {
  const lines = causes.map((cause) => `${cause.field}: ${cause.message}`);
  const distinct = [...new Set(lines)];
  const text = distinct.length === 1 ? distinct[0] : `[${distinct.join(', ')}]`;
  const title = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
  const details = { name, ...(kind.group !== '' && { group: kind.group }), kind: kind.kind };
  return failure(422, 'Invalid', `${title} "${name}" is invalid: ${text}`, {
    ...(name === '' ? { ...(kind.group !== '' && { group: kind.group }), kind: kind.kind } : details),
    causes: causes.map(({ reason, message, field }) => ({ reason, message, field })),
  });
}

export const badRequest = (message: string): StatusError => failure(400, 'BadRequest', message);

export const internal = (message: string): StatusError => failure(500, undefined, message);

export const noSuchPath = (): StatusError =>
  failure(404, 'NotFound', 'the server could not find the requested resource', {});

export const methodNotAllowed = (): StatusError =>
  failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});

export const expired = (message: string, more: JsonObject = {}): StatusError => {
  const error = failure(410, 'Expired', message);
  return new StatusError({ ...error.status, metadata: { ...error.status.metadata, ...more } });
};

/** What a real server has and this one does not. It never answers with less than the truth, so it says so instead. */
export const notSimulated = (what: string): StatusError =>
  failure(
    501,
    'NotImplemented',
    `drctl sandbox does not simulate ${what}; use a real cluster for it, or leave it out of what you rehearse`,
  );
