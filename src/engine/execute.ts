import pLimit from 'p-limit';
import { changeDigestOf, type Change, type Item } from '../model/change.ts';
import { DrctlError, isDrctlError } from '../model/errors.ts';
import type { Json } from '../model/json.ts';
import type { BegunChange, ChangeResult } from '../model/journal.ts';
import { labelOf } from '../model/object-ref.ts';
import type { ChangeKind, Probe } from '../ports/change-kind.ts';
import type { Clock } from '../ports/clock.ts';
import { isSendError, type Door, type SendError } from '../ports/door.ts';
import type { Host } from '../ports/host.ts';
import { CANNOT_SEE, type ReadWorld } from '../ports/read-world.ts';
import type { BudgetGuard } from './budget.ts';
import type { IdentityGuard } from './identity.ts';
import type { Recorder } from './recorder.ts';

export interface Executor {
  readonly recorder: Recorder;
  readonly kinds: ReadonlyMap<string, ChangeKind>;
  readonly world: ReadWorld;
  readonly door: Door;
  readonly host: Host;
  readonly clock: Clock;
  /** Promise 4, asked once more right before the effect. Throws for a Change that must never be performed. */
  readonly assertAllowed: (change: Change) => void;
  /** Aborts what is in flight: the second Ctrl-C. */
  readonly stopNow: AbortSignal;
  /** Nothing new begins once this aborts. */
  readonly draining: AbortSignal;
  readonly identity: IdentityGuard;
  readonly budget: BudgetGuard;
  /** Resolves when no hold stands broken that this step must wait for. */
  readonly calm: (step: string) => Promise<void>;
}

/** What one round of performing came to. */
export interface Performed {
  readonly done: number;
  /** Not performed because the world moved (guard, conflict, failed test): plan again. */
  readonly moved: readonly string[];
  /** The first trouble that stopped a chain; the engine's policy decides. */
  readonly trouble?: Error;
  /** Outcome lost, and the probe could not tell. */
  readonly unknown: readonly BegunChange[];
}

/** More than the target is sent at a time (the world limits that): while some wait for the journal, others are answered. */
const AT_ONCE = 96;

/** Performs the ready prefix of each item: Changes of one item in order, items side by side. */
export async function performItems(step: string, items: readonly Item[], ex: Executor): Promise<Performed> {
  const limit = pLimit(AT_ONCE);
  const begun = begunBefore(step, ex.recorder);
  const sum: Sum = { done: 0, moved: [], trouble: undefined, unknown: [], stopped: false, begun };
  const chains = items.filter((item) => item.ready > 0).map((item) => limit(() => performChain(step, item, ex, sum)));
  const settled = await Promise.allSettled(chains);
  const failed = settled.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
  return { done: sum.done, moved: sum.moved, unknown: sum.unknown, ...(sum.trouble && { trouble: sum.trouble }) };
}

interface Sum {
  done: number;
  readonly moved: string[];
  trouble: Error | undefined;
  readonly unknown: BegunChange[];
  /** Something threw (a fence, a full disk): the other chains begin nothing new either. */
  stopped: boolean;
  /** How many Changes of each item this run has begun. */
  readonly begun: Map<string, number>;
}

async function performChain(step: string, item: Item, ex: Executor, sum: Sum): Promise<void> {
  for (const change of item.changes.slice(0, item.ready)) {
    await ex.calm(step);
    if (ex.draining.aborted || sum.trouble || sum.stopped) return;
    const outcome = await performOne(step, item.key, change, ex, sum.begun).catch((error: unknown) => {
      sum.stopped = true;
      throw error;
    });
    if (outcome.is === 'done') sum.done += 1;
    else {
      if (outcome.is === 'moved') sum.moved.push(outcome.because);
      if (outcome.is === 'trouble') sum.trouble ??= outcome.error;
      if (outcome.is === 'unknown') sum.unknown.push(outcome.change);
      return;
    }
  }
}

type One =
  | { is: 'done' }
  | { is: 'moved'; because: string }
  | { is: 'trouble'; error: Error }
  | { is: 'unknown'; change: BegunChange };

/** Guard, intent, effect, result: in this order, each durable before the next (DESIGN section 4, "Journal"). */
async function performOne(
  step: string,
  item: string,
  change: Change,
  ex: Executor,
  before: Map<string, number>,
): Promise<One> {
  ex.assertAllowed(change);
  const kind = kindOf(ex.kinds, change);
  const guarded = await guard(change, kind, ex);
  if ('is' in guarded) return guarded;
  ex.budget.reserve(change);
  try {
    const begun = begunOf(step, item, change, kind, before);
    await ex.recorder.begin(step, begun);
    const beganAt = ex.clock.monotonic();
    const sentAt = new Date(ex.clock.now()).toISOString();
    ex.host.tell({
      code: 'change.began',
      level: 'info',
      step,
      data: { item, id: begun.id, what: kind.describe(change) },
    });
    const sent = await send(change, kind, begun, step, beganAt, ex);
    if ('result' in sent) {
      await finish(step, { id: begun.id, outcome: 'done', result: sent.result }, ex, item);
      return { is: 'done' };
    }
    return await afterFailure(step, item, begun, kind, sent.error, sentAt, ex);
  } finally {
    ex.budget.done(change);
  }
}

