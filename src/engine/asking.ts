import { digestOf, shortDigest } from '../model/digest.ts';
import type { Answer, Card, Choice, Question, QuestionKind } from '../model/question.ts';
import type { AnsweredQuestion } from '../journal/fold.ts';
import type { Clock } from '../ports/clock.ts';
import type { Host, Reply } from '../ports/host.ts';
import type { Drain } from './drain.ts';
import type { Recorder } from './recorder.ts';

/** What answers without a person: flags on the command line, the scenario of a drill. Undefined: a person must. */
export type Standing = (question: Question) => Answer | undefined;

export interface Asking {
  readonly recorder: Recorder;
  readonly host: Host;
  readonly clock: Clock;
  readonly drain: Drain;
  /** Who sits here: an earlier answer of somebody else is asked again. */
  readonly operator: string;
  readonly standing: Standing;
}

/** Questions about the moment: an earlier answer says nothing about the next time. */
const ONE_USE: ReadonlySet<QuestionKind> = new Set(['trouble', 'hold', 'settle']);

/** An answer that no step has begun to act on is good for this long, on resume. */
const FRESH = 30 * 60_000;

/**
 * The one queue of questions. An answer is about one exact subject; it is durable before anybody acts on it. Undefined:
 * nobody answered, and the run is draining.
 */
export class Asker {
  readonly #with: Asking;
  #last: Promise<unknown> = Promise.resolve();
  #current: AbortController | undefined;
  #asked = 0;
  #pending: { readonly id: string; readonly resolve: (answer: Answer) => void } | undefined;
  readonly #used = new Set<number>();

  constructor(asking: Asking) {
    this.#with = asking;
  }

  /** Milliseconds that people have been asked so far: timeouts do not run meanwhile. */
  get askedFor(): number {
    return this.#asked;
  }

  ask(question: Question, plan?: { readonly digest: AnsweredQuestion['plan'] }): Promise<Answer | undefined> {
    const earlier = this.#standing(question);
    if (earlier) return Promise.resolve(earlier);
    const turn = this.#last.then(() => this.#askNow(question, plan));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** A question that cannot wait: the one on screen is withdrawn and asked again afterwards. */
  interrupt(question: Question, plan?: { readonly digest: AnsweredQuestion['plan'] }): Promise<Answer | undefined> {
    this.#current?.abort('withdrawn');
    const turn = this.#askNow(question, plan);
    this.#last = Promise.all([this.#last, turn]).catch(() => undefined);
    return turn;
  }

  /** A word from another terminal to the question on screen. False: that is not the question being asked. */
  offer(id: string, answer: Answer): boolean {
    if (this.#pending?.id !== id) return false;
    this.#pending.resolve(answer);
    return true;
  }

  /** An answer of this run that still stands for this very subject. */
  #standing(question: Question): Answer | undefined {
    const { recorder, clock, operator } = this.#with;
    const { state } = recorder;
    const found = state.answers.findLast(
      (one) => one.subject === question.subject && one.step === question.step && one.id === question.id,
    );
    if (!found || found.answer.value === 'no' || this.#used.has(found.seq)) return undefined;
    const byInbox = found.answer.via === 'inbox';
    if (ONE_USE.has(question.kind)) {
      // "Plan again" said once is not "plan again" for ever.
      this.#used.add(found.seq);
      return byInbox ? found.answer : undefined;
    }
    if (state.actedSince(found.seq, question.step)) return found.answer;
    const fresh = clock.now() - Date.parse(found.at) < FRESH;
    return fresh && (byInbox || found.answer.by === operator) ? found.answer : undefined;
  }

  async #askNow(question: Question, plan?: { readonly digest: AnsweredQuestion['plan'] }): Promise<Answer | undefined> {
    const { recorder, host, clock, drain } = this.#with;
    if (drain.active) return undefined;
    await recorder.record({ type: 'question.asked', question });
    const began = clock.monotonic();
    const answer = this.#with.standing(question) ?? (await this.#askPerson(question));
    this.#asked += clock.monotonic() - began;
    if (!answer) return undefined;
    await recorder.record({
      type: 'question.answered',
      id: question.id,
      ...(question.step !== undefined && { step: question.step }),
      subject: question.subject,
      answer,
      ...(plan?.digest && { plan: plan.digest }),
    });
    host.tell({
      code: 'question.answered',
      level: 'info',
      ...stepOf(question),
      data: { question: question.id, answer: answer.value, by: answer.by, via: answer.via },
    });
    return answer;
  }

  async #askPerson(question: Question): Promise<Answer | undefined> {
    const { host, drain } = this.#with;
    host.tell({
      code: 'question.asked',
      level: 'info',
      ...stepOf(question),
      data: { question: question.id, text: question.text },
    });
    for (;;) {
      const current = new AbortController();
      this.#current = current;
      const offered = new Promise<Reply>((resolve) => {
        this.#pending = { id: question.id, resolve: (answer) => resolve({ answer }) };
      });
      const reply = await Promise.race([host.ask(question, AbortSignal.any([current.signal, drain.signal])), offered]);
      current.abort('answered');
      this.#pending = undefined;
      this.#current = undefined;
      if ('answer' in reply) return reply.answer;
      if (drain.active) return undefined;
      if (reply.none === 'withdrawn') {
        host.tell({ code: 'question.withdrawn', level: 'info', ...stepOf(question), data: { question: question.id } });
        await this.#last.catch(() => undefined);
        continue;
      }
      const what = question.step ?? 'the plan';
      drain.start(
        reply.none === 'interrupted'
          ? { is: 'interrupted', because: 'interrupted at a question' }
          : { is: 'unanswered', because: `nobody is here to answer: ${question.text}` },
        what,
      );
      return undefined;
    }
  }
}

function stepOf(question: Question): { step?: string } {
  return question.step === undefined ? {} : { step: question.step };
}

/** Builds a question about one exact subject; its id is stable, so that another terminal can name it. */
export function questionOf(parts: {
  kind: QuestionKind;
  step?: string;
  about: unknown;
  text: string;
  choices?: readonly Choice[];
  card?: Card;
  typed?: string;
  points?: readonly string[];
}): Question {
  const subject = digestOf(parts.about);
  return {
    id: `${parts.step ?? 'run'}:${parts.kind}:${shortDigest(subject)}`,
    kind: parts.kind,
    subject,
    text: parts.text,
    choices: parts.choices ?? YES_NO,
    ...(parts.step !== undefined && { step: parts.step }),
    ...(parts.card && { card: parts.card }),
    ...(parts.typed !== undefined && { typed: parts.typed }),
    ...(parts.points && { points: parts.points }),
  };
}

export const YES_NO: readonly Choice[] = [
  { value: 'yes', label: 'yes, go on' },
  { value: 'no', label: 'no, stop here' },
];
