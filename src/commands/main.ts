import { Errors, flush, run } from '@oclif/core';
import { listenToClosedOutput } from '../cli/closed-output.ts';
import { COMMANDS } from './index.ts';

export { COMMANDS } from './index.ts';

/** Runs the command line; `root` is the folder of drctl's package.json. Never rejects. */
export async function main(root: string, argv: readonly string[] = process.argv.slice(2)): Promise<void> {
  listenToClosedOutput();
  try {
    await run([...argv], { root });
    await flush();
  } catch (error) {
    await failed(error, argv);
  }
}

/** What a command did not render itself: `--help`, which ends on purpose, and words that are no command. */
async function failed(error: unknown, argv: readonly string[]): Promise<void> {
  if (error instanceof Errors.ExitError) {
    process.exitCode = error.oclif.exit ?? 0;
    return;
  }
  const { renderFailure } = await import('../cli/unknown-command.ts');
  renderFailure(error, argv, Object.keys(COMMANDS));
}
