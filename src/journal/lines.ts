import { z } from 'zod';
import { DrctlError } from '../model/errors.ts';
import { isJsonObject } from '../model/json.ts';
import type { JournalEvent, JournalLine } from '../model/journal.ts';
import { hashOf } from './chain.ts';

/** One epoch's file as it lies in a store. */
export interface JournalFile {
  readonly name: string;
  readonly epoch: number;
  readonly bytes: Uint8Array;
}

/** A line that could be read by itself; whether it fits the chain is not said yet. `number` counts from 1 in its file. */
export interface Read {
  readonly number: number;
  readonly hash: string;
  readonly line: JournalLine;
}

export interface Unreadable {
  readonly number: number;
  readonly hash: string;
  readonly problem: string;
}

export function isRead(slot: Read | Unreadable): slot is Read {
  return 'line' in slot;
}

/** Splits a file into lines and takes off a last append that was cut short. */
export function readFile(file: JournalFile): {
  readonly file: JournalFile;
  readonly slots: readonly (Read | Unreadable)[];
  readonly torn: readonly number[];
} {
  const slots: (Read | Unreadable)[] = [];
  const torn: number[] = [];
  let start = 0;
  while (start < file.bytes.length) {
    const newline = file.bytes.indexOf(0x0a, start);
    const number = slots.length + 1;
    if (newline < 0) torn.push(number);
    else slots.push(slotOf(file, file.bytes.subarray(start, newline), number));
    start = newline < 0 ? file.bytes.length : newline + 1;
  }
  dropZeros(file, slots, torn);
  dropHalfAppend(slots, torn);
  return { file, slots, torn: torn.toSorted((a, b) => a - b) };
}

/** A power cut may leave a file's new length but not its last bytes: they read as zeros, with or without an end of line. */
function dropZeros(file: JournalFile, slots: (Read | Unreadable)[], torn: number[]): void {
  const last = slots.at(-1);
  if (torn.length > 0 || last === undefined || isRead(last)) return;
  const start = file.bytes.lastIndexOf(0x0a, file.bytes.length - 2) + 1;
  if (file.bytes.indexOf(0, start) < 0) return;
  slots.pop();
  torn.push(last.number);
}

/** All lines of an append or none: `more` says how many were to follow. */
function dropHalfAppend(slots: (Read | Unreadable)[], torn: number[]): void {
  for (let last = slots.at(-1); last && isRead(last) && (last.line.more ?? 0) > 0; last = slots.at(-1)) {
    slots.pop();
    torn.push(last.number);
  }
}

const EVENT_TYPES: Record<JournalEvent['type'], true> = {
  'run.opened': true,
  'run.taken': true,
  'run.paused': true,
  'run.ended': true,
  'question.asked': true,
  'question.answered': true,
  'step.began': true,
  'changes.began': true,
  'changes.ended': true,
  'checks.ended': true,
  'step.ended': true,
  'step.regressed': true,
};

/** The envelope only: events are what this very program wrote, which the hash of the line vouches for. */
const ENVELOPE = z.object({
  v: z.literal(1),
  seq: z.int().positive(),
  epoch: z.int().positive(),
  at: z.iso.datetime({ precision: 3 }),
  prev: z.string().regex(/^[0-9a-f]{64}$/),
  more: z.int().positive().optional(),
  event: z.looseObject({ type: z.string() }),
});

function slotOf(file: JournalFile, bytes: Uint8Array, number: number): Read | Unreadable {
  const hash = hashOf(bytes);
  const value = parsed(bytes);
  if (value === undefined) return { number, hash, problem: 'it is not JSON' };
  const problem = problemOf(value, file.epoch);
  return problem === undefined ? { number, hash, line: value as JournalLine } : { number, hash, problem };
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch {
    return undefined;
  }
}

function problemOf(value: unknown, epoch: number): string | undefined {
  const version = isJsonObject(value) ? (value['v'] ?? 'none') : 1;
  if (version !== 1) return `it is of version ${JSON.stringify(version)}, and this drctl knows version 1 only`;
  const envelope = ENVELOPE.safeParse(value);
  if (!envelope.success) {
    const issue = envelope.error.issues[0];
    return `it is no journal line: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unreadable'}`;
  }
  if (envelope.data.epoch !== epoch) return `it belongs to epoch ${envelope.data.epoch}, the file to epoch ${epoch}`;
  if (!Object.hasOwn(EVENT_TYPES, envelope.data.event.type))
    return `its event ${JSON.stringify(envelope.data.event.type)} is unknown to this drctl`;
  return undefined;
}

export function broken(file: string, line: number, what: string): DrctlError {
  return new DrctlError('JournalBroken', 'target', `${file}, line ${line}: ${what}`, {
    at: { file, line, column: 1 },
    nextSteps: [
      'the record of this run cannot be trusted from that line on: restore the file from a copy, if there is one',
      'look at the world with `drctl survey` and `drctl plan` before anything is run again',
    ],
  });
}
