import type { Phase, Step } from '../model/runbook.ts';
import { hasEnded } from '../journal/fold.ts';
import { currentEnvironment, type Drive } from './context.ts';
import { instancesOf } from './environment.ts';
import { inOrderOfNeeds } from './plan.ts';
import { runStep } from './step.ts';

/** Runs every phase as soon as those it needs have ended; phases that can start together run side by side. */
export async function runLanes(phases: readonly Phase[], drive: Drive): Promise<boolean> {
  const due = new DueTasks();
  const lanes = new Map<string, Promise<boolean>>();
  for (const phase of inOrderOfNeeds(phases))
    lanes.set(
      phase.id,
      runLane(
        phase,
        phase.needs.flatMap((need) => lanes.get(need) ?? []),
        due,
        drive,
      ),
    );
  const results = await Promise.allSettled([...lanes.values()]);
  const background = await Promise.allSettled(due.all());
  for (const result of [...results, ...background]) if (result.status === 'rejected') throw result.reason;
  return [...results, ...background].every((result) => result.status === 'fulfilled' && result.value);
}

async function runLane(
  phase: Phase,
  needs: readonly Promise<boolean>[],
  due: DueTasks,
  drive: Drive,
): Promise<boolean> {
  // A lane that fails stops all: what it threw must not leave the others writing.
  const before = await Promise.all(needs.map((need) => need.catch(() => false)));
  if (!before.every(Boolean) || drive.drain.active) return false;
  drive.host.tell({ code: 'phase.began', level: 'info', data: { phase: phase.id, title: phase.title } });
  for (const step of phase.steps) {
    if (!(await due.before(step.id))) return false;
    if (step.dueBefore !== undefined) {
      due.add(step.dueBefore, stopAllOnError(runInstances(step, drive), drive));
      continue;
    }
    if (!(await stopAllOnError(runInstances(step, drive), drive))) return false;
  }
  drive.host.tell({ code: 'phase.ended', level: 'info', data: { phase: phase.id } });
  return true;
}

async function stopAllOnError(work: Promise<boolean>, drive: Drive): Promise<boolean> {
  try {
    return await work;
  } catch (error) {
    drive.drain.start({ is: 'failed', because: error instanceof Error ? error.message : String(error) });
    throw error;
  }
}

/** The step itself, or each of its `forEach` keys in order; the keys are fixed when it starts. */
async function runInstances(step: Step, drive: Drive): Promise<boolean> {
  const parent = drive.recorder.state.steps[step.id];
  if (step.forEach !== undefined && hasEnded(parent)) return true;
  const instances = instancesOf(step, currentEnvironment(drive), drive.expressions, parent?.keys);
  if ('waitsFor' in instances) {
    drive.drain.start(
      { is: 'failed', because: `${step.id} needs outputs of ${instances.waitsFor.join(', ')}, which did not end` },
      step.id,
    );
    return false;
  }
  if (step.forEach === undefined) {
    for (const instance of instances) if ((await runStep(instance, drive)) === 'stopped') return false;
    return true;
  }
  if (!parent?.keys)
    await drive.recorder.record({
      type: 'step.began',
      step: step.id,
      when: true,
      keys: instances.map((one) => one.each?.key ?? ''),
    });
  for (const instance of instances) if ((await runStep(instance, drive)) === 'stopped') return false;
  await drive.recorder.record({ type: 'step.ended', step: step.id, end: 'done', because: `${instances.length} keys` });
  return true;
}

/** Tasks that block nothing until a certain step would start. */
class DueTasks {
  readonly #byStep = new Map<string, Promise<boolean>[]>();

  add(step: string, task: Promise<boolean>): void {
    // Its failure is read when the step comes, or at the end.
    task.catch(() => undefined);
    this.#byStep.set(step, [...(this.#byStep.get(step) ?? []), task]);
  }

  async before(step: string): Promise<boolean> {
    return (await Promise.all(this.#byStep.get(step) ?? [])).every(Boolean);
  }

  all(): Promise<boolean>[] {
    return [...this.#byStep.values()].flat();
  }
}
