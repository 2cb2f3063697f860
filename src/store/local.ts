import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { NO_LINES } from '../journal/chain.ts';
import type { JournalFile } from '../journal/lines.ts';
import { verifyChain, type Verified } from '../journal/verify.ts';
import type { Clock } from '../ports/clock.ts';
import type { Host } from '../ports/host.ts';
import type { Driver, Journal, JournalReading, RunStore } from '../ports/run-store.ts';
import { drivenByOther, runExists, runUnknown } from './driven.ts';
import { isProvablyGone } from './driver.ts';
import { exists, makeDirectory, namesIn, openAppendOnly, openToAppend, readIfThere, syncDirectory } from './durable.ts';
import { createKey, keyDamaged, newestKey, type Key } from './keys.ts';
import { createLocalBlobs } from './local-blobs.ts';
import { createLocalClusters } from './local-clusters.ts';
import { createLocalInbox } from './local-inbox.ts';
import { LocalJournal } from './local-journal.ts';
import { isSafeName, validateName } from './names.ts';
import { errnoOf, storeError } from './store-errors.ts';

export interface LocalStoreOptions {
  /** Made when the first thing is written; all below is readable by its owner only. */
  readonly directory: string;
  readonly clock: Pick<Clock, 'now'>;
  /** Hears warnings (a clock that was set back). */
  readonly tell: Host['tell'];
}

/**
 * Runs in a directory: `runs/<run>/journal.<epoch>.jsonl` and `key.<epoch>.json`, `runs/<run>/inbox/`, `blobs/`,
 * `clusters/`. It needs a file system with hard links and a working fsync; it is not for two hosts that share it by a
 * network, of which each would believe its own cache.
 */
export function createLocalStore(options: LocalStoreOptions): RunStore {
  const { directory } = options;
  const directoryOf = (run: string): string => knownRun(directory, run);
  const hasEnded = async (run: string): Promise<boolean> => {
    const path = isSafeName(run) ? join(directory, 'runs', run) : '';
    return !exists(path) || readRun(path).lines.at(-1)?.event.type === 'run.ended';
  };
  return {
    where: `directory ${directory}`,
    blobs: createLocalBlobs(join(directory, 'blobs')),
    ...createLocalInbox(directoryOf),
    ...createLocalClusters(join(directory, 'clusters'), hasEnded),
    runs: async () => namesIn(join(directory, 'runs')).filter(isSafeName).toSorted(),
    create: async (run, driver) => createRun(options, run, driver),
    read: async (run) => readingOf(run, readRun(directoryOf(run))),
    take: async (run, driver, how) => takeRun(options, directoryOf(run), run, driver, how.takeOver),
    driver: async (run) => {
      const found = newestKey(directoryOf(run));
      if (found && !found.key) throw keyDamaged(run);
      if (!found?.key || found.key.released) return undefined;
      return { driver: found.key.driver, renewedAt: found.key.renewedAt };
    },
  };
}

function knownRun(directory: string, run: string): string {
  const path = join(directory, 'runs', run);
  if (isSafeName(run) && exists(path)) return path;
  throw runUnknown(run, `directory ${directory}`);
}

function createRun(options: LocalStoreOptions, run: string, driver: Driver): Journal {
  const directory = placeRun(options.directory, run, (aside) => {
    createKey(aside, 1, keyFor(options, driver, NO_LINES));
    fs.closeSync(openAppendOnly(join(aside, journalName(1))));
  });
  const handle = openToAppend(join(directory, journalName(1)));
  return openJournal(options, { run, directory, epoch: 1, driver, handle, lines: [], head: NO_LINES });
}

/** Built aside and moved into place, so that a run is there with its key or not at all. Gives its directory. */
export function placeRun(state: string, run: string, fill: (aside: string) => void): string {
  validateName('run', run);
  const runs = join(state, 'runs');
  makeDirectory(runs);
  const directory = join(runs, run);
  if (exists(directory)) throw runExists(run);
  const aside = join(runs, `.${run}.${randomUUID()}`);
  makeDirectory(aside);
  try {
    fill(aside);
    fs.renameSync(aside, directory);
    syncDirectory(runs);
  } catch (error) {
    fs.rmSync(aside, { recursive: true, force: true });
    throw ['ENOTEMPTY', 'EEXIST'].includes(errnoOf(error) ?? '')
      ? runExists(run)
      : storeError('create', directory, error);
  }
  return directory;
}

/**
 * The next epoch's key is created first: from then on every append of the old driver fails, after it was written. Only then
 * is the old tail read: what is not in it was never acknowledged (DESIGN section 4, "Journal").
 */
function takeRun(
  options: LocalStoreOptions,
  directory: string,
  run: string,
  driver: Driver,
  takeOver: boolean,
): Journal {
  const old = newestKey(directory);
  if (old && !takeOver) validateFree(run, old.key);
  const epoch = (old?.epoch ?? 0) + 1;
  // A journal that cannot be read must not be taken: looked at before, since a key once taken stays taken.
  readRun(directory);
  if (!createKey(directory, epoch, keyFor(options, driver, old?.key?.head ?? NO_LINES)))
    throw drivenByOther(run, newestKey(directory)?.key?.driver ?? driver);
  const handle = openAppendOnly(join(directory, journalName(epoch)));
  const { lines, head } = readRun(directory);
  return openJournal(options, { run, directory, epoch, driver, handle, lines, head });
}

function validateFree(run: string, key: Key | undefined): void {
  if (!key) throw keyDamaged(run);
  if (!key.released && !isProvablyGone(key.driver)) throw drivenByOther(run, key.driver);
}

function keyFor(options: LocalStoreOptions, driver: Driver, head: Key['head']): Key {
  const renewedAt = new Date(options.clock.now()).toISOString();
  return { driver, renewedAt, released: false, head: { seq: head.seq, hash: head.hash } };
}

function openJournal(
  { clock, tell }: LocalStoreOptions,
  opening: Omit<ConstructorParameters<typeof LocalJournal>[0], 'clock' | 'tell' | 'file'>,
): Journal {
  return new LocalJournal({ ...opening, clock, tell, file: join(opening.directory, journalName(opening.epoch)) });
}

/** The key first: what it says was durable is then surely in the files that are read after it. */
export function readRun(directory: string): Verified {
  const known = newestKey(directory)?.key?.head;
  const files = namesIn(directory).flatMap((name): JournalFile[] => {
    const epoch = Number(/^journal\.(\d+)\.jsonl$/.exec(name)?.[1] ?? 0);
    const path = join(directory, name);
    return epoch === 0 ? [] : [{ name: path, epoch, bytes: readIfThere(path) ?? Buffer.alloc(0) }];
  });
  return verifyChain(files, known && known.seq > 0 ? known : undefined);
}

function readingOf(run: string, { lines, dropped }: Verified): JournalReading {
  return { run, lines, dropped };
}

export function journalName(epoch: number): string {
  return `journal.${epoch}.jsonl`;
}
