import { userInfo } from 'node:os';
import { Writable } from 'node:stream';
import type { Plan } from '../../model/plan.ts';
import type { Question } from '../../model/question.ts';
import type { Reply } from '../../ports/host.ts';
import { cardText } from '../render/card.ts';
import { wrapped } from '../render/layout.ts';
import { paintOf } from '../render/paint.ts';
import { planText } from '../render/plan.ts';
import type { Keyboard } from './keyboard.ts';
import { askQuestion, promptTheme, type AskLine } from './prompt.ts';
import type { TtyHostOptions } from './tty-options.ts';

interface AskOptions extends TtyHostOptions {
  readonly keyboard: Keyboard;
  /** What the question about the whole run is about. */
  readonly plan: Plan | undefined;
  readonly say: (text: string) => void;
}

/** How long keys are dropped after the card stands there: an Enter meant for something else is through by then. */
const DROP_MS = 250;

/** The card, the question, and whatever the person types; withdrawn by the signal, interrupted by Ctrl-C. */
export async function askPerson(question: Question, signal: AbortSignal, options: AskOptions): Promise<Reply> {
  const { keyboard, say } = options;
  await layOut(question, options);
  await keyboard.drop(DROP_MS, signal);
  if (signal.aborted) return withdrawn(signal, say);
  if (keyboard.gone) return { none: 'nobody' };
  const noMore = new AbortController();
  try {
    const line = await promptLine(options, signal, noMore);
    const given = await askQuestion(question, line, say);
    return { answer: { ...given, by: accountName(), via: 'terminal' } };
  } catch (error) {
    if (signal.aborted) return withdrawn(signal, say);
    if (keyboard.gone) return { none: 'nobody' };
    if (noMore.signal.aborted || isExit(error)) return { none: 'interrupted' };
    throw error;
  }
}

async function layOut(question: Question, { out, prefix, colour, now, plan, say }: AskOptions): Promise<void> {
  const paint = paintOf(colour);
  const width = Math.max(20, (out.columns || 80) - (prefix === '' ? 1 : prefix.length + 2));
  const whole = question.kind === 'confirm' && question.step === undefined && plan !== undefined;
  say('');
  if (whole) {
    const { CHANGE_KINDS } = await import('../../changes/index.ts');
    const kinds = new Map(CHANGE_KINDS.map((kind) => [kind.kind, kind]));
    say(planText(plan, kinds, { width, colour, brief: true }));
  }
  // The plan has just said step by step what its card lists.
  const card = question.card && whole ? { ...question.card, details: [] } : question.card;
  if (card) say(cardText(card, { width, colour, now: now() }).trimEnd());
  const [head = '', ...rest] = wrapped(question.text, width);
  say(paint.bold(head));
  for (const line of rest) say(line);
}

/** inquirer draws one line and reads it; it is loaded when somebody is asked. */
async function promptLine(options: AskOptions, signal: AbortSignal, noMore: AbortController): Promise<AskLine> {
  const { input } = await import('@inquirer/prompts');
  const theme = promptTheme(options.prefix === '' ? '' : `${options.prefix} `, paintOf(options.colour));
  const until = AbortSignal.any([signal, noMore.signal]);
  return async ({ message, validate }) => {
    const lent = options.keyboard.lend(() => noMore.abort());
    try {
      return await input(
        { message, validate, theme },
        { signal: until, input: lent.stream, output: lasting(options.out) },
      );
    } finally {
      lent.back();
    }
  };
}

/** inquirer ends what it writes to; the terminal is still needed. */
function lasting(out: NodeJS.WriteStream): NodeJS.WritableStream {
  const through = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      out.write(chunk);
      done();
    },
  });
  return Object.assign(through, { isTTY: true, columns: out.columns, rows: out.rows });
}

function withdrawn(signal: AbortSignal, say: (text: string) => void): Reply {
  const elsewhere = signal.reason === 'answered';
  say(elsewhere ? 'answered from another terminal' : 'withdrawn: something else comes first');
  return { none: 'withdrawn' };
}

function isExit(error: unknown): boolean {
  return error instanceof Error && error.name === 'ExitPromptError';
}

/** Some containers run under a uid that has no name. */
function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
