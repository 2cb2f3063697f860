import type { ApplicationState, Playground } from './playground.ts';

export interface Comparison {
  readonly same: boolean;
  readonly claims: number;
  readonly records: { readonly before: number; readonly after: number };
  readonly differences: readonly string[];
}

/** Before the disaster against after the recovery: every claim on its own volume, with its own content, by one owner. */
export function compareStates(
  before: ApplicationState,
  after: ApplicationState,
  playground: Pick<Playground, 'differences'>,
): Comparison {
  const differences = playground.differences(before, after);
  return {
    same: differences.length === 0,
    claims: before.length,
    records: { before: recordsOf(before), after: recordsOf(after) },
    differences,
  };
}

function recordsOf(state: ApplicationState): number {
  return state.reduce((sum, claim) => sum + claim.records, 0);
}

/** The last lines of a drill. */
export function comparisonText(found: Comparison): string {
  if (!found.same) return ['The recovery is NOT complete:', ...found.differences.map((one) => `  ${one}`)].join('\n');
  return [
    `All ${found.claims} claims are on their own volumes with their own content.`,
    `Records before the disaster: ${found.records.before}; now: ${found.records.after}. Nothing was lost, nothing was written by two owners.`,
  ].join('\n');
}
