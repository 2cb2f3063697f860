import type { Phase, Step } from '../model/runbook.ts';
import { isDrctlError } from '../model/errors.ts';
import { hasEnded } from '../journal/fold.ts';
import { isSendError } from '../ports/door.ts';
import { currentEnvironment, type Drive } from './context.ts';
import { instancesOf } from './environment.ts';
import { inOrderOfNeeds } from './plan.ts';
import { runStep } from './step.ts';

/** Runs every phase as soon as those it needs have ended; phases that can start together run side by side. */
export async function runLanes(phases: readonly Phase[], drive: Drive): Promise<boolean> {
  drive.due.expect(phases);
  const lanes = new Map<string, Promise<boolean>>();
  for (const phase of inOrderOfNeeds(phases))
    lanes.set(
      phase.id,
      runLane(
        phase,
        phase.needs.flatMap((need) => lanes.get(need) ?? []),
        drive,
      ),
    );
  const results = await Promise.allSettled([...lanes.values()]);
  const late = await Promise.allSettled([drive.due.rest(drive.drain.signal, () => drive.asker.refresh())]);
  const all = [...results, ...late];
  const errors = all.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  // Whoever was fenced off learns that before anything else that went wrong because of it.
  if (errors.length > 0) throw errors.find(isFence) ?? errors[0];
  return all.every((result) => result.status === 'fulfilled' && result.value);
}

export function isFence(error: unknown): boolean {
  return isDrctlError(error, 'Fenced') || (isSendError(error) && error.trouble === 'fenced');
}

async function runLane(phase: Phase, needs: readonly Promise<boolean>[], drive: Drive): Promise<boolean> {
  // A lane that fails stops all: what it threw must not leave the others writing.
  const before = await Promise.all(needs.map((need) => need.catch(() => false)));
  if (!before.every(Boolean) || drive.drain.active) return false;
  drive.host.tell({ code: 'phase.began', level: 'info', data: { phase: phase.id, title: phase.title } });
  for (const step of phase.steps) {
    if (
      !(await stopAllOnError(
        drive.due.before(step, drive.drain.signal, () => drive.asker.refresh()),
        drive,
      ))
    )
      return false;
    const run = (): Promise<boolean> => stopAllOnError(runInstances(step, drive), drive);
    if (step.dueBefore !== undefined) drive.due.start(step, run);
    else if (!(await run())) return false;
  }
  drive.host.tell({ code: 'phase.ended', level: 'info', data: { phase: phase.id } });
  return true;
}

async function stopAllOnError(work: Promise<boolean>, drive: Drive): Promise<boolean> {
  try {
    return await work;
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    drive.drain.start({ is: isFence(error) ? 'fenced' : 'failed', because });
    throw error;
  }
}

/** The step itself, or each of its `forEach` keys in order; the keys are fixed when it starts. */
async function runInstances(step: Step, drive: Drive): Promise<boolean> {
  const parent = drive.recorder.state.steps[step.id];
  const instances = instancesOf(step, currentEnvironment(drive), drive.expressions, parent?.keys);
  if ('waitsFor' in instances) {
    drive.drain.start(
      { is: 'failed', because: `${step.id} needs outputs of ${instances.waitsFor.join(', ')}, which did not end` },
      step.id,
    );
    return false;
  }
  if (step.forEach !== undefined && !parent?.keys)
    await drive.recorder.record({
      type: 'step.began',
      step: step.id,
      when: true,
      keys: instances.map((one) => one.each?.key ?? ''),
    });
  for (const instance of instances) if ((await runStep(instance, drive)) === 'stopped') return false;
  if (step.forEach !== undefined && !hasEnded(drive.recorder.state.steps[step.id]))
    await drive.recorder.record({
      type: 'step.ended',
      step: step.id,
      end: 'done',
      because: `${instances.length} keys`,
    });
  return true;
}
