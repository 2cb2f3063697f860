import type { Json } from '../model/json.ts';
import type { JournalEvent, JournalLine } from '../model/journal.ts';
import type { Blobs } from './blobs.ts';

/** Who drives a run, and from where. The key's holder is provably gone only when host and boot match and pid+start do not. */
export interface Driver {
  readonly account: string;
  readonly kubernetes?: string;
  readonly aws?: string;
  readonly host: string;
  /** Identifies one boot of the host (on Linux /proc/sys/kernel/random/boot_id). */
  readonly boot: string;
  readonly pid: number;
  /** Process start time in clock ticks since boot: tells a reused pid from the same process. */
  readonly processStart: string;
  readonly since: string;
}

/**
 * One run's append-only record, opened for writing by its one driver. `append` resolves when the lines are durable, in
 * order, chained to the line before; all of the lines or none. It throws `Fenced` when a newer epoch exists (then what was
 * appended counts only if the taker had read it by then: its lines say so) and `StoreFailed` or a more telling code on any
 * other trouble, after which the journal is closed: a failed append stops the run.
 */
export interface Journal {
  readonly run: string;
  readonly epoch: number;
  /** Every line up to now, own appends included. */
  lines(): readonly JournalLine[];
  append(events: readonly JournalEvent[]): Promise<readonly JournalLine[]>;
  /** Throws `Fenced` when somebody has taken the run since. Cheap: asked before every first byte. */
  check(): Promise<void>;
  /** Renews the key's "since", so that a watcher sees life. Best effort. */
  renew(): Promise<void>;
  /** The key is given back: anybody may resume. Idempotent. */
  release(): Promise<void>;
}

export interface JournalReading {
  readonly run: string;
  readonly lines: readonly JournalLine[];
  /** A torn last line of a crash that was dropped, or lines of an old epoch that a takeover voided. */
  readonly dropped: readonly { readonly file?: string; readonly line: number; readonly reason: 'torn' | 'void' }[];
}

/** Words from other terminals to the driver. */
export interface InboxWord {
  readonly id: string;
  readonly at: string;
  readonly by: string;
  readonly word: 'approve' | 'decline' | 'settle' | 'pause' | 'abort' | 'note';
  readonly data: Json;
}

/** Where runs live: a directory or a bucket. Everything it throws is a DrctlError. */
export interface RunStore {
  /** For messages: `directory ~/.drctl`, `s3://bucket/prefix`. */
  readonly where: string;
  readonly blobs: Blobs;
  runs(): Promise<readonly string[]>;
  /** Creates the journal with epoch 1 and takes the key; `RunExists` when the id is taken. */
  create(run: string, driver: Driver): Promise<Journal>;
  /** Reads and verifies: `JournalBroken` names the line that was changed, is missing or out of order; `RunUnknown`. */
  read(run: string): Promise<JournalReading>;
  /**
   * Takes the key and the next epoch. Without `takeOver` only a key that was given back or whose holder is provably gone;
   * otherwise throws `DrivenByOther` naming the holder.
   */
  take(run: string, driver: Driver, how: { readonly takeOver: boolean }): Promise<Journal>;
  driver(run: string): Promise<{ readonly driver: Driver; readonly renewedAt: string } | undefined>;
  send(run: string, word: InboxWord): Promise<void>;
  /** Words not yet taken, oldest first; each is removed by `taken`, after the driver has journaled it. */
  inbox(run: string): Promise<readonly InboxWord[]>;
  taken(run: string, id: string): Promise<void>;
  /** One unfinished run per cluster (kube-system uid). Returns the holder when it is another run; else claims it. */
  claimCluster(uid: string, run: string): Promise<{ readonly heldBy: string } | undefined>;
  releaseCluster(uid: string, run: string): Promise<void>;
}

/** A run as one value, on its way from one store to another: all its lines, verified, and whoever held its key. */
export interface CarriedRun {
  readonly run: string;
  readonly lines: readonly JournalLine[];
  /** Absent: the key had been given back. */
  readonly driver?: Driver;
}

/** What came of taking a run in. `behind`: the store knew all of it already, and more. */
export type Adopted = 'created' | 'extended' | 'same' | 'behind';

/** A store that takes in runs from elsewhere; their blobs are put before. */
export interface Intake {
  /**
   * Creates the run, or goes on with it where what is here is the beginning of the same chain. Its key is held by whoever
   * held it when it was carried away. Throws `RunDiffers`, and `DrivenByOther` while somebody here may be driving it.
   */
  adopt(carried: CarriedRun): Promise<Adopted>;
}
