import type { Guard } from './action.ts';
import type { Change, Item, Risk, Scope } from './change.ts';
import type { Digest } from './digest.ts';
import type { Evidence } from './question.ts';
import type { Identity, TargetClass } from './target.ts';

/** What a plan says of a step. */
export type EffectName = 'satisfied' | 'changes' | 'blocked' | 'unknown';

export interface PlannedStep {
  /** `rebind`, or `rebind[kafka]` under `forEach`. */
  readonly id: string;
  readonly phase: string;
  readonly title: string;
  readonly uses: string;
  readonly effect: EffectName;
  readonly because: string;
  readonly items: readonly Item[];
  /** For `unknown`: until which step, and at most what. */
  readonly until?: string;
  readonly envelope?: readonly Scope[];
  readonly evidence?: readonly Evidence[];
  /** For `blocked`: what stands in the way. */
  readonly guards?: readonly Guard[];
  /** For `blocked`, and `unknown` that was: Changes that are not planned yet, but whose permissions are asked about now. */
  readonly foreseen?: readonly Change[];
  /** Opaque checks (a command) that are approved with the step. */
  readonly opaqueChecks?: readonly string[];
  readonly gate?: 'confirm' | 'type-target' | 'checklist' | 'choose';
  readonly hold?: string;
}

export interface PlannedPhase {
  readonly id: string;
  readonly title: string;
  readonly needs: readonly string[];
  readonly steps: readonly PlannedStep[];
}

/** A permission that the plan needs and the caller was found not to have. */
export interface MissingPermission {
  readonly step: string;
  readonly permission: string;
  readonly reason: string;
}

/** The Lease `drctl` in kube-system, which keeps runs apart that are kept in different places: in no count and no digest. */
export interface PlannedLease {
  /** `unavailable`: not permitted, or not served; then only the store keeps a second run away. */
  readonly is: 'free' | 'held' | 'unavailable';
  /** The run that holds it. */
  readonly by?: string;
  readonly because: string;
}

export interface Plan {
  readonly v: 1;
  readonly drctl: string;
  readonly runbook: { readonly name: string; readonly digest: Digest };
  readonly parameters: Digest;
  readonly target: { readonly name: string; readonly class: TargetClass; readonly identity?: Identity };
  readonly impactAt?: string;
  readonly phases: readonly PlannedPhase[];
  readonly missing: readonly MissingPermission[];
  readonly summary: PlanSummary;
  /** Absent where nothing is to be done. */
  readonly lease?: PlannedLease;
  /** Over everything above but the Lease; two plans with one digest propose the same. */
  readonly digest: Digest;
}

export interface PlanSummary {
  readonly changes: number;
  readonly byRisk: Readonly<Record<Risk, number>>;
  readonly destructive: number;
  readonly blocked: number;
  readonly unknown: number;
}

export function stepsOf(plan: Pick<Plan, 'phases'>): PlannedStep[] {
  return plan.phases.flatMap((phase) => [...phase.steps]);
}

export function changesOf(step: Pick<PlannedStep, 'items'>): Change[] {
  return step.items.flatMap((item) => [...item.changes]);
}
