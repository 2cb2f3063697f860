import { afterAll, describe, expect, it } from 'vitest';
import { recordedCases } from './cases.ts';
import { different } from './different.ts';
import { replay } from './replayer.ts';
import type { Replayed } from './replayer.ts';
import { recordedWorld } from './world.ts';

/** Patches have a replay of their own, each over the object it was recorded with. */
const files = ['discovery', 'auth', 'crud', 'list-watch'];

describe('what a real API server answered', () => {
  const summary: Record<string, Record<Replayed['outcome'], number>> = {};
  afterAll(() => console.table(summary));

  for (const file of files) {
    it(`is answered in the sandbox as recorded in ${file}, but for the cases that the table names`, async () => {
      const world = await recordedWorld(file);
      try {
        const results = await replay(world.server, recordedCases(file), world);
        const count = (outcome: Replayed['outcome']): number =>
          results.filter((each) => each.outcome === outcome).length;
        summary[file] = { equal: count('equal'), different: count('different'), 'not served': count('not served') };
        const unexplained = results.filter((each) => each.outcome !== 'equal' && different[keyOf(each)] === undefined);
        expect(unexplained).toEqual([]);
      } finally {
        await world.close();
      }
    }, 60_000);
  }

  it('leaves no case in the table that was never recorded', () => {
    const known = new Set(files.flatMap(recordedCases).map(keyOf));
    expect(Object.keys(different).filter((key) => !known.has(key))).toEqual([]);
  });
});

function keyOf({ id }: { id: string }): string {
  return id.split(' ').slice(0, 2).join(' ');
}
