import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JournalEvent } from '../../src/model/journal.ts';
import type { Adopted, CarriedRun, Intake, RunStore } from '../../src/ports/run-store.ts';
import type { ReachablePlace } from './contract-processes.ts';

const began = (step: string): JournalEvent => ({ type: 'step.began', step, when: true });
const taken = (from: number): JournalEvent => ({
  type: 'run.taken',
  driver: { account: 'a', host: 'h', pid: 1 },
  from,
  takeOver: false,
});

/** What holds for every store that takes runs in from another; `intake` opens the place as the import does. */
export function intakeContract(
  name: string,
  factory: () => Promise<ReachablePlace>,
  intake: (where: string) => Intake,
): void {
  describe(`${name} takes runs in`, () => {
    let here: ReachablePlace;
    let there: ReachablePlace;
    let origin: RunStore;
    let store: RunStore;
    beforeEach(async () => {
      [here, there] = [await factory(), await factory()];
      [store, origin] = [here.open().store, there.open().store];
    });
    afterEach(async () => {
      await here.dispose();
      await there.dispose();
    });

    const carriedFrom = async (from: RunStore): Promise<CarriedRun> => {
      const held = await from.driver('r');
      return { run: 'r', lines: (await from.read('r')).lines, ...(held && { driver: held.driver }) };
    };
    const adopt = async (carried: CarriedRun): Promise<Adopted> => intake(here.where).adopt(carried);
    const elsewhere = () => ({ ...there.living, host: 'elsewhere' });
    const linesHere = async () => (await here.open().store.read('r')).lines;

    it('with every line as it was, and goes on with them under the next epoch', async () => {
      const first = await origin.create('r', elsewhere());
      await first.append([began('a'), began('b')]);
      await first.append([began('c')]);
      await first.release();
      const second = await origin.take('r', elsewhere(), { takeOver: false });
      await second.append([taken(3)]);
      await second.release();
      expect(await adopt(await carriedFrom(origin))).toBe('created');
      expect(await linesHere()).toEqual(second.lines());
      expect(await store.driver('r')).toBeUndefined();
      const journal = await store.take('r', here.living, { takeOver: false });
      await journal.append([taken(4)]);
      expect((await linesHere()).map((line) => line.epoch)).toEqual([1, 1, 1, 2, 3]);
    });

    it('with the key of whoever held it there: only a takeover gets it', async () => {
      const first = await origin.create('r', elsewhere());
      await first.append([began('a')]);
      await adopt(await carriedFrom(origin));
      expect((await store.driver('r'))?.driver).toEqual(elsewhere());
      await expect(store.take('r', here.living, { takeOver: false })).rejects.toMatchObject({ code: 'DrivenByOther' });
      expect((await store.take('r', here.living, { takeOver: true })).epoch).toBe(2);
    });

    it('again: the same is the same, a longer one goes on, a shorter one changes nothing', async () => {
      const first = await origin.create('r', elsewhere());
      await first.append([began('a')]);
      const early = await carriedFrom(origin);
      expect([await adopt(early), await adopt(early)]).toEqual(['created', 'same']);
      await first.append([began('b')]);
      expect(await adopt(await carriedFrom(origin))).toBe('extended');
      await first.release();
      const second = await origin.take('r', elsewhere(), { takeOver: false });
      await second.append([taken(2), began('c')]);
      await second.release();
      const late = await carriedFrom(origin);
      expect([await adopt(late), await adopt(late), await adopt(early)]).toEqual(['extended', 'same', 'behind']);
      expect(await linesHere()).toEqual(second.lines());
      expect((await store.take('r', here.living, { takeOver: false })).lines()).toEqual(second.lines());
    });

    it('and home again: a run that went on elsewhere goes on where it began', async () => {
      const first = await store.create('r', here.living);
      await first.append([began('a')]);
      await first.release();
      await intake(there.where).adopt(await carriedFrom(store));
      const abroad = await origin.take('r', elsewhere(), { takeOver: false });
      await abroad.append([taken(1)]);
      await abroad.release();
      expect(await adopt(await carriedFrom(origin))).toBe('extended');
      expect(await linesHere()).toEqual(abroad.lines());
    });

    it('but not under a driver that lives here, and not one that went on by itself', async () => {
      const first = await store.create('r', here.living);
      await first.append([began('a')]);
      const carried = await carriedFrom(store);
      await intake(there.where).adopt(carried);
      const abroad = await origin.take('r', elsewhere(), { takeOver: true });
      await abroad.append([taken(1)]);
      const later = await carriedFrom(origin);
      await expect(adopt(later)).rejects.toMatchObject({ code: 'DrivenByOther', exit: 'driven' });
      await first.append([began('b')]);
      await expect(adopt(later)).rejects.toMatchObject({ code: 'RunDiffers', exit: 'refused' });
      expect(await linesHere()).toEqual(first.lines());
    });

    it('but none whose name leads elsewhere', async () => {
      const carried = { run: '../r', lines: [], driver: there.living };
      await expect(adopt(carried)).rejects.toMatchObject({ code: 'BadName' });
    });
  });
}
