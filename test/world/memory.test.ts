import { expect, test } from 'vitest';
import { spareMemory } from '../../src/world/memory.ts';

test('the heap is kept small by a V8 that knows how', () => {
  expect(spareMemory()).toBe(process.versions.v8.startsWith('13.'));
});

test('a V8 that may not know the flag is left alone', () => {
  expect(spareMemory('12.4.254.21-node.26')).toBe(false);
  expect(spareMemory('14.1.0')).toBe(false);
});
