import { readFileSync } from 'node:fs';

export interface Counts {
  cases: number;
  equal: number;
  different: number;
  notServed: number;
}

const page = readFileSync(new URL('../../../docs/recordings.md', import.meta.url), 'utf8');

/** What docs/recordings.md says of one recording; `all` is its last line. */
export function documentedCounts(file: string): Counts {
  const [cases, equal, different, notServed] = rowOf(file).map(Number) as [number, number, number, number];
  return { cases, equal, different, notServed };
}

/** How many cases the page gives each reason. */
export function documentedReasons(): Record<string, number> {
  const rows = page.split('\n').filter((line) => /^\| \d+ +\|/.test(line));
  return Object.fromEntries(
    rows.map((row) => {
      const [count = '', reason = ''] = cellsOf(row);
      return [reason, Number(count)];
    }),
  );
}

export function countsOf(outcomes: readonly string[]): Counts {
  const count = (outcome: string): number => outcomes.filter((each) => each === outcome).length;
  const [equal, different, notServed] = [count('equal'), count('different'), count('not served')];
  return { cases: outcomes.length, equal, different, notServed };
}

/** How often each reason is given. */
export function tally(reasons: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const reason of reasons) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

function rowOf(first: string): string[] {
  const row = page.split('\n').find((line) => cellsOf(line)[0] === first);
  if (row === undefined) throw new Error(`docs/recordings.md has no line for ${first}: add one to its first table.`);
  return cellsOf(row).slice(1);
}

function cellsOf(row: string): string[] {
  const cells = row.split('|').slice(1, -1);
  return cells.map((cell) => cell.trim().replaceAll('`', ''));
}
