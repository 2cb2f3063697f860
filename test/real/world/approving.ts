import { z } from 'zod';
import { assertCode, type Ended } from '../../e2e/program.ts';
import type { RealPlace } from './place.ts';

const question = z.looseObject({
  id: z.string(),
  kind: z.string(),
  step: z.string().optional(),
  choices: z.array(z.looseObject({ value: z.string() })),
});
const paused = z.looseObject({ questions: z.array(question) });

/** What a person answers; undefined where it is the first choice. */
export type Answering = (question: { readonly step?: string | undefined; readonly kind: string }) => string | undefined;

/**
 * Starts a run without a terminal and drives it as two people would who never lose patience: it pauses at what only a
 * person may answer, somebody at another terminal answers, and it is resumed, until it ends otherwise.
 */
export async function approveAll(
  place: RealPlace,
  args: readonly string[],
  { rounds = 15, answer }: { rounds?: number; answer?: Answering } = {},
): Promise<Ended> {
  let last = await place.run([...args, '--yes']);
  for (let round = 0; last.code === 4 && round < rounds; round += 1) {
    const { run } = z.looseObject({ run: z.string() }).parse(last.json());
    await answerAll(place, run, answer ?? (() => undefined));
    last = await place.run(['resume', run, '--yes', '--json']);
  }
  return last;
}

/** Answers whatever the run waits with. */
export async function answerAll(place: RealPlace, run: string, answer: Answering): Promise<void> {
  const { questions } = paused.parse((await place.run(['status', run, '--json'])).json());
  for (const one of questions) {
    const value = answer(one) ?? one.choices[0]?.value ?? 'yes';
    assertCode(await place.run(['approve', run, one.id, '--answer', value]), 0);
  }
}
