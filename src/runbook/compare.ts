import type { Runbook } from '../model/runbook.ts';

/** How a step of a changed runbook differs, by its stable id. */
export interface Difference {
  readonly step: string;
  readonly how: 'added' | 'removed' | 'changed' | 'reordered';
}

/** What is kept of a runbook to compare it later. */
export interface Outline {
  readonly stepDigests: Runbook['stepDigests'];
  readonly order: readonly string[];
}

export function outlineOf(runbook: Pick<Runbook, 'stepDigests' | 'phases'>): Outline {
  const order = runbook.phases.flatMap((phase) => phase.steps.map((step) => step.id));
  return { stepDigests: runbook.stepDigests, order };
}

/**
 * Step by step in the order of the new runbook, then what is gone. A step that was moved and changed is told as both. Steps
 * are `reordered` that must be moved, at the fewest, to come from the one order to the other.
 */
export function compareRunbooks(before: Outline, after: Outline): Difference[] {
  const old = new Map(before.order.map((id, index) => [id, index]));
  const kept = after.order.filter((id) => old.has(id));
  const inPlace = new Set(longestRising(kept, (id) => old.get(id) ?? 0));
  const differences: Difference[] = [];
  for (const step of after.order) {
    if (!old.has(step)) {
      differences.push({ step, how: 'added' });
      continue;
    }
    if (before.stepDigests[step] !== after.stepDigests[step]) differences.push({ step, how: 'changed' });
    if (!inPlace.has(step)) differences.push({ step, how: 'reordered' });
  }
  const now = new Set(after.order);
  return [
    ...differences,
    ...before.order.flatMap((step) => (now.has(step) ? [] : [{ step, how: 'removed' as const }])),
  ];
}

/** The longest part that rises, by patience sorting. */
function longestRising<T>(all: readonly T[], rank: (one: T) => number): T[] {
  const piles: { readonly one: T; readonly under: number | undefined; readonly index: number }[][] = [];
  for (const one of all) {
    let low = 0;
    let high = piles.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const top = piles[middle]?.at(-1);
      if (top && rank(top.one) < rank(one)) low = middle + 1;
      else high = middle;
    }
    const left = piles[low - 1];
    const pile = (piles[low] ??= []);
    pile.push({ one, under: left && left.length - 1, index: pile.length });
  }
  const rising: T[] = [];
  let at = piles.at(-1)?.at(-1);
  for (let pile = piles.length - 1; at; pile -= 1) {
    rising.unshift(at.one);
    at = at.under === undefined ? undefined : piles[pile - 1]?.[at.under];
  }
  return rising;
}
