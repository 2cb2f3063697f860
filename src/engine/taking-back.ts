import { counted } from '../model/counted.ts';
import { worstRisk, type Change, type Item } from '../model/change.ts';
import { DrctlError, isDrctlError } from '../model/errors.ts';
import { labelOf } from '../model/object-ref.ts';
import type { PlannedStep } from '../model/plan.ts';
import type { Question } from '../model/question.ts';
import type { Step } from '../model/runbook.ts';
import { spentChanges, type ChangeState, type RunState } from '../journal/fold.ts';
import { CANNOT_SEE, type ReadWorld } from '../ports/read-world.ts';
import type { ChangeKind } from '../ports/change-kind.ts';
import { questionOf } from './asking.ts';
import { withinBudget } from './budget.ts';
import type { Drive } from './context.ts';
import type { Instance } from './environment.ts';
import { kindOf, performItems } from './execute.ts';
import { cardOf } from './gates.ts';
import { Patience } from './patience.ts';
import { missingPermissions } from './preflight.ts';
import { sureOfCluster } from './reestablish.ts';
import { settleLost } from './settling.ts';
import { recover } from './trouble.ts';

/** What taking a step back would do, and what of it stays as it is. */
export interface UndoPlan {
  readonly step: string;
  /** In the order to perform: the last thing done comes first. */
  readonly changes: readonly Change[];
  readonly left: readonly { readonly object: string; readonly because: string }[];
}

/**
 * The step's done Changes in reverse, each only if the world still shows what it wrote (DESIGN section 4, "Undo"). Reads
 * only; throws CannotSee where it cannot look. `pv/retain` has no reverse, and says so here.
 */
export async function planUndo(
  state: Pick<RunState, 'steps'>,
  step: string,
  kinds: ReadonlyMap<string, ChangeKind>,
  world: ReadWorld,
): Promise<UndoPlan> {
  const changes: Change[] = [];
  const left: { object: string; because: string }[] = [];
  for (const done of doneIn(state, step).toReversed()) {
    const back = await wayBack(done, kinds, world);
    if (typeof back === 'string') left.push({ object: labelOf(done.begun.change.object), because: back });
    else changes.push(back);
  }
  return { step, changes, left };
}

/** Under `forEach`, the step by its name is all of its keys. */
export function doneIn(state: Pick<RunState, 'steps'>, step: string): ChangeState[] {
  const steps = Object.values(state.steps).filter((one) => one.id === step || one.id.startsWith(`${step}[`));
  if (steps.length === 0)
    throw new DrctlError('UnknownStep', 'user', `the run has begun no step "${step}"`, {
      nextSteps: [`it has begun: ${Object.keys(state.steps).join(', ')}`],
    });
  return steps
    .flatMap((one) => [...one.changes])
    .filter((one) => one.outcome === 'done' || one.outcome === 'settled-done')
    .toSorted((a, b) => a.seq - b.seq);
}

async function wayBack(
  done: ChangeState,
  kinds: ReadonlyMap<string, ChangeKind>,
  world: ReadWorld,
): Promise<Change | string> {
  const { change } = done.begun;
  const kind = kindOf(kinds, change);
  const reverse = kind.reverse?.(change, done.result ?? null);
  if (!reverse) return 'there is no way back from this';
  const found = await kind.probe(change, world, done.sentAt);
  return found === 'done' ? reverse : 'the world no longer shows what was written';
}

/** `stopped`: declined, or the run drains. */
export type Undone = { readonly did: number; readonly left: UndoPlan['left'] } | 'stopped';

