import type { DraftPhase } from './draft.ts';
import type { Problem } from './problem.ts';
import type { Path, Source } from './source.ts';

/** Ids are the names under which a run remembers everything: of steps in a runbook, and of phases. */
export function duplicateProblems(phases: readonly DraftPhase[]): Problem[] {
  const steps = phases.flatMap((phase) => phase.steps);
  return [
    ...twice(
      'step',
      steps.map(({ step, source, path }) => ({ id: step.id, source, path })),
    ),
    ...twice(
      'phase',
      phases.map(({ phase, source, path }) => ({ id: phase.id, source, path })),
    ),
  ];
}

interface Named {
  readonly id: string;
  readonly source: Source;
  readonly path: Path;
}

function twice(what: string, all: readonly Named[]): Problem[] {
  const first = new Map<string, Named>();
  return all.flatMap((one) => {
    const known = first.get(one.id);
    if (!known) {
      first.set(one.id, one);
      return [];
    }
    const at = known.source.at([...known.path, 'id']);
    const message = `the ${what} "${one.id}" exists already, at ${at.file}:${at.line}:${at.column}`;
    return one.source.problem('DuplicateId', message, [...one.path, 'id']);
  });
}
