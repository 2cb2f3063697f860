import { afterAll, describe, expect, it } from 'vitest';
import { recordedCases } from './cases.ts';
import { different } from './different.ts';
import { countsOf, documentedCounts } from './documented.ts';
import type { Counts } from './documented.ts';
import { replay } from './replayer.ts';
import type { Replayed } from './replayer.ts';
import { recordedWorld } from './world.ts';

/** Patches have a replay of their own, each over the object it was recorded with. */
const files = ['discovery', 'auth', 'crud', 'list-watch'];

describe('what a real API server answered', () => {
  const summary: Record<string, Counts> = {};
  afterAll(() => console.table(summary));

  describe.each(files)('%s', (file) => {
    let results: Replayed[] = [];

    it('is answered in the sandbox as recorded, but for the cases that the table names', async () => {
      const world = await recordedWorld(file);
      try {
        results = await replay(world.server, recordedCases(file), world);
        const unexplained = results.filter((each) => each.outcome !== 'equal' && different[keyOf(each)] === undefined);
        expect(unexplained).toEqual([]);
      } finally {
        await world.close();
      }
    }, 60_000);

    it('has no case in the table that is answered as recorded', () => {
      const equalNow = results.filter((each) => each.outcome === 'equal' && different[keyOf(each)] !== undefined);
      expect(
        equalNow.map(({ id }) => id),
        'take these off the table of differences',
      ).toEqual([]);
    });

    it('counts what docs/recordings.md says', () => {
      summary[file] = countsOf(results.map(({ outcome }) => outcome));
      expect(summary[file]).toEqual(documentedCounts(file));
    });
  });

  it('leaves no case in the table that was never recorded', () => {
    const known = new Set(files.flatMap(recordedCases).map(keyOf));
    expect(Object.keys(different).filter((key) => !known.has(key))).toEqual([]);
  });
});

function keyOf({ id }: { id: string }): string {
  return id.split(' ').slice(0, 2).join(' ');
}
