import { userInfo } from 'node:os';
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
  keyboard.release();
  const gone = new AbortController();
  const stop = keyboard.whenGone(() => gone.abort());
  const ctrlD = onCtrlD(options, () => gone.abort());
  try {
    const line = await promptLine(options, AbortSignal.any([signal, gone.signal]));
    const given = await askQuestion(question, line, say);
    return { answer: { ...given, by: accountName(), via: 'terminal' } };
  } catch (error) {
    if (signal.aborted) return withdrawn(signal, say);
    if (keyboard.gone) return { none: 'nobody' };
    if (gone.signal.aborted || isExit(error)) return { none: 'interrupted' };
    throw error;
  } finally {
    stop();
    ctrlD();
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
async function promptLine(options: AskOptions, signal: AbortSignal): Promise<AskLine> {
  const { input } = await import('@inquirer/prompts');
  const theme = promptTheme(options.prefix === '' ? '' : `${options.prefix} `, paintOf(options.colour));
  return ({ message, validate }) =>
    input(
      { message, validate, theme },
      { signal, output: options.out, ...(options.input && { input: options.input }) },
    );
}

/** Ctrl-D closes readline under inquirer, which then waits for ever: it is taken for what it means, "no more from me". */
function onCtrlD({ input = process.stdin }: AskOptions, then: () => void): () => void {
  const onKey = (_text: unknown, key: { readonly ctrl?: boolean; readonly name?: string } | undefined): void => {
    if (key?.ctrl === true && key.name === 'd') then();
  };
  input.on('keypress', onKey);
  return () => input.off('keypress', onKey);
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
