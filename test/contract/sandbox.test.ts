import { afterAll, beforeAll, describe, it } from 'vitest';
import { areas } from './cases/index.ts';
import { differences } from './differences.ts';
import { runCases } from './run.ts';
import type { Outcome } from './run.ts';
import { sandboxTarget } from './target.ts';
import type { Contracted } from './target.ts';

describe('the contract of the Kubernetes API, held by the sandbox', () => {
  let sandbox: Contracted;
  beforeAll(async () => void (sandbox = await sandboxTarget()));
  afterAll(() => sandbox.close());

  describe.each(areas)('$area', (area) => {
    const { cases } = area;
    let outcomes: Map<string, Outcome>;
    beforeAll(async () => void (outcomes = await runCases(sandbox, area)));

    it.each(cases)('$name', ({ name }) => {
      const failure = outcomes.get(name)?.failure;
      const isListed = differences[name]?.where === 'expected';
      if (isListed && !failure) throw new Error('The sandbox holds to it now: take it off the differences.');
      if (!isListed && failure) throw failure;
    });
  });
});
