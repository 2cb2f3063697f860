import { changeDigestOf, type Scope } from '../model/change.ts';
import { labelOf } from '../model/object-ref.ts';
import { changesOf, type PlannedPhase, type PlannedStep } from '../model/plan.ts';

/**
 * A step was looked at before the steps above it ran. Where one of those may still touch what it looked at, "satisfied"
 * and "blocked" are not yet true: they are shown as `unknown` until that step (DESIGN section 4). A bare wait is `unknown`
 * behind anything that has Changes, because what it waits for is their effect; and so is a step all of whose Changes stand
 * in earlier steps already: what will be left for it, nobody knows yet.
 */
export function maskEarlier(
  phases: readonly PlannedPhase[],
  touchesOf: (step: PlannedStep) => readonly Scope[],
): PlannedPhase[] {
  const masked = new Map<string, PlannedPhase>();
  for (const phase of phases) {
    const before = stepsBefore(phase, masked);
    const steps: PlannedStep[] = [];
    for (const step of phase.steps) steps.push(maskStep(step, [...before, ...steps], touchesOf));
    masked.set(phase.id, { ...phase, steps });
  }
  return [...masked.values()];
}

/** Steps of every phase that must have ended before this one starts. Phases come in an order that respects `needs`. */
function stepsBefore(phase: PlannedPhase, masked: ReadonlyMap<string, PlannedPhase>): PlannedStep[] {
  const seen = new Set<string>();
  const collect = (id: string): void => {
    const needed = masked.get(id);
    if (!needed || seen.has(id)) return;
    needed.needs.forEach(collect);
    seen.add(id);
  };
  phase.needs.forEach(collect);
  return [...masked.values()].filter((one) => seen.has(one.id)).flatMap((one) => [...one.steps]);
}

function maskStep(
  step: PlannedStep,
  earlier: readonly PlannedStep[],
  touchesOf: (step: PlannedStep) => readonly Scope[],
): PlannedStep {
  const moving = earlier.filter((one) => one.effect === 'unknown' || changesOf(one).length > 0);
  const bareWait = step.effect === 'changes' && changesOf(step).length === 0;
  if (step.effect === 'changes' && !bareWait && !isRepeated(step, moving)) return step;
  if (step.effect === 'unknown') return step;
  const own = touchesOf(step);
  const behind = moving.findLast((one) => bareWait || meet(touchesOf(one), own));
  if (!behind) return step;
  return {
    ...step,
    effect: 'unknown',
    until: behind.id,
    because: `depends on what ${behind.id} does (now: ${step.because})`,
    envelope: own,
    items: [],
  };
}

function isRepeated(step: PlannedStep, earlier: readonly PlannedStep[]): boolean {
  // to digest what no earlier step works on would be for nothing
  const own = new Set(changesOf(step).map(({ object }) => labelOf(object)));
  const same = earlier.flatMap((one) => changesOf(one)).filter(({ object }) => own.has(labelOf(object)));
  if (same.length === 0) return false;
  const digests = new Set(same.map(changeDigestOf));
  return changesOf(step).every((change) => digests.has(changeDigestOf(change)));
}

/** Whether two upper bounds can concern one object. `*` is every kind; no namespaces is any of them. */
export function meet(a: readonly Scope[], b: readonly Scope[]): boolean {
  return a.some((one) =>
    b.some((other) => one.endpoint === other.endpoint && overlap(one.kinds, other.kinds) && namespacesMeet(one, other)),
  );
}

function overlap(a: readonly string[], b: readonly string[]): boolean {
  return a.includes('*') || b.includes('*') || a.some((kind) => b.includes(kind));
}

function namespacesMeet(a: Scope, b: Scope): boolean {
  if (!a.namespaces || !b.namespaces) return true;
  return overlap(a.namespaces, b.namespaces);
}
