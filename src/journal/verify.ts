import type { JournalLine } from '../model/journal.ts';
import { NO_LINES, type Head } from './chain.ts';
import { broken, isRead, readFile, type JournalFile, type Read, type Unreadable } from './lines.ts';

interface Dropped {
  readonly file: string;
  readonly line: number;
  readonly reason: 'torn' | 'void';
}

export interface Verified {
  readonly lines: readonly JournalLine[];
  readonly dropped: readonly Dropped[];
  readonly head: Head;
}

/** A line that is sure to exist, because somebody noted it elsewhere. */
export type Known = Pick<Head, 'seq' | 'hash'>;

/**
 * Reads a run's files, one an epoch, and follows the chain through them. Dropped and reported: a last append that a crash
 * cut short, and what an old driver wrote after the line that the next `run.taken` names (DESIGN section 4, "One driver").
 * Anything else that does not fit throws `JournalBroken`, which names the file, the line and what is wrong.
 */
export function verifyChain(files: readonly JournalFile[], known?: Known): Verified {
  const { entries, dropped } = entriesOf(files);
  const lines: JournalLine[] = [];
  let head = NO_LINES;
  for (const [index, entry] of entries.entries()) {
    const { file, slot } = entry;
    if (!isRead(slot)) throw broken(file, slot.number, slot.problem);
    if (slot.line.seq !== head.seq + 1) throw outOfOrder(entries, entry, slot, head.seq + 1);
    if (slot.line.prev !== head.hash) throw unchained(entries, index, known);
    if (known?.seq === slot.line.seq && known.hash !== slot.hash) throw changed(entry);
    if (slot.line.at < head.at)
      throw broken(file, slot.number, `its time ${slot.line.at} is before that of the line before, ${head.at}`);
    lines.push(slot.line);
    head = { seq: slot.line.seq, at: slot.line.at, hash: slot.hash };
  }
  if (known && known.seq > head.seq) throw endMissing(files, known.seq, head.seq);
  return { lines, dropped, head };
}

interface Entry {
  readonly file: string;
  readonly slot: Read | Unreadable;
}

/** The lines that count, oldest first: found from the newest epoch back, as each names the line that it follows. */
function entriesOf(files: readonly JournalFile[]): { entries: readonly Entry[]; dropped: readonly Dropped[] } {
  const read = files.toSorted((a, b) => b.epoch - a.epoch).map(readFile);
  const dropped: Dropped[] = read.flatMap(({ file, torn }) =>
    torn.map((line) => ({ file: file.name, line, reason: 'torn' as const })),
  );
  const kept: Entry[][] = [];
  let newer: Read | Unreadable | undefined;
  for (const [index, { file, slots }] of read.entries()) {
    const older = read.slice(index + 1).map((one) => one.slots);
    const end = newer === undefined ? slots.length : endBefore(newer, slots, older);
    for (const slot of slots.slice(end)) dropped.push({ file: file.name, line: slot.number, reason: 'void' });
    if (end === 0) continue;
    kept.unshift(slots.slice(0, end).map((slot) => ({ file: file.name, slot })));
    newer = slots[0];
  }
  return { entries: kept.flat(), dropped };
}

/**
 * How many of these lines stand before the one that begins a newer epoch. The hash decides, wherever it is found: two
 * racing takers may both have written a line of the same number. Where it is found nowhere, a line was changed, and the
 * number says which one must be looked at.
 */
function endBefore(
  newer: Read | Unreadable,
  slots: readonly (Read | Unreadable)[],
  older: readonly (readonly (Read | Unreadable)[])[],
): number {
  if (!isRead(newer)) return slots.length;
  const { prev, seq, event } = newer.line;
  if (prev === NO_LINES.hash) return 0;
  const exact = slots.findLastIndex((slot) => slot.hash === prev);
  if (exact >= 0) return exact + 1;
  if (older.some((other) => other.some((slot) => slot.hash === prev))) return 0;
  const from = event.type === 'run.taken' ? event.from : seq - 1;
  return slots.findLastIndex((slot) => isRead(slot) && slot.line.seq <= from) + 1;
}

/** A line's hash is noted in the next one: whichever of the two is not what somebody else noted was changed. */
function unchained(entries: readonly Entry[], index: number, known: Known | undefined): Error {
  const [before, entry, next] = [entries[index - 1], entries[index] as Entry, entries[index + 1]?.slot];
  const intact = entry.slot.hash === known?.hash || (next && isRead(next) && next.line.prev === entry.slot.hash);
  if (before === undefined || (!intact && next)) return changed(entry);
  if (intact) return changed(before);
  const what = `it or the line after it (${entry.file}, line ${entry.slot.number}) was changed: their hashes do not fit`;
  return broken(before.file, before.slot.number, what);
}

function changed({ file, slot }: Entry): Error {
  return broken(file, slot.number, 'it was changed after it was written: its hash is not the one that was noted');
}

function outOfOrder(entries: readonly Entry[], entry: Entry, slot: Read, expected: number): Error {
  const { seq } = slot.line;
  const twin = entries.find((one) => one !== entry && one.slot.hash === slot.hash);
  if (seq < expected) {
    const what = twin ? `it repeats line ${twin.slot.number}` : `it is number ${seq} where number ${expected} is due`;
    return broken(entry.file, slot.number, `${what} (duplicate or reordered)`);
  }
  const later = entries.find((one) => isRead(one.slot) && one.slot.line.seq === expected);
  if (later)
    return broken(
      entry.file,
      slot.number,
      `it is out of order: number ${expected} stands in line ${later.slot.number}`,
    );
  const gap = seq - expected === 1 ? `number ${expected} is` : `numbers ${expected} to ${seq - 1} are`;
  return broken(entry.file, slot.number, `${gap} missing before it`);
}

function endMissing(files: readonly JournalFile[], wanted: number, found: number): Error {
  const last = files.toSorted((a, b) => b.epoch - a.epoch)[0]?.name ?? 'journal';
  return broken(last, found + 1, `the end is missing: the driver had written ${wanted} lines, ${found} are there`);
}
