import { describe, expect, it } from 'vitest';
import { DrctlError } from '../../src/model/errors.ts';
import { Bench, runbookOf } from './world/bench.ts';
import { answers } from './world/host.ts';
import { IDENTITY, ToySendError } from './world/toy-world.ts';

const gated = { gate: { confirm: true, at: 'before' } } as const;
const freeze = { with: { boxes: { freeze: 'frozen' } }, until: 'thaw' };
const thaw = { with: { boxes: { freeze: 'thawed' } } };

describe('a hold', () => {
  const held = () => new Bench(runbookOf({ p: { freeze, a: {}, b: gated, thaw } }));

  it('that stays costs nothing, and ends when its step begins', async () => {
    const bench = held();
    expect(await bench.run()).toMatchObject({ exit: 'done' });
    expect(bench.host.questions).toEqual(['run:confirm', 'b:confirm']);
    expect(bench.world.boxes.get('freeze')?.fields).toEqual({ first: 'thawed' });
  });

  it('broken before a batch stops the writer and asks; established again, the run goes on', async () => {
    const bench = held();
    const yes = answers({ hold: 'establish' });
    const result = await bench.run({
      script: (question) => {
        if (question.step === 'b') bench.world.set('freeze', { first: 'molten' });
        return yes(question);
      },
    });
    expect(result).toMatchObject({ exit: 'done' });
    expect(bench.host.questions).toEqual(['run:confirm', 'b:confirm', 'freeze:hold']);
    expect(bench.world.audit.map((one) => one.request)).toEqual([
      'patch freeze {"first":"frozen"}',
      'patch a {"first":"on"}',
      'patch freeze {"first":"frozen"}',
      'patch b {"first":"on"}',
      'patch freeze {"first":"thawed"}',
    ]);
  });

  it('broken while a question is on screen takes its place within thirty seconds; the question comes back', async () => {
    const bench = held();
    let left = 0;
    const result = await bench.run({
      script: async (question) => {
        if (question.kind === 'hold') return 'establish';
        if (question.step !== 'b') return 'yes';
        left += 1;
        if (left > 1) return 'yes';
        bench.world.set('freeze', { first: 'molten' });
        return 'never';
      },
    });
    expect(result).toMatchObject({ exit: 'done' });
    expect(bench.host.questions).toEqual(['run:confirm', 'b:confirm', 'freeze:hold', 'b:confirm']);
    expect(bench.host.codes('question.withdrawn')).toHaveLength(1);
    expect(bench.host.most).toBe(1);
  });

  it.each([
    ['go-on: no time', 'succeeded-with-exceptions', true],
    ['pause', 'paused', false],
    ['nobody', 'paused', false],
  ])('broken and answered with "%s" ends as %s', async (said, outcome, wrote) => {
    const bench = held();
    const yes = answers({ hold: said });
    const result = await bench.run({
      script: (question) => {
        if (question.step === 'b') bench.world.set('freeze', { first: 'molten' });
        return yes(question);
      },
    });
    expect(result.outcome).toBe(outcome);
    expect(bench.world.boxes.has('b')).toBe(wrote);
  });

  it('comes first on resume; given up for the run it is not asked about again', async () => {
    const bench = held();
    await bench.run({ script: answers({ 'b:confirm': 'nobody' }) });
    bench.world.set('freeze', { first: 'molten' });
    const script = answers({ hold: 'go-on: we watch it', 'b:confirm': 'nobody' });
    expect(await bench.resume({ script })).toMatchObject({ exit: 'paused', waitingFor: ['b'] });
    expect(bench.host.questions).toEqual(['freeze:hold', 'b:confirm']);
    expect(await bench.resume()).toMatchObject({ exit: 'exceptions' });
    expect(bench.host.questions).toEqual(['b:confirm']);
  });

  it('that was left out is not held', async () => {
    const bench = held();
    await bench.run({ skip: { freeze: 'frozen by hand' }, script: answers({ 'b:confirm': 'nobody' }) });
    expect(await bench.resume()).toMatchObject({ exit: 'exceptions' });
    expect(bench.host.questions).toEqual(['b:confirm']);
  });

  it('broken in the middle of a batch: what is in flight finishes, nothing else begins before the answer', async () => {
    const boxes = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`box-${index}`, 'on']));
    const bench = new Bench(runbookOf({ p: { freeze, many: { with: { boxes, twice: true } }, thaw } }));
    let writes = 0;
    let atBreak = 0;
    bench.world.fault = () => {
      writes += 1;
      if (writes === 10) bench.world.set('freeze', { first: 'molten' });
      return undefined;
    };
    const door = bench.world.door.bind(bench.world);
    bench.world.door = () => {
      const inner = door();
      return {
        ...inner,
        open: (grant) => {
          const outlet = inner.open(grant);
          return {
            ...outlet,
            kube: async (endpoint, write) => {
              await bench.clock.sleep(20_000);
              return outlet.kube(endpoint, write);
            },
          };
        },
      };
    };
    const result = await bench.run({
      script: async (question) => {
        if (question.kind !== 'hold') return 'yes';
        await bench.clock.sleep(20_000);
        atBreak = writes;
        await bench.clock.sleep(60_000);
        expect(writes).toBe(atBreak);
        return 'establish';
      },
    });
    expect(result).toMatchObject({ exit: 'done' });
    expect(atBreak).toBeGreaterThan(0);
    expect(bench.host.questions).toContain('freeze:hold');
  });
});

