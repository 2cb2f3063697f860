import { figures } from 'listr2';
import stringWidth from 'string-width';
import { formatDuration } from '../../model/duration.ts';
import { fitted, padded } from '../render/layout.ts';
import { paintOf, type Paint } from '../render/paint.ts';
import { progressText } from '../render/progress.ts';
import { counted } from '../../model/counted.ts';
import { clockText } from '../render/words.ts';
import type { LivePhase, LiveRun, LiveStep, Wait } from './live-run.ts';

export interface FrameLook {
  readonly width: number;
  readonly rows: number;
  readonly colour: boolean;
  readonly now: number;
  readonly spinner: string;
}

/** No more than this, however large the screen: what changes must be seen at a glance, and listr2's own view tires there. */
const MOST = 30;

interface Pen extends FrameLook {
  readonly paint: Paint;
}

/** The whole live view, each line at most `width` wide, at most `rows - 1` and thirty of them. Pure. */
export function frameOf(run: LiveRun, look: FrameLook): string[] {
  const pen: Pen = { ...look, paint: paintOf(look.colour) };
  const room = Math.max(3, Math.min(MOST, look.rows - 1) - 2);
  for (const fold of FOLDS) {
    const body = bodyOf(run, fold, pen);
    if (body.length <= room || fold === FOLDS.at(-1))
      return [headLine(run, pen), ...cut(body, room, pen), footLine(run, pen)];
  }
  return [];
}

interface Fold {
  /** Finished and coming phases: a line each, or all in one. */
  readonly phases: boolean;
  /** Finished and coming steps of the open phases: a line each, or counted. */
  readonly steps: boolean;
  /** What the running steps wait for and do: left out where even that is too much. */
  readonly details: boolean;
}

const FOLDS: readonly Fold[] = [
  { phases: false, steps: false, details: true },
  { phases: true, steps: false, details: true },
  { phases: true, steps: true, details: true },
  { phases: true, steps: true, details: false },
];

/** Too much all the same: the last line (what is to come) stays, and how many are not shown is said. */
function cut(lines: readonly string[], room: number, { width, paint }: Pen): readonly string[] {
  if (lines.length <= room) return lines;
  const kept = lines.slice(0, Math.max(0, room - 2));
  const hidden = lines.length - kept.length - 1;
  return [...kept, paint.dim(fitted(`… ${counted(hidden, 'more line')}`, width)), ...lines.slice(-1)].slice(0, room);
}

function headLine(run: LiveRun, { width, paint, now }: Pen): string {
  const title = run.title === '' ? 'drctl' : `${run.target === '' ? '' : `${run.target}: `}${run.title}`;
  const clock = clockOf(run, now);
  const room = width - stringWidth(clock) - 8;
  const left = `── ${fitted(title, Math.max(8, room))} `;
  const rule = '─'.repeat(Math.max(0, width - stringWidth(left) - stringWidth(clock) - 4));
  const line = fitted(`${left}${rule} ${clock} ──`, width);
  const used = run.rto === undefined || run.impactAt === undefined ? 0 : (now - run.impactAt) / run.rto;
  return used >= 1 ? paint.red(line) : used > 0.75 ? paint.yellow(line) : paint.bold(line);
}

/** Elapsed against the objective, from the impact; without an impact from the start of this run. */
function clockOf(run: LiveRun, now: number): string {
  if (run.impactAt !== undefined) {
    const since = `${formatDuration(now - run.impactAt)} since impact`;
    return run.rto === undefined ? since : `${since}, objective ${formatDuration(run.rto)}`;
  }
  return run.beganAt === undefined ? '' : formatDuration(now - run.beganAt);
}

function footLine(run: LiveRun, { width, paint }: Pen): string {
  if (run.draining !== '') return paint.yellow(fitted(`${figures.warning} ${run.draining}`, width));
  return paint.dim(fitted('Ctrl-C: finish what is in flight, then pause', width));
}

function bodyOf(run: LiveRun, fold: Fold, pen: Pen): string[] {
  const done = run.phases.filter((phase) => phase.state === 'ended');
  const open = run.phases.filter((phase) => phase.state === 'running');
  const ahead = run.phases.filter((phase) => phase.state === 'waiting');
  const lines = fold.phases
    ? [
        ...countedPhases(done, figures.tick, 'done', pen),
        ...open.flatMap((phase) => openPhase(phase, fold, pen)),
        ...countedPhases(ahead, '·', 'to come', pen),
      ]
    : run.phases.flatMap((phase) =>
        phase.state === 'running' ? openPhase(phase, fold, pen) : [closedPhase(phase, pen)],
      );
  return open.length === 0 && ahead.length > 0
    ? [fitted(`${pen.spinner} looking at the target`, pen.width), ...lines]
    : lines;
}

function countedPhases(phases: readonly LivePhase[], sign: string, what: string, { width, paint }: Pen): string[] {
  if (phases.length === 0) return [];
  const text = `${sign} ${counted(phases.length, 'phase')} ${what}: ${phases.map((phase) => phase.title).join(', ')}`;
  return [paint.dim(fitted(text, width))];
}

