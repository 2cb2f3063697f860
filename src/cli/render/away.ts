import { formatDuration } from '../../model/duration.ts';
import type { JournalLine } from '../../model/journal.ts';
import { labelOf } from '../../model/object-ref.ts';
import type { Runbook } from '../../model/runbook.ts';
import { doneChanges, foldRun, hasEnded, lostChanges, type RunState, type StepState } from '../../journal/fold.ts';
import { padded, wrapped, type Look } from './layout.ts';
import { paintOf } from './paint.ts';
import { stateOf } from './runs.ts';
import { counted } from '../../model/counted.ts';
import { momentText } from './words.ts';

export interface AwayLook extends Look {
  /** Says what comes next and in which order; without it the journal alone speaks. */
  readonly runbook?: Pick<Runbook, 'title' | 'phases'>;
}

/**
 * "While you were away": what somebody who takes a run in hand has to know before anything goes on. Who drove it until when,
 * what is done, what is open, what nobody knows, what was asked, what comes next.
 */
export function awayText(lines: readonly JournalLine[], now: number, look: AwayLook): string {
  const state = foldRun(lines);
  const paint = paintOf(look.colour);
  const steps = Object.values(state.steps);
  const sections: [string, readonly string[]][] = [
    ['run', runWords(state, now, look)],
    ['driven by', driverWords(lines, now)],
    ['stopped', [stopWords(state, now)]],
    ['done', doneWords(steps.filter((step) => hasEnded(step) && step.regressed === undefined))],
    [
      'open',
      steps.filter((step) => !hasEnded(step) || step.regressed !== undefined).map((step) => openWord(step, now)),
    ],
    ['UNKNOWN', steps.flatMap((step) => lostChanges(step).map((one) => unknownWord(one, step.id, now)))],
    [
      'asked',
      state.openQuestions.map(
        ({ question, at }) => `${question.step ?? 'the plan'}, ${since(at, now)}: ${question.text}`,
      ),
    ],
    ['exceptions', state.exceptions.map((one) => `${one.step}: ${one.what} by ${one.by}: ${one.because}`)],
    ['next', nextWords(state, look.runbook)],
  ];
  const body = sections.flatMap(([label, words]) =>
    words.flatMap((text, index) => {
      const lead = `  ${padded(index === 0 ? label : '', LABEL)}`;
      const made = wrapped(text, look.width, lead, ' '.repeat(LABEL + 2));
      return label === 'UNKNOWN' ? made.map((line) => paint.red(line)) : made;
    }),
  );
  return `${[paint.bold('While you were away'), ...body].join('\n')}\n`;
}

const LABEL = 12;

function since(at: string, now: number): string {
  return `${formatDuration(now - Date.parse(at))} ago`;
}

function runWords({ opened, openedAt }: RunState, now: number, { runbook }: AwayLook): string[] {
  if (!opened) return ['never opened'];
  const began = openedAt === undefined ? '' : `, opened ${momentText(openedAt)} (${since(openedAt, now)})`;
  const impact =
    opened.impactAt === undefined ? [] : [`impact ${momentText(opened.impactAt)} (${since(opened.impactAt, now)})`];
  return [
    `${runbook?.title ?? opened.runbook.name} on ${opened.target.name} (${opened.target.class})${began}`,
    ...impact,
  ];
}

/** Each driver with the time of their last word: who to call. */
function driverWords(lines: readonly JournalLine[], now: number): string[] {
  const drivers: { who: string; last: string }[] = [];
  for (const { event, at } of lines) {
    if (event.type === 'run.opened' || event.type === 'run.taken')
      drivers.push({ who: `${event.driver.account}@${event.driver.host}`, last: at });
    const current = drivers.at(-1);
    if (current) current.last = at;
  }
  return drivers.slice(-3).map(({ who, last }) => `${who} until ${momentText(last)} (${since(last, now)})`);
}

function stopWords(state: RunState, now: number): string {
  if (state.outcome === 'running')
    return `its driver gave no word of stopping; the last line is ${since(state.updatedAt, now)}`;
  const waits = state.waitingFor.length === 0 ? '' : `; waiting for ${state.waitingFor.join(', ')}`;
  return `${state.outcome}: ${state.because}${waits}`;
}

/** What simply went well, in one paragraph; what ended otherwise has a line of its own. */
function doneWords(steps: readonly StepState[]): string[] {
  const plain = steps.filter(({ end }) => end === 'done').map(doneWord);
  const others = steps.filter(({ end }) => end !== 'done').map(doneWord);
  return [...(plain.length > 0 ? [plain.join(' · ')] : []), ...others];
}

function doneWord(step: StepState): string {
  const done = doneChanges(step).length;
  const how = step.end === 'done' ? '' : ` ${stateOf(step)}${step.because === '' ? '' : ` (${step.because})`}`;
  return `${step.id}${how}${done > 0 ? `, ${counted(done, 'Change')}` : ''}`;
}

function openWord(step: StepState, now: number): string {
  const done = doneChanges(step).length;
  const why = step.regressed ?? step.because;
  return `${step.id} ${stateOf(step).replace('running', 'begun')} ${since(step.startedAt, now)}, ${counted(done, 'Change')} done${why === '' ? '' : `: ${why}`}`;
}

function unknownWord(change: ReturnType<typeof lostChanges>[number], step: string, now: number): string {
  const { begun, sentAt, because } = change;
  const why = because === undefined ? 'it was sent, and no answer was written down' : because;
  return `${step}: ${begun.change.kind} ${labelOf(begun.change.object)}, sent ${since(sentAt, now)}: ${why}. It is looked at first, never repeated blindly`;
}

/** What comes soon is said step by step; what is far is counted, or a screen would not hold it. */
const SOON = 3;

/** The steps that have not ended, by phase, as the runbook orders them. */
function nextWords(state: RunState, runbook: AwayLook['runbook']): string[] {
  if (!runbook) return [];
  const phases = runbook.phases.flatMap(({ title, steps }) => {
    const left = steps.filter(({ id }) => !hasEnded(state.steps[id]) || state.steps[id]?.regressed !== undefined);
    return left.length === 0 ? [] : [{ title, left: left.map(({ id }) => id) }];
  });
  if (phases.length === 0) return ['nothing: every step has ended'];
  const later = phases.length - SOON;
  const soon = later > 1 ? phases.slice(0, SOON) : phases;
  const words = soon.map(({ title, left }) => `${title}: ${left.join(', ')}`);
  return later > 1 ? [...words, `and ${later} phases more, the last: ${phases.at(-1)?.title}`] : words;
}
