import type { BegunChange, ChangeResult, JournalEvent, JournalLine } from '../model/journal.ts';
import type { Journal } from '../ports/run-store.ts';
import { extendRun, foldRun, type RunState } from '../journal/fold.ts';
import { companyFor, Together } from './together.ts';

/**
 * The journal and what it says, kept together: an event is durable before the state shows it, so nothing in the engine can
 * rely on what a crash would forget. Events that many lanes append at once share one durable write.
 */
export class Recorder {
  readonly #journal: Journal;
  #seen: number;
  #state: RunState;
  #queue: Promise<unknown> = Promise.resolve();
  #together: Together | undefined;
  /** Milliseconds that the last append took. */
  #cost = 0;
  /** Changes whose intent is durable and whose result is not yet said. */
  readonly #flying = new Set<string>();

  constructor(journal: Journal) {
    this.#journal = journal;
    this.#state = foldRun(journal.lines());
    this.#seen = journal.lines().length;
  }

  get run(): string {
    return this.#journal.run;
  }

  get epoch(): number {
    return this.#journal.epoch;
  }

  /** As of the last durable event. */
  get state(): RunState {
    const lines = this.#journal.lines();
    if (lines.length > this.#seen) {
      this.#state = extendRun(this.#state, lines.slice(this.#seen));
      this.#seen = lines.length;
    }
    return this.#state;
  }

  /** Of the last durable line. */
  get seq(): number {
    return this.#journal.lines().at(-1)?.seq ?? 0;
  }

  lines(): readonly JournalLine[] {
    return this.#journal.lines();
  }

  record(...events: readonly JournalEvent[]): Promise<void> {
    const appended = this.#queue.then(async () => {
      const began = performance.now();
      await this.#journal.append(events);
      this.#cost = performance.now() - began;
    });
    // One failed append must reach every caller, but not as an unhandled rejection of the chain.
    this.#queue = appended.catch(() => undefined);
    return appended;
  }

  /** Intent. Repeatable Changes that begin about together share an append; a `once` Change goes alone. */
  async begin(step: string, change: BegunChange): Promise<void> {
    if (change.once) await this.record({ type: 'changes.began', step, changes: [change] });
    else await this.#join((together) => together.begin(step, change));
    this.#flying.add(change.id);
  }

  /** Result. */
  end(step: string, result: ChangeResult): Promise<void> {
    this.#flying.delete(result.id);
    return this.#join((together) => together.end(step, result));
  }

  #join(add: (together: Together) => void): Promise<void> {
    const together = (this.#together ??= this.#gather());
    add(together);
    // With nothing on its way nobody else will come: only what is said in this very turn is waited for.
    if (this.#flying.size === 0 || together.full) together.close();
    if (together.full) this.#together = undefined;
    return together.written;
  }

  #gather(): Together {
    return new Together(companyFor(this.#cost), (together) => {
      if (this.#together === together) this.#together = undefined;
      return this.record(...together.events());
    });
  }

  check(): Promise<void> {
    return this.#journal.check();
  }

  renew(): Promise<void> {
    return this.#journal.renew();
  }

  async release(): Promise<void> {
    await this.#queue;
    await this.#journal.release();
  }
}
