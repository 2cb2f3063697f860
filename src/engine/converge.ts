import type { Item } from '../model/change.ts';
import { messageOf } from '../model/errors.ts';
import { formatDuration } from '../model/duration.ts';
import { changesOf, type PlannedStep } from '../model/plan.ts';
import { doneChanges, spentChanges } from '../journal/fold.ts';
import { questionOf } from './asking.ts';
import { withinBudget } from './budget.ts';
import { currentEnvironment, DEFAULT_TIMEOUT, pauseAfter, Stopwatch, type Drive } from './context.ts';
import { coverStep } from './cover.ts';
import type { Instance } from './environment.ts';
import { performItems } from './execute.ts';
import { cardOf, gateQuestions } from './gates.ts';
import { actionOf, lookAt, plannedStepOf, type Look } from './look.ts';
import { nextBatch } from './rollout.ts';
import { settleUnknown } from './settling.ts';
import { askTrouble, type Loop, type Reached, type Turn } from './stuck.ts';
import { isTask, performTasks } from './tasks.ts';
import { recover } from './trouble.ts';
import { verifyStep, type Over } from './verify.ts';

/** Look, plan, is it covered, perform the ready prefix, look again: until the plan is empty. */
export async function converge(instance: Instance, drive: Drive): Promise<Reached> {
  const loop = newLoop(instance, drive);
  for (;;) {
    if (drive.drain.active) return 'stopped';
    const look = await lookOnce(loop);
    if (look === 'stopped') return 'stopped';
    const planned = plannedStepOf(look, drive.lookout);
    drive.host.tell({
      code: 'step.planned',
      level: 'debug',
      step: instance.id,
      data: { effect: planned.effect, because: planned.because, changes: changesOf(planned).length },
    });
    if (planned.effect === 'satisfied') return 'satisfied';
    const turn = planned.effect === 'changes' ? await advance(planned, loop) : await stuck(planned, loop);
    if (turn !== 'again') return turn;
  }
}

export function newLoop(instance: Instance, drive: Drive): Loop {
  return {
    instance,
    drive,
    watch: new Stopwatch(drive.clock, drive.asker),
    gated: false,
    idle: 0,
    strikes: 0,
    batch: undefined,
    missed: false,
  };
}

async function lookOnce(loop: Loop): Promise<Look | 'stopped'> {
  const { instance, drive } = loop;
  for (;;) {
    const once = actionOf(drive.lookout.catalogue, instance.step.uses).kind === 'once';
    if (once && doneChanges(drive.recorder.state.steps[instance.id]).length > 0)
      return { instance, found: { effect: 'satisfied', because: 'done, says the journal' } };
    const look = await lookAt(instance, currentEnvironment(drive), drive.lookout);
    if (!look.cannotSee) return look;
    if (!(await recover(instance, look.cannotSee, drive))) return 'stopped';
  }
}

/** Blocked or unknown when its turn has come: evidence on the screen, and a person decides. */
async function stuck(planned: PlannedStep, loop: Loop): Promise<Turn> {
  return askTrouble(
    loop,
    `${planned.title} is blocked: ${planned.because}`,
    { because: planned.because, evidence: planned.evidence },
    planned,
    false,
  );
}

async function advance(planned: PlannedStep, loop: Loop): Promise<Turn> {
  const { drive, instance } = loop;
  if (changesOf(planned).length === 0) return waitOn(planned, loop);
  if (!(await passGate(planned, loop))) return 'stopped';
  if (!(await isCovered(planned, loop))) return 'stopped';
  withinBudget(changesOf(planned), spentChanges(drive.recorder.state), drive.runbook.budget);
  const batch = nextBatch(planned.items, drive.approvals.orderOf(instance.id), instance.step.rollout);
  if (!(await betweenBatches(batch.index, batch.before, planned, loop))) return 'stopped';
  if (batch.items.every((item) => item.ready === 0)) return waitOn({ ...planned, items: batch.items }, loop);
  return perform(batch.items, planned, loop);
}

async function passGate(planned: PlannedStep, loop: Loop): Promise<boolean> {
  const { instance, drive } = loop;
  const { gate } = instance.step;
  if (loop.gated || !gate || gate.at === 'after') return true;
  for (const question of gateQuestions(gate, planned, drive)) {
    const answer = await drive.asker.ask(question);
    if (!answer) return false;
    if (answer.value === 'no') return declined(instance, drive);
  }
  loop.gated = true;
  return true;
}

export function declined(instance: Instance, drive: Drive): false {
  drive.drain.start({ is: 'declined', because: `"no" at ${instance.step.title}; nothing of it was done` }, instance.id);
  return false;
}

async function isCovered(planned: PlannedStep, loop: Loop): Promise<boolean> {
  const { instance, drive } = loop;
  const done = doneChanges(drive.recorder.state.steps[instance.id]);
  const verdict = coverStep(planned.items, drive.approvals.of(instance.id, instance.step.id), done, drive.verbsOf);
  if (verdict.covered) return true;
  const riskier = verdict.why === 'riskier';
  const plan = await drive.approvals.putStep(planned);
  const answer = await drive.asker.ask(
    questionOf({
      kind: riskier ? 'confirm' : 'moved',
      step: instance.id,
      about: { step: instance.id, changes: verdict.changes },
      text: riskier
        ? `${planned.title} is now known: ${verdict.changes.length} Changes that are not safe`
        : `${planned.title} is not what was approved: ${verdict.changes.length} Changes are new or different`,
      card: cardOf(planned, drive),
    }),
    { digest: plan },
  );
  if (!answer) return false;
  if (answer.value !== 'yes') return declined(instance, drive);
  drive.approvals.acceptStep(planned);
  return true;
}

