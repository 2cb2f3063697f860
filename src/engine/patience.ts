import type { Clock } from '../ports/clock.ts';
import { pauseAfter, Stopwatch } from './context.ts';
import type { Asker } from './asking.ts';

/** How long one and the same trouble is waited out: pauses that grow, and the time since it began. */
export class Patience {
  readonly #watch: Stopwatch;
  #attempts = 0;

  constructor(clock: Clock, asker: Pick<Asker, 'askedFor'>) {
    this.#watch = new Stopwatch(clock, asker);
  }

  /** Milliseconds since the trouble began; 0 while there is none. */
  get elapsed(): number {
    return this.#attempts === 0 ? 0 : this.#watch.elapsed;
  }

  /** The pause before the next try. */
  nextPause(): number {
    if (this.#attempts === 0) this.#watch.restart();
    this.#attempts += 1;
    return pauseAfter(this.#attempts);
  }

  /** The trouble is over. */
  restore(): void {
    this.#attempts = 0;
  }
}
