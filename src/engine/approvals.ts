import type { Digest } from '../model/digest.ts';
import { changesOf, stepsOf, type Plan, type PlannedPhase, type PlannedStep } from '../model/plan.ts';
import type { Blobs } from '../ports/blobs.ts';
import { approvedOf, type Approved } from './cover.ts';

/**
 * What people have said yes to in this run, by step. Each approval is a blob of planned steps (the whole plan, or the one
 * step that moved) whose digest the answer names, so that a resumed run knows exactly what was on the screen.
 */
export class Approvals {
  readonly #blobs: Blobs;
  readonly #bySteps = new Map<string, Approved[]>();
  readonly #order = new Map<string, string[]>();

  constructor(blobs: Blobs) {
    this.#blobs = blobs;
  }

  async load(digests: readonly Digest[]): Promise<void> {
    for (const digest of digests) this.accept((JSON.parse(await this.#blobs.get(digest)) as ApprovalBlob).phases);
  }

  /** Durable before the question that names it. */
  put(phases: readonly PlannedPhase[]): Promise<Digest> {
    return this.#blobs.put(JSON.stringify({ phases } satisfies ApprovalBlob));
  }

  putStep(step: PlannedStep): Promise<Digest> {
    return this.put([{ id: step.phase, title: '', needs: [], steps: [step] }]);
  }

  accept(phases: readonly PlannedPhase[]): void {
    for (const step of stepsOf({ phases })) {
      this.#bySteps.set(step.id, [...(this.#bySteps.get(step.id) ?? []), approvedOf(step)]);
      const order = this.#order.get(step.id) ?? [];
      this.#order.set(step.id, [...order, ...step.items.map((item) => item.key).filter((key) => !order.includes(key))]);
    }
  }

  acceptStep(step: PlannedStep): void {
    this.accept([{ id: step.phase, title: '', needs: [], steps: [step] }]);
  }

  /** Under `forEach`, an approval given while the keys were unknown covers every key by its envelope. */
  of(instance: string, step: string): readonly Approved[] {
    return [...(this.#bySteps.get(instance) ?? []), ...(instance === step ? [] : (this.#bySteps.get(step) ?? []))];
  }

  /** Item keys in the order in which they were first approved: what `rollout` counts over. */
  orderOf(instance: string): readonly string[] {
    return this.#order.get(instance) ?? [];
  }
}

export interface ApprovalBlob {
  readonly phases: Plan['phases'];
}

export function countOf(steps: readonly PlannedStep[]): number {
  return steps.reduce((sum, step) => sum + changesOf(step).length, 0);
}
