import type { Plan, PlannedStep } from '../../model/plan.ts';
import { changesOf } from '../../model/plan.ts';
import { labelOf } from '../../model/object-ref.ts';
import type { RunResult } from '../../engine/outcome.ts';
import type { RunState } from '../../journal/fold.ts';
import type { ChangeKind } from '../../ports/change-kind.ts';
import { leftoversOf } from '../../report/leftovers.ts';
import { Lazily } from './document.ts';

type Kinds = ReadonlyMap<string, ChangeKind>;

/** The shape of `plan --json` (DESIGN section 6): more fields are welcome, these stay. */
export function planJson(plan: Plan, kinds: Kinds): unknown {
  return {
    runbook: plan.runbook.name,
    target: plan.target.name,
    digest: plan.digest,
    phases: plan.phases.map((phase) => ({
      id: phase.id,
      title: phase.title,
      needs: phase.needs,
      steps: phase.steps.map((step) => stepJson(step, kinds)),
    })),
    summary: plan.summary,
    missing: plan.missing,
    identity: plan.target.identity ?? null,
    ...(plan.lease && { lease: plan.lease }),
    ...(plan.impactAt !== undefined && { impactAt: plan.impactAt }),
  };
}

function stepJson(step: PlannedStep, kinds: Kinds): unknown {
  return {
    id: step.id,
    uses: step.uses,
    effect: step.effect,
    because: step.because,
    changes: new Lazily(changesOf(step), (change) => {
      const kind = kinds.get(change.kind);
      return {
        kind: change.kind,
        object: labelOf(change.object),
        risk: change.risk,
        summary: kind?.describe(change) ?? labelOf(change.object),
        diff: { before: change.before, after: change.after },
        command: kind?.command(change) ?? '',
      };
    }),
    ...(step.until !== undefined && { until: step.until }),
    ...(step.envelope && { envelope: step.envelope }),
    ...(step.evidence && { evidence: step.evidence }),
    ...(step.gate && { gate: step.gate }),
    ...(step.hold !== undefined && { hold: step.hold }),
  };
}

/** The shape of `run --json` and `resume --json`. */
export function runJson(result: RunResult): unknown {
  return {
    ...stateJson(result.run, result.state),
    outcome: result.outcome,
    because: result.because,
    waitingFor: result.waitingFor,
  };
}

export function stateJson(run: string, state: RunState): Record<string, unknown> {
  return {
    run,
    runbook: state.opened?.runbook.name ?? null,
    target: state.opened?.target.name ?? null,
    outcome: state.outcome,
    waitingFor: state.waitingFor,
    leftovers: leftoversOf(state),
    steps: Object.values(state.steps).map((step) => ({
      id: step.id,
      state: step.regressed === undefined ? (step.end ?? 'running') : 'regressed',
      startedAt: step.startedAt,
      finishedAt: step.finishedAt ?? null,
      because: step.regressed ?? step.because,
    })),
    exceptions: state.exceptions,
    ...(state.undoing !== undefined && { undoing: state.undoing }),
  };
}
