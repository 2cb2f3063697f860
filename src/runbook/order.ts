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
  // expanding an include makes new objects of the same steps
  const known = (one: DraftStep): DraftStep => (position.has(one) ? one : (byId.get(one.step.id) ?? one));
  return {
    steps,
    step: (id) => byId.get(id),
    before(a, b) {
      const [first, second] = [known(a), known(b)];
      if (first.step.phase === second.step.phase) return (position.get(first) ?? 0) < (position.get(second) ?? 0);
      return needs.get(second.step.phase)?.has(first.step.phase) ?? false;
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
  const ids = phases.map(({ phase }) => phase.id);
  // two phases of one id are told as that, and would seem to need themselves
  const unique = phases.filter(({ phase }) => ids.indexOf(phase.id) === ids.lastIndexOf(phase.id));
  const direct = new Map(unique.map(({ phase }) => [phase.id, phase.needs]));
  const cycles: string[][] = [];
  const done = new Set<string>();
  const walk = (id: string, trail: readonly string[]): void => {
    const from = trail.indexOf(id);
    if (from >= 0) return void cycles.push(trail.slice(from));
    if (done.has(id)) return;
    for (const need of direct.get(id) ?? []) if (direct.has(need)) walk(need, [...trail, id]);
    done.add(id);
  };
  for (const { phase } of unique) walk(phase.id, []);
  return cycles;
}
