import { describe, expect, it } from 'vitest';
import { newRunId } from '../../src/journal/run-id.ts';

const at = (time: string) => ({ now: () => Date.parse(time) });

describe('the id of a run', () => {
  it('says when and what, and ends in letters that are not mistaken for others', () => {
    const id = newRunId('namespace-deleted', at('2026-11-21T06:19:42Z'));
    expect(id).toMatch(/^20261121-0619-namespace-deleted-[abcdefghjkmnpqrstuvwxyz2-9]{4}$/);
  });

  it('sorts by time and differs within a minute', () => {
    const ids = ['2026-11-21T06:19:00Z', '2026-11-21T10:00:00Z', '2027-01-01T00:00:00Z'].map((time) =>
      newRunId('r', at(time)),
    );
    expect(ids.toSorted()).toEqual(ids);
    const many = new Set(Array.from({ length: 200 }, () => newRunId('r', at('2026-11-21T06:19:00Z'))));
    expect(many.size).toBeGreaterThan(195);
  });

  it.each([
    ['../../etc/passwd', 'etc-passwd'],
    ['A Name, with Ümlaut', 'a-name-with-mlaut'],
    ['---', 'run'],
    ['', 'run'],
    ['x'.repeat(500), 'x'.repeat(60)],
  ])('makes a file name of %j', (name, part) => {
    expect(newRunId(name, at('2026-11-21T06:19:00Z')).slice(14, -5)).toBe(part);
  });
});
