import { StatusError } from '../types.ts';

export function isNotFound(error: unknown): boolean {
  return codeOf(error) === 404;
}

export function isConflict(error: unknown): boolean {
  return codeOf(error) === 409 && reasonOf(error) !== 'AlreadyExists';
}

export function isAlreadyExists(error: unknown): boolean {
  return codeOf(error) === 409 && reasonOf(error) === 'AlreadyExists';
}

/** The resource does not exist on this server at all: a kind that is not simulated, or a CRD that is not installed. */
export function isNotServed(error: unknown): boolean {
  return [404, 405, 501].includes(codeOf(error) ?? 0);
}

/** A namespace that is going away refuses creates (cause NamespaceTerminating): nothing to retry. */
export function isNamespaceTerminating(error: unknown): boolean {
  return codeOf(error) === 403 && /being terminated/.test(messageOf(error));
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): number | undefined {
  return error instanceof StatusError ? error.status.code : undefined;
}

function reasonOf(error: unknown): string | undefined {
  return error instanceof StatusError ? error.status.reason : undefined;
}
