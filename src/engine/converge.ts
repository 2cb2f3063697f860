import { isTask, type Change, type Item } from '../model/change.ts';
import { formatDuration } from '../model/duration.ts';
import { changesOf, type PlannedStep } from '../model/plan.ts';
import { spentChanges } from '../journal/fold.ts';
import { betweenBatches } from './batches.ts';
import { withinBudget } from './budget.ts';
import { currentEnvironment, DEFAULT_TIMEOUT, pauseAfter, Stopwatch, type Drive } from './context.ts';
import { isCovered } from './covered.ts';
import { doneChangesOf } from './verdict.ts';
import { sameEffect } from './cover.ts';
import type { Instance } from './environment.ts';
import { performItems } from './execute.ts';
import { passGate, wasGated } from './gating.ts';
import { actionOf, lookAt, plannedStepOf, type Look } from './look.ts';
import { Pace } from './pace.ts';
import { Patience } from './patience.ts';
import { reestablish, sureOfCluster } from './reestablish.ts';
import { override, overrideHint } from './overriding.ts';
import { nextBatch } from './rollout.ts';
import { settleLost } from './settling.ts';
import { askTrouble, type Loop, type Reached, type Stuck, type Turn } from './stuck.ts';
import { performTasks } from './tasks.ts';
import { recover } from './trouble.ts';

/** Look, plan, is it covered, perform the ready prefix, look again: until the plan is empty. */
export async function converge(loop: Loop): Promise<Reached> {
  const { instance, drive } = loop;
  for (;;) {
    if (drive.drain.active) return 'stopped';
    const settled = await settleLost(instance, loop.looking, drive);
    if (settled !== 'settled') return settled === 'skipped' ? 'ended' : 'stopped';
    const turn = await oneTurn(loop);
    if (turn !== 'again') return turn;
  }
}

/** In a function of its own: what it saw, of ten thousand objects tens of megabytes, must not outlive it into the next look. */
async function oneTurn(loop: Loop): Promise<Turn> {
  const planned = await planOnce(loop);
  return planned === 'stopped' ? 'stopped' : turnOf(planned, loop);
}

async function planOnce(loop: Loop): Promise<PlannedStep | 'stopped'> {
  const { instance, drive } = loop;
  const look = await lookOnce(loop);
  if (look === 'stopped') return 'stopped';
  const planned = drive.approvals.sharing(plannedStepOf(look, drive.lookout));
  drive.host.tell({
    code: 'step.planned',
    level: 'debug',
    step: instance.id,
    data: { effect: planned.effect, because: planned.because, changes: changesOf(planned).length },
  });
  return planned;
}

async function turnOf(planned: PlannedStep, loop: Loop): Promise<Turn> {
  switch (planned.effect) {
    case 'satisfied':
      // Later steps read what was chosen here, so it is asked even where there is nothing left to do.
      if (loop.instance.step.gate?.choose && !(await passGate(planned, loop))) return 'stopped';
      return 'satisfied';
    case 'changes':
      return advance(planned, loop);
    default:
      if (await override(planned, loop.drive)) return 'again';
      return ask(loop, {
        text: `${planned.title} is blocked: ${planned.because}${overrideHint(planned.guards ?? [], loop.drive.recorder.run)}`,
        about: { because: planned.because, evidence: planned.evidence },
        planned,
        mayWait: false,
      });
  }
}

export function newLoop(instance: Instance, drive: Drive): Loop {
  const { id } = instance;
  return {
    instance,
    drive,
    watch: new Stopwatch(drive.clock, drive.asker),
    pace: new Pace(),
    looking: new Patience(drive.clock, drive.asker),
    performing: new Patience(drive.clock, drive.asker),
    gated: wasGated(id, drive.recorder.state),
    regressed: drive.recorder.state.steps[id]?.regressed !== undefined,
    idle: 0,
    looked: 0,
    strikes: 0,
    batch: undefined,
    missed: drive.recorder
      .lines()
      .some(
        ({ event }) => event.type === 'checks.ended' && event.step === id && event.between === true && !event.passed,
      ),
  };
}

/** Whatever the answer, waiting longer and planning again are the same while the plan is not empty. */
async function ask(loop: Loop, stuck: Stuck): Promise<Turn> {
  const turn = await askTrouble(loop, stuck);
  return turn === 'wait' ? 'again' : turn;
}

