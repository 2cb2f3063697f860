import type { PlannedStep } from '../model/plan.ts';
import { doneChanges, hasEnded, lostChanges } from '../journal/fold.ts';
import { endStep } from './ending.ts';
import { currentEnvironment, type Drive } from './context.ts';
import { converge, declined, newLoop, overOf } from './converge.ts';
import type { Instance } from './environment.ts';
import { probeLost } from './execute.ts';
import { gateQuestions } from './gates.ts';
import { settleUnknown } from './settling.ts';
import { askTrouble, type Turn } from './stuck.ts';
import { recover } from './trouble.ts';
import { verifyStep } from './verify.ts';

/** `stopped`: the run drains; the step is as far as the journal says. */
export type StepOutcome = 'ended' | 'stopped';

/**
 * One step, from wherever it stands. First start, waiting and resume are the same code: look, plan, is it covered, perform
 * the ready prefix, look again (DESIGN section 4, "The step loop").
 */
export async function runStep(instance: Instance, drive: Drive): Promise<StepOutcome> {
  const { recorder, drain } = drive;
  if (drain.active) return 'stopped';
  if (hasEnded(recorder.state.steps[instance.id]) && recorder.state.steps[instance.id]?.regressed === undefined)
    return 'ended';
  drive.holds.endAt(instance.step.id);
  if (!(await beginStep(instance, drive))) return 'ended';
  if (!(await settleLost(instance, drive))) return 'stopped';
  const reached = await converge(instance, drive);
  if (reached !== 'satisfied') return reached === 'stopped' ? 'stopped' : 'ended';
  return finishStep(instance, drive);
}

/** Fixes `when`; false when there is nothing to do. */
async function beginStep(instance: Instance, drive: Drive): Promise<boolean> {
  const { step, id } = instance;
  const before = drive.recorder.state.steps[id];
  const skipBecause = drive.skip[step.id];
  if (skipBecause !== undefined) {
    await drive.recorder.record({ type: 'step.began', step: id, when: true });
    await endStep(instance, 'skipped', skipBecause, drive);
    return false;
  }
  if (before?.when === false) return false;
  if (before === undefined || before.regressed !== undefined || before.end !== undefined) {
    const when = whenOf(instance, drive);
    await drive.recorder.record({ type: 'step.began', step: id, when });
    drive.host.tell({ code: 'step.began', level: 'info', step: id, data: { title: step.title, uses: step.uses } });
    if (!when) {
      await endStep(instance, 'satisfied', `its condition does not hold (${step.when ?? ''})`, drive);
      return false;
    }
  }
  return true;
}

function whenOf(instance: Instance, drive: Drive): boolean {
  if (instance.step.when === undefined) return true;
  const env = currentEnvironment(drive);
  const found = drive.expressions.evaluate(instance.step.when, instance.each ? { ...env, each: instance.each } : env);
  return 'value' in found && found.value === true;
}

/** Changes of an earlier life of this run whose outcome nobody wrote down. */
async function settleLost(instance: Instance, drive: Drive): Promise<boolean> {
  for (;;) {
    const lost = lostChanges(drive.recorder.state.steps[instance.id]);
    if (lost.length === 0) return true;
    const unknown = await probeLost(
      instance.id,
      lost.map((one) => ({ begun: one.begun, sentAt: one.sentAt })),
      drive.executor,
    );
    if (unknown === undefined) {
      if (!(await recover(instance, undefined, drive))) return false;
      continue;
    }
    for (const change of unknown) if (!(await settleUnknown(instance, change, drive))) return false;
    if (unknown.length === 0) return true;
  }
}

/** Its plan is empty: now its checks, the gate behind it, and its end. */
async function finishStep(instance: Instance, drive: Drive): Promise<StepOutcome> {
  for (;;) {
    const passed = await verifyStep(instance, overOf(instance, undefined, drive), false, drive);
    if (passed) break;
    if (drive.drain.active) return 'stopped';
    const turn = await unverified(instance, drive);
    if (turn !== 'again') return turn === 'stopped' ? 'stopped' : 'ended';
  }
  const { gate } = instance.step;
  if (gate?.at === 'after')
    for (const question of gateQuestions(gate, emptyPlan(instance), drive)) {
      const answer = await drive.asker.ask(question);
      if (!answer) return 'stopped';
      if (answer.value === 'no') return declined(instance, drive) || 'stopped';
    }
  const did = doneChanges(drive.recorder.state.steps[instance.id]).length;
  await endStep(instance, did > 0 ? 'done' : 'satisfied', did > 0 ? `${did} Changes` : 'nothing to do', drive);
  drive.holds.begin(instance);
  return 'ended';
}

async function unverified(instance: Instance, drive: Drive): Promise<Turn> {
  const missed = drive.recorder.state.steps[instance.id]?.checks?.results.filter((one) => !one.passed) ?? [];
  const text = `${instance.step.title} is unverified: ${missed.map((one) => `${one.check}: ${one.because}`).join('; ')}`;
  await drive.recorder.record({ type: 'step.ended', step: instance.id, end: 'unverified', because: text });
  const loop = newLoop(instance, drive);
  return askTrouble(loop, text, { checks: missed.map((one) => one.check) }, emptyPlan(instance), true);
}

function emptyPlan(instance: Instance): PlannedStep {
  const { step, id } = instance;
  return { id, phase: step.phase, title: step.title, uses: step.uses, effect: 'satisfied', because: '', items: [] };
}
