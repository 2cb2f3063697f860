import type { Runbook } from '../../model/runbook.ts';
import type { RunState } from '../../journal/fold.ts';

/** The way ahead, told to a host before the run begins. */
export interface Outline {
  readonly title: string;
  readonly rtoMs?: number;
  readonly impactAt?: string;
  readonly phases: readonly {
    readonly id: string;
    readonly title: string;
    readonly objective?: number;
    readonly steps: readonly { readonly id: string; readonly title: string }[];
  }[];
  /** On resume: how each step ended that has ended. */
  readonly ended?: Readonly<Record<string, string>>;
}

export function outlineOf(runbook: Runbook, impactAt: string | undefined, state?: RunState): Outline {
  const ended = Object.values(state?.steps ?? {}).flatMap((step) =>
    step.end === undefined || step.regressed !== undefined ? [] : [[step.id, step.end] as const],
  );
  return {
    title: runbook.title,
    ...(runbook.objectives.rto !== undefined && { rtoMs: runbook.objectives.rto }),
    ...(impactAt !== undefined && { impactAt }),
    phases: runbook.phases.map(({ id, title, objective, steps }) => ({
      id,
      title,
      ...(objective !== undefined && { objective }),
      steps: steps.map((step) => ({ id: step.id, title: step.title })),
    })),
    ended: Object.fromEntries(ended),
  };
}
