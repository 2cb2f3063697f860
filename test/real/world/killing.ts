import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ended, type Ended } from '../../e2e/program.ts';
import { answerAll, type Answering } from './approving.ts';
import type { RealPlace } from './place.ts';

export interface Killed {
  readonly ended: Ended;
  /** How many lines the journal had at each kill. */
  readonly kills: readonly number[];
}

/** Each process gets to do something before it dies. */
const LEAST_GROWTH = 3;

/**
 * Drives a run as `approveAll` does, but a process dies by SIGKILL when the journal has the next of these numbers of lines;
 * when they are used up, processes live.
 */
export async function driveKilled(
  place: RealPlace,
  args: readonly string[],
  at: readonly number[],
  answer: Answering,
): Promise<Killed> {
  const kills: number[] = [];
  for (let starts = 0; starts < at.length + 60; starts += 1) {
    const { run, lines } = journalOf(place);
    const next = at[kills.length];
    const command = run === undefined ? ['run', ...args] : ['resume', run, '--json'];
    const found = await runUntil(place, [...command, '--yes'], next && Math.max(next, lines + LEAST_GROWTH));
    if (found.signal === 'SIGKILL') kills.push(journalOf(place).lines);
    else if (found.code === 4 && run !== undefined) await answerAll(place, run, answer);
    else if (found.code !== 4) return { ended: found, kills };
  }
  throw new Error('the run does not come to an end');
}

async function runUntil(place: RealPlace, args: readonly string[], line?: number): Promise<Ended> {
  const child = place.start(args);
  const running = { yes: true };
  const whole = ended(child).finally(() => {
    running.yes = false;
  });
  const isDue = (): boolean => line !== undefined && journalOf(place).lines >= line;
  while (running.yes) {
    if (isDue()) child.kill('SIGKILL');
    await sleep(2);
  }
  return whole;
}

/** The one run of this place's state, and how long its journal is. */
export function journalOf({ program }: RealPlace): { run: string | undefined; lines: number } {
  const runs = join(program.home, '.local', 'state', 'drctl', 'runs');
  const [run] = existsSync(runs) ? readdirSync(runs).filter((name) => !name.startsWith('.')) : [];
  if (run === undefined) return { run, lines: 0 };
  const files = readdirSync(join(runs, run)).filter((name) => name.endsWith('.jsonl'));
  const texts = files.map((name) => readFileSync(join(runs, run, name), 'utf8'));
  return { run, lines: texts.reduce((sum, text) => sum + text.split('\n').length - 1, 0) };
}
