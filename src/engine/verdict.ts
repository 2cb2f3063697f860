import type { ChangeState } from '../journal/fold.ts';
import type { PlannedStep } from '../model/plan.ts';
import type { Drive } from './context.ts';
import { coverStep, type Verdict } from './cover.ts';
import type { Instance } from './environment.ts';

/** Whether what the step now plans is what somebody said yes to. */
export function verdictOn(planned: Pick<PlannedStep, 'items'>, instance: Instance, drive: Drive): Verdict {
  const approved = drive.approvals.of(instance.id, instance.step.id);
  const done = doneChangesOf(instance, drive);
  return coverStep(
    planned.items,
    [approved],
    done.filter((one) => one.seq > approved.since).map((one) => one.begun.change),
    drive.verbsOf,
    done.map((one) => one.begun.change),
  );
}

export function doneChangesOf(instance: Instance, drive: Pick<Drive, 'recorder'>): readonly ChangeState[] {
  return (drive.recorder.state.steps[instance.id]?.changes ?? []).filter(
    (one) => one.outcome === 'done' || one.outcome === 'settled-done',
  );
}
