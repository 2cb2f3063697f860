import { describe, expect, it } from 'vitest';
import type { Gate } from '../../src/model/runbook.ts';
import { answers } from './world/host.ts';
import { Bench, boxCheck, runbookOf } from './world/bench.ts';
import { ToySendError } from './world/toy-world.ts';

const one = (like: Parameters<typeof runbookOf>[0][string][string] = {}) => runbookOf({ p: { a: like } });

describe('a run', () => {
  it('asks once about the whole plan, performs it, and ends as done', async () => {
    const bench = new Bench(runbookOf({ p: { a: {}, b: {} } }));
    expect(await bench.run()).toMatchObject({ outcome: 'succeeded', exit: 'done' });
    expect(bench.host.questions).toEqual(['run:confirm']);
    expect(bench.world.state()).toMatchObject({ boxes: { a: { first: 'on' }, b: { first: 'on' } } });
    expect(bench.events().map((event) => event.type)).toEqual([
      'run.opened', 'question.asked', 'question.answered',
      'step.began', 'changes.began', 'changes.ended', 'step.ended',
      'step.began', 'changes.began', 'changes.ended', 'step.ended',
      'run.ended',
    ]); // prettier-ignore
  });

  it('asks nothing and does nothing where everything is as it should be', async () => {
    const bench = new Bench(one());
    bench.world.set('a', { first: 'on' });
    expect(await bench.run({ script: answers({ confirm: 'nobody' }) })).toMatchObject({ exit: 'done' });
    expect(bench.world.audit).toEqual([]);
  });

  it('ends as declined when the plan is declined, with nothing done and the cluster free', async () => {
    const bench = new Bench(one());
    expect(await bench.run({ script: answers({ confirm: 'no' }) })).toMatchObject({
      outcome: 'declined',
      exit: 'declined',
    });
    expect(bench.world.audit).toEqual([]);
    expect(await bench.run({ run: 'run-2' })).toMatchObject({ exit: 'done' });
  });

  it('waits until what it wrote has taken effect', async () => {
    const bench = new Bench(one());
    bench.world.readyAfter = 30_000;
    expect(await bench.run()).toMatchObject({ exit: 'done' });
    expect(bench.clock.monotonic()).toBeGreaterThanOrEqual(30_000);
    expect(bench.world.audit).toHaveLength(1);
  });

  it('asks when it has waited too long; "wait" goes on, with the time begun anew', async () => {
    const bench = new Bench(one({ timeout: 10_000 }));
    bench.world.readyAfter = 25_000;
    expect(await bench.run({ script: answers({ trouble: 'wait' }) })).toMatchObject({ exit: 'done' });
    expect(bench.host.questions).toEqual(['run:confirm', 'a:trouble', 'a:trouble']);
  });

  it.each([
    ['accept: it will do', 'succeeded-with-exceptions', 'exceptions', 'accepted'],
    ['skip: not today', 'succeeded-with-exceptions', 'exceptions', 'skipped'],
    ['pause', 'paused', 'paused', undefined],
  ])('takes "%s" for a step that does not come', async (said, outcome, exit, end) => {
    const bench = new Bench(one({ timeout: 1_000 }));
    bench.world.readyAfter = Number.POSITIVE_INFINITY;
    expect(await bench.run({ script: answers({ trouble: said }) })).toMatchObject({ outcome, exit });
    expect(bench.state().steps['a']?.end).toBe(end);
  });

  it('takes no exception without a reason', async () => {
    const bench = new Bench(one({ timeout: 1_000 }));
    bench.world.readyAfter = Number.POSITIVE_INFINITY;
    const script = answers({ trouble: ['accept', 'accept: seen by me'] });
    expect(await bench.run({ script })).toMatchObject({ exit: 'exceptions' });
    expect(bench.host.codes('warning')[0]?.data['because']).toContain('wants a reason');
  });

  it('pauses without a question where the runbook says so', async () => {
    const bench = new Bench(one({ timeout: 1_000, onFailure: 'pause' }));
    bench.world.readyAfter = Number.POSITIVE_INFINITY;
    expect(await bench.run()).toMatchObject({ exit: 'paused', waitingFor: ['a'] });
    expect(bench.host.questions).toEqual(['run:confirm']);
  });

  it('shows what blocks a step, and plans again when asked to', async () => {
    const bench = new Bench(one({ with: { boxes: { a: 'on' }, blocked: 'x' } }));
    bench.world.set('x', {});
    const script = answers({ trouble: 'again' });
    const result = await bench.run({
      script: (question) => {
        if (question.kind === 'trouble') bench.world.boxes.delete('x');
        return script(question);
      },
    });
    // what was blocked when approved has Changes now: that is asked as a moved world, and nobody answered
    expect(result).toMatchObject({ exit: 'paused', waitingFor: ['a'] });
    expect(bench.host.questions).toEqual(['run:confirm', 'a:trouble', 'a:moved']);
    expect(await bench.resume({ script: answers({ moved: 'yes' }) })).toMatchObject({ exit: 'done' });
  });

  it('plans again when the world moved under its hands, a few times, and then asks', async () => {
    const bench = new Bench(one());
    bench.world.fault = () => new ToySendError('conflict');
    const script = answers({ trouble: ['again', 'skip: enough'] });
    expect(await bench.run({ script })).toMatchObject({ exit: 'exceptions' });
    expect(bench.host.codes('change.retry')).toHaveLength(6);
  });
});

