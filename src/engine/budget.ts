import type { Change } from '../model/change.ts';
import { DrctlError } from '../model/errors.ts';
import { labelOf, objectKeyOf } from '../model/object-ref.ts';

/**
 * How many objects of a kind a run may delete is declared by the runbook and counted over the whole run, one per object
 * uid, unknown outcomes included (promise 4). `spent` holds what earlier Changes of this run deleted or may have deleted.
 */
export function withinBudget(
  planned: readonly Change[],
  spent: readonly Change[],
  budget: Readonly<Record<string, number>>,
): void {
  const used = new Map<string, Set<string>>();
  for (const change of [...spent, ...planned]) {
    if (change.risk !== 'destructive') continue;
    const { kind } = change.object;
    const objects = used.get(kind) ?? new Set<string>();
    used.set(kind, objects.add(change.object.uid ?? objectKeyOf(change.object)));
    const allowed = budget[kind] ?? 0;
    if (objects.size > allowed) throw overBudget(change, allowed, objects.size);
  }
}

function overBudget(change: Change, allowed: number, wanted: number): DrctlError {
  return new DrctlError(
    'OverBudget',
    'user',
    `${labelOf(change.object)} would be deletion number ${wanted} of kind ${change.object.kind}; the runbook allows ${allowed}`,
    {
      exit: 'refused',
      nextSteps: [
        `if this is meant, declare "budget: {${change.object.kind}: ${wanted}}" in the runbook and have it reviewed`,
      ],
    },
  );
}
