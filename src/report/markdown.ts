import { formatDuration } from '../model/duration.ts';
import { reportOf, type Report, type ReportInput } from './report.ts';

/** What is sent round after an incident: facts first, then what the run left, then the draft that people finish. */
export function reportMarkdown(input: ReportInput): string {
  const report = reportOf(input);
  const sections = [head, people, steps, decisions, exceptions, leftovers, timeline, rca];
  return `${sections.flatMap((section) => section(report)).join('\n')}\n`;
}

function head(report: Report): string[] {
  const { spent } = report;
  return [
    `# ${markOf(report)}${line(report.title)}: ${report.outcome}`,
    '',
    ...table(
      ['', ''],
      [
        ['Run', report.run],
        ['Runbook', report.runbook],
        ['Target', `${report.target.name} (${report.target.class})`],
        ['Cluster', report.target.cluster ?? 'not known'],
        ['AWS', report.target.account ?? 'none'],
        ['Impact began', report.impactAt ?? 'not said'],
        ['Run opened', time(report.startedAt)],
        ['Run ended', report.finishedAt === undefined ? `not yet: ${report.because}` : time(report.finishedAt)],
        ['Took', `${formatDuration(spent.elapsed)}: ${parts(report)}`],
        ['Objective (RTO)', report.objective.text],
        ['Outcome', `${report.outcome}${report.because === '' ? '' : `: ${report.because}`}`],
        ['drctl', report.drctl],
      ],
    ),
    '',
  ];
}

function parts({ spent }: Report): string {
  const all = [
    `${formatDuration(spent.machine)} machine`,
    `${formatDuration(spent.people)} waiting for people`,
    `${formatDuration(spent.idle)} paused`,
  ];
  return all.join(', ');
}

function people({ drivers }: Report): string[] {
  const rows = drivers.map((one) => [
    time(one.at),
    one.account,
    one.kubernetes ?? '',
    one.aws ?? '',
    `${one.host} (${one.pid})`,
    one.because,
  ]);
  return section('Who drove', ['At (UTC)', 'Account', 'Kubernetes user', 'AWS caller', 'From', 'How'], rows, 'Nobody.');
}

function steps(report: Report): string[] {
  const rows = report.steps.map((step) => [
    step.id,
    step.state,
    time(step.startedAt),
    step.tookMs === undefined ? '' : formatDuration(step.tookMs),
    step.peopleMs === 0 ? '' : formatDuration(step.peopleMs),
    `${step.changes}${step.unknown === 0 ? '' : ` and ${step.unknown} unknown`}`,
    step.because,
  ]);
  const columns = ['Step', 'State', 'Began (UTC)', 'Took', 'Of that waiting for people', 'Changes', 'Because'];
  return section('What was done', columns, rows, 'No step was begun.');
}

function decisions(report: Report): string[] {
  const rows = report.decisions.map((one) => [
    time(one.at),
    one.step ?? 'the run',
    one.question,
    one.answer,
    `${one.by} (${one.via})`,
    one.because,
    formatDuration(one.waitedMs),
  ]);
  return section(
    'Decisions',
    ['At (UTC)', 'About', 'Question', 'Answer', 'By', 'Reason', 'Waited'],
    rows,
    'None was asked for.',
  );
}

function exceptions(report: Report): string[] {
  const rows = report.exceptions.map((one) => [one.step, one.what, one.by, one.because]);
  return section(
    'Exceptions',
    ['Step', 'What', 'By', 'Reason'],
    rows,
    'None: nothing was accepted, skipped or overridden.',
  );
}

function leftovers(report: Report): string[] {
  const rows = report.leftovers
    .filter((one) => one.kind !== 'exception')
    .map((one) => [
      one.object,
      one.what,
      one.takeBack === undefined ? '' : code(one.takeBack),
      one.mind ?? '',
      one.step,
    ]);
  const columns = ['Object', 'What is left', 'To take it back', 'Mind', 'Step'];
  return section('Leftovers', columns, rows, 'Nothing is left switched.');
}

function timeline(report: Report): string[] {
  const rows = report.timeline.map((one) => [
    time(one.at),
    one.who,
    one.step ?? '',
    one.text,
    one.tookMs === undefined ? '' : formatDuration(one.tookMs),
  ]);
  return section('Timeline', ['At (UTC)', 'Who', 'Step', 'What', 'Took'], rows, 'Nothing happened.');
}

/** Headings of a root-cause analysis with what the journal knows filled in; what only people know is asked as a question. */
function rca(report: Report): string[] {
  const first = report.timeline.find((one) => one.event === 'changes.began');
  const last = report.finishedAt ?? report.timeline.at(-1)?.at;
  return [
    '## Root-cause analysis (draft)',
    '',
    '### Summary',
    '',
    `Runbook ${code(report.runbook)} was run on ${line(report.target.name)}; outcome: ${report.outcome}.`,
    '',
    '### Impact',
    '',
    `- Began: ${report.impactAt ?? 'when?'}`,
    `- Recovery began: ${time(report.startedAt)}; first Change sent: ${first ? time(first.at) : 'none'}; last word: ${last === undefined ? 'none' : time(last)}`,
    `- Objective: ${report.objective.text}`,
    '- Who was affected, and how? Was data lost, and how do we know?',
    '',
    '### Cause',
    '',
    '- What was done, by whom or by what, that began it?',
    '- Why was it possible? Why was it not noticed before?',
    '',
    '### What helped, what hindered',
    '',
    `- ${formatDuration(report.spent.people)} of ${formatDuration(report.spent.elapsed)} went by waiting for people. Could any of these decisions be made beforehand?`,
    ...report.exceptions.map(
      (one) => `- ${line(one.step)} was ${line(one.what)}: ${line(one.because)}. Should the runbook provide for it?`,
    ),
    '',
    '### What we change',
    '',
    ...(report.leftovers.length > 0 ? ['- [ ] Take back or keep, on purpose, each of the leftovers above'] : []),
    '- [ ] Rehearse this runbook again with what was learned: who, by when?',
    '',
  ];
}

/** A rehearsal must never be taken for an incident. */
function markOf(report: Report): string {
  if (report.drill !== undefined) return 'DRILL: ';
  return report.target.class === 'sandbox' ? 'SANDBOX: ' : '';
}

function section(
  title: string,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  none: string,
): string[] {
  return [`## ${title}`, '', ...(rows.length === 0 ? [none] : table(columns, rows)), ''];
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [row(columns), `|${' --- |'.repeat(columns.length)}`, ...rows.map(row)];
}

/** Text from anywhere, as one cell: it must not end the cell, the row or, as HTML, the table. */
function cell(text: string): string {
  return /^`[^`\n]*`$/.test(text) ? text.replaceAll('|', String.raw`\|`) : line(text);
}

function line(text: string): string {
  return text
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('|', String.raw`\|`)
    .replaceAll('<', '&lt;')
    .replaceAll(/\s*\n\s*/g, ' ');
}

function code(text: string): string {
  return `\`${text.replaceAll('`', "'").replaceAll(/\s*\n\s*/g, ' ')}\``;
}

/** `2026-11-21 06:19:00`: the zone stands in the heading. */
function time(at: string): string {
  return at.slice(0, 19).replace('T', ' ');
}
