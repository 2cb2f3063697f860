import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StoreUnderTest } from './contract.ts';

export interface ReachablePlace extends StoreUnderTest {
  /** What `--state` would say, for other processes. */
  readonly where: string;
}

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url));
const children: ChildProcess[] = [];

function child(args: string[]): { process: ChildProcess; next: () => Promise<string> } {
  const started = spawn(process.execPath, [CHILD, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(started);
  const lines = createInterface({ input: started.stdout })[Symbol.asyncIterator]();
  return { process: started, next: async () => String((await lines.next()).value) };
}

/** What holds for every store between processes that race and are killed. */
export function processesContract(name: string, factory: () => Promise<ReachablePlace>, rounds: number): void {
  describe(`${name}: real processes`, () => {
    let place: ReachablePlace;
    beforeEach(async () => {
      place = await factory();
    });
    afterEach(async () => {
      for (const one of children.splice(0)) if (one.exitCode === null) one.kill('SIGKILL');
      await place.dispose();
    });

    it('keep every acknowledged line when killed at any instant, and leave a run that anybody may take', async () => {
      for (let round = 0; round < 8; round += 1) {
        const run = `killed-${round}`;
        const appender = child(['append', place.where, run]);
        let acknowledged = 0;
        for (let line = 0; line < 3 + round * 7; line += 1) acknowledged = Number(await appender.next());
        appender.process.kill('SIGKILL');
        await once(appender.process, 'exit');
        for (let said = await appender.next(); said !== 'undefined'; said = await appender.next())
          acknowledged = Number(said);
        const { store } = place.open();
        const { lines } = await store.read(run);
        expect(lines.length).toBeGreaterThanOrEqual(acknowledged);
        expect(lines.length % 2).toBe(0);
        const journal = await store.take(run, place.living, { takeOver: false });
        expect(journal.lines()).toEqual(lines);
        await journal.append([{ type: 'run.ended', outcome: 'aborted', because: '' }]);
        expect((await store.read(run)).lines).toHaveLength(lines.length + 1);
      }
    }, 120_000);

    it('cannot take a run from a living one, and can when it has been killed', async () => {
      const appender = child(['append', place.where, 'r']);
      await appender.next();
      const { store } = place.open();
      const { driver } = (await store.driver('r')) ?? {};
      expect(driver?.pid).toBe(appender.process.pid);
      const attempt = store.take('r', place.living, { takeOver: false });
      await expect(attempt).rejects.toThrow(String(appender.process.pid));
      appender.process.kill('SIGSTOP');
      await expect(store.take('r', place.living, { takeOver: false })).rejects.toMatchObject({ code: 'DrivenByOther' });
      appender.process.kill('SIGKILL');
      await once(appender.process, 'exit');
      expect((await store.take('r', place.living, { takeOver: false })).epoch).toBe(2);
    });

    it('fence a process that is appending all the while: what it acknowledged stands, the rest is void', async () => {
      const appender = child(['append', place.where, 'r']);
      for (let line = 0; line < 20; line += 1) await appender.next();
      const { store } = place.open();
      const journal = await store.take('r', place.living, { takeOver: true });
      const from = journal.lines().length;
      await journal.append([{ type: 'run.taken', driver: { account: 'a', host: 'h', pid: 1 }, from, takeOver: true }]);
      let last = '';
      let acknowledged = 0;
      for (let said = await appender.next(); said !== 'undefined'; said = await appender.next()) {
        if (last !== '') acknowledged = Number(last);
        last = said;
      }
      expect(last).toBe('Fenced');
      expect(acknowledged).toBeLessThanOrEqual(from);
      const { lines } = await store.read('r');
      expect(lines).toHaveLength(from + 1);
    });

    async function racers(count: number): Promise<(lines: readonly string[]) => Promise<string[]>> {
      const all = Array.from({ length: count }, () => child(['race', place.where]));
      await Promise.all(all.map((racer) => racer.next()));
      return (lines) => {
        for (const [index, racer] of all.entries()) racer.process.stdin?.write(`${lines[index]}\n`);
        return Promise.all(all.map((racer) => racer.next()));
      };
    }

    it('race for a key that was given back: exactly one wins', async () => {
      const run = await racers(3);
      const { store } = place.open();
      for (let round = 0; round < rounds; round += 1) {
        const journal = await store.create(`r-${round}`, place.living);
        await journal.release();
        const said = await run(Array.from({ length: 3 }, () => `take r-${round}`));
        expect(said.toSorted()).toEqual(['DrivenByOther', 'DrivenByOther', 'won']);
        expect((await store.read(`r-${round}`)).lines).toHaveLength(1);
      }
    }, 120_000);

    it('race to take a run over from a living one: the last to win drives, and everybody else knows', async () => {
      const run = await racers(3);
      const { store } = place.open();
      for (let round = 0; round < rounds; round += 1) {
        const journal = await store.create(`r-${round}`, place.living);
        const said = await run(Array.from({ length: 3 }, () => `take r-${round} over`));
        const counted = (word: string): number => said.filter((one) => one === word).length;
        expect(counted('won') + counted('DrivenByOther') + counted('Fenced')).toBe(3);
        expect(counted('won')).toBeGreaterThanOrEqual(1);
        const { lines } = await store.read(`r-${round}`);
        expect(lines.length).toBeGreaterThanOrEqual(counted('won'));
        expect(lines.length).toBeLessThanOrEqual(counted('won') + counted('Fenced'));
        await expect(journal.append([{ type: 'step.began', step: 'late', when: true }])).rejects.toMatchObject({
          code: 'Fenced',
        });
      }
    }, 120_000);

    it('race for a cluster: exactly one run holds it', async () => {
      const runs = ['a', 'b', 'c'];
      for (const run of runs) await place.open().store.create(run, place.living);
      const race = await racers(3);
      for (let round = 0; round < rounds; round += 1) {
        const said = await race(runs.map((run) => `claim uid-${round} ${run}`));
        const winner = runs[said.indexOf('won')];
        expect(said.filter((word) => word === 'won')).toHaveLength(1);
        expect(said.filter((word) => word === winner)).toHaveLength(2);
      }
    }, 120_000);
  });
}
