import { ExecaError } from 'execa';

/** What a machine lacks to run a real cluster: said as data, so that a test run can name it and a person can get it. */
export interface Missing {
  readonly what: string;
  readonly why: string;
  readonly howToGet: string;
}

/** What a program that failed said last. */
export function lastLine(error: unknown): string {
  const text = error instanceof ExecaError ? [error.stderr, error.shortMessage].find((part) => part !== '') : error;
  return String(text).trim().split('\n').at(-1) ?? '';
}

/** Thrown where a cluster cannot be run on this machine. Any other error is a fault of ours. */
export class MissingPieces extends Error {
  readonly missing: readonly Missing[];
  constructor(missing: readonly Missing[]) {
    super(missing.map(({ what, why, howToGet }) => `${what}: ${why}. ${howToGet}`).join('\n'));
    this.name = 'MissingPieces';
    this.missing = missing;
  }
}
