import type { Clock } from '../../src/ports/clock.ts';

/** A clock that moves by hand, or by itself while somebody sleeps. */
export class ManualClock implements Clock {
  #wall: number;
  #monotonic = 0;
  readonly slept: number[] = [];

  constructor(wall = Date.parse('2026-11-21T07:00:00Z')) {
    this.#wall = wall;
  }

  now = (): number => this.#wall;
  monotonic = (): number => this.#monotonic;

  advance(ms: number): void {
    this.#wall += ms;
    this.#monotonic += ms;
  }

  sleep(ms: number): Promise<void> {
    this.slept.push(ms);
    this.advance(ms);
    return Promise.resolve();
  }
}
