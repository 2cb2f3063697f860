import type { Choice, Question } from '../../model/question.ts';
import type { Paint } from '../render/paint.ts';

/** One line asked of a person. `validate` returns true, or what to say instead. */
export interface LineAsked {
  readonly message: string;
  readonly validate: (text: string) => true | string;
}

export type AskLine = (asked: LineAsked) => Promise<string>;

export interface Given {
  readonly value: string;
  readonly because?: string;
}

/**
 * Asks one question by lines typed out. Nothing is chosen by where a cursor happens to stand, and Enter alone is no answer
 * (DESIGN section 4); that is why none of it is a list to move in. Throws whatever `line` throws.
 */
export async function askQuestion(question: Question, line: AskLine, say: (text: string) => void): Promise<Given> {
  switch (question.kind) {
    case 'type-target':
      return askTyped(question, line);
    case 'checklist':
      return askChecklist(question, line);
    default:
      return isYesNo(question.choices) ? askYesNo(line) : askChoice(question, line, say);
  }
}

const YES: ReadonlySet<string> = new Set(['y', 'yes']);
const NO: ReadonlySet<string> = new Set(['n', 'no']);

function isYesNo(choices: readonly Choice[]): boolean {
  return (
    choices.length === 0 ||
    (choices.length === 2 && choices.every((one) => (one.value === 'yes' || one.value === 'no') && one.reason !== true))
  );
}

async function askYesNo(line: AskLine, message = 'yes or no:'): Promise<Given> {
  const said = normal(
    await line({
      message,
      validate: (text) => YES.has(normal(text)) || NO.has(normal(text)) || emptyOr(text, 'type yes or no'),
    }),
  );
  return { value: YES.has(said) ? 'yes' : 'no' };
}

/** Letter for letter; "no" is an answer as everywhere. */
async function askTyped({ typed = '' }: Question, line: AskLine): Promise<Given> {
  const said = await line({
    message: `type ${typed} (or no):`,
    validate: (text) =>
      text.trim() === typed ||
      NO.has(normal(text)) ||
      emptyOr(text, `that is not ${typed}, letter for letter; "no" stops here`),
  });
  return { value: said.trim() === typed ? 'yes' : 'no' };
}

/** Point by point: each needs a yes of its own, and the first "no" is the answer. */
async function askChecklist({ points = [] }: Question, line: AskLine): Promise<Given> {
  for (const [index, point] of points.entries()) {
    const { value } = await askYesNo(line, `[${index + 1}/${points.length}] ${point}? yes or no:`);
    if (value === 'no') return { value: 'no', because: `not so: ${point}` };
  }
  return { value: 'yes' };
}

async function askChoice({ kind, choices }: Question, line: AskLine, say: (text: string) => void): Promise<Given> {
  for (const [index, choice] of choices.entries())
    say(`  ${index + 1}  ${choice.value}: ${choice.label}${choice.reason === true ? ' (asks why)' : ''}`);
  const said = await line({
    message: `1-${choices.length} or the word:`,
    validate: (text) =>
      chosen(choices, text) !== undefined ||
      emptyOr(text, `type a number from 1 to ${choices.length}, or ${choices.map((one) => one.value).join(', ')}`),
  });
  const choice = chosen(choices, said);
  const value = choice?.value ?? '';
  if (choice?.reason === true) return { value, because: await reason(line) };
  if (kind !== 'task' || value !== 'done') return { value };
  // What was seen belongs into the report; that it was done is said already, so this may stay empty.
  const note = (await line({ message: 'what you saw or did (Enter for nothing):', validate: () => true })).trim();
  return { value, ...(note !== '' && { because: note }) };
}

async function reason(line: AskLine): Promise<string> {
  const said = await line({
    message: 'why (it is journaled):',
    validate: (text) => text.trim().length > 2 || 'a reason, in a few words',
  });
  return said.trim();
}

function chosen(choices: readonly Choice[], text: string): Choice | undefined {
  const said = normal(text);
  return choices[Number(said) - 1] ?? choices.find((one) => one.value.toLowerCase() === said);
}

function normal(text: string): string {
  return text.trim().toLowerCase();
}

function emptyOr(text: string, what: string): string {
  return text.trim() === '' ? `Enter alone is no answer: ${what}` : what;
}

/**
 * inquirer's look, with our prefix before every line. What was no answer does not stay on the line: a dumb terminal knows no
 * backspace, and one could never get rid of it.
 */
export function promptTheme(prefix: string, paint: Paint): Record<string, unknown> {
  return {
    validationFailureMode: 'clear',
    prefix: { idle: `${prefix}${paint.yellow('?')}`, done: `${prefix}${paint.green('✔')}` },
    style: {
      message: (text: string) => paint.bold(text),
      answer: (text: string) => text,
      error: (text: string) => `${prefix}${paint.red(`> ${text}`)}`,
      defaultAnswer: String,
    },
  };
}
