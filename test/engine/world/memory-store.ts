import { encodeLines, NO_LINES, type Head } from '../../../src/journal/chain.ts';
import { digestOfText, type Digest } from '../../../src/model/digest.ts';
import { DrctlError } from '../../../src/model/errors.ts';
import type { JournalEvent, JournalLine } from '../../../src/model/journal.ts';
import type { Notice } from '../../../src/ports/host.ts';
import type { Driver, InboxWord, Journal, RunStore } from '../../../src/ports/run-store.ts';

interface Run {
  lines: JournalLine[];
  head: Head;
  epoch: number;
  key: { driver: Driver; renewedAt: string; released: boolean };
  readonly inbox: Map<string, InboxWord>;
}

/** What all openings share, as a directory would be. */
export class MemoryPlace {
  readonly runs = new Map<string, Run>();
  readonly blobs = new Map<Digest, string>();
  readonly clusters = new Map<string, string>();
  readonly isGone: (driver: Driver) => boolean;

  constructor(isGone: (driver: Driver) => boolean) {
    this.isGone = isGone;
  }

  /** Another place with the same in it: what a machine would have after a copy of its disk. */
  copy(): MemoryPlace {
    const copy = new MemoryPlace(this.isGone);
    for (const [id, run] of this.runs)
      copy.runs.set(id, { ...run, lines: [...run.lines], key: { ...run.key }, inbox: new Map(run.inbox) });
    for (const [digest, text] of this.blobs) copy.blobs.set(digest, text);
    for (const [uid, run] of this.clusters) copy.clusters.set(uid, run);
    return copy;
  }

  open(now: () => number, tell: (notice: Notice) => void = () => undefined): RunStore {
    return storeOf(this, now, tell);
  }
}

const SAFE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

function storeOf(place: MemoryPlace, now: () => number, tell: (notice: Notice) => void): RunStore {
  const known = (id: string): Run => {
    const run = place.runs.get(id);
    if (run) return run;
    throw new DrctlError('RunUnknown', 'user', `there is no run ${id}`);
  };
  const journal = (id: string, run: Run): Journal => new MemoryJournal(id, run, now, tell);
  const keyOf = (driver: Driver): Run['key'] => ({
    driver,
    renewedAt: new Date(now()).toISOString(),
    released: false,
  });
  return {
    where: 'memory',
    blobs: {
      put: async (text) => {
        const digest = digestOfText(text);
        place.blobs.set(digest, text);
        return digest;
      },
      get: async (digest) => {
        const text = place.blobs.get(digest);
        if (text === undefined) throw new DrctlError('BlobMissing', 'target', `no blob ${digest}`);
        return text;
      },
    },
    runs: async () => [...place.runs.keys()].toSorted(),
    create: async (id, driver) => {
      validateName(id);
      if (place.runs.has(id)) throw new DrctlError('RunExists', 'user', `there is a run ${id} already`);
      const run: Run = { lines: [], head: NO_LINES, epoch: 1, key: keyOf(driver), inbox: new Map() };
      place.runs.set(id, run);
      return journal(id, run);
    },
    read: async (id) => ({ run: id, lines: [...known(id).lines], dropped: [] }),
    take: async (id, driver, { takeOver }) => {
      const run = known(id);
      if (!takeOver && !run.key.released && !place.isGone(run.key.driver)) throw drivenByOther(id, run.key.driver);
      run.epoch += 1;
      run.key = keyOf(driver);
      return journal(id, run);
    },
    driver: async (id) => {
      const { key } = known(id);
      return key.released ? undefined : { driver: key.driver, renewedAt: key.renewedAt };
    },
    send: async (id, word) => {
      const { inbox } = known(id);
      validateName(word.id);
      inbox.set(word.id, word);
    },
    inbox: async (id) =>
      [...known(id).inbox.values()].toSorted((a, b) => a.at.localeCompare(b.at) || a.id.localeCompare(b.id)),
    taken: async (id, word) => {
      validateName(word);
      known(id).inbox.delete(word);
    },
    claimCluster: async (uid, id) => {
      const heldBy = place.clusters.get(uid);
      const holder = heldBy === undefined ? undefined : place.runs.get(heldBy);
      const ended = !holder || holder.lines.at(-1)?.event.type === 'run.ended';
      if (heldBy !== undefined && heldBy !== id && !ended) return { heldBy };
      place.clusters.set(uid, id);
      return undefined;
    },
    releaseCluster: async (uid, id) => {
      if (place.clusters.get(uid) === id) place.clusters.delete(uid);
    },
  };
}

class MemoryJournal implements Journal {
  readonly run: string;
  readonly epoch: number;
  readonly #of: Run;
  readonly #lines: JournalLine[];
  readonly #now: () => number;
  readonly #tell: (notice: Notice) => void;
  #released = false;
  #toldClock = false;

  constructor(id: string, run: Run, now: () => number, tell: (notice: Notice) => void) {
    this.run = id;
    this.epoch = run.epoch;
    this.#of = run;
    this.#lines = [...run.lines];
    this.#now = now;
    this.#tell = tell;
  }

  lines(): readonly JournalLine[] {
    return this.#lines;
  }

  async append(events: readonly JournalEvent[]): Promise<readonly JournalLine[]> {
    await this.check();
    if (events.length === 0) return [];
    const encoded = encodeLines(this.#of.head, this.epoch, this.#now(), events);
    this.#of.head = encoded.head;
    this.#of.lines.push(...encoded.lines);
    this.#lines.push(...encoded.lines);
    if (encoded.behindMs > 0 && !this.#toldClock) {
      this.#toldClock = true;
      const message = `the clock is ${Math.round(encoded.behindMs / 3_600_000)}h behind`;
      this.#tell({ code: 'warning', level: 'warning', data: { code: 'ClockSetBack', message } });
    }
    return encoded.lines;
  }

  async check(): Promise<void> {
    if (this.#of.epoch > this.epoch)
      throw new DrctlError('Fenced', 'user', `taken over by ${this.#of.key.driver.account}`, { exit: 'driven' });
    if (this.#released) throw new DrctlError('JournalReleased', 'tool', 'the key was given back');
  }

  async renew(): Promise<void> {
    if (this.#of.epoch === this.epoch) this.#of.key.renewedAt = new Date(this.#now()).toISOString();
  }

  async release(): Promise<void> {
    if (this.#of.epoch === this.epoch) this.#of.key.released = true;
    this.#released = true;
  }
}

function validateName(name: string): void {
  if (!SAFE.test(name)) throw new DrctlError('BadName', 'user', `${JSON.stringify(name)} is no name`);
}

function drivenByOther(run: string, { account, host, pid, since }: Driver): DrctlError {
  const who = `${account} on ${host} (process ${pid}, since ${since})`;
  return new DrctlError('DrivenByOther', 'user', `run ${run} is driven by ${who}`, { exit: 'driven' });
}
