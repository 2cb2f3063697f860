import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { fieldChangesOf } from '../../src/cli/render/diff.ts';
import { columns, commandWrapped, fitted, wrapped } from '../../src/cli/render/layout.ts';

describe('laying out', () => {
  it('matches list entries by name, and shows what is added or taken by its fields', () => {
    const changes = fieldChangesOf(
      {
        spec: {
          containers: [
            { name: 'web', image: 'a' },
            { name: 'old', image: 'x' },
          ],
          list: [1, 2],
          labels: null,
        },
      },
      {
        spec: { containers: [{ name: 'web', image: 'b' }], list: [1, 3], labels: { 'app.kubernetes.io/name': 'web' } },
      },
    );
    expect(changes).toEqual([
      { path: 'spec.containers[web].image', before: 'a', after: 'b' },
      { path: 'spec.containers[old].name', before: 'old', after: 'none' },
      { path: 'spec.containers[old].image', before: 'x', after: 'none' },
      { path: 'spec.list', before: '[1,2]', after: '[1,3]' },
      { path: 'spec.labels["app.kubernetes.io/name"]', before: 'none', after: 'web' },
    ]);
  });

  it('shows a hole as what it is known after', () => {
    expect(fieldChangesOf({ uid: null }, { uid: { $knownAfter: 'the claim' } })).toEqual([
      { path: 'uid', before: 'none', after: 'known after the claim' },
    ]);
  });

  it('wraps by what is seen, cuts words that are too long, keeps an own indentation', () => {
    expect(wrapped('日本語 日本語', 8)).toEqual(['日本語', '日本語']);
    expect(wrapped('x'.repeat(30), 12).every((line) => line.length <= 12)).toBe(true);
    expect(wrapped('  indented and long enough', 16)).toEqual(['  indented and', '  long enough']);
    expect(fitted('日本語日本語', 7)).toBe('日本語…');
    expect(fitted('short', 7)).toBe('short');
  });

  it('gives columns what they need, and lets the widest give way', () => {
    expect(
      columns(
        [
          ['a', 'b'],
          ['long one', 'c'],
        ],
        80,
      ),
    ).toEqual(['a         b', 'long one  c']);
    expect(columns([['k', 'word '.repeat(30).trim()]], 40).every((line) => line.length <= 40)).toBe(true);
  });

  it('continues a command with backslashes, so that what is copied is the same command', () => {
    const lines = commandWrapped(`echo 'one  two' "three four" five six seven eight nine`, 30, '    ');
    expect(lines.length).toBeGreaterThan(1);
    expect(execFileSync('bash', ['-c', lines.join('\n')], { encoding: 'utf8' })).toBe(
      'one  two three four five six seven eight nine\n',
    );
  });
});
