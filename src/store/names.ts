import { DrctlError } from '../model/errors.ts';

/** Names that become file names must not reach out of their directory. */
export function isSafeName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(name);
}

export function validateName(what: string, name: string): void {
  if (isSafeName(name)) return;
  throw new DrctlError('BadName', 'user', `${what} ${JSON.stringify(name)} cannot be the name of a file`, {
    nextSteps: ['use letters, digits, dots, dashes and underscores, beginning with a letter or digit'],
  });
}