describe('trouble', () => {
  const one = (like = {}) => new Bench(runbookOf({ p: { a: like } }));

  it.each(['unauthorized', 'unreachable', 'throttled', 'server'] as const)(
    '%s for a while is waited out',
    async (trouble) => {
      const bench = one();
      bench.world.fault = () =>
        bench.clock.monotonic() < 20_000 ? new ToySendError(trouble, 'not-performed', 2_000) : undefined;
      expect(await bench.run()).toMatchObject({ exit: 'done' });
      expect(bench.clock.monotonic()).toBeGreaterThanOrEqual(20_000);
      // it is not hammered: Retry-After is obeyed
      expect(bench.host.codes('trouble').length).toBeLessThanOrEqual(11);
      expect(bench.world.audit).toHaveLength(1);
    },
  );

  it('that lasts longer than the step’s timeout pauses the run, and a resume goes on', async () => {
    const bench = one({ timeout: 30_000 });
    bench.world.fault = () => new ToySendError('unreachable');
    expect(await bench.run({ interactive: false })).toMatchObject({
      outcome: 'paused',
      exit: 'paused',
      waitingFor: ['a'],
    });
    expect(bench.clock.monotonic()).toBeLessThan(60_000);
    bench.world.fault = () => undefined;
    expect(await bench.resume()).toMatchObject({ exit: 'done' });
  });

  it('of reads is waited out as well, and never taken for "nothing there"', async () => {
    const bench = one();
    bench.world.set('a', { first: 'on' });
    const runbook = runbookOf({ p: { first: gated, a: {} } });
    const result = await bench.run({
      runbook,
      script: (question) => {
        if (question.step === 'first') {
          const until = bench.clock.monotonic() + 15_000;
          bench.world.readFault = () => {
            if (bench.clock.monotonic() < until)
              throw Object.assign(new DrctlError('CannotSee', 'target', 'cannot see boxes'), {
                trouble: 'unreachable',
              });
          };
        }
        return 'yes';
      },
    });
    expect(result).toMatchObject({ exit: 'done' });
    expect(bench.world.audit.map((entry) => entry.request)).toEqual(['patch first {"first":"on"}']);
  });

  it('without a working look pauses: a broken read of one kind does not spin for ever', async () => {
    const bench = one({ timeout: 20_000 });
    const result = await bench.run({
      script: (question) => {
        const { reads } = bench.world;
        bench.world.readFault = () => {
          if (bench.world.reads > reads) throw new DrctlError('CannotSee', 'target', 'cannot see boxes');
        };
        return question.kind === 'confirm' ? 'yes' : undefined;
      },
    });
    expect(result).toMatchObject({ exit: 'paused', waitingFor: ['a'] });
    expect(bench.world.reads).toBeLessThan(100);
  });

  it('401: says how to log in, and with a person there waits as long as they take', async () => {
    const bench = one({ timeout: 10_000 });
    const expired = () => {
      if (bench.clock.monotonic() < 600_000)
        throw Object.assign(new DrctlError('CannotSee', 'target', 'expired'), { trouble: 'unauthorized' });
    };
    bench.world.fault = () => {
      bench.world.readFault = expired;
      bench.world.fault = () => undefined;
      return new ToySendError('unauthorized');
    };
    expect(await bench.run()).toMatchObject({ exit: 'done' });
    expect(bench.host.codes('trouble')[0]?.data['login']).toBe('toy login');
  });

  it('401 and then another caller: who writes from now on is asked', async () => {
    const bench = one();
    bench.world.fault = () => {
      bench.world.fault = () => undefined;
      bench.world.caller = { kubernetes: 'mallory' };
      return new ToySendError('unauthorized');
    };
    expect(await bench.run()).toMatchObject({ exit: 'paused', waitingFor: ['a'] });
    expect(bench.host.asked.at(-1)?.text).toContain('mallory, before: alice');
    expect(bench.world.audit).toEqual([]);
  });

  it('another cluster behind the same name is refused before a byte is written, also in mid-run', async () => {
    const bench = new Bench(runbookOf({ p: { a: {}, b: gated } }));
    const result = await bench.run({
      script: (question) => {
        if (question.step === 'b') bench.world.identity = { cluster: { ...IDENTITY.cluster, kubeSystemUid: 'uid-2' } };
        return 'yes';
      },
    });
    expect(result).toMatchObject({ outcome: 'refused', exit: 'refused', waitingFor: ['b'] });
    expect(bench.world.audit).toHaveLength(1);
    await expect(bench.run({ run: 'run-2' })).rejects.toMatchObject({ code: 'WrongCluster', exit: 'refused' });
    expect(await bench.resume()).toMatchObject({ exit: 'refused' });
  });

  it('within a batch that takes longer than a minute the cluster is looked at again', async () => {
    const boxes = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`box-${index}`, 'on']));
    const bench = new Bench(runbookOf({ p: { many: { with: { boxes, twice: true } } } }));
    let writes = 0;
    bench.world.fault = () => {
      writes += 1;
      if (writes === 1) {
        bench.clock.advance(61_000);
        bench.world.identity = { cluster: { ...IDENTITY.cluster, kubeSystemUid: 'uid-2' } };
      }
      return undefined;
    };
    expect(await bench.run()).toMatchObject({ exit: 'refused' });
    expect(writes).toBeLessThan(100);
  });

  it('a new access path to the pinned cluster is asked about, by whoever runs and by whoever resumes', async () => {
    const bench = new Bench(runbookOf({ p: { a: gated } }));
    const tunnel = { cluster: { ...IDENTITY.cluster, server: 'https://localhost:6443' } };
    bench.world.identity = tunnel;
    expect(await bench.run({ script: answers({ moved: 'no' }) })).toMatchObject({ exit: 'declined' });
    bench.world.identity = IDENTITY;
    await bench.run({ run: 'run-2', script: answers({ 'a:confirm': 'nobody' }) });
    bench.world.identity = tunnel;
    expect(await bench.resume({ run: 'run-2' })).toMatchObject({ exit: 'paused', waitingFor: ['the plan'] });
    expect(await bench.resume({ run: 'run-2', script: answers({ moved: 'yes' }) })).toMatchObject({ exit: 'done' });
  });
});

