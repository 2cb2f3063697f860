import type { Running } from '../types.ts';

export interface WorkQueue extends Running {
  /** Asks for `key` to be worked on, now or after a pause; a key that waits already is not queued twice. */
  add(key: string, afterMs?: number): void;
}

export interface WorkQueueOptions {
  /** How many keys at once; one key is never worked on twice at a time. */
  workers?: number;
  /** Called for each key, one at a time per key. Whatever it throws goes to `failed`. */
  work: (key: string) => Promise<void>;
  /** Says after how many milliseconds the key is tried again; undefined leaves it until somebody adds it. */
  failed?: (key: string, error: unknown, attempt: number) => number | undefined;
}

/** The work queue of a controller: keys are deduplicated, kept in order, and retried as `failed` says. */
export function startWorkQueue({ workers = 1, work, failed }: WorkQueueOptions): WorkQueue {
  const waiting = new Set<string>();
  const busy = new Map<string, Promise<void>>();
  const timers = new Map<string, NodeJS.Timeout>();
  const attempts = new Map<string, number>();
  let stopped = false;

  function pump(): void {
    for (const key of waiting) {
      if (stopped || busy.size >= workers) return;
      if (busy.has(key)) continue;
      waiting.delete(key);
      busy.set(
        key,
        perform(key).finally(() => finish(key)),
      );
    }
  }

  async function perform(key: string): Promise<void> {
    try {
      await Promise.resolve();
      await work(key);
      attempts.delete(key);
    } catch (error) {
      const attempt = (attempts.get(key) ?? 0) + 1;
      attempts.set(key, attempt);
      const pause = failed?.(key, error, attempt);
      if (pause === undefined) attempts.delete(key);
      else add(key, pause);
    }
  }

  function finish(key: string): void {
    busy.delete(key);
    pump();
  }

  function add(key: string, afterMs = 0): void {
    if (stopped) return;
    if (afterMs <= 0) {
      clearTimeout(timers.get(key));
      timers.delete(key);
      waiting.add(key);
      pump();
    } else if (!timers.has(key)) {
      timers.set(
        key,
        setTimeout(() => {
          timers.delete(key);
          add(key);
        }, afterMs).unref(),
      );
    }
  }

  async function stop(): Promise<void> {
    stopped = true;
    for (const timer of timers.values()) clearTimeout(timer);
    timers.clear();
    waiting.clear();
    await Promise.all(busy.values());
  }

  return { add, stop };
}

/** Doubles from `firstMs` up to thirty-two times it: what client-go's rate limiter does, shorter. */
export function backOff(firstMs: number, attempt: number): number {
  return firstMs * 2 ** Math.min(attempt - 1, 5);
}
