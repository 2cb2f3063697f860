import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const PAGE = readFileSync('docs/safety.md', 'utf8');
const SECTION = /^## (\d+)\. .+\n([\s\S]*?)(?=^## )/gm;
const promises = [...PAGE.matchAll(SECTION)].map(([, number = '', text = '']) => ({ number: Number(number), text }));

/** One test file of a promise, and the names of what in it guards the promise. */
interface Guard {
  readonly file: string;
  readonly names: readonly string[];
}

function guardsOf(text: string): Guard[] {
  return text
    .split(/\n(?=- )/)
    .filter((item) => item.startsWith('- '))
    .map((item) => ({
      file: /`(test\/[^`]+)`/.exec(item)?.[1] ?? '',
      names: [...item.replaceAll(/\s+/g, ' ').matchAll(/"([^"]+)"/g)].map(([, name = '']) => name),
    }));
}

describe('docs/safety.md', () => {
  it('has the eleven promises, in order', () => {
    expect(promises.map(({ number }) => number)).toEqual(Array.from({ length: 11 }, (_, index) => index + 1));
  });

  it('names no file and no folder that is not there', () => {
    const named = [...PAGE.matchAll(/`((?:src|test|docs|runbooks)\/[^`\s]+)`/g)].map(([, path = '']) => path);
    expect(named.length).toBeGreaterThan(40);
    expect(named.filter((path) => !existsSync(path))).toEqual([]);
  });

  it.each(promises)('says of promise $number where it is enforced, and which tests guard it', ({ text }) => {
    expect(text).toMatch(/^Enforced in `src\//m);
    const guards = guardsOf(text);
    expect(guards.length).toBeGreaterThan(1);
    for (const { file, names } of guards) {
      const code = readFileSync(file, 'utf8');
      expect(names).not.toEqual([]);
      expect({ file, missing: names.filter((name) => !code.includes(name)) }).toEqual({ file, missing: [] });
    }
  });
});
