import { foldRun, type RunState, type StepState } from '../journal/fold.ts';
import { formatDuration } from '../model/duration.ts';
import { isJsonObject, type Json } from '../model/json.ts';
import type { DriverWord, JournalLine, Outcome, RunOpened } from '../model/journal.ts';
import { leftoversOf, type Leftover } from './leftovers.ts';
import { redact } from './redact.ts';
import { spentOf, type Spent } from './spans.ts';
import { timelineOf, type TimelineEntry } from './timeline.ts';

export interface ReportInput {
  readonly run: string;
  readonly lines: readonly JournalLine[];
  /** The runbook's title and objective, where it can still be read. */
  readonly title?: string;
  readonly rtoMs?: number;
  /** RFC 3339: closes the clock of a run that is still under way. */
  readonly now?: string;
}

/** A run told afterwards. All times are RFC 3339 UTC, all durations milliseconds. */
export interface Report {
  readonly run: string;
  readonly runbook: string;
  readonly title: string;
  readonly target: {
    readonly name: string;
    readonly class: string;
    readonly cluster?: string;
    readonly account?: string;
  };
  readonly drill?: string;
  readonly drctl: string;
  readonly outcome: Outcome;
  readonly because: string;
  readonly startedAt: string;
  readonly finishedAt?: string;
  readonly impactAt?: string;
  readonly spent: Spent;
  readonly objective: Objective;
  readonly drivers: readonly (DriverWord & { readonly at: string; readonly because: string })[];
  readonly steps: readonly ReportedStep[];
  readonly decisions: readonly Decision[];
  readonly exceptions: readonly {
    readonly step: string;
    readonly what: string;
    readonly by: string;
    readonly because: string;
  }[];
  readonly leftovers: readonly Leftover[];
  readonly timeline: readonly TimelineEntry[];
}

interface Objective {
  readonly rtoMs?: number;
  readonly tookMs?: number;
  /** Absent: nothing to judge by. */
  readonly met?: boolean;
  readonly text: string;
}

interface ReportedStep {
  readonly id: string;
  readonly state: string;
  readonly startedAt: string;
  readonly finishedAt?: string;
  readonly tookMs?: number;
  /** Of that, with one of its questions open. */
  readonly peopleMs: number;
  readonly changes: number;
  readonly unknown: number;
  readonly because: string;
}

interface Decision {
  readonly at: string;
  readonly step?: string;
  readonly question: string;
  readonly answer: string;
  readonly by: string;
  readonly via: string;
  readonly because: string;
  readonly waitedMs: number;
}

export function reportOf(input: ReportInput): Report {
  const state = foldRun(input.lines);
  const { opened } = state;
  const startedAt = input.lines[0]?.at ?? '';
  const ended = input.lines.findLast((line) => line.event.type === 'run.ended');
  const { cluster, aws } = opened?.target.identity ?? {};
  return {
    run: input.run,
    runbook: opened?.runbook.name ?? 'unknown',
    title: input.title ?? opened?.runbook.name ?? 'unknown',
    target: {
      name: opened?.target.name ?? 'unknown',
      class: opened?.target.class ?? 'unknown',
      ...(cluster && { cluster: cluster.kubeSystemUid }),
      ...(aws && { account: `${aws.account} ${aws.region}` }),
    },
    ...(opened?.drill !== undefined && { drill: opened.drill }),
    drctl: opened?.drctl ?? 'unknown',
    outcome: state.outcome,
    because: redact(state.because),
    startedAt,
    ...(ended && { finishedAt: ended.at }),
    ...(opened?.impactAt !== undefined && { impactAt: opened.impactAt }),
    spent: spentOf(input.lines, input.now),
    objective: objectiveOf(state, input.rtoMs, ended?.at, input.now ?? state.updatedAt),
    drivers: input.lines.flatMap(driversOf),
    steps: Object.values(state.steps).map((step) => stepOf(step, state)),
    decisions: state.answers.map(decisionOf),
    exceptions: state.exceptions.map((one) => ({ ...one, because: redact(one.because) })),
    leftovers: leftoversOf(state),
    timeline: timelineOf(input.lines),
  };
}

