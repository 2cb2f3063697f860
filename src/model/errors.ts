/** Whose fault it is: the person's input, drctl itself, or the environment it works on. */
export type Blame = 'user' | 'tool' | 'target';

export interface SourcePosition {
  file: string;
  line: number;
  column: number;
}

export interface ErrorDetails {
  /** Exit code by name, see exit-codes.ts. */
  exit?: ExitName;
  nextSteps?: readonly string[];
  at?: SourcePosition;
  cause?: unknown;
}

/**
 * The one error family. `code` is PascalCase and stable: scripts and tests rely on it, never on the text. A message says
 * what happened; `nextSteps` say what a person can do about it.
 */
export class DrctlError extends Error {
  readonly code: string;
  readonly blame: Blame;
  readonly exit: ExitName;
  readonly nextSteps: readonly string[];
  readonly at: SourcePosition | undefined;

  constructor(code: string, blame: Blame, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'DrctlError';
    this.code = code;
    this.blame = blame;
    this.exit = details.exit ?? (blame === 'user' ? 'usage' : 'failed');
    this.nextSteps = details.nextSteps ?? [];
    this.at = details.at;
  }
}

export function isDrctlError(error: unknown, code?: string): error is DrctlError {
  return error instanceof DrctlError && (code === undefined || error.code === code);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Exit codes, the one table: it prints the help too (DESIGN section 6). */
export const EXIT_CODES = {
  done: { code: 0, means: 'done' },
  failed: { code: 1, means: 'failed' },
  usage: { code: 2, means: 'bad usage, invalid input or an unknown name' },
  declined: { code: 3, means: 'declined or aborted' },
  paused: { code: 4, means: 'paused, resumable' },
  unknown: { code: 5, means: 'unknown outcome, needs `drctl settle`' },
  driven: { code: 6, means: 'driven by somebody else' },
  refused: { code: 7, means: 'refused by a guard (identity, budget, permission)' },
  exceptions: { code: 8, means: 'done with exceptions' },
  planChanges: { code: 10, means: '`plan --detailed-exitcode`: changes or unknown' },
  planBlocked: { code: 11, means: '`plan --detailed-exitcode`: blocked' },
  interrupted: { code: 130, means: 'interrupted before a run was opened' },
} as const;

export type ExitName = keyof typeof EXIT_CODES;
