import { areas } from './cases/index.ts';
import { differences } from './differences.ts';
import { mended } from './mended.ts';

/** What is wrong with the table itself: a name twice, a listed name that no case has, one that is both mended and different. */
export function faultsOfTable(): string[] {
  const names = areas.flatMap(({ cases }) => cases.map(({ name }) => name));
  const known = new Set(names);
  const listed = Object.keys(differences);
  return [
    ...names.filter((name, index) => names.indexOf(name) !== index).map((name) => `twice: ${name}`),
    ...[...listed, ...mended].filter((name) => !known.has(name)).map((name) => `listed and no case: ${name}`),
    ...mended.filter((name) => name in differences).map((name) => `mended and different: ${name}`),
  ];
}

export interface Count {
  readonly area: string;
  readonly cases: number;
  readonly equal: number;
  readonly mended: number;
  readonly different: number;
}

/** By area, and of all. `mended` are among the equal. */
export function counts(): Count[] {
  const rows = areas.map(({ area, cases }) => {
    const different = cases.filter(({ name }) => name in differences).length;
    const repaired = cases.filter(({ name }) => mended.includes(name)).length;
    return { area, cases: cases.length, equal: cases.length - different, mended: repaired, different };
  });
  const sum = (of: (row: Count) => number): number => rows.reduce((total, row) => total + of(row), 0);
  return [
    ...rows,
    {
      area: 'all',
      cases: sum((row) => row.cases),
      equal: sum((row) => row.equal),
      mended: sum((row) => row.mended),
      different: sum((row) => row.different),
    },
  ];
}
