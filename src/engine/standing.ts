import type { AnsweredQuestion, RunState } from '../journal/fold.ts';
import type { Question, QuestionKind } from '../model/question.ts';
import type { Clock } from '../ports/clock.ts';
import type { Recorder } from './recorder.ts';

/** Questions about the moment: an earlier answer says nothing about the next time. */
const ONE_USE: ReadonlySet<QuestionKind> = new Set(['trouble', 'hold', 'settle']);

/** An answer that no step has begun to act on is good for this long, on resume. */
const FRESH = 30 * 60_000;

interface Who {
  readonly clock: Pick<Clock, 'now'>;
  readonly operator: string;
}

/** An answer of this run that still stands for this very subject. `used` remembers those that count once. */
export function standingAnswer(
  question: Question,
  now: Who & { readonly recorder: Recorder; readonly used: Set<number> },
): AnsweredQuestion | undefined {
  const { recorder, used } = now;
  const { state } = recorder;
  const found = state.answers.findLast(
    (one) => one.subject === question.subject && one.step === question.step && one.id === question.id,
  );
  if (!found || used.has(found.seq)) return undefined;
  if (!ONE_USE.has(question.kind) && !isNo(found, question)) return stands(found, state, now) ? found : undefined;
  // "Plan again" said once is not "plan again" for ever: only what somebody said while nobody drove is still to be heard.
  used.add(found.seq);
  return found.answer.via === 'inbox' && found.seq > lastDrivenAt(recorder) ? found : undefined;
}

/**
 * DESIGN section 4: an answer that a step has begun to act on stands for the run; any other stands while the operator is
 * the same and it is under thirty minutes old. What came from another terminal was meant for whoever resumes.
 */
export function stands(
  answered: AnsweredQuestion,
  state: Pick<RunState, 'actedSince'>,
  { clock, operator }: Who,
): boolean {
  if (state.actedSince(answered.seq, answered.step)) return true;
  const fresh = clock.now() - Date.parse(answered.at) < FRESH;
  return fresh && (answered.answer.via === 'inbox' || answered.answer.by === operator);
}

/** A person who said no may say yes the next time, and so it counts once; "no" among the named answers of a gate is an answer like the others. */
function isNo({ answer }: AnsweredQuestion, question: Question): boolean {
  return answer.value === 'no' && question.kind !== 'choice';
}

/** Where the last process before this one began to drive. Whoever only says a word appends `run.taken` together with it. */
function lastDrivenAt(recorder: Recorder): number {
  const taken = recorder
    .lines()
    .findLast((line) => line.event.type === 'run.taken' && (line.more ?? 0) === 0 && line.epoch !== recorder.epoch);
  return taken?.seq ?? 0;
}