describe('gates', () => {
  it('ask again at their step; "no" drains, and a resume asks once more', async () => {
    const bench = new Bench(runbookOf({ p: { a: {}, b: { gate: { confirm: 'type-target', at: 'before' } } } }));
    const first = await bench.run({ script: answers({ 'type-target': 'no' }) });
    expect(first).toMatchObject({ outcome: 'declined', exit: 'declined', waitingFor: ['b'] });
    expect(bench.state().outcome).toBe('paused');
    expect(bench.world.audit).toHaveLength(1);
    expect(await bench.resume()).toMatchObject({ exit: 'done' });
    expect(bench.host.questions).toEqual(['b:type-target']);
  });

  it('without a terminal drain the run, which names what it waits for', async () => {
    const bench = new Bench(runbookOf({ p: { a: {}, b: { gate: { confirm: true, at: 'before' } } } }));
    const result = await bench.run({ script: answers({ 'b:confirm': 'nobody' }), interactive: false });
    expect(result).toMatchObject({ outcome: 'paused', exit: 'paused', waitingFor: ['b'] });
    expect(bench.events().at(-1)).toMatchObject({ type: 'run.paused', waitingFor: ['b'] });
    expect(await bench.resume()).toMatchObject({ exit: 'done' });
  });

  it('that a step has begun to act on stand for the run, however little is left of it', async () => {
    const bench = new Bench(
      one({ with: { boxes: { a: 'on', b: 'on' } }, rollout: [1, 'rest'], gate: { confirm: true, at: 'before' } }),
    );
    bench.world.fault = (request) => (request.includes(' b ') ? new ToySendError('forbidden') : undefined);
    expect(await bench.run()).toMatchObject({ exit: 'refused' });
    bench.world.fault = () => undefined;
    bench.clock.advance(3_600_000);
    expect(await bench.resume({ operator: 'bob' })).toMatchObject({ exit: 'done' });
    expect(bench.host.questions).toEqual([]);
  });

  it('are asked again of somebody else, and after half an hour, while nothing was begun', async () => {
    const gated = runbookOf({ p: { a: {}, b: { gate: { confirm: true, at: 'before' } } } });
    const refuse = (request: string) => (request.includes(' b ') ? new ToySendError('forbidden') : undefined);
    const yes = { type: 'question.answered' } as const;
    for (const [how, later, operator] of [
      ['same', 0, 'alice'],
      ['late', 1_900_000, 'alice'],
      ['other', 0, 'bob'],
    ] as const) {
      const bench = new Bench(gated);
      bench.world.fault = refuse;
      await bench.run();
      // the Change of b was begun and refused: the gate was acted on, so only the plan of a run that did nothing counts
      expect(bench.events().filter((event) => event.type === yes.type)).toHaveLength(2);
      bench.world.fault = () => undefined;
      bench.clock.advance(later);
      expect([how, (await bench.resume({ operator })).exit]).toEqual([how, 'done']);
      expect([how, bench.host.questions]).toEqual([how, []]);
    }
  });

  it('may choose what later steps read, also where nothing is left to do', async () => {
    const choose = { question: 'which?', answers: { left: 'l', no: 'n' } };
    const bench = new Bench(
      runbookOf({ p: { a: { gate: { choose, at: 'before' } }, b: { when: 'steps.a.answer == "no"' }, c: { when: 'steps.a.answer == "left"' } } }), // prettier-ignore
    );
    bench.world.set('a', { first: 'on' });
    expect(await bench.run({ script: answers({ choice: 'no' }) })).toMatchObject({ exit: 'done' });
    expect(Object.keys(bench.world.state() as object)).toContain('boxes');
    expect([...bench.world.boxes.keys()]).toEqual(['a', 'b']);
  });

  it('after a step ask when it is done', async () => {
    const bench = new Bench(one({ gate: { confirm: true, at: 'after' } }));
    expect(await bench.run({ script: answers({ 'a:confirm': 'no' }) })).toMatchObject({ exit: 'declined' });
    expect(bench.world.audit).toHaveLength(1);
    expect(await bench.resume()).toMatchObject({ exit: 'done' });
    expect(bench.world.audit).toHaveLength(1);
  });
});

