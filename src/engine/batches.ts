import type { PlannedStep } from '../model/plan.ts';
import { questionOf } from './asking.ts';
import type { Drive } from './context.ts';
import type { Instance } from './environment.ts';
import { cardOf } from './gates.ts';
import { declined } from './gating.ts';
import type { Batch } from './rollout.ts';
import type { Loop } from './stuck.ts';
import { verifyStep, type Over } from './verify.ts';

/**
 * After a batch its items are judged, before the next one begins, on resume as well: whether that was done before the
 * process died, nobody needs to know. A miss makes each later batch ask.
 */
export async function betweenBatches(batch: Batch, planned: PlannedStep, loop: Loop): Promise<boolean> {
  const { instance, drive } = loop;
  if (batch.index === (loop.batch ?? 0)) {
    loop.batch = batch.index;
    return true;
  }
  const over = overOf(instance, batch.before, drive);
  // Items that were found done are no work of this run: there is nothing of it to judge yet.
  if (over.objects.length > 0 && !(await verifyStep(instance, over, 'between', drive))) loop.missed = true;
  if (drive.drain.active) return false;
  if (loop.missed && !(await askToGoOn(batch, planned, loop))) return false;
  loop.batch = batch.index;
  return true;
}

async function askToGoOn(batch: Batch, planned: PlannedStep, { instance, drive }: Loop): Promise<boolean> {
  const answer = await drive.asker.ask(
    questionOf({
      kind: 'trouble',
      step: instance.id,
      about: { step: instance.id, batch: batch.index, items: planned.items },
      text: `${planned.title}: what was done so far did not pass its checks. Go on with the next ${batch.items.length} of ${planned.items.length}?`,
      card: cardOf(planned, drive),
    }),
  );
  if (!answer) return false;
  return answer.value === 'yes' || declined(instance, drive, 'the batches before it stand');
}

/** The items this run has worked on, for checks over them. */
export function overOf(instance: Instance, keys: readonly string[] | undefined, drive: Drive): Over {
  const changes =
    drive.recorder.state.steps[instance.id]?.changes.filter(
      (one) => keys === undefined || keys.includes(one.begun.item),
    ) ?? [];
  return {
    items: keys ?? [...new Set(changes.map((one) => one.begun.item))],
    objects: changes.map((one) => one.begun.change.object),
  };
}
