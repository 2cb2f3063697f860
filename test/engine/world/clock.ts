import type { Clock } from '../../../src/ports/clock.ts';

interface Timer {
  readonly at: number;
  wake(): void;
}

/** Turns of the event loop without which nothing more is going to happen by itself: then time jumps to the next timer. */
const QUIET_TURNS = 12;

/** Time that passes only while everybody sleeps: hours of waiting take milliseconds, in the order they would really have. */
export class ManualClock implements Clock {
  #now: number;
  #elapsed = 0;
  readonly #timers = new Set<Timer>();
  #pumping = false;

  constructor(now = Date.parse('2026-11-21T06:19:00Z')) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer: Timer = {
        at: this.#elapsed + Math.max(0, ms),
        wake: () => {
          this.#timers.delete(timer);
          resolve();
        },
      };
      signal?.addEventListener('abort', () => timer.wake(), { once: true });
      this.#timers.add(timer);
      void this.#pump();
    });
  }

  advance(ms: number): void {
    this.#now += ms;
    this.#elapsed += ms;
    for (const timer of [...this.#timers].filter((one) => one.at <= this.#elapsed)) timer.wake();
  }

  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    while (this.#timers.size > 0) {
      for (let turn = 0; turn < QUIET_TURNS; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      const next = Math.min(...[...this.#timers].map((one) => one.at));
      if (Number.isFinite(next)) this.advance(Math.max(0, next - this.#elapsed));
    }
    this.#pumping = false;
  }
}
