/** The only clock. Tests move it by hand; durations are milliseconds. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. May jump: never used to measure. */
  now(): number;
  /** Monotonic milliseconds: what waits and deadlines are measured with. */
  monotonic(): number;
  /** Resolves after `ms`, or at once when the signal aborts (never rejects). */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
