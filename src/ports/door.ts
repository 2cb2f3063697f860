import type { Json } from '../model/json.ts';
import type { Endpoint } from '../model/object-ref.ts';
import type { CloudWrite, HttpAnswer, HttpRequest, KubeObject, KubeWrite } from './read-world.ts';

/**
 * Leave to send the writes of one Change. The door asks it before every first byte: a newer epoch, or more than ten
 * seconds since `changes.began` became durable, and nothing is sent (DESIGN section 4, "One driver").
 */
export interface Grant {
  readonly run: string;
  readonly step: string;
  readonly changeId: string;
  readonly epoch: number;
  /** Monotonic milliseconds at which `changes.began` was durable. */
  readonly beganAt: number;
  /** Throws `Fenced` when somebody else drives by now. */
  check(): Promise<void>;
  readonly signal: AbortSignal;
  /** Absent: the writes of a Change. `lease`: drctl's own Lease (`engine/lease.ts`), and nothing else; a Change may not write that. */
  readonly only?: 'lease';
}

/** What came of one request, as far as the sender can know. */
export type SendFailure =
  /** The server answered, or nothing was sent: the effect did not happen. */
  | 'not-performed'
  /** The connection broke after the first byte, or a 5xx: nobody here knows. */
  | 'unknown';

/** Raised by an outlet. `status` is the HTTP status or undefined when there was no answer. */
export interface SendError extends Error {
  readonly sendFailure: SendFailure;
  readonly status?: number;
  readonly reason: string;
  /** Milliseconds the server asked to wait (Retry-After). */
  readonly retryAfter?: number;
  /** What kind of trouble it is, for the engine's policy. */
  readonly trouble:
    | 'conflict'
    | 'unauthorized'
    | 'forbidden'
    | 'throttled'
    | 'unreachable'
    | 'server'
    | 'invalid'
    | 'not-found'
    | 'fenced'
    | 'late';
}

export function isSendError(error: unknown): error is SendError {
  return error instanceof Error && 'sendFailure' in error;
}

export interface CommandRequest {
  readonly argv: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly input?: string;
}

export interface CommandAnswer {
  readonly exitCode: number | undefined;
  readonly signal?: string;
  readonly timedOut: boolean;
  /** Capped; the middle is cut and says so. */
  readonly stdout: string;
  readonly stderr: string;
}

/** A command in a container that is running. It reads no input, and nobody can stop it once it is there. */
export interface ExecRequest {
  readonly namespace: string;
  readonly pod: string;
  /** May be absent where the pod has only one. */
  readonly container?: string;
  readonly argv: readonly string[];
  readonly timeoutMs: number;
}

export interface ExecAnswer {
  readonly exitCode: number;
  /** Capped; the middle is cut and says so. */
  readonly stdout: string;
  readonly stderr: string;
}

/** Raw writes, open only under a grant. A write is sent once: no library below it retries. */
export interface Outlet {
  kube(endpoint: 'cluster' | 'argocd', write: KubeWrite): Promise<KubeObject>;
  /** Throws a SendError of `unknown` where the command may have run and its end was not told. */
  exec(endpoint: 'cluster' | 'argocd', request: ExecRequest): Promise<ExecAnswer>;
  cloud(write: CloudWrite): Promise<Json>;
  http(request: HttpRequest): Promise<HttpAnswer>;
  command(request: CommandRequest): Promise<CommandAnswer>;
}

/** The one door. */
export interface Door {
  open(grant: Grant): Outlet;
  /** Which endpoints can be written to at all: a check by command also goes through here, under its step's grant. */
  readonly endpoints: readonly Endpoint[];
}
