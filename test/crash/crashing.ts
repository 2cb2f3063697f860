import type { Door, Grant, Outlet } from '../../src/ports/door.ts';
import type { ReadWorld } from '../../src/ports/read-world.ts';
import type { Journal, RunStore } from '../../src/ports/run-store.ts';

/** What a drive of a run is handed, and what a crash stands between. */
export interface Parts {
  readonly store: RunStore;
  readonly door: Door;
  readonly world: ReadWorld;
}

/**
 * One instant at which a process can die, by its place in the run: the how-manieth append or request, and which side of
 * it. `after-commit`: it had its effect, and the answer never came. `after-reply`: the answer came, and nothing more.
 */
export interface Point {
  readonly at: 'before-append' | 'after-append' | 'before-send' | 'after-commit' | 'after-reply';
  readonly count: number;
}

export function nameOf({ at, count }: Point): string {
  return `${at} ${count}`;
}

/** Thrown by everything that a dead process touches: it does nothing more. */
export class Dead extends Error {
  constructor() {
    super('the process is dead');
  }
}

/**
 * One wrapper round Journal and Door with named points. Recording: it only counts. Crashing: at its point the process
 * dies, and from then on store, journal and door refuse everything, so that what comes after can only be the next process.
 */
export class Crashing {
  readonly points: Point[] = [];
  readonly #die: string | undefined;
  #appends = 0;
  #sends = 0;
  #dead = false;

  constructor(die?: Point) {
    this.#die = die && nameOf(die);
  }

  get dead(): boolean {
    return this.#dead;
  }

  wrap(parts: Parts): Parts {
    return { store: this.#store(parts.store), door: this.#door(parts.door), world: parts.world };
  }

  #alive(): void {
    if (this.#dead) throw new Dead();
  }

  #pass(at: Point['at'], count: number): void {
    this.#alive();
    const point = { at, count };
    this.points.push(point);
    if (nameOf(point) !== this.#die) return;
    this.#dead = true;
    throw new Dead();
  }

  #store(store: RunStore): RunStore {
    const alive = async <T>(work: () => Promise<T>): Promise<T> => {
      this.#alive();
      return work();
    };
    return {
      where: store.where,
      blobs: { put: (text) => alive(() => store.blobs.put(text)), get: (digest) => store.blobs.get(digest) },
      runs: () => store.runs(),
      create: async (run, driver) => this.#journal(await alive(() => store.create(run, driver))),
      read: (run) => store.read(run),
      take: async (run, driver, how) => this.#journal(await alive(() => store.take(run, driver, how))),
      driver: (run) => store.driver(run),
      send: (run, word) => alive(() => store.send(run, word)),
      inbox: (run) => alive(() => store.inbox(run)),
      taken: (run, id) => alive(() => store.taken(run, id)),
      claimCluster: (uid, run) => alive(() => store.claimCluster(uid, run)),
      releaseCluster: (uid, run) => alive(() => store.releaseCluster(uid, run)),
    };
  }

  #journal(journal: Journal): Journal {
    return {
      run: journal.run,
      epoch: journal.epoch,
      lines: () => journal.lines(),
      append: async (events) => {
        this.#appends += 1;
        const count = this.#appends;
        this.#pass('before-append', count);
        const lines = await journal.append(events);
        this.#pass('after-append', count);
        return lines;
      },
      check: async () => {
        this.#alive();
        await journal.check();
      },
      renew: async () => {
        this.#alive();
        await journal.renew();
      },
      release: async () => {
        this.#alive();
        await journal.release();
      },
    };
  }

  #door(door: Door): Door {
    return {
      endpoints: door.endpoints,
      open: (grant: Grant): Outlet => {
        const outlet = door.open({
          ...grant,
          check: async () => {
            this.#alive();
            await grant.check();
          },
        });
        return {
          kube: (endpoint, write) => this.#send(() => outlet.kube(endpoint, write)),
          exec: (endpoint, request) => this.#send(() => outlet.exec(endpoint, request)),
          cloud: (write) => this.#send(() => outlet.cloud(write)),
          http: (request) => this.#send(() => outlet.http(request)),
          command: (request) => this.#send(() => outlet.command(request)),
        };
      },
    };
  }

  async #send<T>(send: () => Promise<T>): Promise<T> {
    this.#sends += 1;
    const count = this.#sends;
    this.#pass('before-send', count);
    const reply = await send();
    this.#pass('after-commit', count);
    if (nameOf({ at: 'after-reply', count }) === this.#die) this.#dead = true;
    this.points.push({ at: 'after-reply', count });
    return reply;
  }
}
