import * as fc from '../property.ts';
import { describe, expect, it } from 'vitest';
import type { JournalEvent } from '../../src/model/journal.ts';
import { isDrctlError } from '../../src/model/errors.ts';
import type { Driver, Journal, RunStore } from '../../src/ports/run-store.ts';
import type { StoreFactory } from './contract.ts';

/** What holds for every store, whatever two writers of one run do and in which order. */
export function interleavingsContract(name: string, factory: StoreFactory, numRuns: number): void {
  describe(`${name}: two writers of one run, interleaved`, () => {
    it('are one chain: whoever was overtaken is fenced, and its late lines are void', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyMove, { maxLength: 24 }), async (moves) => {
          const place = await factory();
          try {
            const game = await Game.start([place.open().store, place.open().store], place.living);
            for (const [index, move] of moves.entries()) {
              const { came, due } = await game.play(move, `${index}`);
              expect(due).toContain(came);
              expect(await game.read()).toEqual(game.counted);
              expect(await game.isDriven()).toBe(game.driving);
            }
          } finally {
            await place.dispose();
          }
        }),
        { numRuns },
      );
    }, 120_000);
  });
}

/** What two people with a terminal each may do to one run, in any order. */
const anyMove = fc.record({
  who: fc.constantFrom(0, 1),
  does: fc.constantFrom('append', 'append', 'append', 'batch', 'take', 'takeOver', 'release', 'check', 'renew'),
});

type Move = typeof anyMove extends fc.Arbitrary<infer T> ? T : never;

/** What came of a move (an error's code, or `ok`), and what may have. */
interface Result {
  readonly came: string;
  readonly due: readonly string[];
}

class Game {
  /** What the journal must say. */
  readonly counted: string[] = [];
  driving = true;
  #holder = 0;
  readonly #held: (Journal | undefined)[];
  readonly #stores: readonly RunStore[];
  readonly #driver: Driver;

  private constructor(stores: readonly RunStore[], driver: Driver, first: Journal) {
    this.#stores = stores;
    this.#driver = driver;
    this.#held = [first, undefined];
  }

  static async start(stores: readonly [RunStore, RunStore], driver: Driver): Promise<Game> {
    return new Game(stores, driver, await stores[0].create('r', driver));
  }

  async play({ who, does }: Move, name: string): Promise<Result> {
    const journal = this.#held[who];
    const mayWrite = this.driving && this.#holder === who;
    const due = mayWrite ? ['ok'] : ['Fenced', 'JournalReleased'];
    if (does === 'take' || does === 'takeOver') return this.#take(who, does === 'takeOver');
    if (!journal) return { came: 'nothing', due: ['nothing'] };
    switch (does) {
      case 'append':
      case 'batch': {
        const steps = does === 'append' ? [name] : [`${name}a`, `${name}b`];
        if (mayWrite) this.counted.push(...steps);
        return { came: await codeOf(journal.append(steps.map(began))), due };
      }
      case 'check':
        return { came: await codeOf(journal.check()), due };
      case 'renew':
        return { came: await codeOf(journal.renew()), due: ['ok'] };
      case 'release':
        if (mayWrite) this.driving = false;
        return { came: await codeOf(journal.release()), due: ['ok'] };
    }
  }

  async #take(who: number, takeOver: boolean): Promise<Result> {
    const free = takeOver || !this.driving;
    const work = this.#stores[who]?.take('r', this.#driver, { takeOver }).then(async (taken) => {
      this.#held[who] = taken;
      const from = taken.lines().length;
      await taken.append([{ type: 'run.taken', driver: { account: '', host: '', pid: 1 }, from, takeOver }]);
    });
    if (free) {
      this.counted.push('taken');
      [this.#holder, this.driving] = [who, true];
    }
    return { came: await codeOf(work), due: [free ? 'ok' : 'DrivenByOther'] };
  }

  async read(): Promise<string[] | undefined> {
    const reading = await this.#stores[1]?.read('r');
    return reading?.lines.map(({ event }) => (event.type === 'step.began' ? event.step : 'taken'));
  }

  async isDriven(): Promise<boolean> {
    return (await this.#stores[0]?.driver('r')) !== undefined;
  }
}

function began(step: string): JournalEvent {
  return { type: 'step.began', step, when: true };
}

async function codeOf(work: Promise<unknown> | undefined): Promise<string> {
  try {
    await work;
    return 'ok';
  } catch (error) {
    if (isDrctlError(error)) return error.code;
    throw error;
  }
}
