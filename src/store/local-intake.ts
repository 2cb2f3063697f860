import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { byEpoch, holderIn, moreThan, verifyCarried } from '../journal/carried.ts';
import type { CarriedRun, Intake } from '../ports/run-store.ts';
import { drivenByOther } from './driven.ts';
import { isProvablyGone } from './driver.ts';
import { appendDurably, exists, openAppendOnly, openToAppend } from './durable.ts';
import { createKey, keyDamaged, newestKey, writeKey, type Key } from './keys.ts';
import { journalName, placeRun, readRun } from './local.ts';
import { isSafeName } from './names.ts';

/** Takes runs from elsewhere into a directory. */
export function createLocalIntake(state: string): Intake {
  return {
    adopt: async (carried) => {
      const directory = join(state, 'runs', carried.run);
      if (isSafeName(carried.run) && exists(directory)) return extendRun(directory, carried);
      placeRun(state, carried.run, (aside) => {
        createKey(aside, lastEpochOf(carried), keyOf(carried));
        writeLines(aside, carried.lines);
      });
      return 'created';
    },
  };
}

function extendRun(directory: string, carried: CarriedRun): 'extended' | 'same' | 'behind' {
  const more = moreThan(readRun(directory).lines, carried);
  if (more?.length === 0) return 'same';
  if (!more) return 'behind';
  const found = newestKey(directory);
  if (found && !found.key) throw keyDamaged(carried.run);
  const key = found?.key;
  if (key && !key.released && !key.carried && !isProvablyGone(key.driver)) throw drivenByOther(carried.run, key.driver);
  const epoch = Math.max(found?.epoch ?? 0, lastEpochOf(carried));
  // Whoever takes the run at this moment takes the same epoch, and one of the two is turned away.
  if (epoch > (found?.epoch ?? 0) && !createKey(directory, epoch, { ...keyOf(carried), head: NO_HEAD }))
    throw drivenByOther(carried.run, newestKey(directory)?.key?.driver ?? holderIn(carried));
  writeLines(directory, more);
  writeKey(directory, epoch, keyOf(carried));
  return 'extended';
}

const NO_HEAD = { seq: 0, hash: '' };

function writeLines(directory: string, lines: CarriedRun['lines']): void {
  for (const { epoch, text } of byEpoch(lines)) {
    const path = join(directory, journalName(epoch));
    const handle = exists(path) ? openToAppend(path) : openAppendOnly(path);
    try {
      appendDurably(handle, path, text);
    } finally {
      closeSync(handle);
    }
  }
}

function lastEpochOf({ lines }: CarriedRun): number {
  return lines.at(-1)?.epoch ?? 1;
}

function keyOf(carried: CarriedRun): Key {
  const { seq, hash } = verifyCarried(carried.lines, carried.run).head;
  return {
    driver: holderIn(carried),
    renewedAt: carried.lines.at(-1)?.at ?? '',
    released: carried.driver === undefined,
    carried: true,
    head: { seq, hash },
  };
}
