import type { Phase, Step } from '../model/runbook.ts';

interface Task {
  readonly step: Step;
  readonly begun: Promise<void>;
  begin(): void;
  /** Runs it again, when nobody was there to do it before it was due. */
  run: (() => Promise<boolean>) | undefined;
  result: Promise<boolean> | undefined;
  due: boolean;
}

/**
 * Tasks with `dueBefore`: asked as soon as their lane comes to them, blocking nothing until the step they are due before
 * would start. That step then waits for them, whichever lane it stands in.
 */
export class DueTasks {
  #tasks: readonly Task[] = [];
  #phases: readonly Phase[] = [];

  /** What this drive will run: a task of a phase that is left out is waited for by nobody. */
  expect(phases: readonly Phase[]): void {
    this.#phases = phases;
    this.#tasks = phases.flatMap((phase) => phase.steps.filter((one) => one.dueBefore !== undefined)).map(taskOf);
  }

  isPatient(step: Step): boolean {
    return step.dueBefore !== undefined && this.#tasks.some((task) => task.step.id === step.id && !task.due);
  }

  start(step: Step, run: () => Promise<boolean>): void {
    const task = this.#tasks.find((one) => one.step.id === step.id);
    if (!task) return;
    task.run = run;
    task.result = run();
    // Its failure is read when the step comes, or at the end.
    task.result.catch(() => undefined);
    task.begin();
  }

  /** Everything that is due before this step, done. False: the run drains. */
  async before(step: Step, draining: AbortSignal, pressing: () => void): Promise<boolean> {
    const tasks = this.#tasks.filter((task) => task.step.dueBefore === step.id && !this.#comesAfter(task.step, step));
    for (const task of tasks) task.due = true;
    if (tasks.length > 0) pressing();
    for (const task of tasks) {
      await Promise.race([task.begun, aborted(draining)]);
      if (!(await finished(task, draining))) return false;
    }
    return true;
  }

  /** Those that no step has waited for: at the end every one is due. */
  async rest(draining: AbortSignal, pressing: () => void): Promise<boolean> {
    for (const task of this.#tasks) task.due = true;
    pressing();
    const begun = this.#tasks.filter((task) => task.result !== undefined);
    return (await Promise.all(begun.map((task) => finished(task, draining)))).every(Boolean);
  }

  /** A task that itself waits for the step cannot hold it up. */
  #comesAfter(task: Step, step: Step): boolean {
    if (task.phase === step.phase) {
      const ids = this.#phases.find((phase) => phase.id === task.phase)?.steps.map((one) => one.id) ?? [];
      return ids.indexOf(task.id) > ids.indexOf(step.id);
    }
    return needs(this.#phases, task.phase, step.phase);
  }
}

function taskOf(step: Step): Task {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { step, begun: promise, begin: resolve, run: undefined, result: undefined, due: false };
}

async function finished(task: Task, draining: AbortSignal): Promise<boolean> {
  if (await task.result) return true;
  if (draining.aborted || !task.run) return false;
  task.result = task.run();
  return task.result;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function needs(phases: readonly Phase[], from: string, to: string, seen = new Set<string>()): boolean {
  if (seen.has(from)) return false;
  seen.add(from);
  const direct = phases.find((phase) => phase.id === from)?.needs ?? [];
  return direct.includes(to) || direct.some((one) => needs(phases, one, to, seen));
}
