import { z } from 'zod';
import { NO_LINES } from '../journal/chain.ts';
import { verifyChain, type Verified } from '../journal/verify.ts';
import type { Clock } from '../ports/clock.ts';
import type { Host } from '../ports/host.ts';
import type { Driver, Journal, RunStore } from '../ports/run-store.ts';
import { drivenByOther, runExists, runUnknown } from './driven.ts';
import { isProvablyGone } from './driver.ts';
import { isSafeName, validateName } from './names.ts';
import { parseS3Address } from './s3-address.ts';
import { createS3Blobs } from './s3-blobs.ts';
import { createS3Clusters } from './s3-clusters.ts';
import { createS3Inbox } from './s3-inbox.ts';
import { aliveName, momentOf, S3Journal } from './s3-journal.ts';
import { EMPTY_LOG, follow, newToken, readSlots, slotName, slotText, type RunLog } from './s3-log.ts';
import { openObjects, type Objects } from './s3-objects.ts';

export interface S3StoreOptions {
  /** `s3://bucket/prefix?region=…&endpoint=…&profile=…` */
  readonly address: string;
  readonly clock: Clock;
  /** Hears warnings, and what a driver waits for. */
  readonly tell: Host['tell'];
}

interface Opened {
  readonly objects: Objects;
  readonly clock: Clock;
  readonly tell: Host['tell'];
}

/** Runs whose objects this process remembers: none of them ever changes, so only later ones are asked for. */
const REMEMBERED = 64;

/**
 * Runs in a bucket: `runs/<run>/log/<number>`, `runs/<run>/alive.json`, `runs/<run>/inbox/`, `blobs/`, `clusters/`. It needs an
 * S3 with conditional writes and lists that show at once what was written: Amazon's is such, and others' are asked.
 */
export function createS3Store(options: S3StoreOptions): RunStore {
  const address = parseS3Address(options.address);
  const opened: Opened = { objects: openObjects(address), clock: options.clock, tell: options.tell };
  const { objects } = opened;
  const remembered = new Map<string, RunLog>();
  const logOf = async (run: string): Promise<RunLog> => {
    if (!isSafeName(run)) throw runUnknown(run, address.shown);
    const before = remembered.get(run) ?? EMPTY_LOG;
    const log = follow(before, await readSlots(objects, directoryOf(run), before.next));
    if (log.epoch === 0) throw runUnknown(run, address.shown);
    remembered.delete(run);
    remembered.set(run, log);
    for (const [oldest] of remembered) if (remembered.size > REMEMBERED) remembered.delete(oldest);
    return log;
  };
  const validateThere = async (run: string): Promise<void> => {
    if (!isSafeName(run) || (await objects.get(slotName(directoryOf(run), 1))) === undefined)
      throw runUnknown(run, address.shown);
  };
  const hasEnded = async (run: string): Promise<boolean> => {
    const log = isSafeName(run) ? follow(EMPTY_LOG, await readSlots(objects, directoryOf(run), 1)) : EMPTY_LOG;
    return log.epoch === 0 || verified(log).lines.at(-1)?.event.type === 'run.ended';
  };
  return {
    where: address.shown,
    blobs: createS3Blobs(objects),
    ...createS3Inbox(objects, directoryOf, validateThere),
    ...createS3Clusters(objects, hasEnded),
    runs: async () => (await objects.folders('runs/')).filter(isSafeName).toSorted(),
    create: (run, driver) => createRun(opened, run, driver),
    read: async (run) => {
      // The sign of life first: what it says was durable is then surely in the log that is read after it.
      const alive = isSafeName(run) ? await readAlive(objects, run) : undefined;
      const { lines, dropped } = verified(await logOf(run), alive?.head);
      return { run, lines, dropped };
    },
    take: (run, driver, { takeOver }) => takeRun(opened, run, driver, takeOver, () => logOf(run)),
    driver: async (run) => {
      const { epoch, taking, released } = await logOf(run);
      if (released || !taking) return undefined;
      const alive = await readAlive(objects, run);
      return { driver: taking.driver, renewedAt: alive?.epoch === epoch ? alive.renewedAt : taking.at };
    },
  };
}

export function directoryOf(run: string): string {
  return `runs/${run}/`;
}

async function createRun(opened: Opened, run: string, driver: Driver): Promise<Journal> {
  validateName('run', run);
  const { objects, clock } = opened;
  const knownAt = momentOf(clock);
  const taken = takenText(driver, 1, clock);
  const first = slotName(directoryOf(run), 1);
  // Something there may be this very text, of which only the answer was lost.
  if (!(await objects.putNew(first, taken.text)) && (await objects.get(first)) !== taken.text) throw runExists(run);
  return journalOf(opened, { run, epoch: 1, log: { next: 2 }, lines: [], head: NO_LINES, knownAt });
}

/**
 * The taker's word goes to the next free number, past whatever a driver that lives still writes there: from then on the old
 * driver finds it at its own next number. Only then is the log read: what stands before the word was recorded in time.
 */
async function takeRun(
  opened: Opened,
  run: string,
  driver: Driver,
  takeOver: boolean,
  logOf: () => Promise<RunLog>,
): Promise<Journal> {
  const { objects, clock } = opened;
  const alive = isSafeName(run) ? await readAlive(objects, run) : undefined;
  const before = await logOf();
  if (!takeOver && !before.released && before.taking && !isProvablyGone(before.taking.driver))
    throw drivenByOther(run, before.taking.driver);
  // A journal that cannot be read must not be taken: looked at before, since a key once taken stays taken.
  verified(before, alive?.head);
  const knownAt = momentOf(clock);
  const taken = takenText(driver, before.epoch + 1, clock);
  for (let next = before.next; !(await objects.putNew(slotName(directoryOf(run), next), taken.text)); next += 1);
  const log = await logOf();
  // Of two words for one epoch the earlier counts.
  if (log.taking?.token !== taken.token) throw drivenByOther(run, log.taking?.driver ?? driver);
  const { lines, head } = verified(log);
  return journalOf(opened, { run, epoch: log.epoch, log, lines, head, knownAt });
}

function takenText(driver: Driver, epoch: number, clock: Clock): { readonly token: string; readonly text: string } {
  const token = newToken();
  const at = new Date(clock.now()).toISOString();
  return { token, text: slotText({ is: 'taken', epoch, token, at, driver }) };
}

function journalOf(
  opened: Opened,
  opening: Omit<ConstructorParameters<typeof S3Journal>[0], keyof Opened | 'directory'>,
): Journal {
  return new S3Journal({ ...opened, ...opening, directory: directoryOf(opening.run) });
}

/** Newest first, as the pages of one epoch are told apart by their order only. */
export function verified(log: RunLog, known?: Alive['head']): Verified {
  const found = verifyChain(log.pages.toReversed(), known && known.seq > 0 ? known : undefined);
  const voids = log.voids.map((file) => ({ file, line: 1, reason: 'void' }) as const);
  return { ...found, dropped: [...found.dropped, ...voids] };
}

const ALIVE = z.object({
  epoch: z.int(),
  renewedAt: z.string(),
  head: z.object({ seq: z.int(), hash: z.string() }),
});
type Alive = z.infer<typeof ALIVE>;

/** A sign of life that cannot be read is none: the log says who drives. */
async function readAlive(objects: Objects, run: string): Promise<Alive | undefined> {
  const text = await objects.get(aliveName(directoryOf(run)));
  try {
    return text === undefined ? undefined : ALIVE.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
