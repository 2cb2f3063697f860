import stringWidth from 'string-width';
import type { Leftover } from '../../report/leftovers.ts';
import { columns, commandWrapped, wrapped } from './layout.ts';
import { counted } from '../../model/counted.ts';

/** Of one sort of leftover; more are counted, the report has them all. */
const SHOWN = 6;

/**
 * Object, what, and under it how to take it back: a command is copied, so it has its line to itself. Those of one sort (the
 * same thing, done by the same step) stand together.
 */
export function leftoverLines(leftovers: readonly Leftover[], width: number): string[] {
  if (leftovers.length === 0) return [];
  const sorts = Map.groupBy(leftovers, (one) => `${one.kind}|${one.step}|${one.mind ?? ''}`);
  return [
    `Left over: ${counted(leftovers.length, 'thing')}`,
    ...[...sorts.values()].flatMap((sort) => sortLines(sort, width)),
  ];
}

function sortLines(sort: readonly Leftover[], width: number): string[] {
  const shown = sort.length <= SHOWN + 1 ? sort : sort.slice(0, SHOWN);
  const more = sort.length - shown.length;
  const rows = rowsOf(shown, width);
  const backs = shown.flatMap((one) => (one.takeBack === undefined ? [] : [one.takeBack]));
  const mind = sort[0]?.mind;
  return [
    ...rows,
    ...(more > 0 ? [`  … ${more.toLocaleString('en')} more of these: drctl report`] : []),
    ...(backs.length === 0 ? [] : wrapped(`take back${mind === undefined ? '' : ` (${mind})`}:`, width, '    ')),
    ...backs.flatMap((command) => commandWrapped(command, width, '      ')),
  ];
}

/** Side by side where whole names fit; else each in its own words: an id that is broken in two cannot be copied. */
function rowsOf(shown: readonly Leftover[], width: number): string[] {
  const cells = shown.map((one) => [one.object, one.what]);
  const natural = [0, 1].map((at) => Math.max(...cells.map((row) => stringWidth(row[at] ?? ''))));
  if (natural.reduce((sum, one) => sum + one + 2, 0) <= width) return columns(cells, width, '  ');
  return shown.flatMap((one) => wrapped(`${one.object}: ${one.what}`, width, '  ', '    '));
}
