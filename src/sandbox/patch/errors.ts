import { StatusError } from '../types.ts';

/** A request whose patch cannot be read at all. */
export function badRequest(message: string): StatusError {
  return failure({ code: 400, reason: 'BadRequest', message });
}

/** What the API server answers to a JSON patch that does not apply: it says nothing of which operation or why. */
export function patchDoesNotApply(): StatusError {
  const message = 'the server rejected our request due to an error in our request';
  return failure({ code: 422, reason: 'Invalid', message, details: {} });
}

export function tooManyOperations(most: number, got: number): StatusError {
  const message = `Request entity too large: The allowed maximum operations in a JSON patch is ${most}, got ${got}`;
  return failure({ code: 413, reason: 'RequestEntityTooLarge', message });
}

/** Recorded as 500 without a reason: a strategic merge patch that is wrong in itself, an apply that does not fit its schema. */
export function internal(message: string): StatusError {
  return failure({ code: 500, message });
}

export interface FieldConflict {
  message: string;
  field: string;
}

export function applyConflict(message: string, conflicts: FieldConflict[]): StatusError {
  const causes = conflicts.map((conflict) => ({ reason: 'FieldManagerConflict', ...conflict }));
  return failure({ code: 409, reason: 'Conflict', message, details: { causes } });
}

export function unsupportedMediaType(accepted: string[]): StatusError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`;
  return failure({ code: 415, reason: 'UnsupportedMediaType', message });
}

/** The patched object cannot be decoded: the object has no name yet in this message, and is quoted whole. */
export function invalidPatchResult(object: unknown, why: string): StatusError {
  const message = `Invalid value: ${JSON.stringify(JSON.stringify(object))}: ${why}`;
  return failure({
    code: 422,
    reason: 'Invalid',
    message: ` "" is invalid: patch: ${message}`,
    details: { causes: [{ reason: 'FieldValueInvalid', message, field: 'patch' }] },
  });
}

interface Failure {
  code: number;
  message: string;
  reason?: string;
  details?: { causes?: { reason: string; message: string; field: string }[] };
}

function failure({ code, message, reason, details }: Failure): StatusError {
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    ...(reason === undefined ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    code,
  });
}
