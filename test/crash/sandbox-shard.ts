import { beforeAll, describe, expect, it } from 'vitest';
import { breakSandbox, type Disaster } from './broken-sandbox.ts';
import { nameOf } from './crashing.ts';
import { crashAt, recordRun, shardOf } from './harness.ts';
import { sandboxStage } from './sandbox-stage.ts';

/**
 * A share of the points of the recovery of a shipped scenario: several files run side by side. A long runbook is killed
 * at every so many-th point only, and at each with DRCTL_CRASH_EVERY=1.
 */
export function crashShard(shard: number, of: number, scenario = 'namespace-deleted', usual = 1): void {
  const every = Number(process.env['DRCTL_CRASH_EVERY'] ?? usual);
  const where = every === 1 ? 'every point' : `every ${every}th point`;
  describe(`${scenario}, killed at ${where} (part ${shard + 1} of ${of})`, () => {
    let disaster: Disaster;
    beforeAll(async () => {
      disaster = await breakSandbox(scenario);
    }, 120_000);

    it('ends as if nothing had happened, with every snapshot taken once', async () => {
      const make = () => sandboxStage(disaster);
      const whole = await recordRun(make);
      expect(whole.result.outcome).toBe('succeeded');
      expect(whole.end).toMatchObject({ differences: [] });
      const began = performance.now();
      const points = shardOf(whole.points, shard, of).filter((_, index) => index % every === Math.floor(every / 2));
      let reached = 0;
      const sum = { volumes: 0 };
      for (const [index, point] of points.entries()) {
        if (index > 0 && index % 100 === 0) process.stdout.write(`${scenario}: ${index} of ${points.length} points\n`);
        const crashed = await crashAt(point, make);
        const name = nameOf(point);
        expect.soft([name, crashed.outcome]).toEqual([name, 'succeeded']);
        expect.soft([name, crashed.end]).toEqual([name, whole.end]);
        expect.soft([name, new Set(Object.values(crashed.once))]).toEqual([name, new Set([1])]);
        sum.volumes = Object.keys(crashed.once).length;
        if (crashed.reached) reached += 1;
      }
      const took = Math.round(performance.now() - began);
      process.stdout.write(
        `crash harness, ${scenario}, part ${shard + 1} of ${of}: ${points.length} of ${whole.points.length} points, ` +
          `${reached} reached, ${sum.volumes} snapshots each once, ${Math.round(took / points.length)} ms a point\n`,
      );
    }, 7_200_000);
  });
}