function closedPhase(phase: LivePhase, { width, paint }: Pen): string {
  const waiting = phase.state === 'waiting';
  const changes = phase.steps.reduce((sum, step) => sum + step.done, 0);
  const took = tookOf(phase.beganAt, phase.endedAt, 0);
  const facts = waiting
    ? [counted(phase.steps.length, 'step')]
    : [
        counted(phase.steps.length, 'step'),
        ...(changes > 0 ? [counted(changes, 'Change')] : []),
        ...(took === '' ? [] : [took]),
      ];
  return paint.dim(twoEnds(`${waiting ? '·' : figures.tick} ${phase.title}`, facts.join(', '), width));
}

function openPhase(phase: LivePhase, fold: Fold, pen: Pen): string[] {
  const { width, paint, now } = pen;
  const elapsed = tookOf(phase.beganAt, undefined, now);
  const over = phase.objective !== undefined && phase.beganAt !== undefined && now - phase.beganAt > phase.objective;
  const clock = phase.objective === undefined ? elapsed : `${elapsed} of ${formatDuration(phase.objective)}`;
  const head = paint.bold(twoEnds(`${figures.pointer} ${phase.title}`, clock, width));
  return [over ? paint.red(head) : head, ...stepsOf(phase.steps, fold, pen)];
}

function stepsOf(steps: readonly LiveStep[], fold: Fold, pen: Pen): string[] {
  if (!fold.steps) return steps.flatMap((step) => stepLines(step, fold, pen));
  const ended = steps.filter((step) => step.state === 'ended').length;
  const ahead = steps.filter((step) => step.state === 'waiting').length;
  const dim = (text: string): string[] => [pen.paint.dim(fitted(text, pen.width))];
  return [
    ...(ended > 0 ? dim(`    ${figures.tick} ${counted(ended, 'step')} done`) : []),
    ...steps.filter((step) => step.state === 'running').flatMap((step) => stepLines(step, fold, pen)),
    ...(ahead > 0 ? dim(`    · ${counted(ahead, 'more step')}`) : []),
  ];
}

function stepLines(step: LiveStep, fold: Fold, pen: Pen): string[] {
  const { width, paint, now } = pen;
  const text = `${step.id}  ${step.title === step.id ? '' : step.title}`.trimEnd();
  if (step.state === 'waiting') return [paint.dim(fitted(`    · ${text}`, width))];
  if (step.state === 'ended') return [endedStep(step, text, pen)];
  const total = step.done + step.left;
  const count = total === 0 ? '' : `${step.done.toLocaleString('en')}/${total.toLocaleString('en')}  `;
  const line = twoEnds(`    ${pen.spinner} ${text}`, `${count}${tookOf(step.beganAt, undefined, now)}`, width);
  return [line.replace(pen.spinner, paint.cyan), ...(fold.details ? detailLines(step, pen) : [])];
}

/** What it waits for and until when, what it checks, what it does now: each at most a line. */
function detailLines(step: LiveStep, pen: Pen): string[] {
  const { width, paint, now } = pen;
  const line = (text: string): string => fitted(`        ${text}`, width);
  return [
    ...(step.trouble === undefined ? [] : [paint.yellow(line(`${figures.warning} ${step.trouble}`))]),
    ...(step.doing === '' ? [] : [paint.dim(line(step.doing))]),
    ...(step.wait ? [waitLine('waits: ', step.wait.because, step.wait, width, now)] : []),
    ...[...step.checks]
      .slice(0, 3)
      .map(([check, wait]) => waitLine('checks ', `${check}: ${wait.because}`, wait, width, now)),
    ...(step.checks.size > 3 ? [line(`and ${step.checks.size - 3} more checks`)] : []),
  ];
}

function waitLine(lead: string, text: string, wait: Wait, width: number, now: number): string {
  const progress = wait.progress ? `${progressText(wait.progress)}, ` : '';
  const left = Math.max(0, wait.until - now);
  return twoEnds(
    `        ${lead}${text}`,
    `${progress}until ${clockText(wait.until)} (${formatDuration(Math.ceil(left / 1_000) * 1_000)})`,
    width,
  );
}

function endedStep(step: LiveStep, text: string, { width, paint }: Pen): string {
  const good = step.end === 'done' || step.end === 'satisfied';
  const facts = [
    ...(step.done > 0 ? [counted(step.done, 'Change')] : good ? ['nothing to do'] : []),
    tookOf(step.beganAt, step.endedAt, 0),
  ].filter((one) => one !== '');
  const line = twoEnds(
    `    ${good ? figures.tick : figures.warning} ${text}${good ? '' : ` (${step.end})`}`,
    facts.join(', '),
    width,
  );
  return good ? paint.dim(line) : paint.yellow(line);
}

function tookOf(from: number | undefined, to: number | undefined, now: number): string {
  if (from === undefined) return '';
  const ms = (to ?? now) - from;
  // Whole seconds while it runs: a counter of milliseconds is unrest.
  return to === undefined ? formatDuration(Math.max(1_000, Math.floor(ms / 1_000) * 1_000)) : formatDuration(ms);
}

/** Left what it is, right its numbers; the left gives way. */
function twoEnds(left: string, right: string, width: number): string {
  if (right === '') return fitted(left, width);
  const room = width - stringWidth(right) - 2;
  if (room < 12) return fitted(`${left}  ${right}`, width);
  return `${padded(fitted(left, room), room)}  ${right}`;
}
