import { DrctlError, EXIT_CODES, isDrctlError, messageOf, type Blame, type ExitName } from '../model/errors.ts';

/** An error as scripts see it (DESIGN section 6). */
export interface ErrorDocument {
  readonly error: {
    readonly code: string;
    readonly blame: Blame;
    readonly message: string;
    readonly nextSteps: readonly string[];
    readonly at?: { readonly file: string; readonly line: number; readonly column: number };
  };
}

/** Whose it is, what happened, what to do next. Anything that is not a DrctlError is drctl's own fault and says so. */
export function errorDocumentOf(error: unknown): ErrorDocument {
  const known = asDrctlError(error);
  return {
    error: {
      code: known.code,
      blame: known.blame,
      message: known.message,
      nextSteps: known.nextSteps,
      ...(known.at && { at: known.at }),
    },
  };
}

export function exitCodeOf(error: unknown): number {
  return EXIT_CODES[asDrctlError(error).exit].code;
}

export function exitCode(name: ExitName): number {
  return EXIT_CODES[name].code;
}

const WHOSE: Readonly<Record<Blame, string>> = { user: 'input', tool: 'drctl', target: 'target' };

export function errorText(error: unknown): string {
  const { code, blame, message, nextSteps, at } = errorDocumentOf(error).error;
  const where = at ? `${at.file}:${at.line}:${at.column}: ` : '';
  // A list of problems carries its own positions.
  const head = message.startsWith(where) ? message : `${where}${message}`;
  return [`Error (${WHOSE[blame]}, ${code}): ${head}`, ...nextSteps.map((step) => `  → ${step}`)].join('\n');
}

function asDrctlError(error: unknown): DrctlError {
  if (isDrctlError(error)) return error;
  const usage = usageErrorOf(error);
  if (usage) return usage;
  return new DrctlError('Internal', 'tool', `drctl failed in a way that it should not: ${messageOf(error)}`, {
    nextSteps: [
      'nothing that was journaled is lost: drctl runs',
      'set DRCTL_DEBUG=1 for the stack trace and report it',
    ],
    cause: error,
  });
}

/** oclif's own complaints about flags and arguments are bad usage. */
function usageErrorOf(error: unknown): DrctlError | undefined {
  if (!(error instanceof Error) || !('oclif' in error)) return undefined;
  return new DrctlError('BadUsage', 'user', error.message.split('\n')[0] ?? 'bad usage', {
    nextSteps: ['drctl COMMAND --help'],
  });
}
