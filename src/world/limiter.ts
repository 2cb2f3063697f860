import pLimit, { type LimitFunction } from 'p-limit';

/** 16 in flight at first (DESIGN section 4, "Trouble"); 64 is where a real API server stopped gaining (docs/bench.md). */
const FIRST = 16;
const MOST = 64;

/**
 * How many requests may be in flight on one target: one more for each that went well until the first trouble, halved on
 * trouble, and from then on one more for each round that went well, as TCP does it.
 */
export class Limiter {
  readonly #limit: LimitFunction = pLimit(FIRST);
  #well = 0;
  /** Requests begun before the last halving: their troubles are the same trouble. */
  #generation = 0;

  get concurrency(): number {
    return this.#limit.concurrency;
  }

  /** `work` says by `trouble()` that the server asked for less; anything else counts as well. */
  run<T>(work: (trouble: () => void) => Promise<T>): Promise<T> {
    return this.#limit(async () => {
      const generation = this.#generation;
      let troubled = false;
      try {
        return await work(() => {
          troubled = true;
        });
      } finally {
        if (troubled) this.#halve(generation);
        else this.#grow();
      }
    });
  }

  #halve(generation: number): void {
    this.#well = 0;
    if (generation !== this.#generation) return;
    this.#generation += 1;
    this.#limit.concurrency = Math.max(1, Math.floor(this.concurrency / 2));
  }

  #grow(): void {
    this.#well += 1;
    const round = this.#generation === 0 ? 1 : this.concurrency;
    if (this.#well < round || this.concurrency >= MOST) return;
    this.#well = 0;
    this.#limit.concurrency = this.concurrency + 1;
  }
}