/** Plans it, asks, performs it one after the other; ends as regressed what was done and is no more. */
export async function undoStep(step: string, drive: Drive): Promise<Undone> {
  const instance = undoInstance(step, drive);
  const patience = new Patience(drive.clock, drive.asker);
  if ((await settleLost(instance, patience, drive)) !== 'settled') return 'stopped';
  const plan = await lookBack(instance, step, patience, drive);
  if (plan === 'stopped') return 'stopped';
  for (const { object, because } of plan.left)
    drive.host.tell({
      code: 'warning',
      level: 'warning',
      step,
      data: { because: `${object} stays as it is: ${because}` },
    });
  if (plan.changes.length === 0) return { did: 0, left: plan.left };
  withinBudget(plan.changes, spentChanges(drive.recorder.state), drive.runbook.budget);
  const planned = plannedUndo(instance, plan);
  if (await lacksPermission(planned, drive)) return 'stopped';
  const answer = await drive.asker.ask(undoQuestion(planned, plan, drive));
  if (answer?.value !== 'yes') {
    if (answer)
      drive.drain.start({ is: 'declined', because: `undo of ${step} was declined; nothing was undone` }, step);
    return 'stopped';
  }
  await drive.recorder.record({ type: 'step.began', step: instance.id, when: true });
  if (!(await sureOfCluster(instance, patience, drive))) return 'stopped';
  const result = await performItems(instance.id, planned.items, drive.executor);
  const because = `${result.done} of ${plan.changes.length} taken back`;
  const complete = result.done === plan.changes.length;
  await drive.recorder.record(
    { type: 'step.ended', step: instance.id, end: complete ? 'done' : 'unverified', because },
    ...(result.done > 0 && drive.recorder.state.steps[step]?.end !== undefined
      ? [{ type: 'step.regressed', step, because: 'taken back' } as const]
      : []),
  );
  if (complete) return { did: result.done, left: plan.left };
  if (result.trouble && !(await recover(instance, result.trouble, patience, drive))) return 'stopped';
  const why = result.moved[0] ?? 'the outcome of one is not known';
  drive.drain.start({ is: 'paused', because: `undo of ${step}: ${because}; ${why}` }, step);
  return 'stopped';
}

/** Asked before anybody is, and before the first write: half an undo is worse than none. */
async function lacksPermission(planned: PlannedStep, drive: Drive): Promise<boolean> {
  const { kinds, world } = drive.executor;
  const phase = { id: planned.phase, title: planned.title, needs: [], steps: [planned] };
  const missing = await missingPermissions([phase], kinds, world);
  if (missing.length === 0) return false;
  const list = missing.map((one) => `${one.permission}: ${one.reason}`).join('; ');
  const because = `undo needs permissions that you do not have, so nothing was taken back: ${list}`;
  drive.host.tell({ code: 'trouble', level: 'error', step: planned.id, data: { because } });
  drive.drain.start({ is: 'refused', because }, planned.id);
  return true;
}

async function lookBack(
  instance: Instance,
  step: string,
  patience: Patience,
  drive: Drive,
): Promise<UndoPlan | 'stopped'> {
  const { kinds, world } = drive.executor;
  for (;;) {
    try {
      return await planUndo(drive.recorder.state, step, kinds, world);
    } catch (error) {
      if (!isDrctlError(error, CANNOT_SEE)) throw error;
      if (!(await recover(instance, error, patience, drive))) return 'stopped';
    }
  }
}

/** What is taken back stands in the journal under a name of its own, beside the step. */
function undoInstance(step: string, drive: Drive): Instance {
  const found = drive.runbook.phases
    .flatMap((phase) => [...phase.steps])
    .find((one) => one.id === step.replace(/\[.*$/, ''));
  if (!found) throw new DrctlError('UnknownStep', 'user', `the runbook has no step "${step}"`);
  const { gate: _gate, until: _until, ...plain } = found;
  const own: Step = { ...plain, id: `${step}:undo`, title: `Take back: ${found.title}`, verify: [] };
  return { id: own.id, step: own };
}

function plannedUndo({ id, step }: Instance, { changes }: UndoPlan): PlannedStep {
  const item: Item = { key: 'undo', changes, ready: changes.length, because: '' };
  return { id, phase: step.phase, title: step.title, uses: step.uses, effect: 'changes', because: '', items: [item] };
}

/** Taking back what deletes, or anything on production, wants the target's name. */
function undoQuestion(planned: PlannedStep, plan: UndoPlan, drive: Drive): Question {
  const grave = worstRisk(plan.changes.map((change) => change.risk)) === 'destructive';
  const typed = grave || drive.target.class === 'production';
  const card = cardOf(planned, drive);
  const { kinds } = drive.executor;
  const back = plan.changes.map((change) => kindOf(kinds, change).describe(change));
  const left = plan.left.map(({ object, because }) => `stays: ${object}: ${because}`);
  return questionOf({
    kind: typed ? 'type-target' : 'confirm',
    step: plan.step,
    about: { undo: plan.step, changes: plan.changes },
    text: `Take back ${counted(plan.changes.length, 'Change')} of ${plan.step}?${left.length === 0 ? '' : ` ${left.length} stay as they are.`}`,
    card: { ...card, details: [...back, ...left], whenNo: 'nothing is taken back' },
    ...(typed && { typed: drive.target.name }),
  });
}
