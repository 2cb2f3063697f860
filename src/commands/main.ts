import { execute } from '@oclif/core';

export { COMMANDS } from './index.ts';

/** Runs the command line; `root` is the folder of drctl's package.json. */
export function main(root: string): Promise<unknown> {
  // `drctl --help | head -1` closes the pipe early: that is no error of anybody's.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return execute({ dir: root });
}
