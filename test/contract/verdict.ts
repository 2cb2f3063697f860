import { isDeepStrictEqual } from 'node:util';
import type { Difference } from './differences.ts';
import type { Outcome } from './run.ts';

interface Compared {
  readonly real: Outcome;
  readonly sandbox: Outcome;
  readonly listed: Difference | undefined;
}

interface Sides {
  readonly real: unknown;
  readonly sandbox: unknown;
}

/**
 * What the two servers say of a case where that is not as the table has it; equal sides: all is in order. Throws where
 * the real server does not hold to the case, since then the case itself is wrong.
 */
export function verdictOf({ real, sandbox, listed }: Compared): Sides {
  if (listed?.where === 'reference') return verdictOfReference(real, sandbox);
  if (real.failure) throw real.failure;
  const difference = findDifference(real, sandbox);
  if (!listed) {
    if (!difference && sandbox.failure) throw sandbox.failure;
    return difference ?? { real: 'equal', sandbox: 'equal' };
  }
  if (!difference && !sandbox.failure) throw new Error('Nothing differs any more: take it off the differences.');
  return { real: listed.where, sandbox: sandbox.failure ? 'expected' : 'compared' };
}

/** What stands for the real one is known to be wrong here: the documentation judges, and the sandbox holds to it. */
function verdictOfReference(real: Outcome, sandbox: Outcome): Sides {
  if (!real.failure) throw new Error('The reference holds to it now: take it off the differences.');
  if (sandbox.failure) throw sandbox.failure;
  return { real: 'reference', sandbox: 'reference' };
}

/** The first request that they answered otherwise, its name on both sides. */
function findDifference(real: Outcome, sandbox: Outcome): Sides | undefined {
  const count = Math.max(real.observations.length, sandbox.observations.length);
  for (let index = 0; index < count; index++) {
    const [one, other] = [real.observations[index], sandbox.observations[index]];
    if (!isDeepStrictEqual(one, other)) return { real: one, sandbox: other };
  }
  return undefined;
}
