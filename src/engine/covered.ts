import { counted } from '../model/counted.ts';
import type { Choice } from '../model/question.ts';
import { changesOf, type PlannedStep } from '../model/plan.ts';
import { questionOf } from './asking.ts';
import type { Verdict } from './cover.ts';
import { endStep } from './ending.ts';
import { cardOf } from './gates.ts';
import { declined } from './gating.ts';
import type { Loop } from './stuck.ts';
import { verdictOn } from './verdict.ts';

/** Whether the step may do what it now plans; where nobody has said yes to that, they are asked. */
export async function isCovered(planned: PlannedStep, loop: Loop): Promise<'covered' | 'ended' | 'stopped'> {
  const { instance, drive } = loop;
  const verdict = verdictOn(planned, instance, drive);
  if (verdict.covered && !loop.regressed) return 'covered';
  const plan = await drive.approvals.putStep(planned);
  const answer = await drive.asker.ask(
    questionOf({
      kind: !verdict.covered && verdict.why === 'riskier' && !loop.regressed ? 'confirm' : 'moved',
      step: instance.id,
      about: {
        step: instance.id,
        changes: verdict.covered ? changesOf(planned) : verdict.changes,
        ...(loop.regressed && { regressed: true }),
      },
      text: loop.regressed ? regressedText(planned) : movedText(planned, verdict),
      card: cardOf(planned, drive),
      ...(loop.regressed && { choices: AGAIN }),
    }),
    { digest: plan },
  );
  if (!answer) return 'stopped';
  if (answer.value === 'accept') {
    await endStep(instance, 'accepted', answer.because ?? 'accepted', drive);
    return 'ended';
  }
  if (answer.value !== 'yes') {
    declined(instance, drive, 'what was new was not done');
    return 'stopped';
  }
  drive.approvals.acceptStep(planned, drive.recorder.seq);
  if (loop.regressed) {
    await drive.recorder.record({ type: 'step.began', step: instance.id, when: true });
    loop.regressed = false;
  }
  return 'covered';
}

const AGAIN: readonly Choice[] = [
  { value: 'yes', label: 'do it again' },
  { value: 'accept', label: 'leave it as it is', reason: true },
  { value: 'no', label: 'no, stop here' },
];

function regressedText(planned: PlannedStep): string {
  return `${planned.title} had ended, and the world is no longer as it left it: ${counted(changesOf(planned).length, 'Change')} again`;
}

function movedText(planned: PlannedStep, verdict: Verdict): string {
  if (verdict.covered) return planned.title;
  return verdict.why === 'riskier'
    ? `${planned.title} is now known: ${counted(verdict.changes.length, 'Change')} with a risk`
    : `${planned.title} is not what was approved: ${counted(verdict.changes.length, 'Change')} new or different`;
}
