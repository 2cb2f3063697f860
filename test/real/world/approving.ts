import { z } from 'zod';
import { assertCode, type Ended } from '../../e2e/program.ts';
import type { RealPlace } from './place.ts';

const paused = z.looseObject({
  run: z.string(),
  questions: z.array(z.looseObject({ id: z.string(), choices: z.array(z.looseObject({ value: z.string() })) })),
});

/**
 * Starts a run without a terminal and drives it as two people would who never lose patience: it pauses at what only a
 * person may answer, somebody at another terminal answers, and it is resumed, until it ends otherwise.
 */
export async function approveAll(place: RealPlace, args: readonly string[], rounds = 15): Promise<Ended> {
  let last = await place.run([...args, '--yes']);
  for (let round = 0; last.code === 4 && round < rounds; round += 1) {
    const { run } = z.looseObject({ run: z.string() }).parse(last.json());
    const { questions } = paused.parse((await place.run(['status', run, '--json'])).json());
    for (const { id, choices } of questions)
      assertCode(await place.run(['approve', run, id, '--answer', choices[0]?.value ?? 'yes']), 0);
    last = await place.run(['resume', run, '--yes', '--json']);
  }
  return last;
}
