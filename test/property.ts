import * as fc from 'fast-check';

/**
 * Property tests try other cases on every run at a desk, and always the same ones in CI: a case that chance finds belongs
 * to whoever can look at it, and must not refuse a change that has nothing to do with it. DRCTL_SEED repeats a run.
 */
const seed = process.env['DRCTL_SEED'] ?? (process.env['CI'] === undefined ? undefined : '20261121');
if (seed !== undefined) fc.configureGlobal({ seed: Number(seed) });

export * from 'fast-check';
