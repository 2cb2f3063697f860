import canonicalize from 'canonicalize';
import { DrctlError } from '../model/errors.ts';
import type { DriverWord, JournalLine } from '../model/journal.ts';
import type { CarriedRun, Driver } from '../ports/run-store.ts';
import type { JournalFile } from './lines.ts';
import { verifyChain, type Verified } from './verify.ts';

/** The bytes that a line was written as: canonical JSON has one form only. */
export function lineText(line: JournalLine): string {
  return canonicalize(line) ?? '';
}

/** Throws `JournalBroken` where the lines are not one whole chain; `where` is for the message. */
export function verifyCarried(lines: readonly JournalLine[], where: string): Verified {
  return verifyChain(
    byEpoch(lines).map(({ epoch, text }): JournalFile => ({ name: where, epoch, bytes: Buffer.from(text) })),
  );
}

/** Lines in the order of their epochs, each with its text as it stands in a store. */
export function byEpoch(lines: readonly JournalLine[]): readonly { readonly epoch: number; readonly text: string }[] {
  const texts = new Map<number, string>();
  for (const line of lines) texts.set(line.epoch, `${texts.get(line.epoch) ?? ''}${lineText(line)}\n`);
  return [...texts].map(([epoch, text]) => ({ epoch, text })).toSorted((a, b) => a.epoch - b.epoch);
}

/** What a carried run has beyond what is here; undefined where it has less. Throws `RunDiffers`. */
export function moreThan(own: readonly JournalLine[], carried: CarriedRun): readonly JournalLine[] | undefined {
  const shared = Math.min(own.length, carried.lines.length);
  for (let index = 0; index < shared; index += 1) {
    const [here, there] = [own[index], carried.lines[index]];
    if (!here || !there || lineText(here) !== lineText(there)) throw runDiffers(carried.run, index + 1);
  }
  return own.length > shared ? undefined : carried.lines.slice(shared);
}

function runDiffers(run: string, line: number): DrctlError {
  return new DrctlError(
    'RunDiffers',
    'user',
    `run ${run} is here already, and from line ${line} on it is another than the one in the file`,
    {
      exit: 'refused',
      nextSteps: [
        `both went on by themselves: look at them, drctl report ${run}`,
        'import it into another place: --state DIR',
      ],
    },
  );
}

/** Who holds the key of a carried run; where it was given back, who had it last, as far as the journal says. */
export function holderIn(carried: CarriedRun): Driver {
  if (carried.driver) return carried.driver;
  const found = carried.lines.findLast(({ event }) => 'driver' in event);
  const word: DriverWord =
    found && 'driver' in found.event ? found.event.driver : { account: 'unknown', host: 'unknown', pid: 0 };
  return { ...word, boot: 'unknown', processStart: 'unknown', since: found?.at ?? '' };
}
