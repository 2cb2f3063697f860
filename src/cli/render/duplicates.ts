import type { Duplicate, Occurrence } from '../../duplicates/explain.ts';
import type { Difference } from '../../duplicates/compare.ts';
import { renderCommand } from '../../duplicates/renderers.ts';
import type { DuplicatesReport } from '../../operations/duplicates.ts';
import type { NotRead } from '../../ports/manifest-files.ts';
import { changesJson, changesLines } from './duplicates-changes.ts';
import { columns, wrapped, type Look } from './layout.ts';
import { paintOf, type Paint } from './paint.ts';

/** The shape of `duplicates --json` (DESIGN section 6): more fields are welcome, these stay. */
export function duplicatesJson(report: DuplicatesReport): unknown {
  return {
    duplicates: report.duplicates.map((one) => ({
      group: one.group,
      kind: one.kind,
      namespace: one.namespace ?? null,
      name: one.name,
      certainty: one.certainty,
      occurrences: one.occurrences.map((where) => ({ ...where, namespace: where.namespace ?? null })),
      nature: one.nature,
      because: one.because,
      consequence: one.consequence,
      differences: one.differences.map(({ path, values }) => ({
        path,
        values: values.map((value) => value ?? null),
      })),
      moreDifferences: one.moreDifferences,
    })),
    ...(report.changes && { changes: changesJson(report.changes) }),
    unreadable: report.unreadable,
    ignored: report.ignored,
    unrendered: report.unrendered.map((one) => ({ ...one, command: renderCommand(one) })),
    summary: {
      files: report.files,
      objects: report.objects,
      duplicates: countOf(report, 'duplicate'),
      possible: countOf(report, 'possible'),
      unreadable: report.unreadable.length,
    },
  };
}

/** Of a screen of 24 lines, so that the first finding and the totals stand on it together. */
const MOST_DIFFERENCES = 6;
const MOST_OCCURRENCES = 8;
const MOST_FINDINGS = 20;
const MOST_LINES = 10;

export function duplicatesText(whole: DuplicatesReport, look: Look): string {
  const report = printable(whole);
  const paint = paintOf(look.colour);
  const lines = [
    ...report.duplicates.slice(0, MOST_FINDINGS).flatMap((one) => [...findingLines(one, look, paint), '']),
    ...more(report.duplicates.length - MOST_FINDINGS, 'findings: --json lists all', ''),
    ...(report.changes ? changesLines(report.changes, look.width, paint) : []),
    ...notReadLines(report.unreadable, look.width),
    ...unrenderedLines(report, look.width),
    ...wrapped(summaryOf(report), look.width),
  ];
  return `${lines.join('\n')}\n`;
}

const TITLES: Readonly<Record<Duplicate['nature'], string>> = {
  redefinition: 'is redefined: one name, another destination or source',
  conflict: 'stands more than once, with different content',
  copy: 'stands more than once, with the same content',
};

function findingLines(one: Duplicate, { width }: Look, paint: Paint): string[] {
  const label = `${one.kind} ${one.namespace ? `${one.namespace}/` : ''}${one.name}`;
  const mark = one.certainty === 'duplicate' ? paint.red('DUPLICATE') : paint.yellow('POSSIBLE');
  return [
    ...wrapped(`${mark} ${label} ${TITLES[one.nature]}`, width, '', '  '),
    ...columns(one.occurrences.slice(0, MOST_OCCURRENCES).map(occurrenceRow), width, '  '),
    ...more(one.occurrences.length - MOST_OCCURRENCES, 'places', '  '),
    ...differenceLines(one.differences, one.moreDifferences, width),
    ...one.because.flatMap((text) => wrapped(text, width, '  ', '    ')),
    ...wrapped(one.consequence, width, '  ', '  '),
    ...(one.nature === 'redefinition' ? ['  → give one of them another name before anything is merged'] : []),
  ];
}

function occurrenceRow(one: Occurrence): string[] {
  const where = `${one.file}:${one.line}`;
  return one.destination === undefined ? [where] : [where, `to ${one.destination}`, `from ${one.source ?? ''}`];
}

function differenceLines(differences: readonly Difference[], hasMore: boolean, width: number): string[] {
  if (differences.length === 0) return [];
  const rows = differences
    .slice(0, MOST_DIFFERENCES)
    .map(({ path, values }) => [path, ...values.slice(0, 3).map((value) => value ?? '(nothing)')]);
  return [
    ...columns(rows, width, '    '),
    ...more(differences.length - MOST_DIFFERENCES, hasMore ? 'differences, at least' : 'differences', '    '),
  ];
}

function notReadLines(unreadable: readonly NotRead[], width: number): string[] {
  if (unreadable.length === 0) return [];
  return [
    ...unreadable
      .slice(0, MOST_LINES)
      .flatMap(({ file, line, reason }) => wrapped(`UNREADABLE ${file}:${line}: ${reason}`, width, '', '  ')),
    ...more(unreadable.length - MOST_LINES, 'unreadable', ''),
    '',
  ];
}

function unrenderedLines({ unrendered }: DuplicatesReport, width: number): string[] {
  if (unrendered.length === 0) return [];
  const files = unrendered.reduce((sum, one) => sum + one.files, 0);
  const said = `NOT RENDERED ${files} files belong to ${unrendered.length} kustomizations or charts: what they come to is not known from the files. To compare that:`;
  return [
    ...wrapped(said, width, '', '  '),
    ...unrendered.slice(0, MOST_LINES).map((one) => `  → ${renderCommand(one)}`),
    ...more(unrendered.length - MOST_LINES, 'to render', '  '),
    '',
  ];
}

function more(count: number, what: string, indent: string): string[] {
  return count > 0 ? [`${indent}… and ${count} more ${what}`] : [];
}

/** Names and file names are somebody else's: what would move a terminal's cursor, or the reading order, is shown escaped. */
function printable<T>(value: T): T {
  if (typeof value === 'string') return value.replaceAll(/[\p{Cc}\p{Cf}]/gu, escaped) as T;
  if (Array.isArray(value)) return value.map(printable) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, printable(member)])) as T;
}

function escaped(char: string): string {
  return `\\u{${char.codePointAt(0)?.toString(16) ?? ''}}`;
}

function countOf(report: DuplicatesReport, certainty: Duplicate['certainty']): number {
  return report.duplicates.filter((one) => one.certainty === certainty).length;
}

function summaryOf(report: DuplicatesReport): string {
  const [certain, possible] = [countOf(report, 'duplicate'), countOf(report, 'possible')];
  const ignored = report.ignored.length === 0 ? '' : `, ${report.ignored.length} documents are no Kubernetes objects`;
  return `${counted(certain, 'duplicate')}, ${possible} possible among ${counted(report.objects, 'object')} in ${counted(report.files, 'file')}; ${report.unreadable.length} unreadable${ignored}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