/** The same as one document of JSON. */
export function reportJson(input: ReportInput): Json {
  return JSON.parse(JSON.stringify(reportOf(input))) as Json;
}

/** Counted from the impact, not from the start of the run: what customers waited, not what drctl did. */
function objectiveOf(state: RunState, rtoMs: number | undefined, endedAt: string | undefined, now: string): Objective {
  const impactAt = state.opened?.impactAt;
  const recovered = state.outcome === 'succeeded' || state.outcome === 'succeeded-with-exceptions';
  const rto = rtoMs === undefined ? {} : { rtoMs };
  if (impactAt === undefined)
    return { ...rto, text: 'cannot be judged: nobody said when the disaster began (--impact-at)' };
  const tookMs = Date.parse((recovered && endedAt) || now) - Date.parse(impactAt);
  const took = formatDuration(tookMs);
  if (!recovered)
    return { ...rto, tookMs, text: `not recovered by this run; ${took} after the impact at its last word` };
  if (rtoMs === undefined)
    return { tookMs, text: `recovered ${took} after the impact; the runbook names no objective` };
  const met = tookMs <= rtoMs;
  const verdict = met ? 'met' : `missed by ${formatDuration(tookMs - rtoMs)}`;
  return {
    rtoMs,
    tookMs,
    met,
    text: `${verdict}: recovered ${took} after the impact, objective ${formatDuration(rtoMs)}`,
  };
}

function driversOf({ at, event }: JournalLine): Report['drivers'] {
  if (event.type === 'run.opened') return [{ ...event.driver, at, because: `opened the run${alongsideOf(event)}` }];
  if (event.type !== 'run.taken') return [];
  const because = event.because === undefined ? '' : `: ${redact(event.because)}`;
  const undo = event.undo === undefined ? 'resumed it' : `undid ${event.undo}`;
  return [{ ...event.driver, at, because: `${event.takeOver ? 'took it over' : undo}${because}` }];
}

/** Two runs on one cluster at once: whoever reads the report of one must learn of the other. */
function alongsideOf({ options }: RunOpened): string {
  const beside = isJsonObject(options) ? options['alongside'] : undefined;
  if (!isJsonObject(beside)) return '';
  const { run, because } = beside;
  return typeof run === 'string' && typeof because === 'string' ? ` alongside ${run}: ${redact(because)}` : '';
}

function stepOf(step: StepState, state: RunState): ReportedStep {
  const own = state.answers.filter((answered) => answered.step === step.id);
  const took =
    step.finishedAt === undefined ? {} : { tookMs: Date.parse(step.finishedAt) - Date.parse(step.startedAt) };
  const ended = step.end ?? 'running';
  return {
    id: step.id,
    state: step.regressed === undefined ? ended : 'regressed',
    startedAt: step.startedAt,
    ...(step.finishedAt !== undefined && { finishedAt: step.finishedAt }),
    ...took,
    peopleMs: own.reduce((sum, one) => sum + Date.parse(one.at) - Date.parse(one.askedAt), 0),
    changes: step.changes.filter(({ outcome }) => outcome === 'done' || outcome === 'settled-done').length,
    unknown: step.changes.filter(({ outcome }) => outcome === undefined || outcome === 'unknown').length,
    because: redact(step.regressed ?? step.because),
  };
}

function decisionOf(one: RunState['answers'][number]): Decision {
  return {
    at: one.at,
    ...(one.step !== undefined && { step: one.step }),
    question: redact(one.text),
    answer: redact(one.answer.value),
    by: one.answer.by,
    via: one.answer.via,
    because: redact(one.answer.because ?? ''),
    waitedMs: Date.parse(one.at) - Date.parse(one.askedAt),
  };
}
