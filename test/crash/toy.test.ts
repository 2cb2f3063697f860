import * as fc from '../property.ts';
import { expect, it } from 'vitest';
import { Bench, boxCheck, runbookOf } from '../engine/world/bench.ts';
import type { KubeObject } from '../../src/ports/read-world.ts';
import { answers } from '../engine/world/host.ts';
import { nameOf } from './crashing.ts';
import { crashAt, recordRun, type MakeStage, type Stage } from './harness.ts';

/** Batches, lanes, a hold and what ends it, keys, a gate, letters that are sent once, a task, checks. */
const RUNBOOK = runbookOf(
  {
    first: {
      freeze: { with: { boxes: { freeze: 'frozen' } }, until: 'thaw' },
      rebind: {
        with: { boxes: { a: 'on', b: 'on', c: 'on', d: 'on' }, twice: true },
        rollout: [1, 'rest'],
        gate: { confirm: true, at: 'before' },
        verify: [boxCheck('self.spec.second == "on"', { over: 'items' })],
      },
    },
    second: { each: { forEach: '["x", "y"]', with: { also: '${{ each.key }}' } }, off: { when: 'false' } },
    people: { tell: { uses: 'toy/letters', with: { texts: ['one', 'two'] } } },
    last: {
      look: { uses: 'toy/task', with: { instruction: 'look' } },
      old: { uses: 'toy/drop', with: { boxes: ['old'] } },
      thaw: { with: { boxes: { freeze: 'thawed' } } },
    },
  },
  { needs: { second: [], people: [], last: ['first', 'second', 'people'] }, budget: { Box: 1 } },
);

const make: MakeStage = async (): Promise<Stage> => {
  const bench = new Bench(RUNBOOK);
  bench.world.set('old', { first: 'on' });
  bench.world.readyAfter = 300;
  const script = answers();
  // A run whose process died before its first line stays behind, empty: the next attempt is another run.
  let attempts = 1;
  const latest = (): string => `run-${attempts}`;
  return {
    run: (wrap) => bench.run({ wrap, script, run: latest() }),
    resume: (wrap) => {
      bench.kill();
      return bench.resume({ wrap, script, run: latest() });
    },
    outcome: async () => bench.state(latest()).outcome,
    startAgain: (wrap) => {
      bench.kill();
      attempts += 1;
      return bench.run({ wrap, script, run: latest() });
    },
    endState: async () => ({ world: bench.world.state(), lease: holderOf(bench.world.lease) }),
    onceEffects: async () => {
      const counts: Record<string, number> = {};
      for (const letter of bench.world.letters) counts[letter] = (counts[letter] ?? 0) + 1;
      return counts;
    },
    dispose: async () => undefined,
  };
};

it('a run killed at any point, before or after any append, request or reply, ends the same when it is resumed', async () => {
  const whole = await recordRun(make);
  expect(whole.result).toMatchObject({ exit: 'done' });
  let reached = 0;
  for (const point of whole.points) {
    const crashed = await crashAt(point, make);
    const name = nameOf(point);
    expect([name, crashed.outcome]).toEqual([name, 'succeeded']);
    expect([name, crashed.end]).toEqual([name, whole.end]);
    expect([name, crashed.once]).toEqual([name, { one: 1, two: 1 }]);
    if (crashed.reached) reached += 1;
  }
  expect(reached).toBe(whole.points.length);
  process.stdout.write(`crash harness, toy world: 8 steps, ${reached} crash points, all ended the same\n`);
}, 120_000);

it('and so does one whose second process is killed as well, wherever that is', async () => {
  const whole = await recordRun(make);
  const anyPoint = fc.constantFrom(...whole.points);
  // Twice before the run is anything at all: the corner that chance once in some hundred runs finds.
  const first = whole.points.filter(({ at, count }) => count === 1 && at.endsWith('-append'));
  const earliest = first.flatMap((one) => first.map((two): [typeof one, typeof two] => [one, two]));
  await fc.assert(
    fc.asyncProperty(anyPoint, anyPoint, async (first, second) => {
      const crashed = await crashAt(first, make, second);
      expect(crashed).toMatchObject({ outcome: 'succeeded', end: whole.end, once: { one: 1, two: 1 } });
    }),
    { numRuns: 100, examples: earliest },
  );
}, 120_000);

/** An ended run holds nothing, wherever it was killed on the way. */
function holderOf(lease: KubeObject | undefined): string {
  return (lease?.['spec'] as { holderIdentity?: string } | undefined)?.holderIdentity ?? 'nobody';
}
