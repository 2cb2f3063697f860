import type { BegunChange } from '../model/journal.ts';
import { labelOf } from '../model/object-ref.ts';
import { questionOf } from './asking.ts';
import type { Drive } from './context.ts';
import { endStep } from './ending.ts';
import type { Instance } from './environment.ts';

/**
 * A Change that was sent and of which nobody knows what came of it: it can be neither probed nor safely repeated, so a
 * person looks and says. Never silently repeated (promise 7). False: the run drains, or the step is left out.
 */
export async function settleUnknown(instance: Instance, begun: BegunChange, drive: Drive): Promise<boolean> {
  const what = labelOf(begun.change.object);
  const answer = await drive.asker.ask(
    questionOf({
      kind: 'settle',
      step: instance.id,
      about: { change: begun.id, digest: begun.digest },
      text: `${what}: it was sent, and the answer was lost. Look at it yourself: what is so?`,
      choices: [
        { value: 'done', label: 'it was done', reason: true },
        { value: 'redo', label: 'it was not done: do it again', reason: true },
        { value: 'accept', label: 'it does not matter: go on', reason: true },
        { value: 'skip', label: 'leave this step out', reason: true },
        { value: 'pause', label: 'pause the run' },
      ],
    }),
  );
  if (!answer || answer.value === 'pause') {
    drive.drain.start(
      { is: 'settle', because: `${what}: unknown outcome, needs \`drctl settle\`` },
      `${instance.id}/${begun.id}`,
    );
    return false;
  }
  const outcome = answer.value === 'redo' ? 'settled-redo' : 'settled-done';
  await drive.recorder.record({
    type: 'changes.ended',
    step: instance.id,
    results: [{ id: begun.id, outcome, because: answer.because ?? answer.value }],
  });
  if (answer.value !== 'skip') return true;
  await endStep(instance, 'skipped', answer.because ?? 'left out', drive);
  return false;
}
