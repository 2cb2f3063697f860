import stringWidth from 'string-width';
import type { Evidence } from '../../model/question.ts';
import { columns, flowed, wrapped } from './layout.ts';

/** How many rows of evidence stand on the screen; the rest is counted. */
const ROWS_SHOWN = 20;

/**
 * A table to compare by: what is the same in every row is said once above it, so that what differs is what one sees. Where
 * the columns that are left do not fit, each row stands by itself: a volume id that is cut is no evidence.
 */
export function evidenceLines(evidence: Evidence, width: number, indent = ''): string[] {
  const { shared, names, rows } = distilled(evidence);
  const shown = rows.slice(0, ROWS_SHOWN);
  const more = rows.length - shown.length;
  const head = names.map((name) => name.toUpperCase());
  const natural = names.map((_, at) => Math.max(...[head, ...shown].map((row) => stringWidth(row[at] ?? ''))));
  const fits = natural.reduce((sum, one) => sum + one + 2, -2) + indent.length + 2 <= width;
  return [
    ...wrapped(`${evidence.title}:`, width, indent),
    ...flowed(shared, width, `${indent}  all: `, `${indent}       `),
    ...(fits
      ? columns([head, ...shown], width, `${indent}  `)
      : shown.flatMap((row) => recordLines(names, row, width, `${indent}  `))),
    ...(more > 0 ? [`${indent}  … ${more.toLocaleString('en')} more`] : []),
  ];
}

interface Distilled {
  readonly shared: readonly string[];
  readonly names: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Columns with one value, and columns that only repeat an earlier one, become words. Two rows at least: one differs from none. */
function distilled({ columns: names, rows }: Evidence): Distilled {
  if (rows.length < 2) return { shared: [], names, rows };
  const column = (at: number): string => JSON.stringify(rows.map((row) => row[at] ?? ''));
  const shared: string[] = [];
  const kept = names.flatMap((name, at) => {
    const value = rows[0]?.[at] ?? '';
    const twin = names.findIndex((_, other) => other < at && column(other) === column(at));
    const same = rows.every((row) => (row[at] ?? '') === value);
    if (same && value !== '') shared.push(`${name} ${value}`);
    if (!same && twin >= 0) shared.push(`${name} as ${names[twin] ?? ''}`);
    return same || twin >= 0 ? [] : [at];
  });
  const pick = (row: readonly string[]): string[] => kept.map((at) => row[at] ?? '');
  return { shared, names: pick(names), rows: kept.length === 0 ? [] : rows.map(pick) };
}

/** `volume pv-1 · claim shop/data-0 · size 1Gi`, wrapped between fields. */
function recordLines(names: readonly string[], row: readonly string[], width: number, indent: string): string[] {
  const fields = row
    .map((value, at) => `${names[at] ?? ''} ${value}`.trim())
    .filter((field, at) => row[at] !== '' && field !== '');
  return flowed(fields, width, `${indent}- `, `${indent}  `);
}
