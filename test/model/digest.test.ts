import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { assert, integer, jsonValue, pre, property, string } from '../property.ts';
import { describe, expect, it } from 'vitest';
import { digestOf, digestOfText, piecesOf, shortDigest } from '../../src/model/digest.ts';

const hashed = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

describe('the digest of a value', () => {
  it('is that of its canonical text, however deep and wide it is', () => {
    assert(
      property(jsonValue({ maxDepth: 9 }), (value) => {
        pre(isWellFormed(value));
        for (const one of [value, { steps: [{ items: Array.from({ length: 101 }, () => value) }], value }])
          expect(digestOf(one)).toBe(hashed(canonicalize(one) ?? 'null'));
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['members that are undefined', { b: undefined, a: { c: undefined, d: 1 } }],
    ['undefined in an array', [undefined, 1, [undefined]]],
    ['functions and symbols', { a: () => 1, b: Symbol('s'), c: [() => 1] }],
    ['a date', { at: new Date(0), many: [new Date(1)] }],
    ['what becomes nothing', { a: { toJSON: () => undefined }, b: 1 }],
    ['nothing at all', {}],
    ['empty containers', { a: [], b: {}, c: [[], {}] }],
    ['an object without a prototype', { steps: Object.assign(Object.create(null) as object, { b: 1, a: 2 }) }],
    ['boxed values', { a: Object('x') as unknown }],
    ['keys beyond ASCII, in code unit order', { '\u{1F600}': 1, '\uFB33': 2, é: 3, '"': 4, '1': 5, '10': 6, '9': 7 }],
    ['numbers as RFC 8785 writes them', [1e21, 1e-7, -0, 0.1, 5e-324]],
    ['null', null],
    ['a text', 'text'],
  ])('is that of its canonical text: %s', (_, value) => {
    for (const one of [value, { many: Array.from({ length: 101 }, () => value), value }])
      expect(digestOf(one)).toBe(hashed(canonicalize(one) ?? 'null'));
  });

  it('does not depend on the order of keys, and does on that of a list', () => {
    expect(digestOf({ a: 1, b: [1, 2] })).toBe(digestOf({ b: [1, 2], a: 1 }));
    expect(digestOf({ b: [1, 2] })).not.toBe(digestOf({ b: [2, 1] }));
  });

  it('there is none of half a character, nor of what is no number', () => {
    expect(() => digestOf({ a: '\ud83d' })).toThrow(/surrogate/i);
    expect(() => digestOf({ '\ud83d': 1 })).toThrow(/surrogate/i);
    expect(() => digestOf([Number.NaN])).toThrow(/NaN/);
  });
});

describe('the digest of a text', () => {
  it('is that of its bytes, whichever way they are given', () => {
    const text = 'zwölf Boxkämpfer 👋'.repeat(200_000);
    expect(digestOfText(text)).toBe(hashed(text));
    expect(digestOfText(Buffer.from(text))).toBe(hashed(text));
    expect(shortDigest(digestOfText(text))).toHaveLength(12);
  });

  it('comes in pieces none of which cuts a character in two', () => {
    assert(
      property(string({ unit: 'grapheme' }), integer({ min: 1, max: 7 }), (text, size) => {
        const pieces = [...piecesOf(text, size)];
        expect(pieces.join('')).toBe(text);
        expect(pieces.every((piece) => piece.isWellFormed())).toBe(true);
      }),
    );
  });
});

function isWellFormed(value: unknown): boolean {
  return !/\\ud[89a-f]/.test(JSON.stringify(value));
}
