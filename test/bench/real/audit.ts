import { createReadStream, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** Writes of one client as the API server saw them. Milliseconds since the epoch. */
export interface Writes {
  readonly count: number;
  /** When the first of them arrived. */
  readonly first: number;
  /** When the last of them was answered. */
  readonly last: number;
  /** Answers of 429 among them. */
  readonly refused: number;
}

interface Entry {
  readonly verb: string;
  readonly userAgent: string;
  readonly objectRef?: { readonly resource: string; readonly name?: string };
  readonly responseStatus?: { readonly code: number };
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
}

/** What the API server's own audit log says of the writes of one kind, by whoever's user agent begins so, since then. */
export async function writesOf(
  file: string,
  wanted: { readonly agent: string; readonly verb: string; readonly resource: string; readonly since: number },
): Promise<Writes> {
  const found = { count: 0, first: Number.POSITIVE_INFINITY, last: 0, refused: 0 };
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (!line.includes(`"verb":"${wanted.verb}"`) || !line.includes(wanted.agent)) continue;
    const entry = JSON.parse(line) as Entry;
    const at = Date.parse(entry.requestReceivedTimestamp);
    if (!entry.userAgent.startsWith(wanted.agent) || entry.objectRef?.resource !== wanted.resource || at < wanted.since)
      continue;
    const code = entry.responseStatus?.code ?? 0;
    if (code === 429) found.refused += 1;
    if (code >= 300) continue;
    found.count += 1;
    found.first = Math.min(found.first, at);
    found.last = Math.max(found.last, Date.parse(entry.stageTimestamp));
  }
  return found;
}

/** Writes a second. */
export function paceOf({ count, first, last }: Pick<Writes, 'count' | 'first' | 'last'>): number {
  return (count / (last - first)) * 1_000;
}

/** Some ten writes a second: what a control plane with nothing to do says. */
const CALM = 10_000;

/**
 * Resolves when the controllers have nothing left to do, by the growth of the log: what they owe to the volumes of one
 * competitor must not fall on the next. After two minutes it goes on as it is.
 */
export async function untilCalm(file: string): Promise<void> {
  for (let attempt = 0, before = statSync(file).size; attempt < 60; attempt += 1) {
    await sleep(2_000);
    const now = statSync(file).size;
    if (now - before < CALM) return;
    before = now;
  }
}
