import { DrctlError, messageOf } from '../model/errors.ts';

/** Turns a file system's errno into the store's family: what cannot be written, why, and what frees it. */
export function storeError(doing: string, path: string, cause: unknown): DrctlError {
  if (cause instanceof DrctlError) return cause;
  const errno = errnoOf(cause);
  const [code, why, next] = (errno !== undefined && KNOWN[errno]) || [
    'StoreFailed',
    messageOf(cause),
    'check the disk and the file system under the state directory, then `drctl resume`',
  ];
  return new DrctlError(code, 'target', `cannot ${doing} ${path}: ${why}`, { cause, nextSteps: [next] });
}

const FULL = 'free some space there, then `drctl resume`: what was recorded before is safe';
const ACCESS = 'make it writable for you, or name another directory with --state';
const KNOWN: Readonly<Record<string, readonly [code: string, why: string, next: string]>> = {
  ENOSPC: ['StoreFull', 'no space left on the device', FULL],
  EDQUOT: ['StoreFull', 'the disk quota is used up', FULL],
  EFBIG: ['StoreFull', 'the file may not grow any further (limit on file size)', FULL],
  EROFS: ['StoreReadOnly', 'the file system is mounted read-only', ACCESS],
  EACCES: ['StoreReadOnly', 'permission denied', ACCESS],
  EPERM: ['StoreReadOnly', 'operation not permitted', ACCESS],
  ENOTDIR: ['StoreNotADirectory', 'a part of the path is a file, not a directory', 'name a directory with --state'],
};

export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
