import { beforeAll, expect, it } from 'vitest';
import { breakSandbox, type Disaster } from './broken-sandbox.ts';
import { nameOf } from './crashing.ts';
import { crashAt, recordRun } from './harness.ts';
import { sandboxStage } from './sandbox-stage.ts';

const NAME = 'argocd-deleted-stateful-app';

/** Every so many-th point: the whole takes half an hour (DRCTL_CRASH_EVERY=1 runs it). */
const EVERY = Number(process.env['DRCTL_CRASH_EVERY'] ?? 40);

let disaster: Disaster;
beforeAll(async () => {
  disaster = await breakSandbox(NAME);
}, 120_000);

it(`${NAME}, killed at every ${EVERY}th point, ends as if nothing had happened, with every snapshot taken once`, async () => {
  const make = () => sandboxStage(disaster);
  const whole = await recordRun(make);
  expect(whole.result.outcome).toBe('succeeded');
  expect(whole.end).toMatchObject({ differences: [] });
  const points = whole.points.filter((_, index) => index % EVERY === Math.floor(EVERY / 2));
  const began = performance.now();
  let reached = 0;
  for (const point of points) {
    const crashed = await crashAt(point, make);
    const name = nameOf(point);
    expect([name, crashed.outcome]).toEqual([name, 'succeeded']);
    expect([name, crashed.end]).toEqual([name, whole.end]);
    expect([name, new Set(Object.values(crashed.once))]).toEqual([name, new Set([1])]);
    if (crashed.reached) reached += 1;
  }
  const each = Math.round((performance.now() - began) / points.length);
  process.stdout.write(
    `crash harness, ${NAME}: ${points.length} of ${whole.points.length} points, ${reached} reached, ${each} ms a point\n`,
  );
}, 3_600_000);
