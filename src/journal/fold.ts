import type { Change } from '../model/change.ts';
import type { Digest } from '../model/digest.ts';
import type { Json } from '../model/json.ts';
import type {
  BegunChange,
  ChangeResult,
  CheckResult,
  DriverWord,
  JournalLine,
  Outcome,
  RunOpened,
  StepEnd,
} from '../model/journal.ts';
import type { Answer, Question } from '../model/question.ts';

/** What a run's journal says: everything that resume, status and the report start from. Pure and total over every prefix. */
export interface RunState {
  readonly opened?: RunOpened;
  readonly openedAt?: string;
  readonly epoch: number;
  readonly driver?: DriverWord;
  /** `running` until a line says otherwise; whether its driver still lives is the store's knowledge. */
  readonly outcome: Outcome;
  readonly because: string;
  readonly waitingFor: readonly string[];
  readonly updatedAt: string;
  /** The step whose undo was begun and has not ended: under way, or cut off. */
  readonly undoing?: string;
  readonly steps: Readonly<Record<string, StepState>>;
  /** In the order given; `seq` is that of the line. */
  readonly answers: readonly AnsweredQuestion[];
  readonly openQuestions: readonly AskedQuestion[];
  /** Accepted, skipped, overridden, gone on in spite of a broken hold: a run with any of these never "succeeded" plainly. */
  readonly exceptions: readonly Exception[];
  /** Whether a step (or, without one, any step) has begun Changes after that line. */
  actedSince(seq: number, step?: string): boolean;
}

export interface StepState {
  readonly id: string;
  readonly startedAt: string;
  readonly when: boolean;
  readonly keys?: readonly string[];
  readonly changes: readonly ChangeState[];
  readonly checks?: { readonly passed: boolean; readonly results: readonly CheckResult[]; readonly at: string };
  readonly end?: StepEnd;
  readonly because: string;
  readonly output?: Json;
  readonly finishedAt?: string;
  /** An ended step that was found to have Changes again. */
  readonly regressed?: string;
}

export interface ChangeState {
  readonly begun: BegunChange;
  readonly seq: number;
  readonly sentAt: string;
  /** Absent: begun and never ended, so its outcome is not known. */
  readonly outcome?: ChangeResult['outcome'];
  readonly because?: string;
  readonly result?: Json;
  readonly endedAt?: string;
}

interface AskedQuestion {
  readonly question: Question;
  readonly at: string;
  readonly seq: number;
}

export interface AnsweredQuestion {
  readonly id: string;
  readonly step?: string;
  readonly subject: Digest;
  readonly answer: Answer;
  readonly at: string;
  readonly askedAt: string;
  readonly seq: number;
  readonly kind: Question['kind'];
  readonly text: string;
  /** The blob of planned steps that a yes covers. */
  readonly plan?: Digest;
}

interface Exception {
  readonly step: string;
  readonly what: 'accepted' | 'skipped' | 'overridden' | 'hold-given-up' | 'settled' | 'definition-changed';
  readonly by: string;
  readonly because: string;
}

type Draft = { -readonly [K in keyof Omit<RunState, 'actedSince'>]: RunState[K] };

const EMPTY: Draft = {
  epoch: 0,
  outcome: 'running',
  because: '',
  waitingFor: [],
  updatedAt: '',
  steps: withoutPrototype({}),
  answers: [],
  openQuestions: [],
  exceptions: [],
};

export function foldRun(lines: readonly JournalLine[]): RunState {
  return extendRun(EMPTY, lines);
}

/** The same from an earlier fold and the lines since: a driver keeps its state without reading the journal again. */
export function extendRun(from: Omit<RunState, 'actedSince'>, lines: readonly JournalLine[]): RunState {
  let draft: Draft = from;
  for (const line of lines) draft = { ...foldLine(draft, line), updatedAt: line.at, epoch: line.epoch };
  const { steps } = draft;
  return {
    ...draft,
    actedSince: (seq, step) =>
      Object.values(steps).some(
        (one) => (step === undefined || one.id === step) && one.changes.some((change) => change.seq > seq),
      ),
  };
}

function foldLine(draft: Draft, line: JournalLine): Draft {
  const { event } = line;
  switch (event.type) {
    case 'run.opened':
      return { ...draft, opened: event, openedAt: line.at, driver: event.driver };
    case 'run.taken':
      return event.undo === undefined
        ? { ...withoutUndo(draft), driver: event.driver, outcome: 'running', because: '', waitingFor: [] }
        : { ...draft, driver: event.driver, undoing: event.undo };
    case 'run.paused':
      return { ...withoutUndo(draft), outcome: 'paused', because: event.because, waitingFor: event.waitingFor };
    case 'run.ended':
      return { ...withoutUndo(draft), outcome: event.outcome, because: event.because, waitingFor: [] };
    case 'question.asked':
      return {
        ...draft,
        openQuestions: [
          ...draft.openQuestions.filter((one) => one.question.id !== event.question.id),
          { question: event.question, at: line.at, seq: line.seq },
        ],
      };
    case 'question.answered':
      return foldAnswer(draft, line, event);
    default:
      return foldStep(draft, line);
  }
}

