import { say, settle, type Heard, type Word } from '../operations/words.ts';
import { createSilentHost } from './hosts/ndjson.ts';
import { requireBecause } from './session-flags.ts';
import { wire } from './wire.ts';

interface WordFlags {
  readonly config?: string | undefined;
  readonly state?: string | undefined;
  readonly json: boolean;
  readonly because?: string | undefined;
}

export async function wordCommand(run: string, word: Word, flags: WordFlags): Promise<void> {
  show(await say(run, word, toolsFor(flags)), word.word, flags);
}

export async function settleCommand(
  run: string,
  subject: string,
  as: 'done' | 'redo' | 'skip' | 'accepted',
  flags: WordFlags,
): Promise<void> {
  const because = requireBecause('settle', flags.because);
  show(await settle(run, { subject, as, because }, toolsFor(flags)), 'settle', flags);
}

function toolsFor(flags: WordFlags): ReturnType<typeof wire> {
  return wire({ config: flags.config, state: flags.state, host: createSilentHost(), interactive: false });
}

function show(heard: Heard, word: string, flags: WordFlags): void {
  if (heard.left !== undefined) process.stderr.write(`warning: ${heard.left}\n`);
  if (flags.json) process.stdout.write(`${JSON.stringify({ ...heard, word }, null, 2)}\n`);
  else
    process.stdout.write(
      heard.by === 'driver'
        ? `${word}: given to the driver of ${heard.run}\n`
        : `${word}: journaled in ${heard.run}\n${word === 'abort' ? '' : `→ drctl resume ${heard.run}\n`}`,
    );
}