/** A read that fails here is the world's trouble, not the run's: nothing was begun yet. */
async function guard(change: Change, kind: ChangeKind, ex: Executor): Promise<One | { readonly go: true }> {
  try {
    await ex.identity.verifyIfStale();
    if (kind.guardedByServer?.(change)) return { go: true };
    const verdict = await kind.guard(change, ex.world);
    return verdict.go ? verdict : { is: 'moved', because: verdict.because };
  } catch (error) {
    if (isDrctlError(error) && (error.code === CANNOT_SEE || error.exit === 'refused')) return { is: 'trouble', error };
    throw error;
  }
}

async function send(
  change: Change,
  kind: ChangeKind,
  begun: BegunChange,
  step: string,
  beganAt: number,
  ex: Executor,
): Promise<{ result: Json } | { error: SendError }> {
  const outlet = ex.door.open({
    run: ex.recorder.run,
    step,
    changeId: begun.id,
    epoch: ex.recorder.epoch,
    beganAt,
    check: () => ex.recorder.check(),
    signal: ex.stopNow,
  });
  try {
    return { result: await kind.perform(change, outlet) };
  } catch (error) {
    if (isSendError(error)) return { error };
    throw error;
  }
}

async function afterFailure(
  step: string,
  item: string,
  begun: BegunChange,
  kind: ChangeKind,
  error: SendError,
  sentAt: string,
  ex: Executor,
): Promise<One> {
  if (error.trouble === 'fenced') throw error;
  if (error.sendFailure === 'not-performed') {
    await finish(step, { id: begun.id, outcome: 'not-performed', because: error.reason }, ex, item);
    return ['conflict', 'invalid', 'late', 'not-found'].includes(error.trouble)
      ? { is: 'moved', because: `${labelOf(begun.change.object)}: ${error.reason}` }
      : { is: 'trouble', error };
  }
  const found = await probeQuietly(begun.change, kind, sentAt, ex);
  if (found === 'unseen') return { is: 'trouble', error };
  return settleProbe(step, item, begun, found, error.reason, ex);
}

/** After a lost reply the world is asked, never the door (DESIGN section 4, "Trouble"). */
async function settleProbe(
  step: string,
  item: string,
  begun: BegunChange,
  found: Probe,
  why: string,
  ex: Executor,
): Promise<One> {
  if (found === 'done') {
    await finish(
      step,
      { id: begun.id, outcome: 'done', because: `the reply was lost (${why}); read back: it is there` },
      ex,
      item,
    );
    return { is: 'done' };
  }
  if (found === 'absent') {
    await finish(
      step,
      { id: begun.id, outcome: 'not-performed', because: `the reply was lost (${why}); read back: it is not there` },
      ex,
      item,
    );
    return { is: 'moved', because: `${labelOf(begun.change.object)}: the reply was lost and nothing was done` };
  }
  await finish(step, { id: begun.id, outcome: 'unknown', because: why }, ex, item);
  // What may be repeated needs nobody's word: it stays counted as unknown, and is planned again if it is still missing.
  return begun.once
    ? { is: 'unknown', change: begun }
    : { is: 'moved', because: `${labelOf(begun.change.object)}: the reply was lost (${why})` };
}

/** Probes every Change of a step whose outcome is not known: first thing on resume. `undefined`: cannot look now. */
export async function probeLost(
  step: string,
  lost: readonly { begun: BegunChange; sentAt: string }[],
  ex: Executor,
): Promise<readonly BegunChange[] | undefined> {
  const unknown: BegunChange[] = [];
  for (const { begun, sentAt } of lost) {
    const found = await probeQuietly(begun.change, kindOf(ex.kinds, begun.change), sentAt, ex);
    if (found === 'unseen') return undefined;
    const one = await settleProbe(step, begun.item, begun, found, 'the process ended before the answer', ex);
    if (one.is === 'unknown') unknown.push(begun);
  }
  return unknown;
}

async function probeQuietly(change: Change, kind: ChangeKind, sentAt: string, ex: Executor): Promise<Probe | 'unseen'> {
  try {
    return await kind.probe(change, ex.world, sentAt);
  } catch (error) {
    if (isDrctlError(error)) return 'unseen';
    throw error;
  }
}

async function finish(step: string, result: ChangeResult, ex: Executor, item: string): Promise<void> {
  await ex.recorder.end(step, result);
  ex.host.tell({
    code: 'change.ended',
    level: result.outcome === 'done' ? 'info' : 'warning',
    step,
    data: { item, id: result.id, outcome: result.outcome, because: result.because ?? '' },
  });
}

/** Counted once a round: to look through thousands of Changes for each of thousands is quadratic. */
function begunBefore(step: string, recorder: Recorder): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { begun } of recorder.state.steps[step]?.changes ?? [])
    counts.set(begun.item, (counts.get(begun.item) ?? 0) + 1);
  return counts;
}

/** Unique in the run: the step, the item, and how many were begun for it before. */
function begunOf(
  step: string,
  item: string,
  change: Change,
  kind: ChangeKind,
  before: Map<string, number>,
): BegunChange {
  const number = (before.get(item) ?? 0) + 1;
  before.set(item, number);
  return {
    id: `${step}/${item}/${number}`,
    item,
    digest: changeDigestOf(change),
    change,
    once: kind.repeat === 'once',
  };
}

export function kindOf(kinds: ReadonlyMap<string, ChangeKind>, change: Change): ChangeKind {
  const kind = kinds.get(change.kind);
  if (!kind) throw new DrctlError('UnknownChangeKind', 'tool', `there is no Change of kind "${change.kind}"`);
  return kind;
}
