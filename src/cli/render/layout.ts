import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';

/** How a text is to be laid out. Everything that renders is pure over these. */
export interface Look {
  readonly width: number;
  readonly colour: boolean;
}

/**
 * Wrapped to the width, each line after the first indented by `hang`; what a line is indented by itself it keeps. A word that
 * is too long is cut, never overflows.
 */
export function wrapped(text: string, width: number, indent = '', hang = indent): string[] {
  const room = Math.max(8, width - Math.max(stringWidth(indent), stringWidth(hang)));
  return text
    .split('\n')
    .flatMap((line) => {
      const own = /^ */.exec(line)?.[0].slice(0, Math.floor(room / 2)) ?? '';
      const parts = wrapAnsi(line.trimStart(), Math.max(8, room - own.length), { hard: true }).split('\n');
      return parts.map((part) => `${own}${part}`);
    })
    .map((line, index) => `${index === 0 ? indent : hang}${line}`.trimEnd());
}

/** Cut to the width, with `…` where something is missing. */
export function fitted(text: string, width: number): string {
  const line = text.replaceAll('\n', ' ');
  if (stringWidth(line) <= width) return line;
  let kept = '';
  for (const { segment } of SEGMENTS.segment(line)) {
    if (stringWidth(kept + segment) > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/**
 * A command for the shell, so that it can be copied: continued with a backslash between words, a word is never cut. Only a
 * single word that is wider than the screen runs over it.
 */
export function commandWrapped(command: string, width: number, indent: string): string[] {
  const words = command.match(/(?:'[^']*'|"[^"]*"|\S)+/g) ?? [];
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    const next = line === '' ? word : `${line} ${word}`;
    if (line === '' || stringWidth(indent + next) + 2 <= width) line = next;
    else {
      lines.push(`${line} \\`);
      line = `  ${word}`;
    }
  }
  return [...lines, line].map((one) => `${indent}${one}`);
}

const SEGMENTS = new Intl.Segmenter('en', { granularity: 'grapheme' });

export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - stringWidth(text)));
}

/**
 * Rows in columns, at most `width` wide. A column is as wide as it needs; where all do not fit, the widest give way to each
 * other and their cells are wrapped. `bare` tables (no header) leave `columns` empty.
 */
export function columns(rows: readonly (readonly string[])[], width: number, indent = ''): string[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = widthsOf(rows, count, width - stringWidth(indent));
  return rows.flatMap((row) => {
    const cells = Array.from({ length: count }, (_, at) => wrapped(row[at] ?? '', widths[at] ?? 8));
    const height = Math.max(1, ...cells.map((cell) => cell.length));
    return Array.from({ length: height }, (_, line) =>
      `${indent}${cells.map((cell, at) => padded(cell[line] ?? '', widths[at] ?? 0)).join(GAP)}`.trimEnd(),
    );
  });
}

/** Words side by side with ` · ` between them, broken between words where it can be. */
export function flowed(words: readonly string[], width: number, indent: string, hang = indent): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    const next = line === '' ? word : `${line} · ${word}`;
    if (line === '' || stringWidth(`${hang}  ${next}`) <= width) line = next;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line]
    .filter((one) => one !== '')
    .flatMap((one, at) => wrapped(one, width, at === 0 ? indent : hang, `${hang}  `));
}

const GAP = '  ';

/** The natural widths, the widest reduced step by step until all fit. */
function widthsOf(rows: readonly (readonly string[])[], count: number, width: number): number[] {
  const widths = Array.from({ length: count }, (_, at) =>
    Math.max(1, ...rows.flatMap((row) => (row[at] ?? '').split('\n').map((line) => stringWidth(line)))),
  );
  const room = width - GAP.length * Math.max(0, count - 1);
  let over = widths.reduce((sum, one) => sum + one, 0) - room;
  while (over > 0) {
    const widest = Math.max(...widths);
    if (widest <= 8) break;
    const second = Math.max(8, ...widths.filter((one) => one < widest));
    const at = widths.indexOf(widest);
    const cut = Math.min(over, Math.max(1, widest - second));
    widths[at] = widest - cut;
    over -= cut;
  }
  return widths;
}
