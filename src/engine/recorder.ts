import type { BegunChange, ChangeResult, JournalEvent, JournalLine } from '../model/journal.ts';
import type { Journal } from '../ports/run-store.ts';
import { extendRun, foldRun, type RunState } from '../journal/fold.ts';

/**
 * The journal and what it says, kept together: an event is durable before the state shows it, so nothing in the engine can
 * rely on what a crash would forget. Events that many lanes append at once share one durable write.
 */
export class Recorder {
  readonly #journal: Journal;
  #seen: number;
  #state: RunState;
  #queue: Promise<unknown> = Promise.resolve();
  #begins: Gathered<BegunChange> | undefined;
  #ends: Gathered<ChangeResult> | undefined;

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
      await this.#journal.append(events);
    });
    // One failed append must reach every caller, but not as an unhandled rejection of the chain.
    this.#queue = appended.catch(() => undefined);
    return appended;
  }

  /** Intent. Repeatable Changes of one step that begin in the same turn share an append; a `once` Change goes alone. */
  begin(step: string, change: BegunChange): Promise<void> {
    if (change.once) return this.record({ type: 'changes.began', step, changes: [change] });
    this.#begins = gather(this.#begins, step, change, (changes) => {
      this.#begins = undefined;
      return this.record({ type: 'changes.began', step, changes });
    });
    return this.#begins.written;
  }

  /** Result. */
  end(step: string, result: ChangeResult): Promise<void> {
    this.#ends = gather(this.#ends, step, result, (results) => {
      this.#ends = undefined;
      return this.record({ type: 'changes.ended', step, results });
    });
    return this.#ends.written;
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

/** DESIGN section 4: a few dozen at most share one durable append. */
const TOGETHER = 32;

interface Gathered<T> {
  readonly step: string;
  readonly all: T[];
  readonly written: Promise<void>;
}

/** Joins what is said of one step within one turn of the event loop. */
function gather<T>(
  open: Gathered<T> | undefined,
  step: string,
  one: T,
  write: (all: readonly T[]) => Promise<void>,
): Gathered<T> {
  if (open && open.step === step && open.all.length < TOGETHER) {
    open.all.push(one);
    return open;
  }
  const all = [one];
  const written = new Promise<void>((resolve, reject) => {
    setImmediate(() => {
      write(all).then(resolve, reject);
    });
  });
  return { step, all, written };
}
