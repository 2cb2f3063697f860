import { z } from 'zod';
import { ended, until, type Child, type Ended, type Place, type RunOptions } from './program.ts';
import { runShape, type RunDocument } from './shapes.ts';

export const RUN = ['run', 'namespace-deleted', '--target', 'sandbox', '--json'];
export const PLAN = ['plan', 'namespace-deleted', '--target', 'sandbox', '--json'];

export function documentOf(found: Ended): RunDocument {
  return runShape.parse(found.json());
}

const openStatus = z.looseObject({
  run: z.string(),
  outcome: z.string(),
  waitingFor: z.array(z.string()),
  drivenBy: z.looseObject({ pid: z.int() }).nullable(),
  questions: z.array(
    z.looseObject({
      id: z.string(),
      kind: z.string(),
      step: z.string().optional(),
      choices: z.array(z.looseObject({ value: z.string() })),
    }),
  ),
  steps: z.array(z.looseObject({ id: z.string(), state: z.string(), because: z.string() })),
});

/** What `status --json` says of the one unfinished run, or of the one named. */
export async function statusOf(place: Place, run?: string): Promise<z.infer<typeof openStatus>> {
  const found = await place.run(['status', ...(run === undefined ? [] : [run]), '--json']);
  return openStatus.parse(found.json());
}

/** The state of each step by its id. */
export function statesOf(document: Pick<RunDocument, 'steps'>): Readonly<Record<string, string>> {
  return Object.fromEntries(document.steps.map((step) => [step.id, step.state]));
}

/** Answers whatever the run waits with, as a person at another terminal does, and resumes, until it ends otherwise. */
export async function approveAll(place: Place, run: string, rounds = 15): Promise<Ended> {
  for (let round = 0; ; round += 1) {
    for (const question of (await statusOf(place, run)).questions) {
      const answer = question.choices[0]?.value ?? 'yes';
      await place.run(['approve', run, question.id, '--answer', answer]);
    }
    const resumed = await place.run(['resume', run, '--json']);
    if (resumed.code !== 4 || round === rounds) return resumed;
  }
}

/** Begins a run and waits until its progress (plain lines on stderr) shows a text. */
export async function startUntil(
  place: Place,
  args: readonly string[],
  shown: string | RegExp,
  options: RunOptions = {},
): Promise<{ child: Child; ended: Promise<Ended> }> {
  const child = place.start(args, options);
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  let over = false;
  const end = ended(child).finally(() => (over = true));
  await until(`${args.join(' ')} to show ${String(shown)}`, () => {
    if (typeof shown === 'string' ? text.includes(shown) : shown.test(text)) return true;
    if (over) throw new Error(`it ended before it showed ${String(shown)}:\n${text}`);
    return false;
  });
  return { child, ended: end };
}
