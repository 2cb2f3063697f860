import type { DraftPhase, DraftStep } from './draft.ts';

/** Which steps have certainly ended when another begins: those above it in its phase, and all of the phases it needs. */
export interface Order {
  /** Whether `a` has ended before `b` begins. */
  before(a: DraftStep, b: DraftStep): boolean;
  readonly steps: readonly DraftStep[];
  step(id: string): DraftStep | undefined;
}

export function orderOf(phases: readonly DraftPhase[]): Order {
  const steps = phases.flatMap((phase) => phase.steps);
  const byId = new Map(steps.map((one) => [one.step.id, one]));
  const position = new Map(steps.map((one, index) => [one, index]));
  const needs = ancestorsOf(phases);
  return {
    steps,
    step: (id) => byId.get(id),
    before(a, b) {
      if (a.step.phase === b.step.phase) return (position.get(a) ?? 0) < (position.get(b) ?? 0);
      return needs.get(b.step.phase)?.has(a.step.phase) ?? false;
    },
  };
}

function ancestorsOf(phases: readonly DraftPhase[]): Map<string, Set<string>> {
  const direct = new Map(phases.map(({ phase }) => [phase.id, phase.needs]));
  const all = new Map<string, Set<string>>();
  for (const { phase } of phases) {
    const seen = new Set<string>();
    const waiting = [...phase.needs];
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      if (seen.has(id)) continue;
      seen.add(id);
      waiting.push(...(direct.get(id) ?? []));
    }
    all.set(phase.id, seen);
  }
  return all;
}

/** Phases that wait for each other, each circle once, beginning with the one that stands first in the file. */
export function cyclesOf(phases: readonly DraftPhase[]): string[][] {
  const direct = new Map(phases.map(({ phase }) => [phase.id, phase.needs]));
  const cycles: string[][] = [];
  const done = new Set<string>();
  const walk = (id: string, trail: readonly string[]): void => {
    const from = trail.indexOf(id);
    if (from >= 0) return void cycles.push(trail.slice(from));
    if (done.has(id)) return;
    for (const need of direct.get(id) ?? []) if (direct.has(need)) walk(need, [...trail, id]);
    done.add(id);
  };
  for (const { phase } of phases) walk(phase.id, []);
  return cycles;
}
