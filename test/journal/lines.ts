import * as fc from '../property.ts';
import { encodeLines, NO_LINES, type Head } from '../../src/journal/chain.ts';
import type { JournalFile } from '../../src/journal/lines.ts';
import type { JournalEvent, JournalLine } from '../../src/model/journal.ts';

export const T0 = Date.parse('2026-11-21T06:19:00Z');

export function began(step: string): JournalEvent {
  return { type: 'step.began', step, when: true };
}

export function takenFrom(from: number, account = 'taker'): JournalEvent {
  return { type: 'run.taken', driver: { account, host: 'h', pid: 7 }, from, takeOver: true };
}

export function fileOf(epoch: number, text: string | Uint8Array): JournalFile {
  return { name: `journal.${epoch}.jsonl`, epoch, bytes: Buffer.from(text) };
}

/** Builds journals as a driver would: each call is one append. */
export class Writer {
  text = '';
  head: Head;
  lines: JournalLine[] = [];
  readonly epoch: number;
  constructor(epoch = 1, head = NO_LINES) {
    this.epoch = epoch;
    this.head = head;
  }

  append(...events: JournalEvent[]): this {
    return this.appendAt(T0 + this.head.seq * 1_000, ...events);
  }

  appendAt(now: number, ...events: JournalEvent[]): this {
    const encoded = encodeLines(this.head, this.epoch, now, events);
    this.text += encoded.text;
    this.lines.push(...encoded.lines);
    this.head = encoded.head;
    return this;
  }

  get file(): JournalFile {
    return fileOf(this.epoch, this.text);
  }
}

/** Any event, with any text in it. */
export const anyEvent: fc.Arbitrary<JournalEvent> = fc.oneof(
  fc.record({ type: fc.constant('step.began' as const), step: fc.string({ unit: 'binary' }), when: fc.boolean() }),
  fc.record({
    type: fc.constant('step.ended' as const),
    step: fc.string(),
    end: fc.constantFrom('done', 'satisfied', 'unverified', 'accepted', 'skipped', 'failed'),
    because: fc.string({ unit: 'grapheme' }),
    output: fc.jsonValue() as fc.Arbitrary<never>,
  }),
  fc.record({ type: fc.constant('step.regressed' as const), step: fc.string(), because: fc.string() }),
  fc.record({
    type: fc.constant('run.paused' as const),
    because: fc.string(),
    waitingFor: fc.array(fc.string(), { maxLength: 3 }),
  }),
);
