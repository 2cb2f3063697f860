import type { BegunChange } from '../model/journal.ts';
import { labelOf } from '../model/object-ref.ts';
import { lostChanges } from '../journal/fold.ts';
import { questionOf } from './asking.ts';
import type { Drive } from './context.ts';
import { endStep } from './ending.ts';
import type { Instance } from './environment.ts';
import { probeLost } from './execute.ts';
import type { Patience } from './patience.ts';
import { recover } from './trouble.ts';

/** `skipped`: a person left the step out. `stopped`: the run drains. */
export type Settled = 'settled' | 'skipped' | 'stopped';

/**
 * Changes whose outcome nobody wrote down, of an earlier life of this run or of a probe that could not look: found out
 * before anything else of the step is planned, so that none is sent a second time in the dark.
 */
export async function settleLost(instance: Instance, patience: Patience, drive: Drive): Promise<Settled> {
  for (;;) {
    const lost = lostChanges(drive.recorder.state.steps[instance.id]);
    if (lost.length === 0) return 'settled';
    // What was probed in vain already is a person's to say; the rest is looked at.
    const fresh = lost.filter((one) => one.outcome === undefined);
    const unknown = await probeLost(
      instance.id,
      fresh.map((one) => ({ begun: one.begun, sentAt: one.sentAt })),
      drive.executor,
    );
    if (unknown === undefined) {
      if (!(await recover(instance, undefined, patience, drive))) return 'stopped';
      continue;
    }
    patience.restore();
    for (const change of lostChanges(drive.recorder.state.steps[instance.id])) {
      const settled = await settleUnknown(instance, change.begun, drive);
      if (settled !== 'settled') return settled;
    }
  }
}

/**
 * A Change that was sent and of which nobody knows what came of it: it can be neither probed nor safely repeated, so a
 * person looks and says. Never silently repeated (promise 7).
 */
async function settleUnknown(instance: Instance, begun: BegunChange, drive: Drive): Promise<Settled> {
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
    drive.drain.start({ is: 'settle', because: `${what}: unknown outcome, needs \`drctl settle\`` }, begun.id);
    return 'stopped';
  }
  const outcome = answer.value === 'redo' ? 'settled-redo' : 'settled-done';
  await drive.recorder.record({
    type: 'changes.ended',
    step: instance.id,
    results: [{ id: begun.id, outcome, because: `${answer.by}: ${answer.because ?? answer.value}` }],
  });
  if (answer.value !== 'skip') return 'settled';
  await endStep(instance, 'skipped', answer.because ?? 'left out', drive);
  return 'skipped';
}
