import { describe, expect, test } from 'vitest';
import { compile } from '../../src/expr/compile.ts';
import type { Declared } from '../../src/expr/declared.ts';
import { ExpressionError } from '../../src/expr/expression-error.ts';
import type { Json } from '../../src/model/json.ts';

const declared: Declared = { parameters: {}, steps: [], self: true };

/** The code of the failure and the milliseconds it took. */
function cost(text: string, self: Json = null): { code: string; ms: number } {
  const from = performance.now();
  let code = 'none';
  try {
    compile(text, declared).evaluate({ self });
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    code = error.code;
  }
  return { code, ms: performance.now() - from };
}

/** Binds a name to twice the one before, thirty times over. */
function doubling(seed: string, step: (name: string) => string): string {
  let text = 'x29';
  for (let index = 29; index > 0; index -= 1) text = `cel.bind(x${index}, ${step(`x${index - 1}`)}, ${text})`;
  return `cel.bind(x0, ${seed}, ${text})`;
}

describe('an expression cannot hang or fill the memory', () => {
  test.each(['(a+)+$', '(a|aa)+$', '(.*a){12}$', '^(([a-z])+.)+[A-Z]([a-z])+$'])('pattern %s', (pattern) => {
    const seen = cost(`self.matches(${JSON.stringify(pattern)})`, `${'a'.repeat(5_000)}!`);
    expect(seen.ms).toBeLessThan(1_500);
    expect(cost(`matches(self, ${JSON.stringify(pattern)})`, 'aaa!').code).toBe('none');
  });

  test('loops in loops', () => {
    const list = Array.from({ length: 300 }, (_, index) => index);
    for (const text of [
      'self.map(a, self.map(b, self.map(c, a + b + c))).size() > 0',
      'self.all(a, self.all(b, self.all(c, a + b + c >= 0)))',
      'self.exists(a, self.exists(b, self.exists(c, a + b + c < 0)))',
      'self.exists_one(a, self.exists_one(b, self.exists_one(c, a + b + c < 0)))',
      'self.filter(a, self.filter(b, self.filter(c, false).size() > 0).size() > 0).size() > 0',
    ]) {
      const seen = cost(text, list);
      expect({ text, code: seen.code, quick: seen.ms < 1_500 }).toEqual({
        text,
        code: 'ExpressionTooCostly',
        quick: true,
      });
    }
  });

  test('a loop of ordinary size is not refused', () => {
    const list = Array.from({ length: 400 }, (_, index) => index);
    expect(cost('self.all(a, self.exists(b, a == b))', list).code).toBe('none');
  });

  test('text, lists and shared parts that double', () => {
    expect(cost(`size(${doubling('"ab"', (x) => `${x} + ${x}`)}) > 0`).code).toBe('ExpressionTooCostly');
    expect(cost(`size(${doubling('[1]', (x) => `${x} + ${x}`)}) > 0`).code).toBe('ExpressionTooCostly');
    expect(cost(doubling('[1]', (x) => `[${x}, ${x}]`)).code).toBe('ExpressionTooCostly');
    const shared = doubling('[1]', (x) => `[${x}, ${x}]`);
    const seen = cost(`${shared} == ${shared}`);
    expect(seen.code).toBe('ExpressionTooCostly');
    expect(seen.ms).toBeLessThan(3_000);
  });

  test('join and replace', () => {
    const texts = Array.from({ length: 2_000 }, () => 'x'.repeat(200));
    expect(cost('self.join(",").size() > 0', texts).code).toBe('ExpressionTooCostly');
    expect(cost('self.replace("x", "yyyyyyyyyyyyyyyyyyyy").size() > 0', 'x'.repeat(100_000)).code).toBe(
      'ExpressionTooCostly',
    );
  });

  test('depth, length and number of parts', () => {
    expect(cost(`${'('.repeat(200)}1${')'.repeat(200)}`).code).toBe('ExpressionTooCostly');
    expect(cost(`1${' + 1'.repeat(3_000)}`).code).toBe('ExpressionTooCostly');
    expect(cost(`[${'1,'.repeat(900)}1]`).code).toBe('ExpressionTooCostly');
    expect(cost(`${'!'.repeat(3_000)}true`).code).not.toBe('none');
    expect(cost(`${'-'.repeat(3_000)}1`).code).not.toBe('none');
    expect(cost('[1]'.padEnd(9_000, '[0]')).code).not.toBe('none');
  });

  test('data that is too large or too deep', () => {
    expect(
      cost(
        'self.size() > 0',
        Array.from({ length: 400_000 }, () => 0),
      ).code,
    ).toBe('ExpressionTooCostly');
    let deep: Json = 1;
    for (let index = 0; index < 5_000; index += 1) deep = [deep];
    expect(cost('size(self) > 0', deep).code).toBe('ExpressionTooCostly');
  });
});

describe('an expression reaches nothing of JavaScript', () => {
  test.each([
    'self.constructor',
    'self.__proto__',
    'self.toString',
    'self["constructor"]["constructor"]("return process")()',
    'self.items.constructor',
    '"".constructor',
    'constructor',
    'process',
    'globalThis',
    'this',
    'self.items.push(1)',
    'self.valueOf()',
    'dyn(self).hasOwnProperty("a")',
    'has(self.constructor) ? self.constructor : self.nope',
  ])('%s', (text) => {
    expect(cost(text, { items: [1] }).code).not.toBe('none');
  });

  test('what is evaluated stays as it was', () => {
    const self = Object.freeze({ items: Object.freeze([3, 1, 2]) });
    expect(cost('self.items.map(i, i + 1) == [4, 2, 3]', self).code).toBe('none');
  });
});
