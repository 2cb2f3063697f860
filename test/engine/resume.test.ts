import { describe, expect, it } from 'vitest';
import { DrctlError } from '../../src/model/errors.ts';
import type { Journal } from '../../src/ports/run-store.ts';
import type { MemoryPlace } from './world/memory-store.ts';
import type { ToyWorld } from './world/toy-world.ts';
import { Bench, boxCheck, runbookOf } from './world/bench.ts';
import { answers } from './world/host.ts';

const two = () => runbookOf({ p: { a: {}, b: {} } });

describe('resume', () => {
  it('goes on from every prefix of a journal, to the same end', async () => {
    const runbook = runbookOf(
      {
        p: { a: { with: { boxes: { a: 'on', b: 'on', c: 'on' }, twice: true }, rollout: [1, 'rest'] } },
        q: { each: { forEach: '["x", "y"]', with: { also: '${{ each.key }}' } }, off: { when: 'false' } },
        r: { post: { uses: 'toy/letters', with: { texts: ['one', 'two'] } }, do: { uses: 'toy/task', with: { instruction: 'look' } } }, // prettier-ignore
        s: { last: { gate: { confirm: true, at: 'before' }, verify: [boxCheck('self.spec.first == "on"')] } },
      },
      { needs: { q: [] } },
    );
    const whole = new Bench(runbook);
    const prefixes: { world: ToyWorld; place: MemoryPlace }[] = [];
    const noted = { world: whole.world, place: whole.place };
    const copying = <T>(value: T): T => {
      prefixes.push({ world: noted.world.copy(), place: noted.place.copy() });
      return value;
    };
    const result = await whole.run({
      wrap: (parts) => ({
        ...parts,
        store: {
          ...parts.store,
          create: async (run, driver) => copyingJournal(await parts.store.create(run, driver), copying),
        },
      }),
    });
    expect(result).toMatchObject({ exit: 'done' });
    expect(prefixes.length).toBeGreaterThan(30);
    const ended = prefixes.pop();
    await expect(new Bench(runbook, ended).resume()).rejects.toMatchObject({ code: 'RunEnded' });
    for (const [index, prefix] of prefixes.entries()) {
      const bench = new Bench(runbook, prefix);
      bench.gone.add(101);
      expect([`after append ${index}`, (await bench.resume()).exit]).toEqual([`after append ${index}`, 'done']);
      expect(bench.world.state()).toEqual(whole.world.state());
      expect([`after append ${index}`, requests(bench)]).toEqual([`after append ${index}`, requests(whole)]);
      const ends = (one: Bench) => Object.values(one.state().steps).map((step) => `${step.id} ${step.end ?? ''}`);
      expect(ends(bench).toSorted()).toEqual(ends(whole).toSorted());
    }
  });

  function copyingJournal(journal: Journal, copying: <T>(value: T) => T): Journal {
    return {
      run: journal.run,
      epoch: journal.epoch,
      lines: () => journal.lines(),
      append: async (events) => copying(await journal.append(events)),
      check: () => journal.check(),
      renew: () => journal.renew(),
      release: () => journal.release(),
    };
  }

  const requests = (bench: Bench) => bench.world.audit.map((one) => one.request).toSorted();

  it('refuses a run that another process drives, and names it', async () => {
    const bench = new Bench(two());
    const first = bench.run({ script: answers({ confirm: 'never' }) });
    await bench.clock.sleep(1);
    await expect(bench.resume()).rejects.toMatchObject({ code: 'DrivenByOther', exit: 'driven' });
    await expect(bench.run({ run: 'run-2' })).rejects.toMatchObject({ code: 'ClusterBusy', exit: 'driven' });
    expect(bench.place.runs.has('run-2')).toBe(false);
    const alongside = { run: 'run-1', because: 'it hangs' };
    expect(await bench.run({ run: 'run-3', alongside })).toMatchObject({ exit: 'done' });
    expect(bench.events('run-3')[0]).toMatchObject({ options: { alongside } });
    expect(await bench.resume({ takeOver: true, because: 'it hangs' })).toMatchObject({ exit: 'done' });
    expect(await first).toMatchObject({ exit: 'driven' });
  });

  it('after a takeover the old process begins nothing new, writes nothing more and ends with 6', async () => {
    const bench = new Bench(runbookOf({ p: { a: {} }, q: { b: {} } }, { needs: { q: [] } }));
    let taken: Promise<unknown> | undefined;
    bench.world.fault = () => {
      bench.world.fault = () => undefined;
      bench.place.runs.get('run-1')?.lines.at(-1);
      taken = bench.store().take('run-1', driver(), { takeOver: true });
      return undefined;
    };
    expect(await bench.run()).toMatchObject({ outcome: 'running', exit: 'driven' });
    await taken;
    expect(bench.world.audit.length).toBeLessThanOrEqual(2);
    expect(bench.events().some((event) => event.type === 'run.paused' || event.type === 'run.ended')).toBe(false);
  });

  it('after a takeover waits out what the old process may still have under way', async () => {
    const bench = new Bench(runbookOf({ p: { a: { uses: 'toy/letters', with: { texts: ['one'], probe: false } } } }));
    bench.world.fault = () => {
      throw new Error('the process dies here');
    };
    expect(await bench.run()).toMatchObject({ exit: 'failed' });
    const run = bench.place.runs.get('run-1');
    if (run) run.key.released = false;
    bench.world.fault = () => undefined;
    const before = bench.clock.monotonic();
    const result = await bench.resume({
      takeOver: true,
      because: 'gone',
      script: answers({ settle: 'redo: not there' }),
    });
    expect(result).toMatchObject({ exit: 'done' });
    expect(bench.clock.monotonic() - before).toBeGreaterThanOrEqual(40_000);
    expect(bench.world.letters).toEqual(['one']);
  });

  it('settles what can be neither probed nor repeated by a person: 5 until then, never sent twice', async () => {
    const bench = new Bench(runbookOf({ p: { a: { uses: 'toy/letters', with: { texts: ['one'], probe: false } } } }));
    bench.world.fault = () => 'after';
    expect(await bench.run()).toMatchObject({ outcome: 'unknown', exit: 'unknown', waitingFor: ['a', 'a/one/1'] });
    expect(await bench.resume()).toMatchObject({ exit: 'unknown' });
    const done = await bench.resume({ script: answers({ settle: 'done: I have it here' }) });
    expect(done).toMatchObject({ exit: 'done' });
    expect(bench.world.letters).toEqual(['one']);
  });

  it('a settlement that leaves the step out goes on with the next', async () => {
    const bench = new Bench(
      runbookOf({ p: { a: { uses: 'toy/letters', with: { texts: ['one'], probe: false } }, b: {} } }),
    );
    bench.world.fault = (request) => (request.startsWith('letter') ? 'before' : undefined);
    const result = await bench.run({ script: answers({ settle: 'skip: by phone' }) });
    expect(result).toMatchObject({ outcome: 'succeeded-with-exceptions' });
    expect(bench.world.boxes.has('b')).toBe(true);
  });

  it.each(['before', 'after'] as const)(
    'probes a lost reply (%s the effect), and never sends twice what was done',
    async (when) => {
      const bench = new Bench(runbookOf({ p: { a: {}, b: { uses: 'toy/letters', with: { texts: ['one'] } } } }));
      const lost = new Set<string>();
      bench.world.fault = (request) => {
        if (lost.has(request)) return undefined;
        lost.add(request);
        return when;
      };
      expect(await bench.run()).toMatchObject({ exit: 'done' });
      expect(bench.world.audit).toHaveLength(2);
      expect(bench.world.letters).toEqual(['one']);
    },
  );

  it('a probe that cannot look is waited for: nothing is planned over an open outcome', async () => {
    const bench = new Bench(runbookOf({ p: { b: { uses: 'toy/letters', with: { texts: ['one'] } } } }));
    const reader = bench.world.reader.bind(bench.world);
    let blind = false;
    bench.world.reader = () => {
      const world = reader();
      return {
        ...world,
        http: (request) => {
          if (!blind) return world.http(request);
          blind = bench.clock.monotonic() < 5_000;
          return Promise.reject(new DrctlError('CannotSee', 'target', 'cannot see letters'));
        },
      };
    };
    bench.world.fault = () => {
      bench.world.fault = () => undefined;
      blind = true;
      return 'after';
    };
    expect(await bench.run()).toMatchObject({ exit: 'done' });
    expect(bench.world.letters).toEqual(['one']);
  });

  it('shows a changed definition by step, and runs nothing without a yes and a reason', async () => {
    const bench = new Bench(runbookOf({ p: { a: {}, b: { gate: { confirm: true, at: 'before' } } } }));
    await bench.run({ script: answers({ 'b:confirm': 'nobody' }) });
    const differences = ['step b: changed'];
    const none = await bench.resume({ differences, script: answers({ definition: 'nobody' }) });
    expect(none).toMatchObject({ exit: 'paused', waitingFor: ['the plan'] });
    expect(bench.host.asked[0]?.text).toContain('step b: changed');
    expect(await bench.resume({ differences, script: answers({ definition: 'no' }) })).toMatchObject({
      exit: 'declined',
    });
    expect(bench.world.boxes.has('b')).toBe(false);
    const yes = await bench.resume({ differences, script: answers({ definition: 'accept-definition: reviewed' }) });
    expect(yes).toMatchObject({ outcome: 'succeeded-with-exceptions', exit: 'exceptions' });
  });

  it('a step that ended and has Changes again asks before anything is repeated', async () => {
    const bench = new Bench(runbookOf({ p: { a: {}, b: { gate: { confirm: true, at: 'before' } } } }));
    await bench.run({ script: answers({ 'b:confirm': 'nobody' }) });
    bench.world.boxes.delete('a');
    expect(await bench.resume()).toMatchObject({ exit: 'paused', waitingFor: ['a'] });
    expect(bench.host.questions).toEqual(['a:moved']);
    expect(bench.world.boxes.has('a')).toBe(false);
    const left = new Bench(bench.runbook, bench);
    expect(await left.resume({ script: answers({ moved: 'accept: gone for good' }) })).toMatchObject({
      exit: 'exceptions',
    });
    expect(left.world.boxes.has('a')).toBe(false);
    expect(await bench.resume({ script: answers({ moved: 'yes' }) })).toMatchObject({ exit: 'done' });
    expect(bench.world.boxes.has('a')).toBe(true);
  });

  it('regressed keys of a forEach are not lost behind their ended step', async () => {
    const bench = new Bench(
      runbookOf({ p: { a: { forEach: '["x", "y"]', with: { also: '${{ each.key }}' } }, b: { gate: { confirm: true, at: 'before' } } } }), // prettier-ignore
    );
    await bench.run({ script: answers({ 'b:confirm': 'nobody' }) });
    bench.world.boxes.delete('y');
    expect(await bench.resume({ script: answers({ moved: 'yes' }) })).toMatchObject({ exit: 'done' });
    expect(bench.host.questions).toEqual(['a[y]:moved', 'b:confirm']);
    expect([...bench.world.boxes.keys()].toSorted()).toEqual(['b', 'x', 'y']);
  });

  it('asks for the plan again where nothing was begun and the yes is old or somebody else’s', async () => {
    const gated = runbookOf({ p: { a: { gate: { confirm: true, at: 'before' } } } });
    for (const [later, operator, questions] of [
      [0, 'alice', ['a:confirm']],
      [1_900_000, 'alice', ['run:confirm', 'a:confirm']],
      [0, 'bob', ['run:confirm', 'a:confirm']],
    ] as const) {
      const bench = new Bench(gated);
      await bench.run({ script: answers({ 'a:confirm': 'nobody' }) });
      bench.clock.advance(later);
      expect(await bench.resume({ operator })).toMatchObject({ exit: 'done' });
      expect(bench.host.questions).toEqual(questions);
    }
  });

  it('a run whose process died before its first line keeps nobody from the cluster', async () => {
    const bench = new Bench(two());
    await bench.store().claimCluster('uid-1', 'run-0');
    await bench.store().create('run-0', driver());
    await expect(bench.run()).rejects.toMatchObject({ code: 'ClusterBusy' });
    bench.gone.add(1);
    expect(await bench.run()).toMatchObject({ exit: 'done' });
  });

  it('until a phase stops there, and a resume goes on', async () => {
    const bench = new Bench(runbookOf({ p: { a: {} }, q: { b: {} } }));
    expect(await bench.run({ until: 'p' })).toMatchObject({ exit: 'paused' });
    expect([...bench.world.boxes.keys()]).toEqual(['a']);
    expect(await bench.resume()).toMatchObject({ exit: 'done' });
  });

  it('what was left out when the run began stays out on resume', async () => {
    const bench = new Bench(runbookOf({ p: { a: { gate: { confirm: true, at: 'before' } }, b: {} } }));
    await bench.run({ skip: { b: 'broken' }, script: answers({ 'a:confirm': 'nobody' }) });
    expect(await bench.resume()).toMatchObject({ exit: 'exceptions' });
    expect([...bench.world.boxes.keys()]).toEqual(['a']);
  });

  it('skips a step that was left out on the command line, as an exception', async () => {
    const bench = new Bench(two());
    const result = await bench.run({ skip: { a: 'broken' } });
    expect(result).toMatchObject({ outcome: 'succeeded-with-exceptions' });
    expect([...bench.world.boxes.keys()]).toEqual(['b']);
  });
});

function driver() {
  return { account: 'x', host: 'here', boot: 'boot', pid: 1, processStart: '1', since: '' };
}
