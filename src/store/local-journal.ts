import { closeSync } from 'node:fs';
import { encodeLines, type Head } from '../journal/chain.ts';
import { type DrctlError, isDrctlError } from '../model/errors.ts';
import type { JournalEvent, JournalLine } from '../model/journal.ts';
import type { Clock } from '../ports/clock.ts';
import type { Host } from '../ports/host.ts';
import type { Driver, Journal } from '../ports/run-store.ts';
import { fenced, released, tellClockSetBack } from './driven.ts';
import { appendDurably, exists } from './durable.ts';
import { keyPath, newestKey, writeKey } from './keys.ts';

export interface Opening {
  readonly run: string;
  /** The run's directory. */
  readonly directory: string;
  readonly file: string;
  readonly handle: number;
  readonly epoch: number;
  readonly driver: Driver;
  readonly lines: readonly JournalLine[];
  readonly head: Head;
  readonly clock: Pick<Clock, 'now'>;
  readonly tell: Host['tell'];
}

/** A journal in a directory: one file for this epoch, only ever appended to; the next epoch's key is the fence. */
export class LocalJournal implements Journal {
  readonly run: string;
  readonly epoch: number;
  readonly #opening: Opening;
  readonly #lines: JournalLine[];
  #head: Head;
  #closed: DrctlError | undefined;
  #toldClock = false;

  constructor(opening: Opening) {
    this.run = opening.run;
    this.epoch = opening.epoch;
    this.#opening = opening;
    this.#lines = [...opening.lines];
    this.#head = opening.head;
  }

  lines(): readonly JournalLine[] {
    return this.#lines;
  }

  /** No `await` inside: appends of many lanes cannot come between each other. */
  async append(events: readonly JournalEvent[]): Promise<readonly JournalLine[]> {
    if (this.#closed) throw this.#closed;
    if (events.length === 0) return [];
    const { handle, file, clock } = this.#opening;
    const encoded = encodeLines(this.#head, this.epoch, clock.now(), events);
    this.#closing(() => {
      appendDurably(handle, file, encoded.text);
      this.#validateNotFenced();
    });
    this.#lines.push(...encoded.lines);
    this.#head = encoded.head;
    this.#tellClock(encoded.behindMs);
    return encoded.lines;
  }

  async check(): Promise<void> {
    if (this.#closed) throw this.#closed;
    this.#closing(() => this.#validateNotFenced());
  }

  async renew(): Promise<void> {
    if (this.#closed) return;
    try {
      this.#writeKey(false);
    } catch (error) {
      // Best effort: a watcher sees an older time, and the next append says what is wrong with the disk.
      if (!isDrctlError(error)) throw error;
    }
  }

  async release(): Promise<void> {
    if (this.#closed) return;
    try {
      this.#writeKey(true);
    } finally {
      this.#close(released(this.run));
    }
  }

  #writeKey(isReleased: boolean): void {
    const { directory, driver, clock } = this.#opening;
    writeKey(directory, this.epoch, {
      driver,
      renewedAt: new Date(clock.now()).toISOString(),
      released: isReleased,
      head: { seq: this.#head.seq, hash: this.#head.hash },
    });
  }

  /** Any failure closes: after a line of which nobody knows whether it is there, nothing may follow. */
  #closing(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#close(error as DrctlError);
      throw error;
    }
  }

  #close(reason: DrctlError): void {
    this.#closed = reason;
    closeSync(this.#opening.handle);
  }

  #validateNotFenced(): void {
    const { directory } = this.#opening;
    if (!exists(keyPath(directory, this.epoch + 1))) return;
    throw fenced(this.run, newestKey(directory)?.key?.driver);
  }

  #tellClock(behindMs: number): void {
    if (behindMs === 0 || this.#toldClock) return;
    this.#toldClock = true;
    tellClockSetBack(behindMs, this.#opening.tell);
  }
}
