import { describe, expect, it } from 'vitest';
import { shellRun } from '../../../src/actions/shell/run.ts';
import { changesIn, planIn } from '../planning.ts';

describe('shell/run', () => {
  it('is opaque, once, and takes its arguments one by one', async () => {
    expect(shellRun.kind).toBe('once');
    expect(changesIn(await planIn(shellRun, { argv: ['echo', '$HOME; rm -rf /'] }, {}))).toMatchObject([
      { kind: 'shell/command', risk: 'opaque', after: { argv: ['echo', '$HOME; rm -rf /'] } },
    ]);
  });

  it.each([
    [{}],
    [{ argv: [] }],
    [{ argv: [''] }],
    [{ argv: 'ls -l' }],
    [{ argv: ['a'], timeout: 'soon' }],
    [{ argv: ['a'], env: { 'A=B': 'c' } }],
  ])('refuses input %j', (input) => {
    expect(shellRun.input.safeParse(input).success).toBe(false);
  });
});
