import { formatDuration } from '../../model/duration.ts';
import type { Card } from '../../model/question.ts';
import { evidenceLines } from './evidence.ts';
import { columns, fitted, padded, wrapped, type Look } from './layout.ts';
import { paintOf, type Paint } from './paint.ts';
import { clockText } from './words.ts';

/** Long lines tire the eye: a card is read, not scanned. Evidence may use all there is. */
const MEASURE = 110;
const LABEL = 10;

export interface CardLook extends Look {
  /** For the time left to decide. */
  readonly now: number;
}

/** A decision, laid out: where, what and how many, how bad, the evidence, reversible until when, what "no" leaves behind. */
export function cardText(card: Card, look: CardLook): string {
  const paint = paintOf(look.colour);
  const width = Math.min(look.width, MEASURE);
  const lines = [
    paint.bold(ruled(card.title, width)),
    // The evidence may be long: where and what stand next to the question, on the smallest screen too.
    ...card.evidence.flatMap((one) => [...evidenceLines(one, look.width, '  '), '']),
    ...whereLines(card, width, paint),
    ...whatLines(card, width, paint),
    ...detailLines(card, width),
    ...labelled('back', card.reversible, width),
    ...labelled('backup', card.lastBackup ?? '', width),
    ...labelled('if no', card.whenNo, width),
    ...decideLines(card, look.now, width, paint),
    paint.dim('─'.repeat(width)),
  ];
  return `${lines.join('\n')}\n`;
}

const blank = ' '.repeat(LABEL + 2);

function ruled(title: string, width: number): string {
  const head = `── ${fitted(title, width - 6)} `;
  return padded(head, width).replace(/ +$/, (rest) => ` ${'─'.repeat(Math.max(0, rest.length - 1))}`);
}

/** The first thing to look at: is this the place? */
function whereLines(card: Card, width: number, paint: Paint): string[] {
  const rows = card.where.filter((one) => one.value !== '').map((one) => [padded(one.name, LABEL - 2), one.value]);
  return columns(rows, width, '  ').map((line, index) => (index === 0 ? paint.bold(line) : line));
}

function whatLines(card: Card, width: number, paint: Paint): string[] {
  return card.what.flatMap((one, index) => {
    const text = `${one.count.toLocaleString('en')} × ${one.label}${one.label === one.risk ? '' : `  ${one.risk}`}`;
    return labelled(index === 0 ? 'changes' : '', text, width, true).map((line) => paint.risk(one.risk, line));
  });
}

/** Beside a table that shows them all, a few say enough. */
function detailLines({ details, evidence }: Card, width: number): string[] {
  const most = evidence.length > 0 ? 3 : 12;
  const shown = details.length <= most + 1 ? details : details.slice(0, most);
  const more = details.length - shown.length;
  return [...shown, ...(more > 0 ? [`… ${more} more`] : [])].flatMap((line) =>
    wrapped(line, width, blank, `${blank}  `),
  );
}

function labelled(label: string, text: string, width: number, bare = false): string[] {
  if (text === '' && !bare) return [];
  return wrapped(text, width, `  ${padded(label, LABEL)}`, blank);
}

function decideLines({ decideBy }: Card, now: number, width: number, paint: Paint): string[] {
  if (decideBy === undefined) return [];
  const due = Date.parse(decideBy);
  const left = due - now;
  const text = left < 0 ? `was due ${formatDuration(-left)} ago` : `${formatDuration(left)} left`;
  const line = labelled('decide by', `${clockText(due)}, ${text}`, width);
  return line.map((one) => (left < 5 * 60_000 ? paint.red(one) : one));
}
