import * as fc from '../property.ts';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../../src/model/digest.ts';
import { compareRunbooks, outlineOf, type Outline } from '../../src/runbook/compare.ts';
import { parseRunbook } from '../../src/runbook/parse.ts';
import { actions } from './actions.ts';

/** `a b c=2`: steps in order, with what they are. */
function outline(text: string): Outline {
  const steps = text
    .split(' ')
    .filter(Boolean)
    .map((one) => one.split('='));
  return {
    order: steps.map(([id = '']) => id),
    stepDigests: Object.fromEntries(steps.map(([id = '', what = '1']) => [id, digestOf([id, what])])),
  };
}

const compare = (before: string, after: string): string =>
  compareRunbooks(outline(before), outline(after))
    .map(({ step, how }) => `${step} ${how}`)
    .join(', ');

describe('a changed runbook is shown by step id', () => {
  test.each([
    ['a b c', 'a b c', ''],
    ['a b c', 'a c', 'b removed'],
    ['a c', 'a b c', 'b added'],
    ['a b c', 'a b=2 c', 'b changed'],
    ['a b c d', 'd a b c', 'd reordered'],
    ['a b c d', 'b c d a', 'a reordered'],
    ['a b c', 'c=2 a b', 'c changed, c reordered'],
    ['a b', 'x y', 'x added, y added, a removed, b removed'],
    ['', 'a', 'a added'],
  ])('%s → %s', (before, after, expected) => {
    expect(compare(before, after)).toBe(expected);
  });

  test('as few steps as possible are called reordered', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray('abcdefg'.split(''), { minLength: 7 }), (order) => {
        const moved = compareRunbooks(outline('a b c d e f g'), outline(order.join(' '))).filter(
          (one) => one.how === 'reordered',
        );
        const kept = order.filter((id) => !moved.some((one) => one.step === id));
        expect(kept).toEqual(kept.toSorted());
        const longest = Math.max(
          ...subsets(order)
            .filter((part) => part.join() === part.toSorted().join())
            .map((part) => part.length),
        );
        expect(kept).toHaveLength(longest);
      }),
      { numRuns: 50 },
    );
  });

  test('a comment or a moved phase changes no step; its `with` does', () => {
    const text = (more: string, namespace = 'shop'): string =>
      `apiVersion: drctl/v1\nkind: Runbook\nmetadata: {name: x}\n${more}\nphases:\n  - id: one\n    steps:\n      - {id: a, uses: pv/retain, with: {namespace: ${namespace}}}\n`;
    const outlined = (source: string): Outline => {
      const parsed = parseRunbook({ file: 'x.yaml', text: source, read: () => undefined, actions });
      if ('problems' in parsed) throw new Error('not valid');
      return outlineOf(parsed.runbook);
    };
    expect(compareRunbooks(outlined(text('')), outlined(text('# a comment')))).toEqual([]);
    expect(compareRunbooks(outlined(text('')), outlined(text('', 'other')))).toEqual([{ step: 'a', how: 'changed' }]);
  });
});

function subsets<T>(all: readonly T[]): T[][] {
  return all.reduce<T[][]>((sets, one) => [...sets, ...sets.map((set) => [...set, one])], [[]]);
}
