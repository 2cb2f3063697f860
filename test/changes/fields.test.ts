import { expect, test } from 'vitest';
import { fieldDiff, hasHole, showsFields } from '../../src/changes/fields.ts';
import { commandLine } from '../../src/changes/quote.ts';
import type { Json } from '../../src/model/json.ts';

test.each<[boolean, Json, unknown]>([
  [true, {}, undefined],
  [true, { a: 1 }, { a: 1, b: 2 }],
  [false, { a: 1 }, { a: 2 }],
  [false, { a: 1 }, {}],
  [true, { a: null }, {}],
  [true, { a: null }, { a: null }],
  [false, { a: null }, { a: 0 }],
  [true, { a: { b: null } }, {}],
  [true, null, undefined],
  [false, { a: { b: 1 } }, { a: [] }],
  [true, { a: ['x', 'y'] }, { a: ['x', 'y'] }],
  [false, { a: ['x', 'y'] }, { a: ['y', 'x'] }],
  [false, { a: ['x'] }, { a: ['x', 'y'] }],
  [true, { uid: { $knownAfter: 'the claim' } }, { uid: 'anything' }],
  [false, { a: '1Gi' }, { a: '1024Mi' }],
])('%s: %j is shown by %j', (expected, fields, live) => {
  expect(showsFields(fields, live)).toBe(expected);
});

test.each<[boolean, Json, Json]>([
  [true, '1024Mi', '1Gi'],
  [true, '0.5', '500m'],
  [true, '1000', '1k'],
  [false, '1G', '1Gi'],
  [false, '1Gi', 'one'],
  [false, 'a', 'b'],
])('%s: quantities %s and %s are the same', (expected, a, b) => {
  expect(showsFields({ storage: a }, { storage: b }, true)).toBe(expected);
});

test('a hole is found at any depth', () => {
  expect(hasHole({ a: [{ b: { $knownAfter: 'x' } }] })).toBe(true);
  expect(hasHole({ a: [{ b: '$knownAfter' }] })).toBe(false);
});

test('a diff is one line a field', () => {
  expect(fieldDiff({ spec: { a: 1, b: 'x' } }, { spec: { a: 2, b: 'x', c: null } })).toEqual(['spec.a: 1 → 2']);
  expect(fieldDiff(null, { a: { $knownAfter: 'the claim' } })).toEqual(['a: none → known after the claim']);
});

test('words are quoted so that a shell reads them back', () => {
  expect(commandLine(['a', 'b c', "it's", '$x', '', 'k=v', '--a'])).toBe(`a 'b c' 'it'\\''s' '$x' '' k=v --a`);
});
