import stringWidth from 'string-width';
import type { Evidence } from '../../model/question.ts';
import { columns, wrapped } from './layout.ts';

/** How many rows of evidence stand on the screen; the rest is counted. */
const ROWS_SHOWN = 20;

/**
 * A table to compare by. Where its columns would be squeezed until nothing can be read, each row stands by itself, one
 * field a line: a volume id that is cut is no evidence.
 */
export function evidenceLines(evidence: Evidence, width: number, indent = ''): string[] {
  const rows = evidence.rows.slice(0, ROWS_SHOWN);
  const more = evidence.rows.length - rows.length;
  const head = evidence.columns.map((name) => name.toUpperCase());
  const natural = evidence.columns.map((_, at) =>
    Math.max(...[head, ...rows].map((row) => stringWidth(row[at] ?? ''))),
  );
  const fits = natural.reduce((sum, one) => sum + one + 2, -2) + indent.length + 2 <= width;
  return [
    ...wrapped(`${evidence.title}:`, width, indent),
    ...(fits
      ? columns([head, ...rows], width, `${indent}  `)
      : rows.flatMap((row) => recordLines(evidence.columns, row, width, `${indent}  `))),
    ...(more > 0 ? [`${indent}  … ${more.toLocaleString('en')} more`] : []),
  ];
}

/** `volume pv-1 · claim shop/data-0 · size 1Gi`, wrapped between fields. */
function recordLines(names: readonly string[], row: readonly string[], width: number, indent: string): string[] {
  const fields = row
    .map((value, at) => `${names[at] ?? ''} ${value}`.trim())
    .filter((field, at) => row[at] !== '' && field !== '');
  const lines: string[] = [];
  let line = '';
  for (const field of fields) {
    const next = line === '' ? field : `${line} · ${field}`;
    if (line === '' || stringWidth(`${indent}  ${next}`) <= width) line = next;
    else {
      lines.push(line);
      line = field;
    }
  }
  return [...lines, line].flatMap((one, at) =>
    wrapped(one, width, `${indent}${at === 0 ? '- ' : '  '}`, `${indent}    `),
  );
}
