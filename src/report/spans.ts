import type { JournalLine } from '../model/journal.ts';

/** Where a run's time went, in milliseconds. The three parts add up to `elapsed`. */
export interface Spent {
  readonly elapsed: number;
  /** A question was open and no Change was in flight. */
  readonly people: number;
  /** Paused, or its driver had died and nobody had taken it yet. */
  readonly idle: number;
  /** All the rest: writing, checking, waiting for the cluster. */
  readonly machine: number;
}

/**
 * Sorts the time between every two lines. `until` closes the last span of a run that is still under way; a run that was
 * paused or has ended is over at its last line.
 */
export function spentOf(lines: readonly JournalLine[], until?: string): Spent {
  const sums = { people: 0, idle: 0, machine: 0 };
  const open = new Set<string>();
  const flying = new Set<string>();
  let paused = false;
  for (const [index, line] of lines.entries()) {
    paused = follow(line, open, flying);
    const next = lines[index + 1];
    const end = next?.at ?? (paused ? line.at : (until ?? line.at));
    const ms = Math.max(0, Date.parse(end) - Date.parse(line.at));
    if (paused || next?.event.type === 'run.taken') sums.idle += ms;
    else if (open.size > 0 && flying.size === 0) sums.people += ms;
    else sums.machine += ms;
  }
  return { ...sums, elapsed: sums.people + sums.idle + sums.machine };
}

/** Keeps the open questions and the Changes in flight; says whether nobody drives after this line. */
function follow({ event }: JournalLine, open: Set<string>, flying: Set<string>): boolean {
  switch (event.type) {
    case 'question.asked':
      open.add(event.question.id);
      return false;
    case 'question.answered':
      open.delete(event.id);
      return false;
    case 'changes.began':
      for (const { id } of event.changes) flying.add(id);
      return false;
    case 'changes.ended':
      for (const { id } of event.results) flying.delete(id);
      return false;
    case 'run.taken':
    case 'run.paused':
    case 'run.ended':
      open.clear();
      flying.clear();
      return event.type !== 'run.taken';
    case 'run.opened':
    case 'step.began':
    case 'checks.ended':
    case 'step.ended':
    case 'step.regressed':
      return false;
  }
}