describe('the budget of deletions', () => {
  it('is counted over the whole run, and over lanes that delete at the same time', async () => {
    const drops = (names: string[]) => ({ uses: 'toy/drop', with: { boxes: names } });
    const bench = new Bench(
      runbookOf({ p: { a: drops(['x']) }, q: { b: drops(['y']) } }, { needs: { q: [] }, budget: { Box: 1 } }),
    );
    bench.world.set('x', {});
    bench.world.set('y', {});
    expect(await bench.run()).toMatchObject({ outcome: 'refused', exit: 'refused' });
    expect(bench.world.audit).toHaveLength(1);
  });

  it('is none where the runbook declares none', async () => {
    const bench = new Bench(runbookOf({ p: { a: { uses: 'toy/drop', with: { boxes: ['x'] } } } }));
    bench.world.set('x', {});
    expect(await bench.run()).toMatchObject({ exit: 'refused', because: expect.stringContaining('allows 0') });
    expect(bench.world.audit).toEqual([]);
  });

  it('counts a deletion of which nobody knows', async () => {
    const bench = new Bench(
      runbookOf({ p: { a: { uses: 'toy/drop', with: { boxes: ['x'] } }, b: { uses: 'toy/drop', with: { boxes: ['y'] } } } }, { budget: { Box: 1 } }), // prettier-ignore
    );
    bench.world.set('x', {});
    bench.world.set('y', {});
    bench.world.fault = () => 'after';
    expect(await bench.run()).toMatchObject({ exit: 'refused' });
    expect([...bench.world.boxes.keys()]).toEqual(['y']);
  });
});
