import type { Change } from './change.ts';
import type { Digest } from './digest.ts';
import type { Json } from './json.ts';
import type { Answer, Question } from './question.ts';
import type { Identity } from './target.ts';

/** The envelope of every journal line. `prev` is the sha256 of the line before, as written; the first line's is zeros. */
export interface JournalLine {
  readonly v: 1;
  readonly seq: number;
  readonly epoch: number;
  /** RFC 3339 with milliseconds, UTC. Never earlier than the line before, even when the clock was set back. */
  readonly at: string;
  readonly prev: string;
  /** How many lines of the same append follow; absent: none. An append that a crash cut short is dropped as a whole. */
  readonly more?: number;
  readonly event: JournalEvent;
}

export type Outcome =
  | 'succeeded'
  | 'succeeded-with-exceptions'
  | 'failed'
  | 'running'
  | 'paused'
  | 'declined'
  | 'aborted'
  | 'refused'
  | 'unknown';

/** What a step came to. */
export type StepEnd = 'done' | 'satisfied' | 'unverified' | 'accepted' | 'skipped' | 'failed';

export type JournalEvent =
  | RunOpened
  | {
      readonly type: 'run.taken';
      readonly driver: DriverWord;
      readonly from: number;
      readonly because?: string;
      readonly takeOver: boolean;
      /** The step that is taken back; the run itself stays as ended, or as paused, as it was. */
      readonly undo?: string;
    }
  | { readonly type: 'run.paused'; readonly because: string; readonly waitingFor: readonly string[] }
  | { readonly type: 'run.ended'; readonly outcome: Outcome; readonly because: string }
  | { readonly type: 'question.asked'; readonly question: Question }
  | {
      readonly type: 'question.answered';
      readonly id: string;
      readonly step?: string;
      readonly subject: Digest;
      readonly answer: Answer;
      readonly plan?: Digest;
    }
  /** `choice`s and `forEach` keys are fixed here; so is `when`. */
  | { readonly type: 'step.began'; readonly step: string; readonly when: boolean; readonly keys?: readonly string[] }
  | { readonly type: 'changes.began'; readonly step: string; readonly changes: readonly BegunChange[] }
  | { readonly type: 'changes.ended'; readonly step: string; readonly results: readonly ChangeResult[] }
  | {
      readonly type: 'checks.ended';
      readonly step: string;
      readonly passed: boolean;
      readonly results: readonly CheckResult[];
      /** After a batch of a rollout, over the items done so far. */
      readonly between?: boolean;
    }
  | {
      readonly type: 'step.ended';
      readonly step: string;
      readonly end: StepEnd;
      readonly because: string;
      readonly output?: Json;
    }
  | { readonly type: 'step.regressed'; readonly step: string; readonly because: string };

export interface RunOpened {
  readonly type: 'run.opened';
  readonly run: string;
  readonly drctl: string;
  readonly runbook: { readonly name: string; readonly file: string; readonly digest: Digest; readonly blob: Digest };
  readonly stepDigests: Readonly<Record<string, Digest>>;
  readonly parameters: { readonly digest: Digest; readonly blob: Digest };
  readonly manifests: Readonly<Record<string, Digest>>;
  readonly target: { readonly name: string; readonly class: string; readonly identity: Identity };
  readonly driver: DriverWord;
  readonly impactAt?: string;
  readonly options: Json;
  readonly drill?: string;
}

/** The driver as the journal knows them: who, from where. */
export interface DriverWord {
  readonly account: string;
  readonly host: string;
  readonly pid: number;
  readonly kubernetes?: string;
  readonly aws?: string;
}

/** `id` is unique in the run: `<step>/<item>/<n>#<attempt>`; the Change itself is a blob when it is large. */
export interface BegunChange {
  readonly id: string;
  readonly item: string;
  readonly digest: Digest;
  readonly change: Change;
  /** The once-only or destructive kinds: what the budget and the probe need. */
  readonly once: boolean;
}

export interface ChangeResult {
  readonly id: string;
  readonly outcome: 'done' | 'not-performed' | 'unknown' | 'settled-done' | 'settled-redo';
  readonly because?: string;
  readonly result?: Json;
}

export interface CheckResult {
  readonly check: string;
  readonly passed: boolean;
  readonly because: string;
}
