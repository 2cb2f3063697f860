import type { BegunChange, ChangeResult, JournalEvent } from '../model/journal.ts';

/** DESIGN section 4: a few dozen at most share one durable append. */
const MOST = 32;

/**
 * How many milliseconds an append waits for company: little beside a request to a cluster, and so much of what an append
 * costs here that a slow disk takes no more than a ninth of the time.
 */
export function companyFor(cost: number): number {
  return Math.min(40, Math.max(4, 16 * cost));
}

/** What one durable append will say: results and intents of Changes that are under way side by side. */
export class Together {
  /** Resolves when all of it is durable. */
  readonly written: Promise<void>;
  readonly #ends = new Map<string, ChangeResult[]>();
  readonly #begins = new Map<string, BegunChange[]>();
  readonly #timer: NodeJS.Timeout;
  #began = 0;
  #ended = 0;
  #closed = false;
  #write: () => void = () => undefined;

  constructor(company: number, write: (together: Together) => Promise<void>) {
    this.written = new Promise((resolve, reject) => {
      this.#write = () => void write(this).then(resolve, reject);
    });
    this.#timer = setTimeout(() => this.close(), company);
  }

  get full(): boolean {
    return Math.max(this.#began, this.#ended) >= MOST;
  }

  begin(step: string, change: BegunChange): void {
    this.#begins.set(step, [...(this.#begins.get(step) ?? []), change]);
    this.#began += 1;
  }

  end(step: string, result: ChangeResult): void {
    this.#ends.set(step, [...(this.#ends.get(step) ?? []), result]);
    this.#ended += 1;
  }

  /** Written at the end of this turn of the event loop, with what joins it until then. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    setImmediate(() => this.#write());
  }

  events(): JournalEvent[] {
    return [
      ...[...this.#ends].map(([step, results]) => ({ type: 'changes.ended', step, results }) as const),
      ...[...this.#begins].map(([step, changes]) => ({ type: 'changes.began', step, changes }) as const),
    ];
  }
}
