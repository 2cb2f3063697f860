import { formatDuration } from '../../model/duration.ts';
import { doneChanges, lostChanges, type RunState, type StepState } from '../../journal/fold.ts';
import type { Question } from '../../model/question.ts';
import type { RunSummary } from '../../operations/runs.ts';
import type { Driver } from '../../ports/run-store.ts';
import { columns, wrapped } from './layout.ts';
import { counted } from '../../model/counted.ts';
import { momentText } from './words.ts';

export function runsText(runs: readonly RunSummary[], width: number): string {
  if (runs.length === 0) return 'no runs yet\n';
  const rows = runs.map((one) => [
    one.run,
    one.broken === undefined ? one.outcome : 'BROKEN',
    one.target,
    momentText(one.startedAt),
    one.drivenBy === null ? '' : `${one.drivenBy.account}@${one.drivenBy.host}`,
  ]);
  const notes = runs.flatMap((one) => [
    ...(one.broken === undefined ? [] : wrapped(`${one.run}: ${one.broken}`, width, '! ', '  ')),
    ...(one.waitingFor.length === 0
      ? []
      : wrapped(`${one.run} waits for ${one.waitingFor.join(', ')}`, width, '? ', '  ')),
    ...(one.undoing === undefined
      ? []
      : wrapped(`${one.run}: ${undoingText(one.run, one.undoing)}`, width, '! ', '  ')),
  ]);
  const table = columns([['RUN', 'OUTCOME', 'TARGET', 'STARTED', 'DRIVEN BY'], ...rows], width);
  return `${[...table, ...notes].join('\n')}\n`;
}

/** Whether its process lives is the store's knowledge, and stands beside. */
function undoingText(run: string, step: string): string {
  return `the undo of ${step} was begun and has not ended. If nobody is at it any more: drctl undo ${run} ${step} looks at what was taken back and goes on; "no" leaves it as it is`;
}

/** One run, as its journal says it, on one screen. */
export function statusText(
  run: string,
  state: RunState,
  driver: { readonly driver: Driver; readonly renewedAt: string } | undefined,
  now: number,
  width = 80,
): string {
  const { opened } = state;
  const facts = [
    ['runbook', opened?.runbook.name ?? 'unknown'],
    ['target', opened ? `${opened.target.name} (${opened.target.class})` : 'unknown'],
    ['outcome', `${state.outcome}${state.because === '' ? '' : `: ${state.because}`}`],
    ...(state.undoing === undefined ? [] : [['undo', undoingText(run, state.undoing)]]),
    ['started', `${momentText(state.openedAt ?? '')}${ago(state.openedAt, now)}`],
    ['last word', `${momentText(state.updatedAt)}${ago(state.updatedAt, now)}`],
    ...(opened?.impactAt === undefined
      ? []
      : [['impact', `${momentText(opened.impactAt)}${ago(opened.impactAt, now)}`]]),
    ['driven by', driverText(driver, now)],
    ...(state.waitingFor.length === 0 ? [] : [['waits for', state.waitingFor.join(', ')]]),
  ];
  const steps = Object.values(state.steps).map((step) => [stateOf(step), step.id, aboutOf(step, now)]);
  const lines = [
    `Run ${run}`,
    ...columns(facts, width, '  '),
    ...(steps.length === 0 ? [] : ['', ...columns(steps, width, '  ')]),
    ...questionLines(run, state, now, width),
    ...state.exceptions.flatMap((one) =>
      wrapped(`exception: ${one.step} ${one.what} by ${one.by}: ${one.because}`, width, '! ', '  '),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function ago(at: string | undefined, now: number): string {
  if (at === undefined || at === '') return '';
  return `, ${formatDuration(now - Date.parse(at))} ago`;
}

function driverText(held: { readonly driver: Driver; readonly renewedAt: string } | undefined, now: number): string {
  if (!held) return 'nobody';
  const { account, host, pid } = held.driver;
  return `${account}@${host}, process ${pid}, last sign of life ${formatDuration(now - Date.parse(held.renewedAt))} ago`;
}

export function stateOf(step: StepState): string {
  if (step.regressed !== undefined) return 'REGRESSED';
  return step.end ?? 'running';
}

function aboutOf(step: StepState, now: number): string {
  const done = doneChanges(step).length;
  const lost = lostChanges(step).length;
  const until = step.finishedAt === undefined ? now : Date.parse(step.finishedAt);
  const took = formatDuration(until - Date.parse(step.startedAt));
  const counts = [...(done > 0 ? [counted(done, 'Change')] : []), ...(lost > 0 ? [`${lost} of unknown outcome`] : [])];
  const because = step.regressed ?? (step.end === undefined || step.end === 'done' ? '' : step.because);
  return [...counts, took, ...(because === '' ? [] : [because])].join(', ');
}

/** `approve` says yes where nothing else is said: that is no answer to a task, and which choice is for a person to say. */
function answerFlag({ choices }: Question): string {
  if (choices.some(({ value }) => value === 'yes')) return '';
  const [only, ...others] = choices.filter(({ value }) => value !== 'no' && value !== 'pause');
  return only && others.length === 0 ? ` --answer ${only.value}` : ' --answer …';
}

function questionLines(run: string, state: RunState, now: number, width: number): string[] {
  return state.openQuestions.flatMap(({ question, at }) => [
    '',
    ...wrapped(
      `${question.step ?? 'the plan'} asks since ${formatDuration(now - Date.parse(at))}: ${question.text}`,
      width,
      '? ',
      '  ',
    ),
    ...wrapped(`drctl approve ${run} ${question.id}${answerFlag(question)}`, width, '  → ', '      '),
  ]);
}
