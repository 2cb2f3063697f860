import { counted } from '../model/counted.ts';
import type { PlannedStep } from '../model/plan.ts';
import { doneChanges, hasEnded } from '../journal/fold.ts';
import { overOf } from './batches.ts';
import { endStep } from './ending.ts';
import { currentEnvironment, type Drive } from './context.ts';
import { converge, newLoop } from './converge.ts';
import type { Instance } from './environment.ts';
import { askGate } from './gating.ts';
import { askTrouble, type Loop, type Turn } from './stuck.ts';
import { verifyStep } from './verify.ts';

/** `stopped`: the run drains, or a task that is not due was left open; the step is as far as the journal says. */
export type StepOutcome = 'ended' | 'stopped';

/**
 * One step, from wherever it stands. First start, waiting and resume are the same code: look, plan, is it covered, perform
 * the ready prefix, look again (DESIGN section 4, "The step loop").
 */
export async function runStep(instance: Instance, drive: Drive): Promise<StepOutcome> {
  const { recorder, drain } = drive;
  if (drain.active) return 'stopped';
  const state = recorder.state.steps[instance.id];
  const regressed = hasEnded(state) && state?.regressed !== undefined;
  if (hasEnded(state) && !regressed) return 'ended';
  drive.holds.endAt(instance.step.id);
  const begun = regressed ? 'go' : await beginStep(instance, drive);
  if (begun !== 'go') return begun;
  const loop = newLoop(instance, drive);
  for (;;) {
    const reached = await converge(loop);
    if (reached !== 'satisfied') return reached;
    const finished = await finishStep(loop);
    if (finished !== 'again') return finished;
  }
}

/** Fixes `when`. */
async function beginStep(instance: Instance, drive: Drive): Promise<StepOutcome | 'go'> {
  const { step, id } = instance;
  const before = drive.recorder.state.steps[id];
  if (Object.hasOwn(drive.skip, step.id)) {
    if (before === undefined) await drive.recorder.record({ type: 'step.began', step: id, when: true });
    await endStep(instance, 'skipped', drive.skip[step.id] ?? '', drive);
    return 'ended';
  }
  if (before === undefined || before.end !== undefined) {
    const when = before?.when ?? whenOf(instance, drive);
    if (when === undefined) return 'stopped';
    await drive.recorder.record({ type: 'step.began', step: id, when });
    drive.host.tell({ code: 'step.began', level: 'info', step: id, data: { title: step.title, uses: step.uses } });
  }
  if (drive.recorder.state.steps[id]?.when !== false) return 'go';
  await endStep(instance, 'satisfied', `its condition does not hold (${step.when ?? ''})`, drive);
  return 'ended';
}

/** Undefined: what it reads is not there, and never will be by itself. */
function whenOf(instance: Instance, drive: Drive): boolean | undefined {
  if (instance.step.when === undefined) return true;
  const env = currentEnvironment(drive);
  const found = drive.expressions.evaluate(instance.step.when, instance.each ? { ...env, each: instance.each } : env);
  if ('value' in found) return found.value === true;
  const because = `the condition of ${instance.step.title} reads ${found.waitsFor.join(', ')}, which gave nothing`;
  drive.drain.start({ is: 'failed', because }, instance.id);
  return undefined;
}

/** Its plan is empty: now its checks, the gate behind it, and its end. `again`: plan once more. */
async function finishStep(loop: Loop): Promise<StepOutcome | 'again'> {
  const { instance, drive } = loop;
  for (;;) {
    const passed = await verifyStep(instance, overOf(instance, undefined, drive), 'last', drive);
    if (passed) break;
    if (drive.drain.active) return 'stopped';
    const turn = await unverified(loop);
    if (turn === 'again' || turn === 'stopped') return turn;
    if (turn !== 'wait') return 'ended';
  }
  if (instance.step.gate?.at === 'after') {
    const passed = await askGate(emptyPlan(instance), instance, drive, 'what it did stands');
    if (!passed) return 'stopped';
  }
  const did = doneChanges(drive.recorder.state.steps[instance.id]).length;
  await endStep(instance, did > 0 ? 'done' : 'satisfied', did > 0 ? counted(did, 'Change') : 'nothing to do', drive);
  drive.holds.begin(instance);
  return 'ended';
}

async function unverified(loop: Loop): Promise<Turn | 'wait'> {
  const { instance, drive } = loop;
  const missed = drive.recorder.state.steps[instance.id]?.checks?.results.filter((one) => !one.passed) ?? [];
  const text = `${instance.step.title} is unverified: ${missed.map((one) => `${one.check}: ${one.because}`).join('; ')}`;
  await drive.recorder.record({ type: 'step.ended', step: instance.id, end: 'unverified', because: text });
  const about = { checks: missed.map((one) => one.check) };
  return askTrouble(loop, { text, about, planned: emptyPlan(instance), mayWait: true });
}

function emptyPlan(instance: Instance): PlannedStep {
  const { step, id } = instance;
  return { id, phase: step.phase, title: step.title, uses: step.uses, effect: 'satisfied', because: '', items: [] };
}
