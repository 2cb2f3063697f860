import { DrctlError } from '../model/errors.ts';
import { nearestWord } from './nearest.ts';
import { errorDocumentOf, errorText, exitCodeOf } from './report-error.ts';

/** A failure outside any command: most often a word that is no command, and the nearest one that is. */
export function renderFailure(error: unknown, argv: readonly string[], commands: readonly string[]): void {
  const shown =
    error instanceof Error && /^command .* not found/.test(error.message) ? unknownCommand(argv, commands) : error;
  process.exitCode = exitCodeOf(shown);
  if (argv.includes('--json')) process.stdout.write(`${JSON.stringify(errorDocumentOf(shown), null, 2)}\n`);
  else process.stderr.write(`${errorText(shown)}\n`);
}

function unknownCommand(argv: readonly string[], commands: readonly string[]): DrctlError {
  const words = argv.filter((one) => !one.startsWith('-'));
  const names = commands.map((name) => name.replaceAll(':', ' '));
  const near = nearestWord(words.slice(0, 2).join(' '), names) ?? nearestWord(words[0] ?? '', names);
  return new DrctlError(
    'UnknownCommand',
    'user',
    `there is no command "${words.join(' ')}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
    {
      nextSteps: ['drctl --help'],
    },
  );
}
