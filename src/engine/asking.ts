import { digestOf, shortDigest } from '../model/digest.ts';
import { DrctlError } from '../model/errors.ts';
import type { Answer, Card, Choice, Question, QuestionKind } from '../model/question.ts';
import type { AnsweredQuestion } from '../journal/fold.ts';
import type { Clock } from '../ports/clock.ts';
import type { Host, Reply } from '../ports/host.ts';
import type { Drain } from './drain.ts';
import type { Recorder } from './recorder.ts';
import { standingAnswer } from './standing.ts';

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

export interface HowToAsk {
  /** The blob of planned steps that a yes covers. */
  readonly digest?: AnsweredQuestion['plan'];
  /** While true it makes way for every other question, and may stay unanswered: a task that is not due yet. */
  readonly patient?: () => boolean;
}

interface Waiting {
  readonly question: Question;
  readonly how: HowToAsk;
  readonly urgent: boolean;
  /** Journals the answer first. */
  answer(answer: Answer): Promise<void>;
  leave(): void;
  fail(error: unknown): void;
}

/** A host that keeps giving answers that are none must not keep a run spinning. */
const MISUNDERSTOOD_AT_MOST = 10;

/**
 * The one queue of questions, one on screen at a time. An answer is about one exact subject, and is durable before anybody
 * acts on it. What comes back undefined was not answered: the run drains, or the question was patient and nobody is here.
 */
export class Asker {
  readonly #with: Asking;
  readonly #queue: Waiting[] = [];
  #onScreen: { readonly one: Waiting; withdraw(): void; offer(answer: Answer): void } | undefined;
  #asked = 0;
  #askedSince: number | undefined;
  readonly #used = new Set<number>();

