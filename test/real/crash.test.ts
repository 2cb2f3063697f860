import { afterAll, expect, inject, test } from 'vitest';
import type { Broken } from '../../src/drill/break.ts';
import { nameOf, type Point } from '../crash/crashing.ts';
import { crashAt, recordRun, type Stage } from '../crash/harness.ts';
import { RealPlace } from './world/place.ts';
import { realStage } from './world/stage.ts';

const POINTS = 12;
/** So many disasters are prepared while one is recovered from: the controllers of a real cluster take their time. */
const AHEAD = 3;
/** Another sample at each run at a desk, always the same in CI; DRCTL_SEED repeats one. */
const seed = Number(process.env['DRCTL_SEED'] ?? (process.env['CI'] === undefined ? Date.now() % 100_000 : 20261121));

interface Prepared {
  readonly place: RealPlace;
  readonly broken: Broken;
}

const prepared: Promise<Prepared>[] = [];
const closing: Promise<void>[] = [];

async function prepare(): Promise<Prepared> {
  const place = await RealPlace.open(inject('cluster'));
  return { place, broken: await place.break('namespace-deleted', { without: ['30-search.yaml', '40-web.yaml'] }) };
}

async function nextStage(): Promise<Stage> {
  while (prepared.length < AHEAD) prepared.push(prepare());
  const { place, broken } = await (prepared.shift() ?? prepare());
  const stage = await realStage(place, broken);
  return {
    ...stage,
    dispose: async () => {
      await stage.dispose();
      closing.push(place.close());
    },
  };
}

afterAll(async () => {
  for (const { place } of await Promise.all(prepared)) closing.push(place.close());
  await Promise.all(closing);
});

/** One point of each part of the run, by chance. */
function sampleOf(points: readonly Point[]): Point[] {
  let state = seed;
  const random = (): number => {
    // Lehmer's generator: the same sample for the same seed, everywhere.
    state = (state * 48_271 + 1) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  const part = points.length / POINTS;
  return Array.from({ length: POINTS }, (_, index) => points[Math.floor((index + random()) * part)]).filter(
    (point) => point !== undefined,
  );
}

test(`killed at points all along the recovery it ends the same, each snapshot taken once (DRCTL_SEED=${seed})`, async () => {
  const began = performance.now();
  const whole = await recordRun(nextStage);
  expect(whole.result.outcome).toBe('succeeded');
  expect(whole.end).toMatchObject({ differences: [], lost: [], lease: 'nobody' });
  const sample = sampleOf(whole.points);
  let reached = 0;
  for (const point of sample) {
    const name = nameOf(point);
    const crashed = await crashAt(point, nextStage);
    expect([name, crashed.outcome]).toEqual([name, 'succeeded']);
    expect([name, crashed.end]).toEqual([name, whole.end]);
    expect([name, Object.values(crashed.once)]).toEqual([name, [1, 1, 1]]);
    if (crashed.reached) reached += 1;
  }
  const seconds = Math.round((performance.now() - began) / 1000);
  process.stdout.write(`${sample.length} of ${whole.points.length} points, ${reached} reached, in ${seconds} s\n`);
}, 600_000);
