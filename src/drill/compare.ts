import type { ApplicationState, Playground } from './playground.ts';

export interface Comparison {
  readonly same: boolean;
  readonly claims: number;
  /** Of these, how many are on a volume that was restored from a backup, as the scenario says. */
  readonly restored: number;
  readonly records: { readonly before: number; readonly after: number };
  readonly differences: readonly string[];
}

/** Before the disaster against after the recovery: every claim on its own volume, with its own content, by one owner. */
export function compareStates(
  before: ApplicationState,
  after: ApplicationState,
  playground: Pick<Playground, 'differences'>,
  restored: readonly string[],
): Comparison {
  const differences = playground.differences(before, after, restored);
  return {
    same: differences.length === 0,
    claims: before.length,
    restored: restored.length,
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
  const own = found.claims - found.restored;
  return [
    found.restored === 0
      ? `All ${own} claims are on their own volumes with their own content.`
      : `${own} claims are on their own volumes with their own content, ${found.restored} on volumes restored from the last backup of before.`,
    `Records before the disaster: ${found.records.before}; now: ${found.records.after}. Nothing was lost, nothing was written by two owners.`,
  ].join('\n');
}