describe('what was approved', () => {
  it('covers only that: what is new asks, with what moved on the screen; "no" leaves it undone', async () => {
    const bench = new Bench(one({ with: { boxes: { a: 'on', b: 'on' } } }));
    bench.world.set('b', { first: 'on' });
    const vandal = answers({ moved: 'no' });
    const result = await bench.run({
      script: (question) => {
        if (question.kind === 'confirm') bench.world.boxes.delete('b');
        return vandal(question);
      },
    });
    expect(result).toMatchObject({ exit: 'declined', waitingFor: ['a'] });
    expect(bench.host.asked[1]?.text).toContain('1 Change new or different');
    expect(bench.world.audit).toEqual([]);
  });

  it('in a file is for its own runbook only', async () => {
    const plan = await new Bench(one()).plan();
    const wider = new Bench(one({ with: { boxes: { a: 'on', z: 'on' } } }));
    await expect(wider.run({ reviewed: plan })).rejects.toMatchObject({ code: 'PlanNotForThis' });
    expect(wider.place.runs.size).toBe(0);
  });

  it('is the plan of a file where one was given; what moved since asks at its step', async () => {
    const bench = new Bench(runbookOf({ p: { b: {}, a: {} } }));
    bench.world.set('b', { first: 'on' });
    const reviewed = await bench.plan();
    bench.world.boxes.delete('b');
    const first = await bench.run({ reviewed });
    expect(bench.host.asked[0]?.text).toContain('b: was satisfied, is 1 Change');
    expect(first).toMatchObject({ exit: 'paused', waitingFor: ['b'] });
    expect(bench.host.questions).toEqual(['run:confirm', 'b:moved']);
    await expect(new Bench(bench.runbook).run({ reviewed: { ...reviewed, missing: [{ step: 'a', permission: '', reason: '' }] } })).rejects.toMatchObject({ code: 'PlanAltered' }); // prettier-ignore
  });

  it('of a step that was not known is its envelope: safe inside runs, riskier asks, outside is moved', async () => {
    const later = (risk: string) =>
      runbookOf({ p: { a: {}, b: { with: { boxes: { a: 'off' }, risk }, when: 'steps.a.outputs.first == "a"' } } });
    const safe = new Bench(later('safe'));
    expect(await safe.run()).toMatchObject({ exit: 'done' });
    expect(safe.host.questions).toEqual(['run:confirm']);
    const risky = new Bench(later('disruptive'));
    expect(await risky.run()).toMatchObject({ exit: 'done' });
    expect(risky.host.questions).toEqual(['run:confirm', 'b:confirm']);
  });

  it('a gate that confirms says yes to what is known only now as well: nobody is asked twice, a resumed run neither', async () => {
    const later = (gate: Omit<Gate, 'at'>) =>
      runbookOf({ p: { a: {}, b: { with: { boxes: { a: 'off' }, risk: 'disruptive' }, when: 'steps.a.outputs.first == "a"', gate: { ...gate, at: 'before' } } } }); // prettier-ignore
    for (const kind of ['confirm', 'type-target'] as const) {
      const bench = new Bench(later({ confirm: kind === 'confirm' ? true : kind }));
      expect(await bench.run()).toMatchObject({ exit: 'done' });
      expect(bench.host.questions).toEqual(['run:confirm', `b:${kind}`]);
    }
    const listed = new Bench(later({ checklist: ['looked'] }));
    expect(await listed.run()).toMatchObject({ exit: 'done' });
    expect(listed.host.questions).toEqual(['run:confirm', 'b:checklist', 'b:confirm']);
  });
});

describe('checks', () => {
  const verified = (expectation: string) => one({ verify: [boxCheck(expectation)] });

  it('that pass after a while let the step end', async () => {
    const bench = new Bench(verified('self.status.ready'));
    expect(await bench.run()).toMatchObject({ exit: 'done' });
    expect(bench.events().map((event) => event.type)).toContain('checks.ended');
  });

  it('that fail leave it unverified: nothing is repeated, what depends on it waits', async () => {
    const bench = new Bench(runbookOf({ p: { a: { verify: [boxCheck('self.spec.first == "off"')] } }, q: { b: {} } }));
    expect(await bench.run()).toMatchObject({ exit: 'paused', waitingFor: ['a'] });
    expect(bench.state().steps['a']?.end).toBe('unverified');
    expect(bench.world.audit).toHaveLength(1);
    const again = await bench.resume({ script: answers({ trouble: ['again', 'wait', 'accept: known'] }) });
    expect(again).toMatchObject({ outcome: 'succeeded-with-exceptions', exit: 'exceptions' });
    expect(bench.world.audit).toHaveLength(2);
  });

  it('between batches judge the items done so far; a miss makes each later batch ask, after a resume too', async () => {
    const boxes = { a: 'on', b: 'bad', c: 'on', d: 'on' };
    const verify = [boxCheck('self.spec.first == "on"', { over: 'items', within: 100 })];
    const bench = new Bench(one({ with: { boxes }, rollout: [1, 1, 1, 'rest'], verify }));
    const result = await bench.run({ script: answers({ trouble: ['yes', 'nobody'] }) });
    expect(result).toMatchObject({ exit: 'paused' });
    expect([...bench.world.boxes.keys()]).toEqual(['a', 'b', 'c']);
    bench.world.set('b', { first: 'bad' });
    const last = await bench.resume({ script: answers({ trouble: ['yes', 'accept: b is meant'] }) });
    expect(last).toMatchObject({ exit: 'exceptions' });
    expect(bench.host.questions).toEqual(['a:trouble', 'a:trouble']);
  });
});
