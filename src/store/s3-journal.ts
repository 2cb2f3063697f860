import { encodeLines, type Head } from '../journal/chain.ts';
import { formatDuration } from '../model/duration.ts';
import { type DrctlError, isDrctlError } from '../model/errors.ts';
import type { JournalEvent, JournalLine } from '../model/journal.ts';
import type { Clock } from '../ports/clock.ts';
import type { Host } from '../ports/host.ts';
import type { Journal } from '../ports/run-store.ts';
import { fenced, released, tellClockSetBack } from './driven.ts';
import { mayPass } from './s3-errors.ts';
import { follow, newToken, readSlots, slotName, slotText, type RunLog, type SlotWord } from './s3-log.ts';
import type { Objects } from './s3-objects.ts';

/**
 * How long a driver believes that nobody has taken the run since it last knew: less than a taker waits before it writes
 * (DESIGN section 4, "One driver": ten seconds and the request deadline).
 */
const LEASE = 5_000;
/** How long an append is tried again while S3 cannot be reached, and while nobody has logged in. */
const PATIENCE = { soon: 90_000, login: 900_000 } as const;
const AGAIN = 2_000;

export interface S3Opening {
  readonly run: string;
  /** Of the run, with a slash at its end. */
  readonly directory: string;
  readonly objects: Objects;
  readonly epoch: number;
  readonly log: Pick<RunLog, 'next'>;
  readonly lines: readonly JournalLine[];
  readonly head: Head;
  readonly clock: Clock;
  readonly tell: Host['tell'];
  /** A moment before it was known that the run is ours. */
  readonly knownAt: Moment;
}

/** Both clocks: the monotonic one stands still while a laptop sleeps, the other may be set. */
interface Moment {
  readonly now: number;
  readonly monotonic: number;
}

export function momentOf(clock: Pick<Clock, 'now' | 'monotonic'>): Moment {
  return { now: clock.now(), monotonic: clock.monotonic() };
}

/** A journal in S3: one object an append, at the next free number of the run's one sequence. */
export class S3Journal implements Journal {
  readonly run: string;
  readonly epoch: number;
  readonly #opening: S3Opening;
  readonly #lines: JournalLine[];
  #head: Head;
  #next: number;
  #knownAt: Moment;
  #closed: DrctlError | undefined;
  #toldClock = false;
  /** One word at a time: the next number is known only when the one before it was won. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(opening: S3Opening) {
    this.run = opening.run;
    this.epoch = opening.epoch;
    this.#opening = opening;
    this.#lines = [...opening.lines];
    this.#head = opening.head;
    this.#next = opening.log.next;
    this.#knownAt = opening.knownAt;
  }

  lines(): readonly JournalLine[] {
    return this.#lines;
  }

  append(events: readonly JournalEvent[]): Promise<readonly JournalLine[]> {
    return this.#inTurn(async () => {
      if (this.#closed) throw this.#closed;
      if (events.length === 0) return [];
      const encoded = encodeLines(this.#head, this.epoch, this.#opening.clock.now(), events);
      await this.#win({ is: 'lines', epoch: this.epoch, token: newToken() }, encoded.text);
      this.#lines.push(...encoded.lines);
      this.#head = encoded.head;
      this.#tellClock(encoded.behindMs);
      return encoded.lines;
    });
  }

  async check(): Promise<void> {
    if (this.#closed) throw this.#closed;
    if (this.#isLeased()) return;
    await this.#inTurn(async () => {
      if (this.#closed) throw this.#closed;
      if (!this.#isLeased()) await this.#look();
    });
  }

  async renew(): Promise<void> {
    if (this.#closed) return;
    try {
      await this.#writeAlive();
    } catch (error) {
      // Best effort: a watcher sees an older time, and the next append says what is wrong with the store.
      if (!isDrctlError(error)) throw error;
    }
  }

  release(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#closed) return;
      try {
        await this.#writeAlive();
        await this.#win({ is: 'released', epoch: this.epoch, token: newToken() });
      } catch (error) {
        // Whoever has taken the run holds its key: there is none to give back.
        if (!isDrctlError(error, 'Fenced')) throw error;
      } finally {
        this.#closed ??= released(this.run);
      }
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => undefined);
    return done;
  }

  /** Writes at the next number, or throws and closes: after a word of which nobody knows whether it is there, none may follow. */
  async #win(word: SlotWord, lines = ''): Promise<void> {
    try {
      await this.#patiently(async () => {
        while (!(await this.#tryNext(word, lines)));
      });
    } catch (error) {
      this.#closed ??= error as DrctlError;
      throw error;
    }
  }

  async #tryNext(word: SlotWord, lines: string): Promise<boolean> {
    const { objects, directory, clock } = this.#opening;
    const asked = momentOf(clock);
    if (await objects.putNew(slotName(directory, this.#next), slotText(word, lines))) {
      this.#next += 1;
      this.#knownAt = asked;
      return true;
    }
    return (await this.#look()).includes(word.token);
  }

  /** Reads what has been written since by others, or by this very process where an answer was lost. Gives the tokens. */
  async #look(): Promise<readonly string[]> {
    const { objects, directory, clock } = this.#opening;
    const asked = momentOf(clock);
    const slots = await readSlots(objects, directory, this.#next);
    const before: RunLog = { next: this.#next, epoch: this.epoch, released: false, pages: [], voids: [] };
    const log = follow(before, slots);
    if (log.epoch !== this.epoch) {
      this.#closed = fenced(this.run, log.taking?.driver);
      throw this.#closed;
    }
    this.#next = log.next;
    this.#knownAt = asked;
    return slots.map(({ word }) => word.token);
  }

  /** What may pass is waited for, nothing begun meanwhile: an intent that is not durable sends nothing. */
  async #patiently(work: () => Promise<void>): Promise<void> {
    const { clock, tell } = this.#opening;
    const began = clock.monotonic();
    for (let told = ''; ;) {
      try {
        return await work();
      } catch (error) {
        const passes = mayPass(error);
        if (passes === undefined || clock.monotonic() - began > PATIENCE[passes]) throw error;
        const { message, nextSteps } = error as DrctlError;
        const because = `${message}; waiting up to ${formatDuration(PATIENCE[passes])} (${nextSteps[0] ?? ''})`;
        if (told !== message) tell({ code: 'trouble', level: 'warning', data: { because } });
        told = message;
        await clock.sleep(AGAIN);
      }
    }
  }

  #isLeased(): boolean {
    const { now, monotonic } = momentOf(this.#opening.clock);
    const passed = now - this.#knownAt.now;
    return passed >= 0 && passed < LEASE && monotonic - this.#knownAt.monotonic < LEASE;
  }

  #writeAlive(): Promise<void> {
    const { objects, directory, clock } = this.#opening;
    const renewedAt = new Date(clock.now()).toISOString();
    const { seq, hash } = this.#head;
    return objects.put(aliveName(directory), JSON.stringify({ epoch: this.epoch, renewedAt, head: { seq, hash } }));
  }

  #tellClock(behindMs: number): void {
    if (behindMs === 0 || this.#toldClock) return;
    this.#toldClock = true;
    tellClockSetBack(behindMs, this.#opening.tell);
  }
}

/** The sign of life: who drives stands in the log, this says since when nothing was heard, and the last line that is sure. */
export function aliveName(directory: string): string {
  return `${directory}alive.json`;
}