/** After a batch its items are judged; a miss makes each later batch ask. */
async function betweenBatches(
  index: number,
  before: readonly string[],
  planned: PlannedStep,
  loop: Loop,
): Promise<boolean> {
  const { instance, drive } = loop;
  if (loop.batch === undefined || index === loop.batch) {
    loop.batch = index;
    return true;
  }
  loop.batch = index;
  if (!(await verifyStep(instance, overOf(instance, before, drive), true, drive))) loop.missed = true;
  if (drive.drain.active) return false;
  if (!loop.missed) return true;
  const answer = await drive.asker.ask(
    questionOf({
      kind: 'trouble',
      step: instance.id,
      about: { step: instance.id, batch: index, items: planned.items },
      text: `${planned.title}: what was done so far does not pass its checks. Go on with the next ${planned.items.length}?`,
      card: cardOf(planned, drive),
    }),
  );
  if (!answer) return false;
  return answer.value === 'yes' || declined(instance, drive);
}

async function perform(items: readonly Item[], planned: PlannedStep, loop: Loop): Promise<Turn> {
  const { instance, drive } = loop;
  await drive.holds.keep(drive, instance.id, (held) => reestablish(held, drive));
  if (drive.drain.active) return 'stopped';
  if (items.some((item) => item.changes.some(isTask)))
    return (await performTasks(instance, items, planned, drive)) ? 'again' : 'stopped';
  if (!(await sureOfCluster(instance, drive))) return 'stopped';
  const result = await performItems(instance.id, items, drive.executor);
  for (const change of result.unknown) if (!(await settleUnknown(instance, change, drive))) return 'stopped';
  loop.idle = 0;
  if (result.done > 0) {
    loop.strikes = 0;
    loop.watch.restart();
  }
  if (result.trouble) return (await recover(instance, result.trouble, drive)) ? 'again' : 'stopped';
  if (result.moved.length > 0) return struck(result.moved, planned, loop);
  return 'again';
}

/** Once per batch that writes, through the client that writes. */
async function sureOfCluster(instance: Instance, drive: Drive): Promise<boolean> {
  for (;;) {
    try {
      await drive.identity.verify();
      return true;
    } catch (error) {
      if (!(await recover(instance, error, drive))) return false;
    }
  }
}

/** The world moved between plan and effect: plan again, a few times; then ask. */
async function struck(moved: readonly string[], planned: PlannedStep, loop: Loop): Promise<Turn> {
  const { instance, drive } = loop;
  loop.strikes += 1;
  drive.host.tell({
    code: 'change.retry',
    level: 'warning',
    step: instance.id,
    data: { because: moved[0] ?? '', attempt: loop.strikes },
  });
  if (loop.strikes < instance.step.retry.attempts) {
    await drive.clock.sleep(pauseAfter(loop.strikes), drive.drain.signal);
    return 'again';
  }
  loop.strikes = 0;
  return askTrouble(loop, `${planned.title}: the world keeps moving: ${moved[0] ?? ''}`, moved, planned, true);
}

async function waitOn(planned: PlannedStep, loop: Loop): Promise<Turn> {
  const { drive, instance, watch } = loop;
  const limit = instance.step.timeout ?? DEFAULT_TIMEOUT;
  if (watch.elapsed >= limit) {
    const reason = planned.items[0]?.because ?? planned.because;
    return askTrouble(
      loop,
      `${planned.title}: still waiting after ${formatDuration(limit)}: ${reason}`,
      { wait: reason },
      planned,
      true,
    );
  }
  const first = planned.items[0];
  drive.host.tell({
    code: 'step.waiting',
    level: 'info',
    step: instance.id,
    data: {
      because: first?.because ?? planned.because,
      items: planned.items.length,
      elapsed: watch.elapsed,
      limit,
      ...(first?.progress && { progress: { ...first.progress } }),
    },
  });
  await drive.clock.sleep(Math.min(pauseAfter(loop.idle), limit), drive.drain.signal);
  loop.idle += 1;
  return 'again';
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

/** A hold that broke: what its plan says, on the yes just given. */
export async function reestablish(instance: Instance, drive: Drive): Promise<void> {
  const look = await lookAt(instance, currentEnvironment(drive), drive.lookout);
  if (look.found.effect !== 'changes') return;
  const verdict = coverStep(look.found.items, drive.approvals.of(instance.id, instance.step.id), [], drive.verbsOf);
  if (!verdict.covered || !(await sureOfCluster(instance, drive))) return;
  const result = await performItems(instance.id, look.found.items, drive.executor);
  if (result.trouble)
    drive.host.tell({
      code: 'trouble',
      level: 'error',
      step: instance.id,
      data: { because: messageOf(result.trouble) },
    });
}
