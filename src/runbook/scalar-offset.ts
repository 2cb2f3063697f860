import type { Scalar } from 'yaml';

/** Where the character `offset` of a scalar's value stands in the file, through quotes, escapes, folding and indentation. */
export function sourceOffset(text: string, scalar: Scalar, offset: number): number {
  const [start, end] = scalar.range ?? [0, 0];
  const value = typeof scalar.value === 'string' ? scalar.value : '';
  const style = scalar.type;
  let at = start;
  if (style === 'QUOTE_DOUBLE' || style === 'QUOTE_SINGLE') at += 1;
  if (style === 'BLOCK_LITERAL' || style === 'BLOCK_FOLDED') at = text.indexOf('\n', start) + 1;
  for (let index = 0; ; index += 1) {
    at = skipLayout(text, at, end, value[index]);
    if (index >= offset || at >= end) return Math.min(at, end);
    at += style === 'PLAIN' ? 1 : widthOf(text, at, style);
  }
}

/** Indentation and line ends that are not part of the value. */
function skipLayout(text: string, from: number, end: number, wanted: string | undefined): number {
  let at = from;
  while (at < end && text[at] !== wanted && /\s/.test(text[at] ?? '') && !folds(text, at, wanted)) at += 1;
  return at;
}

/** A line end that the parser folded into the space that is wanted here. */
function folds(text: string, at: number, wanted: string | undefined): boolean {
  return wanted === ' ' && text[at] === '\n' && /\S/.test(text[at + 1] ?? '');
}

/** How many characters of the file one character of the value takes. */
function widthOf(text: string, at: number, style: Scalar['type']): number {
  if (style === 'QUOTE_SINGLE') return text.startsWith("''", at) ? 2 : 1;
  if (style !== 'QUOTE_DOUBLE' || text[at] !== '\\') return 1;
  return { x: 4, u: 6, U: 10 }[text[at + 1] ?? ''] ?? 2;
}
