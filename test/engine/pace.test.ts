import { describe, expect, it } from 'vitest';
import { Pace } from '../../src/engine/pace.ts';
import { Bench, boxCheck, runbookOf } from './world/bench.ts';
import { answers } from './world/host.ts';

describe('the pace of a wait', () => {
  it('knows no speed before anything moved, nor within the first second', () => {
    const pace = new Pace();
    expect(pace.see({ value: 2, total: 10 }, 0)).toEqual({ value: 2, total: 10, stillMs: 0 });
    expect(pace.see({ value: 3, total: 10 }, 500)).toEqual({ value: 3, total: 10, stillMs: 0 });
    expect(new Pace().see(undefined, 1_000)).toBeUndefined();
  });

  it('tells rate and time left from the first value on', () => {
    const pace = new Pace();
    pace.see({ value: 2, total: 10, unit: 'members' }, 5_000);
    expect(pace.see({ value: 4, total: 10, unit: 'members' }, 15_000)).toMatchObject({ rate: 0.2, leftMs: 30_000 });
  });

  it('of what falls is negative, and what moves away from its total has no time left', () => {
    const pace = new Pace();
    pace.see({ value: 900 }, 0);
    expect(pace.see({ value: 800 }, 10_000)).toEqual({ value: 800, rate: -10, stillMs: 0 });
    const away = new Pace();
    away.see({ value: 5, total: 10 }, 0);
    expect(away.see({ value: 4, total: 10 }, 10_000)).not.toHaveProperty('leftMs');
  });

  it('counts how long nothing moved, from the start where no value ever came', () => {
    const pace = new Pace();
    expect(pace.stillFor(60_000)).toBe(60_000);
    pace.see({ value: 1 }, 0);
    pace.see({ value: 2 }, 20_000);
    expect(pace.see({ value: 2 }, 50_000)?.stillMs).toBe(30_000);
    pace.see(undefined, 55_000);
    expect(pace.stillFor(60_000)).toBe(40_000);
  });
});

describe('a check with stalledAfter', () => {
  const waiting = (onFailure: 'ask' | 'pause' = 'ask') =>
    new Bench(
      runbookOf({
        p: {
          a: {
            onFailure,
            verify: [
              boxCheck('self.spec.level >= 10', { within: 600_000, progress: 'self.spec.level', stalledAfter: 30_000 }),
            ],
          },
        },
      }),
    );

  /** A level that rises every second until it reaches `to`, then stands still. */
  function rising(bench: Bench, to: number): void {
    bench.world.set('a', { level: 0 });
    void (async () => {
      for (let level = 1; level <= to; level += 1) {
        await bench.clock.sleep(5_000);
        bench.world.set('a', { level });
      }
    })();
  }

  it('is waited for as long as something moves, however slowly, and tells value, rate and time', async () => {
    const bench = waiting();
    rising(bench, 10);
    expect(await bench.run()).toMatchObject({ exit: 'done' });
    const told = bench.host.codes('check.waiting').map(({ data }) => data);
    expect(told.at(-1)).toMatchObject({
      stalledAfter: 30_000,
      within: 600_000,
      progress: { value: 9, rate: expect.any(Number), stillMs: expect.any(Number) },
    });
    expect(bench.host.questions).toEqual(['run:confirm']);
  });

  it('that stands still asks long before "within" is over, with what it stands at', async () => {
    const bench = waiting();
    rising(bench, 4);
    const before = bench.clock.monotonic();
    expect(await bench.run({ script: answers({ trouble: 'nobody' }) })).toMatchObject({ exit: 'paused' });
    expect(bench.clock.monotonic() - before).toBeLessThan(90_000);
    expect(bench.host.questions).toEqual(['run:confirm', 'a:trouble']);
    expect(bench.host.asked.at(-1)?.text).toMatch(/stalled at 4, no progress for 3\ds/);
  });

  it('is waited for anew after "wait longer"', async () => {
    const bench = waiting();
    rising(bench, 4);
    const result = await bench.run({
      script: (question) => {
        if (question.kind !== 'trouble') return 'yes';
        bench.world.set('a', { level: 10 });
        return 'wait';
      },
    });
    expect(result).toMatchObject({ exit: 'done' });
  });

  it('pauses where the step says so', async () => {
    const bench = waiting('pause');
    rising(bench, 2);
    expect(await bench.run()).toMatchObject({ exit: 'paused', because: expect.stringContaining('stalled at 2') });
    expect(bench.host.questions).toEqual(['run:confirm']);
  });

  it('of which no value ever comes is stalled too', async () => {
    const bench = waiting('pause');
    expect(await bench.run()).toMatchObject({
      because: expect.stringMatching(/stalled at 0, no progress for 3\ds: .*not there yet/),
    });
  });
});
