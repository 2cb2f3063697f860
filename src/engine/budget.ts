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
    const allowed = Object.hasOwn(budget, kind) ? (budget[kind] ?? 0) : 0;
    if (objects.size > allowed) throw overBudget(change, allowed, objects.size);
  }
}

/** Lanes that delete at the same time: what one is about to send counts for the others before it is in the journal. */
export class BudgetGuard {
  readonly #budget: Readonly<Record<string, number>>;
  readonly #spent: () => readonly Change[];
  readonly #sending = new Set<Change>();

  constructor(budget: Readonly<Record<string, number>>, spent: () => readonly Change[]) {
    this.#budget = budget;
    this.#spent = spent;
  }

  /** Throws `OverBudget`; otherwise the Change counts until `done`, by when the journal says what came of it. */
  reserve(change: Change): void {
    if (change.risk !== 'destructive') return;
    withinBudget([change], [...this.#spent(), ...this.#sending], this.#budget);
    this.#sending.add(change);
  }

  done(change: Change): void {
    this.#sending.delete(change);
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
