import { randomInt } from 'node:crypto';
import type { Clock } from '../ports/clock.ts';

/** `20261121-0619-namespace-deleted-x7k2`: sorts by time, and can be read aloud over the phone. */
export function newRunId(runbook: string, clock: Pick<Clock, 'now'>): string {
  const [date, time] = new Date(clock.now()).toISOString().split('T') as [string, string];
  const name = runbook
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 60);
  return [date.replaceAll('-', ''), time.slice(0, 5).replace(':', ''), name || 'run', suffix()].join('-');
}

/** Without the characters that are taken for one another: 0 and o, 1 and l and i. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';

function suffix(): string {
  return Array.from({ length: 4 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
}
