import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { broken, type JournalFile } from '../journal/lines.ts';
import type { Driver } from '../ports/run-store.ts';
import { DRIVER } from './keys.ts';
import type { Objects } from './s3-objects.ts';

/**
 * A run in S3 is one sequence of objects, numbered without gaps and each written only where nothing is: lines of the journal,
 * the taking of a key, its giving back. Whoever is first at a number stands there, so an append and a takeover cannot both
 * happen: their order is the order of the objects (docs/decisions, "one sequence").
 */
export interface RunLog {
  /** The number that the next object will have. */
  readonly next: number;
  /** 0: nobody has ever taken the run, it is not there. */
  readonly epoch: number;
  readonly taking?: Taking;
  readonly released: boolean;
  readonly pages: readonly JournalFile[];
  /** Objects that lost their race: a second taker's word of one epoch. */
  readonly voids: readonly string[];
}

export interface Taking {
  readonly driver: Driver;
  readonly at: string;
  readonly token: string;
  /** The run was imported: its driver drives it elsewhere, if at all. */
  readonly carried: boolean;
}

export const EMPTY_LOG: RunLog = { next: 1, epoch: 0, released: false, pages: [], voids: [] };

/** What an object says beside its lines: its last line. The token tells one's own from another's when an answer was lost. */
const WORD = z.discriminatedUnion('is', [
  z.object({ is: z.literal('lines'), epoch: z.int().positive(), token: z.string() }),
  z.object({
    is: z.literal('taken'),
    epoch: z.int().positive(),
    token: z.string(),
    at: z.string(),
    driver: DRIVER,
    carried: z.boolean().optional(),
  }),
  z.object({ is: z.literal('released'), epoch: z.int().positive(), token: z.string() }),
]);
export type SlotWord = z.infer<typeof WORD>;

export interface Slot {
  readonly name: string;
  readonly word: SlotWord;
  readonly lines: string;
}

export function newToken(): string {
  return randomUUID();
}

/** Ten digits: names in a bucket are listed in the order of their letters. */
export function slotName(directory: string, number: number): string {
  return `${directory}log/${String(number).padStart(10, '0')}`;
}

export function slotText(word: SlotWord, lines = ''): string {
  return `${lines}${JSON.stringify(word)}\n`;
}

/** The log with what came after. Pure: the order of the objects decides, and what is of no living epoch is void. */
export function follow(log: RunLog, slots: readonly Slot[]): RunLog {
  const pages = [...log.pages];
  const voids = [...log.voids];
  let { next, epoch, taking, released } = log;
  for (const { name, word, lines } of slots) {
    next += 1;
    if (word.is === 'taken' && word.epoch > epoch) {
      epoch = word.epoch;
      taking = { driver: word.driver, at: word.at, token: word.token, carried: word.carried === true };
      released = false;
    } else if (word.is === 'taken' || word.epoch !== epoch) voids.push(name);
    else if (word.is === 'released') released = true;
    else pages.push({ name, epoch, bytes: Buffer.from(lines) });
  }
  return { next, epoch, released, pages, voids, ...(taking && { taking }) };
}

/** Everything from a number on. Throws `JournalBroken` where an object is missing or is none of drctl's. */
export async function readSlots(objects: Objects, directory: string, from: number): Promise<Slot[]> {
  const names = await objects.list(`${directory}log/`, slotName(directory, from - 1));
  for (const [index, name] of names.entries())
    if (name !== slotName(directory, from + index)) throw missing(objects, slotName(directory, from + index), name);
  const texts = await objects.getAll(names);
  return names.map((name, index) => {
    const text = texts[index];
    if (text === undefined) throw missing(objects, name, name);
    return slotOf(objects.shown(name), text);
  });
}

function missing(objects: Objects, expected: string, found: string): Error {
  return broken(objects.shown(expected), 1, `this object is missing, and ${objects.shown(found)} was listed`);
}

function slotOf(name: string, text: string): Slot {
  const end = text.endsWith('\n') ? text.length - 1 : text.length;
  const start = end === 0 ? 0 : text.lastIndexOf('\n', end - 1) + 1;
  const lines = text.slice(0, start);
  const word = WORD.safeParse(parsed(text.slice(start, end)));
  if (word.success) return { name, word: word.data, lines };
  throw broken(name, lines.split('\n').length, 'it does not end with a word that drctl knows');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
