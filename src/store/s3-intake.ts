import { byEpoch, holderIn, moreThan } from '../journal/carried.ts';
import type { CarriedRun, Intake } from '../ports/run-store.ts';
import { drivenByOther } from './driven.ts';
import { isProvablyGone } from './driver.ts';
import { validateName } from './names.ts';
import { parseS3Address } from './s3-address.ts';
import { directoryOf, verified } from './s3.ts';
import { EMPTY_LOG, follow, newToken, readSlots, slotName, slotText, type RunLog, type SlotWord } from './s3-log.ts';
import { openObjects } from './s3-objects.ts';

/** Takes runs from elsewhere into a prefix. One cut short in the middle is the beginning of the same chain: import it again. */
export function createS3Intake(address: string): Intake {
  const objects = openObjects(parseS3Address(address));
  return {
    adopt: async (carried) => {
      validateName('run', carried.run);
      const directory = directoryOf(carried.run);
      const log = follow(EMPTY_LOG, await readSlots(objects, directory, 1));
      const more = moreThan(verified(log).lines, carried);
      if (!more) return 'behind';
      if (more.length === 0 && log.epoch > 0) return 'same';
      const slots = slotsOf(carried, more, log);
      const isLate = slots.some(([word]) => word.epoch < log.epoch);
      if (log.taking && (isLate || !isFree(log))) throw drivenByOther(carried.run, log.taking.driver);
      for (const [index, [word, lines]] of slots.entries()) {
        const name = slotName(directory, log.next + index);
        const text = slotText(word, lines);
        // Whoever else is there first is at work on this run.
        if (!(await objects.putNew(name, text)) && (await objects.get(name)) !== text)
          throw drivenByOther(carried.run, log.taking?.driver ?? holderIn(carried));
      }
      return log.epoch === 0 ? 'created' : 'extended';
    },
  };
}

function isFree({ released, taking }: RunLog): boolean {
  return !taking || released || taking.carried || isProvablyGone(taking.driver);
}

/** A key and its lines for each epoch; at the end the key is given back, if it was. */
function slotsOf(
  carried: CarriedRun,
  more: CarriedRun['lines'],
  log: RunLog,
): readonly (readonly [SlotWord, string])[] {
  const token = newToken();
  const at = carried.lines.at(-1)?.at ?? '';
  const driver = holderIn(carried);
  const epochs = byEpoch(more);
  const slots = epochs.flatMap(({ epoch, text }): (readonly [SlotWord, string])[] => [
    ...(epoch > log.epoch ? [[{ is: 'taken', epoch, token, at, driver, carried: true }, ''] as const] : []),
    [{ is: 'lines', epoch, token }, text],
  ]);
  const last = epochs.at(-1)?.epoch ?? log.epoch;
  return carried.driver === undefined ? [...slots, [{ is: 'released', epoch: last, token }, '']] : slots;
}
