import pRetry from 'p-retry';
import { CannotSee } from './trouble.ts';

export interface RetryOptions {
  /** Attempts after the first. */
  readonly retries: number;
  /** Milliseconds before the first retry; doubles, with jitter. */
  readonly delay: number;
  /** A server that asks to wait longer than this is not waited for here: the run decides. */
  readonly patience: number;
}

export const READ_RETRIES: RetryOptions = { retries: 4, delay: 100, patience: 30_000 };

/**
 * Reads are asked again when that may help: throttled, 5xx, no answer. Bounded, with jitter; a Retry-After is obeyed. Only
 * for reads: a write is never sent again by a library (DESIGN section 4, "Trouble").
 */
export function readAgain<T>(read: () => Promise<T>, options: RetryOptions = READ_RETRIES): Promise<T> {
  return pRetry(read, {
    retries: options.retries,
    minTimeout: options.delay,
    maxTimeout: options.delay * 32,
    randomize: true,
    shouldRetry: ({ error }) => mayHelp(error, options.patience),
    onFailedAttempt: ({ error, retryDelay, retriesLeft }) =>
      retriesLeft > 0 && mayHelp(error, options.patience) ? pause(askedOf(error) - retryDelay) : undefined,
  });
}

function mayHelp(error: Error, patience: number): boolean {
  return error instanceof CannotSee && error.failure.again && askedOf(error) <= patience;
}

function askedOf(error: Error): number {
  return error instanceof CannotSee ? (error.failure.retryAfter ?? 0) : 0;
}

/** The server's wish on top of our own delay. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, Math.max(0, ms));
  });
}
