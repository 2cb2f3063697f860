import { formatDuration } from '../../model/duration.ts';
import type { RunResult } from '../../engine/outcome.ts';
import { doneChanges, hasEnded, lostChanges, type RunState, type StepState } from '../../journal/fold.ts';
import { leftoversOf } from '../../report/leftovers.ts';
import { wrapped } from './layout.ts';
import { leftoverLines } from './leftovers.ts';
import { counted } from '../../model/counted.ts';

/** What the last page begins with, by exit, where a command does something other than recover. */
export type ResultHeads = Readonly<Partial<Record<RunResult['exit'], string>>>;

/** The last lines of a run: how it ended, what was changed, what is left over, how to go on. */
export function resultText(
  result: RunResult,
  { width, heads }: { readonly width: number; readonly heads?: ResultHeads },
): string {
  const { state } = result;
  const lines = [
    ...wrapped(`${heads?.[result.exit] ?? headOf(result)}${subjectOf(state)}: ${result.because}`, width, '', '  '),
    ...doneLines(state, width),
    ...exceptionLines(state, width),
    ...leftLines(state, width),
    ...nextLines(result, width),
  ];
  return `${lines.join('\n')}\n`;
}

const HEADS: Readonly<Partial<Record<RunResult['outcome'], string>>> = {
  succeeded: 'RECOVERED',
  'succeeded-with-exceptions': 'RECOVERED, WITH EXCEPTIONS',
  paused: 'PAUSED',
  declined: 'PAUSED at "no"',
  aborted: 'ABORTED',
  refused: 'REFUSED',
  failed: 'FAILED',
  unknown: 'PAUSED: SOMETHING IS UNKNOWN',
  running: 'SOMEBODY ELSE DRIVES NOW',
};

function headOf({ outcome, exit, state }: RunResult): string {
  if (outcome === 'declined' && isOver(state)) return 'DECLINED';
  return exit === 'failed' ? 'FAILED' : (HEADS[outcome] ?? outcome);
}

/** All of it at the end; in the middle of a run only what somebody has to look at, the rest as a number. */
function leftLines(state: RunState, width: number): string[] {
  const left = leftoversOf(state).filter((one) => one.kind !== 'exception');
  if (isOver(state)) return leftoverLines(left, width);
  const urgent = left.filter((one) => one.kind === 'unknown');
  const rest = left.length - urgent.length;
  return [
    ...leftoverLines(urgent, width),
    ...(rest > 0 ? [`Switched or made so far: ${counted(rest, 'thing')}; the report names them`] : []),
  ];
}

function isOver({ outcome }: RunState): boolean {
  return !['running', 'paused'].includes(outcome);
}

function subjectOf({ opened }: RunState): string {
  return opened ? `, ${opened.runbook.name} on ${opened.target.name}` : '';
}

/** What each step did, one line each; those that had nothing to do are counted. */
function doneLines(state: RunState, width: number): string[] {
  const steps = Object.values(state.steps);
  const acted = steps.filter((step) => doneChanges(step).length > 0 || lostChanges(step).length > 0);
  const idle = steps.filter((step) => !acted.includes(step) && hasEnded(step)).length;
  const open = steps.filter((step) => !hasEnded(step)).length;
  return [
    ...acted.flatMap((step) => wrapped(stepText(step), width, '  ', '      ')),
    ...(idle > 0 ? [`  ${counted(idle, 'step')} without Changes`] : []),
    ...(open > 0 ? [`  ${counted(open, 'step')} begun and not ended`] : []),
  ];
}

function stepText(step: StepState): string {
  const done = doneChanges(step).length;
  const lost = lostChanges(step).length;
  const ended =
    step.finishedAt === undefined
      ? 'not ended'
      : `in ${formatDuration(Date.parse(step.finishedAt) - Date.parse(step.startedAt))}`;
  const checks = step.checks ? (step.checks.passed ? ', checked' : ', CHECKS FAILED') : '';
  return `${step.id}: ${counted(done, 'Change')} ${ended}${checks}${lost > 0 ? `, ${lost} of unknown outcome` : ''}`;
}

function exceptionLines({ exceptions }: RunState, width: number): string[] {
  if (exceptions.length === 0) return [];
  return [
    'Exceptions:',
    ...exceptions.flatMap((one) =>
      wrapped(`${one.step}: ${one.what} by ${one.by}: ${one.because}`, width, '  - ', '    '),
    ),
  ];
}

/** How to go on: the one command that fits, and the report. */
function nextLines({ run, outcome, exit, waitingFor, state }: RunResult, width: number): string[] {
  const lost = Object.values(state.steps).flatMap((step) => lostChanges(step).map((one) => ({ step, one })));
  const waits = waitingFor.length === 0 ? [] : wrapped(`Waiting for: ${waitingFor.join(', ')}`, width, '', '  ');
  const settle =
    outcome === 'unknown' && lost[0]
      ? wrapped(
          `drctl settle ${run} ${lost[0].one.begun.id} --as done|redo|skip|accepted --because "…"`,
          width,
          '→ ',
          '    ',
        )
      : [];
  const resume = isOver(state) || exit === 'driven' ? [] : wrapped(`drctl resume ${run}`, width, '→ ', '    ');
  const watch = exit === 'driven' ? wrapped(`drctl status ${run} --watch`, width, '→ ', '    ') : [];
  return [...waits, ...settle, ...resume, ...watch, ...wrapped(`drctl report ${run}`, width, '→ ', '    ')];
}
