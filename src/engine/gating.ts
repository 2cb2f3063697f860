import type { Digest } from '../model/digest.ts';
import type { PlannedStep } from '../model/plan.ts';
import type { QuestionKind } from '../model/question.ts';
import type { RunState } from '../journal/fold.ts';
import type { Drive } from './context.ts';
import type { Instance } from './environment.ts';
import { gateQuestions } from './gates.ts';
import type { Loop } from './stuck.ts';
import { verdictOn } from './verdict.ts';

const GATE_KINDS: ReadonlySet<QuestionKind> = new Set(['confirm', 'type-target', 'checklist', 'choice']);

/**
 * A gate that a step has begun to act on stands for the run, however little of it is left (DESIGN section 4, "Gates and
 * lanes"); what is not as it was then asks by itself, as a moved world.
 */
export function wasGated(step: string, state: RunState): boolean {
  return state.answers.some(
    (one) =>
      one.step === step &&
      GATE_KINDS.has(one.kind) &&
      (one.answer.value !== 'no' || one.kind === 'choice') &&
      state.actedSince(one.seq, step),
  );
}

/** The questions before a step, once. False: the run drains. */
export async function passGate(planned: PlannedStep, loop: Loop): Promise<boolean> {
  const { instance, drive } = loop;
  const { gate } = instance.step;
  if (loop.gated || !gate || gate.at === 'after') return true;
  const plan = await asksForBoth(planned, loop);
  if (!(await askGate(planned, instance, drive, 'nothing of it was done', plan))) return false;
  if (plan) drive.approvals.acceptStep(planned, drive.recorder.seq);
  loop.gated = true;
  return true;
}

/**
 * What is known only now and is not safe wants a confirmation of its own; a gate that confirms shows the very same card, and
 * nobody is asked the same thing twice in a row.
 */
async function asksForBoth(planned: PlannedStep, { instance, drive, regressed }: Loop): Promise<Digest | undefined> {
  const verdict = verdictOn(planned, instance, drive);
  const isRiskier = !verdict.covered && verdict.why === 'riskier';
  if (!isRiskier || regressed || instance.step.gate?.confirm === undefined) return undefined;
  return drive.approvals.putStep(planned);
}

export async function askGate(
  planned: PlannedStep,
  instance: Instance,
  drive: Drive,
  after: string,
  plan?: Digest,
): Promise<boolean> {
  const { gate } = instance.step;
  if (!gate) return true;
  for (const question of gateQuestions(gate, planned, drive)) {
    const confirms = question.kind === 'confirm' || question.kind === 'type-target';
    const answer = await drive.asker.ask(question, confirms && plan ? { digest: plan } : {});
    if (!answer) return false;
    if (answer.value === 'no' && question.kind !== 'choice') return declined(instance, drive, after);
  }
  return true;
}

export function declined(instance: Instance, drive: Drive, after: string): false {
  drive.drain.start({ is: 'declined', because: `"no" at ${instance.step.title}; ${after}` }, instance.id);
  return false;
}
