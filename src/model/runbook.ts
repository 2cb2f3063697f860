import type { Digest } from './digest.ts';
import type { Json, JsonObject } from './json.ts';

/** A runbook as read, includes expanded, every reference resolved. Durations are milliseconds. */
export interface Runbook {
  readonly name: string;
  readonly title: string;
  readonly owners: readonly string[];
  readonly useWhen: string;
  readonly objectives: { readonly rto?: number; readonly rpo?: number };
  readonly testedOn: JsonObject;
  /** How many objects of a kind a run may delete, over all its steps. A kind not named: none. */
  readonly budget: Readonly<Record<string, number>>;
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly phases: readonly Phase[];
  readonly file: string;
  /** Over the text of the file and of everything it includes. */
  readonly digest: Digest;
  /** Digest of each step's own definition by id: how a changed runbook is shown. */
  readonly stepDigests: Readonly<Record<string, Digest>>;
}

export interface Parameter {
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'list' | 'map';
  readonly description: string;
  readonly default?: Json;
  readonly required: boolean;
  readonly enum?: readonly Json[];
  readonly pattern?: string;
}

export interface Phase {
  readonly id: string;
  readonly title: string;
  /** Resolved: a phase without `needs` names the phase above it; `[]` starts at once. */
  readonly needs: readonly string[];
  readonly objective?: number;
  readonly steps: readonly Step[];
}

export interface Step {
  readonly id: string;
  readonly phase: string;
  readonly title: string;
  readonly uses: string;
  /** Still with `${{ }}` inside: rendered when the step is planned. */
  readonly with: JsonObject;
  readonly at: 'cluster' | 'argocd';
  readonly when?: string;
  readonly forEach?: string;
  readonly gate?: Gate;
  /** Present: a hold. What it established stays so until that step begins. */
  readonly until?: string;
  readonly rollout?: readonly (number | 'rest')[];
  readonly retry: Retry;
  readonly timeout?: number;
  readonly verify: readonly CheckSpec[];
  readonly onFailure: 'ask' | 'pause';
  readonly notes?: string;
  readonly objective?: number;
  /** A task that blocks nothing until this step would start. */
  readonly dueBefore?: string;
}

export interface Retry {
  readonly attempts: number;
  readonly delay: number;
}

export interface Gate {
  readonly confirm?: true | 'type-target';
  readonly checklist?: readonly string[];
  readonly choose?: { readonly question: string; readonly answers: Readonly<Record<string, string>> };
  readonly message?: string;
  /** Before the step unless it says after. */
  readonly at: 'before' | 'after';
  /** Milliseconds from the impact. */
  readonly decideBy?: number;
}

export interface CheckSpec {
  readonly check:
    | {
        readonly kind: 'object';
        readonly apiVersion: string;
        readonly objectKind: string;
        readonly name?: string;
        readonly namespace?: string;
        readonly labelSelector?: string;
        readonly at?: 'cluster' | 'argocd';
      }
    | {
        readonly kind: 'http';
        readonly url: string;
        readonly method: 'GET' | 'HEAD';
        readonly headers?: Readonly<Record<string, string>>;
      }
    | { readonly kind: 'promql'; readonly url: string; readonly query: string }
    | { readonly kind: 'command'; readonly argv: readonly string[] };
  /** CEL over `self`. */
  readonly expect: string;
  readonly over?: 'items';
  /** How many must match; absent: at least one and all. */
  readonly count?: number;
  readonly within: number;
  readonly progress?: string;
  readonly stalledAfter?: number;
}
