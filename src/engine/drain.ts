/**
 * One way to stop: nothing new begins, what is in flight finishes, every lane comes home. "No", `pause`, an unanswered
 * question and the first Ctrl-C all drain; the second Ctrl-C also aborts what is in flight.
 */
export class Drain {
  readonly #drain = new AbortController();
  readonly #now = new AbortController();
  readonly #waitingFor = new Set<string>();
  #reason: DrainReason | undefined;

  /** The first reason stands, unless a graver one comes; every one adds what is waited for. */
  start(reason: DrainReason, waitingFor?: string): void {
    if (this.#reason === undefined || gravity(reason) > gravity(this.#reason)) this.#reason = reason;
    if (waitingFor !== undefined) this.#waitingFor.add(waitingFor);
    this.#drain.abort();
  }

  /** What else stands open while the run comes to rest. */
  leaves(waitingFor: string): void {
    this.#waitingFor.add(waitingFor);
  }

  stopNow(): void {
    this.#now.abort();
  }

  get signal(): AbortSignal {
    return this.#drain.signal;
  }

  /** Aborts requests that are in flight: their Changes are then of unknown outcome. */
  get nowSignal(): AbortSignal {
    return this.#now.signal;
  }

  get active(): boolean {
    return this.#drain.signal.aborted;
  }

  get reason(): DrainReason | undefined {
    return this.#reason;
  }

  get waitingFor(): readonly string[] {
    return [...this.#waitingFor];
  }
}

export interface DrainReason {
  readonly is:
    | 'declined'
    | 'paused'
    | 'unanswered'
    | 'interrupted'
    | 'settle'
    | 'aborted'
    | 'until'
    | 'refused'
    | 'fenced'
    | 'driven'
    | 'failed';
  readonly because: string;
}

/** "Abort" said while the run is already coming to rest still means abort; whoever was fenced off may not even say that. */
function gravity({ is }: DrainReason): number {
  if (is === 'fenced') return 2;
  return is === 'aborted' ? 1 : 0;
}
