import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { areas } from '../contract/cases/index.ts';
import { differences } from '../contract/differences.ts';
import { runCases } from '../contract/run.ts';
import type { Outcome } from '../contract/run.ts';
import { counts } from '../contract/table.ts';
import { realTarget, sandboxTarget } from '../contract/target.ts';
import type { Contracted } from '../contract/target.ts';
import { verdictOf } from '../contract/verdict.ts';

describe('the contract of the Kubernetes API, between a real server and the sandbox', () => {
  const real = realTarget(inject('cluster'));
  let sandbox: Contracted;
  beforeAll(async () => void (sandbox = await sandboxTarget()));
  afterAll(async () => {
    await Promise.all([sandbox.close(), real.close()]);
    console.table(counts());
  });

  describe.each(areas)('$area', (area) => {
    const { cases } = area;
    let outcomes: [real: Map<string, Outcome>, sandbox: Map<string, Outcome>];
    beforeAll(async () => void (outcomes = await Promise.all([runCases(real, area), runCases(sandbox, area)])));

    it.each(cases)('$name', ({ name }) => {
      const [real, sandbox] = outcomes.map((each) => each.get(name)) as [Outcome, Outcome];
      const verdict = verdictOf({ real, sandbox, listed: differences[name] });
      expect(verdict.sandbox).toEqual(verdict.real);
    });
  });
});
