import { describe, expect, it } from 'vitest';
import { countsOf, documentedCounts, documentedReasons, tally } from './documented.ts';
import { different } from './different.ts';
import { COUNTED, DIFFERENT, NOT_SERVED } from './patch-differences.ts';

const files = ['crud', 'list-watch', 'patch', 'auth', 'discovery'];

describe('docs/recordings.md', () => {
  it('gives each reason as many cases as the tables of differences do', () => {
    const patches = [...Object.values(DIFFERENT), ...Object.values(NOT_SERVED)];
    expect(documentedReasons()).toEqual(tally([...Object.values(different), ...patches]));
  });

  it('counts every case that is not equal under some reason', () => {
    const all = documentedCounts('all');
    const reasons = Object.values(documentedReasons()).reduce((sum, count) => sum + count, 0);
    expect(reasons).toBe(all.different + all.notServed);
  });

  it('adds up', () => {
    const rows = files.map(documentedCounts);
    const sum = (name: 'cases' | 'equal' | 'different' | 'notServed'): number =>
      rows.reduce((total, row) => total + row[name], 0);
    const total = {
      cases: sum('cases'),
      equal: sum('equal'),
      different: sum('different'),
      notServed: sum('notServed'),
    };
    expect(documentedCounts('all')).toEqual(total);
    for (const row of rows) expect(row.cases).toBe(row.equal + row.different + row.notServed);
  });

  it('says of the patches what their replay counts', () => {
    const { equal, different: unequal, notServed } = COUNTED;
    expect(documentedCounts('patch')).toEqual({ cases: equal + unequal + notServed, ...COUNTED });
  });
});

describe('reading the page', () => {
  it('refuses a recording that has no line', () => {
    expect(() => documentedCounts('nowhere')).toThrow('docs/recordings.md has no line for nowhere');
  });

  it('counts outcomes', () => {
    expect(countsOf(['equal', 'not served', 'equal', 'different'])).toEqual({
      cases: 4,
      equal: 2,
      different: 1,
      notServed: 1,
    });
  });
});
