/** How far a wait is: what a check's `progress` or an item's says. */
export interface Measured {
  readonly value: number;
  readonly total?: number;
  readonly unit?: string;
}

/** The same with how fast, and how long it will take at that speed. */
export interface Paced extends Measured {
  /** Per second, since the wait began; absent until it has moved. Falls where the value falls. */
  readonly rate?: number;
  /** Milliseconds to the total; absent where there is none, or where it moves away from it. */
  readonly leftMs?: number;
  /** Milliseconds without any movement. */
  readonly stillMs: number;
}

/**
 * How one wait goes on, in milliseconds of machine time since it began. A long wait names value, rate and time left; one that
 * does not move at all is told from one that is slow (DESIGN section 4, "Checks").
 */
export class Pace {
  #first: { readonly at: number; readonly value: number } | undefined;
  #value: number | undefined;
  #movedAt = 0;

  see(measured: Measured | undefined, elapsed: number): Paced | undefined {
    // A value that is not there yet has not moved.
    if (!measured) return undefined;
    const { value, total } = measured;
    if (value !== this.#value) this.#movedAt = this.#first ? elapsed : this.#movedAt;
    this.#first ??= { at: elapsed, value };
    this.#value = value;
    const seconds = (elapsed - this.#first.at) / 1_000;
    const rate = seconds >= 1 && value !== this.#first.value ? (value - this.#first.value) / seconds : undefined;
    const left = total === undefined || rate === undefined ? undefined : ((total - value) / rate) * 1_000;
    return {
      ...measured,
      stillMs: this.stillFor(elapsed),
      ...(rate !== undefined && { rate }),
      ...(left !== undefined && left > 0 && { leftMs: left }),
    };
  }

  stillFor(elapsed: number): number {
    return Math.max(0, elapsed - this.#movedAt);
  }
}
