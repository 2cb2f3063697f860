import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { JournalEvent, JournalLine } from '../model/journal.ts';

/** What the next line is chained to. */
export interface Head {
  readonly seq: number;
  readonly at: string;
  /** sha256 of the last line's bytes without its newline, hex. */
  readonly hash: string;
}

export const NO_LINES: Head = { seq: 0, at: '', hash: '0'.repeat(64) };

export interface Encoded {
  readonly lines: readonly JournalLine[];
  /** One canonical JSON line each, newlines included: written by one append, all or none. */
  readonly text: string;
  readonly head: Head;
  /** How far the clock is behind the last line: more than 0 after it was set back. */
  readonly behindMs: number;
}

/** Chains events to a head. `now` is milliseconds since the epoch; a line is never earlier than the one before it. */
export function encodeLines(head: Head, epoch: number, now: number, events: readonly JournalEvent[]): Encoded {
  const clock = new Date(now).toISOString();
  const at = head.at > clock ? head.at : clock;
  const lines: JournalLine[] = [];
  let text = '';
  let { seq, hash } = head;
  for (const [index, event] of events.entries()) {
    seq += 1;
    const more = events.length - index - 1;
    const line = { v: 1, seq, epoch, at, prev: hash, ...(more > 0 && { more }), event: plainOf(event) } as const;
    const written = canonicalize(line) ?? '';
    lines.push(line);
    text += `${written}\n`;
    hash = hashOf(written);
  }
  const behindMs = head.at > clock ? Date.parse(head.at) - now : 0;
  return { lines, text, head: { seq, at, hash }, behindMs };
}

export function hashOf(line: string | Uint8Array): string {
  return createHash('sha256').update(line).digest('hex');
}

/**
 * The event as reading it back will give it, so that state in memory and state after a crash are one. What already is so
 * is kept as it is: a copy of each of ten thousand Changes beside the plan's own is memory for nothing. Half a surrogate
 * pair (a command's output cut in the middle) has no canonical form (RFC 8785) and must not stop a run.
 */
function plainOf(event: JournalEvent): JournalEvent {
  if (survivesJson(event)) return event;
  const text = JSON.stringify(event, (_key, value: unknown) =>
    typeof value === 'string' && !value.isWellFormed() ? value.toWellFormed() : value,
  );
  return JSON.parse(text) as JournalEvent;
}

/** Whether writing a value and reading it back gives the same: nothing undefined, no dates, no -0, whole characters. */
function survivesJson(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== 'object') return typeof value === 'boolean';
  if (value === null) return true;
  if (Array.isArray(value)) return value.every(survivesJson);
  return (
    Object.getPrototypeOf(value) === Object.prototype &&
    Object.entries(value).every(([key, member]) => key !== '__proto__' && survivesJson(key) && survivesJson(member))
  );
}