  constructor(asking: Asking) {
    this.#with = asking;
    asking.drain.signal.addEventListener('abort', () => this.#letGo(), { once: true });
  }

  /** Milliseconds that people have been asked so far, the open question included: timeouts do not run meanwhile. */
  get askedFor(): number {
    return this.#asked + (this.#askedSince === undefined ? 0 : this.#with.clock.monotonic() - this.#askedSince);
  }

  async ask(question: Question, how: HowToAsk = {}, urgent = false): Promise<Answer | undefined> {
    const earlier = standingAnswer(question, { ...this.#with, used: this.#used });
    if (!earlier) return this.#enter(question, how, urgent);
    // Whoever said yes from another terminal could not name the plan that it covers: the next resume must find it.
    if (how.digest !== undefined && earlier.plan === undefined) return this.#record(question, earlier.answer, how);
    return earlier.answer;
  }

  /** A question that cannot wait: the one on screen is withdrawn and asked again afterwards. */
  interrupt(question: Question, how: HowToAsk = {}): Promise<Answer | undefined> {
    return this.ask(question, how, true);
  }

  /** A word from another terminal to an open question; it is journaled when this resolves. A text: why it is no answer. */
  async offer(isMeant: (question: Question) => boolean, answer: Answer): Promise<string | undefined> {
    const one = this.#queue.find((waiting) => isMeant(waiting.question));
    if (!one) return 'that is not a question now';
    const problem = problemWith(one.question, answer);
    if (problem !== undefined) return problem;
    this.#remove(one);
    if (this.#onScreen?.one === one) this.#onScreen.offer(answer);
    await one.answer(answer);
    return undefined;
  }

  /** Who sits here, as answers name them. */
  get operator(): string {
    return this.#with.operator;
  }

  /** A patient question may have become pressing. */
  refresh(): void {
    this.#account();
    this.#makeWay();
  }

  async #enter(question: Question, how: HowToAsk, urgent: boolean): Promise<Answer | undefined> {
    const { recorder, drain } = this.#with;
    if (drain.active) return undefined;
    await recorder.record({ type: 'question.asked', question });
    // Consent was given before anybody was asked: it does not wait for the question on screen.
    const consented = this.#with.standing(question);
    if (consented && problemWith(question, consented) === undefined) return this.#record(question, consented, how);
    if (drain.active) return undefined;
    return new Promise((resolve, reject) => {
      this.#queue.push({
        question,
        how,
        urgent,
        answer: (answer) => this.#record(question, answer, how).then(resolve, reject),
        leave: () => resolve(undefined),
        fail: reject,
      });
      this.#account();
      this.#makeWay();
      if (!this.#onScreen) void this.#serve();
    });
  }

  async #record(question: Question, answer: Answer, how: HowToAsk): Promise<Answer> {
    await this.#with.recorder.record({
      type: 'question.answered',
      id: question.id,
      ...(question.step !== undefined && { step: question.step }),
      subject: question.subject,
      answer,
      ...(how.digest && { plan: how.digest }),
    });
    this.#with.host.tell({
      code: 'question.answered',
      level: 'info',
      ...stepOf(question),
      data: { question: question.id, answer: answer.value, by: answer.by, via: answer.via },
    });
    return answer;
  }

  /** Shows one question after the other until none is left. Never rejects: what goes wrong goes to whoever asked. */
  async #serve(): Promise<void> {
    for (let one = this.#first(); one; one = this.#first()) {
      try {
        await this.#show(one);
      } catch (error) {
        this.#remove(one);
        one.fail(error);
      }
    }
  }

  async #show(one: Waiting): Promise<void> {
    const { host, drain } = this.#with;
    const { question } = one;
    host.tell({
      code: 'question.asked',
      level: 'info',
      ...stepOf(question),
      data: { question: question.id, text: question.text },
    });
    for (let attempt = 0; attempt < MISUNDERSTOOD_AT_MOST; attempt += 1) {
      const reply = await this.#onceOnScreen(one);
      if (!this.#queue.includes(one)) return;
      if ('answer' in reply) {
        const problem = problemWith(question, reply.answer);
        if (problem === undefined) {
          this.#remove(one);
          return one.answer(reply.answer);
        }
        host.tell({ code: 'warning', level: 'warning', ...stepOf(question), data: { because: problem } });
        continue;
      }
      if (reply.none === 'withdrawn') {
        host.tell({ code: 'question.withdrawn', level: 'info', ...stepOf(question), data: { question: question.id } });
        return;
      }
      this.#remove(one);
      if (reply.none === 'nobody' && isPatient(one)) return one.leave();
      drain.start(reasonOf(reply.none, question), question.step ?? 'the plan');
      return one.leave();
    }
    throw new DrctlError('NoAnswer', 'tool', `the host gave no valid answer to: ${question.text}`);
  }

  async #onceOnScreen(one: Waiting): Promise<Reply> {
    const screen = new AbortController();
    const offered = new Promise<Reply>((resolve) => {
      this.#onScreen = {
        one,
        withdraw: () => screen.abort('withdrawn'),
        offer: (answer) => resolve({ answer }),
      };
    });
    try {
      return await Promise.race([this.#with.host.ask(one.question, screen.signal), offered]);
    } finally {
      screen.abort('answered');
      this.#onScreen = undefined;
    }
  }

  #first(): Waiting | undefined {
    return this.#queue.toSorted((a, b) => rank(a) - rank(b))[0];
  }

  /** The question on screen goes when one that may not wait stands behind it; it stays in the queue. */
  #makeWay(): void {
    const first = this.#first();
    if (first && this.#onScreen && rank(first) < rank(this.#onScreen.one)) this.#onScreen.withdraw();
  }

  #letGo(): void {
    for (const one of [...this.#queue]) {
      this.#remove(one);
      if (!isPatient(one)) this.#with.drain.leaves(one.question.step ?? 'the plan');
      one.leave();
    }
    this.#onScreen?.withdraw();
  }

  #remove(one: Waiting): void {
    const at = this.#queue.indexOf(one);
    if (at >= 0) this.#queue.splice(at, 1);
    this.#account();
  }

  #account(): void {
    const now = this.#with.clock.monotonic();
    const asking = this.#queue.some((one) => !isPatient(one));
    if (asking === (this.#askedSince !== undefined)) return;
    if (this.#askedSince !== undefined) this.#asked += now - this.#askedSince;
    this.#askedSince = asking ? now : undefined;
  }
}

function isPatient(one: Waiting): boolean {
  return one.how.patient?.() ?? false;
}

function rank(one: Waiting): number {
  if (one.urgent) return 0;
  return isPatient(one) ? 2 : 1;
}

function reasonOf(none: 'nobody' | 'interrupted', question: Question): Parameters<Drain['start']>[0] {
  return none === 'interrupted'
    ? { is: 'interrupted', because: 'interrupted at a question' }
    : { is: 'unanswered', because: `nobody is here to answer: ${question.text}` };
}

/** Why an answer is none: it names no choice, or lacks the reason that this choice wants. */
function problemWith(question: Question, answer: Answer): string | undefined {
  const choice = question.choices.find((one) => one.value === answer.value);
  if (!choice)
    return `"${answer.value}" is not among the answers: ${question.choices.map((one) => one.value).join(', ')}`;
  if (choice.reason && (answer.because ?? '').trim() === '') return `"${answer.value}" wants a reason`;
  return undefined;
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

const YES_NO: readonly Choice[] = [
  { value: 'yes', label: 'yes, go on' },
  { value: 'no', label: 'no, stop here' },
];
