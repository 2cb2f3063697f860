import { isDeepStrictEqual } from 'node:util';
import type { Digest } from '../model/digest.ts';
import type { Item, Scope } from '../model/change.ts';
import { stepsOf, type Plan, type PlannedPhase, type PlannedStep } from '../model/plan.ts';
import type { Blobs } from '../ports/blobs.ts';
import type { Approved } from './cover.ts';

interface Kept extends Approved {
  /** Of the journal's last line when it was given: Changes begun before it do not use it up. */
  readonly since: number;
}

/**
 * What people have said yes to in this run, by step. Each approval is a blob of planned steps (the whole plan, or the one
 * step that moved) whose digest the answer names, so that a resumed run knows exactly what was on the screen. A later yes
 * to a step takes the place of an earlier one, since the whole step was shown again; its envelope stays.
 */
export class Approvals {
  readonly #blobs: Blobs;
  readonly #bySteps = new Map<string, Kept>();
  readonly #order = new Map<string, string[]>();

  constructor(blobs: Blobs) {
    this.#blobs = blobs;
  }

  async load(approvals: readonly { readonly plan: Digest; readonly seq: number }[]): Promise<void> {
    for (const { plan, seq } of approvals)
      this.accept((JSON.parse(await this.#blobs.get(plan)) as ApprovalBlob).phases, seq);
  }

  /** Durable before the question that names it. */
  put(phases: readonly PlannedPhase[]): Promise<Digest> {
    return this.#blobs.put(JSON.stringify({ phases } satisfies ApprovalBlob));
  }

  putStep(step: PlannedStep): Promise<Digest> {
    return this.put(alone(step));
  }

  accept(phases: readonly PlannedPhase[], since: number): void {
    for (const step of stepsOf({ phases })) {
      const envelope = [...(this.#bySteps.get(step.id)?.envelope ?? []), ...(step.envelope ?? [])];
      this.#bySteps.set(step.id, { items: step.items, envelope, since });
      const order = this.#order.get(step.id) ?? [];
      this.#order.set(step.id, [...order, ...step.items.map((item) => item.key).filter((key) => !order.includes(key))]);
    }
  }

  acceptStep(step: PlannedStep, since: number): void {
    this.accept(alone(step), since);
  }

  /** Under `forEach`, an approval given while the keys were unknown covers every key by its envelope. */
  of(instance: string, step: string): Kept {
    const own = this.#bySteps.get(instance);
    const parent: readonly Scope[] = instance === step ? [] : (this.#bySteps.get(step)?.envelope ?? []);
    return { items: own?.items ?? [], envelope: [...(own?.envelope ?? []), ...parent], since: own?.since ?? 0 };
  }

  /**
   * The same step, with the approved Changes themselves where those that were planned now are equal to them: plan, approval and
   * journal share one copy then, which of ten thousand objects is tens of megabytes.
   */
  sharing(planned: PlannedStep): PlannedStep {
    const approved = new Map(this.#bySteps.get(planned.id)?.items.map((item) => [item.key, item]));
    if (approved.size === 0) return planned;
    return { ...planned, items: planned.items.map((item) => sharedItem(item, approved.get(item.key))) };
  }

  /** Item keys in the order in which they were first approved: what `rollout` counts over. */
  orderOf(instance: string): readonly string[] {
    return this.#order.get(instance) ?? [];
  }
}

/** What is left of an item is the end of what was approved of it: side by side from its first Change on, they are the same. */
function sharedItem(item: Item, approved: Item | undefined): Item {
  const [first] = item.changes;
  const from = approved?.changes.findIndex((one) => isDeepStrictEqual(one, first)) ?? -1;
  if (!approved || from < 0) return item;
  const changes = item.changes.map((change, index) => {
    const one = approved.changes[from + index];
    return one !== undefined && isDeepStrictEqual(one, change) ? one : change;
  });
  return { ...item, changes };
}

interface ApprovalBlob {
  readonly phases: Plan['phases'];
}

function alone(step: PlannedStep): PlannedPhase[] {
  return [{ id: step.phase, title: '', needs: [], steps: [step] }];
}