async function lookOnce(loop: Loop): Promise<Look | 'stopped'> {
  const { instance, drive } = loop;
  for (;;) {
    const began = drive.clock.monotonic();
    const look = await lookAt(instance, currentEnvironment(drive), drive.lookout);
    loop.looked = drive.clock.monotonic() - began;
    if (!look.cannotSee) {
      loop.looking.restore();
      return withoutDoneOnce(look, loop);
    }
    if (!(await recover(instance, look.cannotSee, loop.looking, drive))) return 'stopped';
  }
}

/** What a `once` action did, the journal says: the world cannot show it. Several Changes are done one by one. */
function withoutDoneOnce(look: Look, { instance, drive }: Loop): Look {
  if (look.found.effect !== 'changes' || actionOf(drive.lookout.catalogue, instance.step.uses).kind !== 'once')
    return look;
  const done = doneChangesOf(instance, drive).map((one) => one.begun.change);
  const isLeft = (change: Change): boolean => {
    const at = done.findIndex((one) => sameEffect(one, change));
    if (at >= 0) done.splice(at, 1);
    return at < 0;
  };
  const items = look.found.items
    .map((item): Item => {
      const changes = item.changes.filter(isLeft);
      return { ...item, changes, ready: Math.max(0, item.ready - (item.changes.length - changes.length)) };
    })
    .filter((item) => item.changes.length > 0);
  if (items.length > 0) return { ...look, found: { ...look.found, items } };
  return { ...look, found: { effect: 'satisfied', because: 'done, says the journal' } };
}

async function advance(planned: PlannedStep, loop: Loop): Promise<Turn> {
  const { drive, instance } = loop;
  if (changesOf(planned).length === 0) return waitOn(planned, loop);
  if (!(await passGate(planned, loop))) return 'stopped';
  const covered = await isCovered(planned, loop);
  if (covered !== 'covered') return covered;
  withinBudget(changesOf(planned), spentChanges(drive.recorder.state), drive.runbook.budget);
  const batch = nextBatch(planned.items, drive.approvals.orderOf(instance.id), instance.step.rollout);
  if (!(await betweenBatches(batch, planned, loop))) return 'stopped';
  if (batch.items.every((item) => item.ready === 0)) return waitOn({ ...planned, items: batch.items }, loop);
  return perform(batch.items, planned, loop);
}

async function perform(items: readonly Item[], planned: PlannedStep, loop: Loop): Promise<Turn> {
  const { instance, drive } = loop;
  await drive.holds.keep(drive, instance.id, (held) => reestablish(held, drive));
  if (drive.drain.active) return 'stopped';
  const tasks = items.filter((item) => item.changes.slice(0, item.ready).some(isTask));
  if (tasks.length > 0) return (await performTasks(instance, tasks, planned, drive)) ? 'again' : 'stopped';
  if (!(await sureOfCluster(instance, loop.performing, drive))) return 'stopped';
  const result = await performItems(instance.id, items, drive.executor);
  loop.idle = 0;
  if (result.done > 0) {
    loop.strikes = 0;
    loop.watch.restart();
    loop.pace = new Pace();
  }
  if (result.trouble) return (await recover(instance, result.trouble, loop.performing, drive)) ? 'again' : 'stopped';
  loop.performing.restore();
  if (result.moved.length > 0) return struck(result.moved, planned, loop);
  return 'again';
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
    await drive.clock.sleep(Math.max(instance.step.retry.delay, pauseAfter(loop.strikes)), drive.drain.signal);
    return 'again';
  }
  loop.strikes = 0;
  return ask(loop, {
    text: `${planned.title}: the world keeps moving: ${moved[0] ?? ''}`,
    about: moved,
    planned,
    mayWait: true,
  });
}

async function waitOn(planned: PlannedStep, loop: Loop): Promise<Turn> {
  const { drive, instance, watch } = loop;
  const limit = instance.step.timeout ?? DEFAULT_TIMEOUT;
  const first = planned.items[0];
  const reason = first?.because ?? planned.because;
  if (watch.elapsed >= limit)
    return ask(loop, {
      text: `${planned.title}: still waiting after ${formatDuration(limit)}: ${reason}`,
      about: { wait: reason },
      planned,
      mayWait: true,
    });
  const progress = loop.pace.see(first?.progress, watch.elapsed);
  drive.host.tell({
    code: 'step.waiting',
    level: 'info',
    step: instance.id,
    data: {
      because: reason,
      items: planned.items.length,
      elapsed: watch.elapsed,
      limit,
      ...(progress && { progress: { ...progress } }),
    },
  });
  // A look over ten thousand volumes takes seconds, here and of the API server: at most half of the time goes into looking.
  await drive.clock.sleep(Math.min(Math.max(pauseAfter(loop.idle), loop.looked), limit), drive.drain.signal);
  loop.idle += 1;
  return 'again';
}
