import { DrctlError } from '../model/errors.ts';
import type { SendError, SendFailure } from '../ports/door.ts';
import { CANNOT_SEE } from '../ports/read-world.ts';

export type Trouble = SendError['trouble'];

/** What went wrong with one request, before it is known whether a reader or the door has to say so. */
export interface Failure {
  readonly trouble: Trouble;
  readonly reason: string;
  /** Whether a write may have had its effect. */
  readonly effect: SendFailure;
  /** Whether asking again may help. */
  readonly again: boolean;
  readonly status?: number;
  /** Milliseconds. */
  readonly retryAfter?: number;
  readonly cause?: unknown;
}

/** A read that could not be answered completely. Never "nothing there" (promise 5). */
export class CannotSee extends DrctlError {
  readonly trouble: Trouble;
  readonly failure: Failure;

  constructor(what: string, failure: Failure) {
    super(CANNOT_SEE, 'target', `cannot see ${what}: ${failure.reason}`, {
      nextSteps: NEXT_STEPS[failure.trouble],
      cause: failure.cause,
    });
    this.trouble = failure.trouble;
    this.failure = failure;
  }
}

/** A write that did not go through, or of which nobody here knows. */
export class SendFailed extends DrctlError implements SendError {
  readonly sendFailure: SendFailure;
  readonly trouble: Trouble;
  readonly reason: string;
  readonly status?: number;
  readonly retryAfter?: number;

  constructor(what: string, failure: Failure) {
    super('SendFailed', 'target', `${what}: ${failure.reason}`, {
      nextSteps: NEXT_STEPS[failure.trouble],
      cause: failure.cause,
    });
    this.sendFailure = failure.effect;
    this.trouble = failure.trouble;
    this.reason = failure.reason;
    if (failure.status !== undefined) this.status = failure.status;
    if (failure.retryAfter !== undefined) this.retryAfter = failure.retryAfter;
  }
}

const NEXT_STEPS: Readonly<Record<Trouble, readonly string[]>> = {
  unauthorized: ['log in again; the credentials are read anew at the next attempt'],
  forbidden: ['ask for the permission: `drctl target rbac` prints the least that a runbook needs'],
  throttled: ['wait: the server asks for fewer requests'],
  unreachable: ['check the network, the proxy and the address that the target names'],
  server: ['look at the health of the server; nothing was assumed about what it did not answer'],
  conflict: [],
  invalid: [],
  'not-found': [],
  fenced: [],
  late: [],
};

/** What an HTTP status says, by whoever sent it. The caller knows whether the server proper was speaking. */
export function failureOfStatus(status: number, reason: string, retryAfter?: number): Failure {
  return { ...byStatus(status), status, reason, ...(retryAfter !== undefined && { retryAfter }) };
}

function byStatus(status: number): Pick<Failure, 'trouble' | 'effect' | 'again'> {
  const trouble = TROUBLE_OF_STATUS[status];
  if (trouble !== undefined) return { trouble, effect: 'not-performed', again: status === 429 };
  // "not implemented" is the one 5xx by which a server says that it did nothing
  if (status === 501) return { trouble: 'invalid', effect: 'not-performed', again: false };
  if (status >= 500) return { trouble: 'server', effect: 'unknown', again: true };
  if (status >= 400) return { trouble: 'invalid', effect: 'not-performed', again: false };
  // a redirect to a login page, an unexpected 1xx: not the server we meant to ask
  return { trouble: 'unreachable', effect: 'unknown', again: false };
}

const TROUBLE_OF_STATUS: Readonly<Record<number, Trouble>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  410: 'conflict',
  429: 'throttled',
};

/** Seconds or an HTTP date, as milliseconds from now; undefined when there is none or it is neither. */
export function retryAfterOf(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