function withoutUndo(draft: Draft): Draft {
  const { undoing: _, ...rest } = draft;
  return rest;
}

function foldAnswer(
  draft: Draft,
  line: JournalLine,
  event: JournalLine['event'] & { type: 'question.answered' },
): Draft {
  const asked = draft.openQuestions.find((one) => one.question.id === event.id);
  const answered: AnsweredQuestion = {
    id: event.id,
    subject: event.subject,
    answer: event.answer,
    at: line.at,
    askedAt: asked?.at ?? line.at,
    seq: line.seq,
    kind: asked?.question.kind ?? 'confirm',
    text: asked?.question.text ?? '',
    ...(event.step !== undefined && { step: event.step }),
    ...(event.plan && { plan: event.plan }),
  };
  const exception = exceptionOf(answered);
  return {
    ...draft,
    answers: [...draft.answers, answered],
    openQuestions: draft.openQuestions.filter((one) => one.question.id !== event.id),
    exceptions: exception ? [...draft.exceptions, exception] : draft.exceptions,
  };
}

/** The answers that leave something other than the plain way. */
function exceptionOf(answered: AnsweredQuestion): Exception | undefined {
  const what = {
    accept: 'accepted',
    skip: 'skipped',
    override: 'overridden',
    'go-on': 'hold-given-up',
    'accept-definition': 'definition-changed',
  } as const;
  const { value } = answered.answer;
  if (!Object.hasOwn(what, value)) return undefined;
  const kind = what[value as keyof typeof what];
  return { step: answered.step ?? 'run', what: kind, by: answered.answer.by, because: answered.answer.because ?? '' };
}

function foldStep(draft: Draft, line: JournalLine): Draft {
  const { event } = line;
  if (!('step' in event) || event.step === undefined) return draft;
  const before = draft.steps[event.step] ?? emptyStep(event.step, line.at);
  return { ...draft, steps: withoutPrototype({ ...draft.steps, [event.step]: stepAfter(before, line) }) };
}

/** So that a step called `constructor` is looked up among the steps only. */
function withoutPrototype(steps: RunState['steps']): RunState['steps'] {
  return Object.assign(Object.create(null) as object, steps);
}

function emptyStep(id: string, at: string): StepState {
  return { id, startedAt: at, when: true, changes: [], because: '' };
}

function stepAfter(before: StepState, line: JournalLine): StepState {
  const { event } = line;
  switch (event.type) {
    case 'step.began': {
      const { end: _end, finishedAt: _finished, regressed: _regressed, ...again } = before;
      return { ...again, when: event.when, ...(event.keys && { keys: event.keys }) };
    }
    case 'changes.began':
      return {
        ...before,
        changes: [...before.changes, ...event.changes.map((begun) => ({ begun, seq: line.seq, sentAt: line.at }))],
      };
    case 'changes.ended':
      return {
        ...before,
        changes: withResults(before.changes, event.results, line.at),
      };
    case 'checks.ended':
      return { ...before, checks: { passed: event.passed, results: event.results, at: line.at } };
    case 'step.ended': {
      const { regressed: _, ...calm } = before;
      return {
        ...calm,
        end: event.end,
        because: event.because,
        finishedAt: line.at,
        ...(event.output !== undefined && { output: event.output }),
      };
    }
    case 'step.regressed':
      return { ...before, regressed: event.because };
    default:
      return before;
  }
}

/** Looked for from the end: what comes back was sent a moment ago, and there may be thousands before it. */
function withResults(
  changes: readonly ChangeState[],
  results: readonly ChangeResult[],
  at: string,
): readonly ChangeState[] {
  const after = [...changes];
  for (const result of results) {
    const index = after.findLastIndex(({ begun }) => begun.id === result.id);
    const change = after[index];
    if (!change) continue;
    after[index] = {
      ...change,
      outcome: result.outcome,
      endedAt: at,
      ...(result.because !== undefined && { because: result.because }),
      ...(result.result !== undefined && { result: result.result }),
    };
  }
  return after;
}

/** Changes whose effect is on the world, as far as the journal knows. */
export function doneChanges(step: StepState | undefined): Change[] {
  return (step?.changes ?? [])
    .filter((one) => one.outcome === 'done' || one.outcome === 'settled-done')
    .map((one) => one.begun.change);
}

/**
 * Begun, and somebody must find out: never ended, or ended as unknown. One that was probed in vain and may be repeated needs
 * nobody's word; it only stays counted.
 */
export function lostChanges(step: StepState | undefined): ChangeState[] {
  return (step?.changes ?? []).filter(
    (one) => one.outcome === undefined || (one.outcome === 'unknown' && one.begun.once),
  );
}

/** What counts against the budget: performed or possibly performed, over the whole run. */
export function spentChanges(state: Pick<RunState, 'steps'>): Change[] {
  return Object.values(state.steps)
    .flatMap((step) => [...step.changes])
    .filter((one) => one.outcome !== 'not-performed' && one.outcome !== 'settled-redo')
    .map((one) => one.begun.change);
}

export function hasEnded(step: StepState | undefined): boolean {
  return step?.end !== undefined && step.end !== 'unverified' && step.end !== 'failed';
}
