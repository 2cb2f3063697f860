import { changeDigestOf, isTask, type Change, type Item } from '../model/change.ts';
import { isJsonObject } from '../model/json.ts';
import type { PlannedStep } from '../model/plan.ts';
import { questionOf } from './asking.ts';
import type { Drive } from './context.ts';
import type { Instance } from './environment.ts';
import { cardOf } from './gates.ts';

/** Asks for each task in order; "done" is journaled like any other effect. False: not done, the run drains or comes back. */
export async function performTasks(
  instance: Instance,
  items: readonly Item[],
  planned: PlannedStep,
  drive: Drive,
): Promise<boolean> {
  for (const item of items)
    for (const change of item.changes.slice(0, item.ready))
      if (isTask(change) && !(await performTask(instance, item.key, change, planned, drive))) return false;
  return true;
}

async function performTask(
  instance: Instance,
  item: string,
  change: Change,
  planned: PlannedStep,
  drive: Drive,
): Promise<boolean> {
  const answer = await drive.asker.ask(
    questionOf({
      kind: 'task',
      step: instance.id,
      about: { step: instance.id, after: change.after },
      text: instructionOf(change),
      card: cardOf(planned, drive),
      choices: [
        { value: 'done', label: 'done' },
        { value: 'no', label: 'not now: pause the run' },
      ],
    }),
    { patient: () => drive.due.isPatient(instance.step) },
  );
  if (!answer) return false;
  if (answer.value !== 'done') {
    drive.drain.start({ is: 'declined', because: `"${instance.step.title}" is not done yet` }, instance.id);
    return false;
  }
  const before = drive.recorder.state.steps[instance.id]?.changes.length ?? 0;
  const id = `${instance.id}/${item}/${before + 1}`;
  const begun = { id, item, digest: changeDigestOf(change), change, once: true };
  const result = { by: answer.by, via: answer.via, ...(answer.because !== undefined && { because: answer.because }) };
  // In one append: the person has done it by now, so there is no instant at which its outcome is unknown.
  await drive.recorder.record(
    { type: 'changes.began', step: instance.id, changes: [begun] },
    { type: 'changes.ended', step: instance.id, results: [{ id, outcome: 'done', result }] },
  );
  return true;
}

function instructionOf(change: Change): string {
  const instruction = isJsonObject(change.after) ? change.after['instruction'] : undefined;
  return typeof instruction === 'string' ? instruction : change.object.name;
}
