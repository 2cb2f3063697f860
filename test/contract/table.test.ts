import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contractDocument } from './document.ts';
import { normalised } from './normalise.ts';
import { faultsOfTable } from './table.ts';
import { verdictOf } from './verdict.ts';

const outcome = (seen: unknown, failure?: Error) => ({
  name: 'a fact',
  observations: [{ request: 'GET /x', seen }],
  ...(failure && { failure }),
});
const wrong = new Error('not as expected');

describe('the table of the contract', () => {
  it('names every case once, and lists none that is not there', () => expect(faultsOfTable()).toEqual([]));

  it('is what docs/contract.md says', async () => {
    const page = join(import.meta.dirname, '..', '..', 'docs', 'contract.md');
    await expect(await contractDocument()).toMatchFileSnapshot(page);
  });
});

describe('the verdict on a case', () => {
  const listed = (where: 'expected' | 'compared') => ({ where, reason: 'because' });

  it('is equal sides where both servers say the same', () => {
    const verdict = verdictOf({ real: outcome(1), sandbox: outcome(1), listed: undefined });
    expect(verdict.sandbox).toEqual(verdict.real);
  });

  it('shows the first request that was answered otherwise', () => {
    const verdict = verdictOf({ real: outcome(1), sandbox: outcome(2), listed: undefined });
    expect(verdict).toEqual({ real: { request: 'GET /x', seen: 1 }, sandbox: { request: 'GET /x', seen: 2 } });
  });

  it('is the failure of the case where the real server does not hold to it', () => {
    expect(() => verdictOf({ real: outcome(1, wrong), sandbox: outcome(1), listed: undefined })).toThrow(wrong);
  });

  it('takes a listed difference where it is said to be, and nowhere else', () => {
    const compared = verdictOf({ real: outcome(1), sandbox: outcome(2), listed: listed('compared') });
    expect(compared.sandbox).toEqual(compared.real);
    const other = verdictOf({ real: outcome(1), sandbox: outcome(2, wrong), listed: listed('compared') });
    expect(other.sandbox).not.toEqual(other.real);
  });

  it('refuses a listed difference that is none any more', () => {
    expect(() => verdictOf({ real: outcome(1), sandbox: outcome(1), listed: listed('compared') })).toThrow(
      /take it off/,
    );
  });
});

describe('normalising', () => {
  it('replaces what differs from run to run and nothing else', () => {
    const uid = '0f8fad5b-d9cb-469f-a165-70867728950e';
    const metadata = { name: 'a-xyz', uid, resourceVersion: '7', creationTimestamp: '2026-01-01T00:00:00Z' };
    expect(normalised({ metadata, data: { resourceVersions: '7', count: 7 } }, 'xyz')).toEqual({
      metadata: { name: 'a-<id>', uid: '<uid>', resourceVersion: '<revision>', creationTimestamp: '<time>' },
      data: { resourceVersions: '7', count: 7 },
    });
  });

  it('keeps a resourceVersion of 0, which is a statement', () => {
    expect(normalised({ resourceVersion: '0' }, 'x')).toEqual({ resourceVersion: '0' });
  });
});
