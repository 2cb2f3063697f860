import type { RunResult } from '../../src/engine/outcome.ts';
import type { Outcome } from '../../src/model/journal.ts';
import { isDrctlError } from '../../src/model/errors.ts';
import type { Json } from '../../src/model/json.ts';
import { Crashing, nameOf, type Parts, type Point } from './crashing.ts';

/** A world of one's own with a run in it, at the very beginning; made anew for each point. */
export interface Stage {
  /** The first process. What is given stands between it and everything durable. */
  run(wrap: (parts: Parts) => Parts): Promise<RunResult>;
  /** The process that was driving is gone; the next one goes on. */
  resume(wrap: (parts: Parts) => Parts): Promise<RunResult>;
  /** What the journal says of the run, where there is nothing left to resume. */
  outcome(): Promise<Outcome>;
  /** Where the first process died before its run could be resumed: another run, from the beginning. */
  startAgain(wrap: (parts: Parts) => Parts): Promise<RunResult>;
  /** The one definition of "the same end": everything about the world and the run that must not depend on a crash. */
  endState(): Promise<Json>;
  /** How often each `once` Change had its effect, by the world's own record. */
  onceEffects(): Promise<Readonly<Record<string, number>>>;
  dispose(): Promise<void>;
}

export type MakeStage = () => Promise<Stage>;

/** The points of one run that nothing disturbed, and how it ended. */
export async function recordRun(make: MakeStage): Promise<{ points: readonly Point[]; end: Json; result: RunResult }> {
  const stage = await make();
  try {
    const crashing = new Crashing();
    const result = await stage.run((parts) => crashing.wrap(parts));
    return { points: crashing.points.toSorted(byName), end: await stage.endState(), result };
  } finally {
    await stage.dispose();
  }
}

export interface Crashed {
  /** False: this time the run did not come to that point (lanes run side by side). */
  readonly reached: boolean;
  readonly outcome: Outcome;
  readonly end: Json;
  readonly once: Readonly<Record<string, number>>;
}

/** Dies at the point, resumes, and tells what came of it. The process that resumes may die as well, at `again`. */
export async function crashAt(point: Point, make: MakeStage, again?: Point): Promise<Crashed> {
  const stage = await make();
  try {
    const crashing = new Crashing(point);
    const first = await attempt(() => stage.run((parts) => crashing.wrap(parts)));
    if (again) {
      const second = new Crashing(again);
      await attempt(() => goOn(stage, (parts) => second.wrap(parts)));
    }
    const outcome = !crashing.dead && first ? first.outcome : await goOn(stage);
    return { reached: crashing.dead, outcome, end: await stage.endState(), once: await stage.onceEffects() };
  } finally {
    await stage.dispose();
  }
}

async function attempt<T>(run: () => Promise<T>): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof Error && error.message.includes('the process is dead')) return undefined;
    throw error;
  }
}

const untouched = (parts: Parts): Parts => parts;

/** What a person would do next: resume; where the run never came to be, run again; where it had ended, look. */
async function goOn(stage: Stage, wrap: (parts: Parts) => Parts = untouched): Promise<Outcome> {
  try {
    return (await stage.resume(wrap)).outcome;
  } catch (error) {
    if (isDrctlError(error, 'RunEnded')) return stage.outcome();
    if (isDrctlError(error, 'RunUnknown')) return (await stage.startAgain(wrap)).outcome;
    throw error;
  }
}

/** The share of one of several files. By the point's own count, so that each falls to one file whatever was recorded there. */
export function shardOf(all: readonly Point[], shard: number, of: number): Point[] {
  return all.filter(({ count }) => count % of === shard);
}

function byName(a: Point, b: Point): number {
  return a.count - b.count || nameOf(a).localeCompare(nameOf(b));
}
