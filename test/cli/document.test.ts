import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { documentOf, Lazily, writeDocument } from '../../src/cli/render/document.ts';
import * as fc from '../property.ts';

const whole = (value: unknown): string => [...documentOf(value)].join('');
const asUsual = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

describe('a document in pieces', () => {
  it('is what it would be in one', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 9 }), (value) => {
        for (const one of [value, { phases: [{ steps: [{ changes: [value, value] }] }], value }])
          expect(whole(one)).toBe(asUsual(one));
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['nothing', {}],
    ['nothing in a list', []],
    ['nothing inside of something', { a: {}, b: [], c: [[], {}] }],
    ['members that are undefined, functions and symbols', { a: undefined, b: () => 1, c: Symbol('x'), d: 1 }],
    ['undefined in a list', [undefined, 1]],
    ['a date', { at: new Date(0), deep: { at: [new Date(1)] } }],
    [
      'line feeds and indents in texts, on every level',
      { a: 'x\n  y', b: [{ c: [{ d: [{ e: [{ f: 'p\nq\r\n' }] }] }] }] },
    ],
    ['null', null],
  ])('is what it would be in one: %s', (_, value) => {
    expect(whole(value)).toBe(asUsual(value));
  });

  it('makes the members of a list only when they are written', () => {
    const made: number[] = [];
    const list = new Lazily([1, 2, 3], (one) => {
      made.push(one);
      return { one: 'x'.repeat(70_000) };
    });
    const pieces = documentOf({ steps: [{ changes: list }] });
    expect(made).toEqual([]);
    pieces.next();
    expect(made).toEqual([1]);
    expect([...pieces].length).toBeGreaterThan(2);
    expect(made).toEqual([1, 2, 3]);
    expect(whole({ changes: new Lazily([1], (one) => [one]) })).toBe(asUsual({ changes: [[1]] }));
    expect(JSON.stringify(new Lazily([1, 2], String))).toBe('["1","2"]');
  });
});

describe('writing it', () => {
  it('waits for a slow reader and leaves nothing out', async () => {
    const slow = new PassThrough({ highWaterMark: 16 });
    const value = Array.from({ length: 200 }, (_, index) => ({ index, text: 'y'.repeat(2_000) }));
    const [read] = await Promise.all([text(slow), writeDocument(value, slow).then(() => slow.end())]);
    expect(read).toBe(asUsual(value));
  });

  it('ends when the reader has gone away', async () => {
    const gone = new PassThrough({ highWaterMark: 16 });
    gone.on('error', () => undefined);
    const writing = writeDocument(
      Array.from({ length: 50 }, () => 'z'.repeat(20_000)),
      gone,
    );
    gone.destroy();
    await expect(writing).resolves.toBeUndefined();
  });
});
