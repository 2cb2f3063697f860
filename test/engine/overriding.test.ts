import { describe, expect, it } from 'vitest';
import { Bench, runbookOf } from './world/bench.ts';
import { answers } from './world/host.ts';

/** A step with a box in its way. */
function blocked(by = 'x'): Bench {
  const bench = new Bench(runbookOf({ p: { a: { with: { boxes: { a: 'on' }, blocked: by } } } }));
  bench.world.set(by, { colour: 'red' });
  return bench;
}

const yes = answers({ moved: 'yes' });
const exceptions = (bench: Bench) => bench.state().exceptions;

describe('overrides', () => {
  it('the question of a blocked step names the word that would override it', async () => {
    const bench = blocked();
    expect(await bench.run()).toMatchObject({ exit: 'paused' });
    expect(bench.host.asked.at(-1)?.text).toContain('drctl resume run-1 --override in-the-way:x --because "…"');
    expect(bench.host.asked.at(-1)?.choices.map((one) => one.value)).not.toContain('override');
  });

  it('given with its reason, the planner passes that one guard, and the run ends with an exception', async () => {
    const bench = blocked();
    expect(await bench.run({ override: ['in-the-way:x'], script: yes })).toMatchObject({
      outcome: 'succeeded-with-exceptions',
      exit: 'exceptions',
    });
    expect(exceptions(bench)).toEqual([{ step: 'a', what: 'overridden', by: 'alice', because: 'I know better' }]);
    expect(bench.world.boxes.get('a')?.fields).toEqual({ first: 'on' });
  });

  it('what it lets through is still asked about: nobody approved those Changes', async () => {
    const bench = blocked();
    expect(await bench.run({ override: ['in-the-way:x'] })).toMatchObject({ exit: 'paused', waitingFor: ['a'] });
    expect(bench.host.questions).toEqual(['run:confirm', 'a:moved']);
    expect(bench.world.audit).toEqual([]);
  });

  it('given on resume it counts, and holds for the run without being said again', async () => {
    const bench = blocked();
    await bench.run();
    expect(await bench.resume({ override: ['in-the-way:x'] })).toMatchObject({ exit: 'paused' });
    expect(exceptions(bench)).toHaveLength(1);
    expect(await bench.resume({ script: yes })).toMatchObject({ exit: 'exceptions' });
    expect(exceptions(bench)).toHaveLength(1);
  });

  it('no longer holds when the evidence is another, not even in the same process', async () => {
    const bench = blocked();
    const result = await bench.run({
      override: ['in-the-way:x'],
      script: (question) => {
        if (question.kind === 'moved') bench.world.set('x', { colour: 'black' });
        return yes(question);
      },
    });
    expect(result).toMatchObject({ exit: 'paused', because: expect.stringContaining('x is in the way') });
    expect(exceptions(bench)).toHaveLength(1);
    expect(await bench.resume({ override: ['in-the-way:x'], script: yes })).toMatchObject({ exit: 'exceptions' });
    expect(exceptions(bench)).toHaveLength(2);
  });

  it('no longer holds on resume when the evidence is another by then', async () => {
    const bench = blocked();
    await bench.run({ override: ['in-the-way:x'] });
    bench.world.set('x', { colour: 'black' });
    expect(await bench.resume({ script: yes })).toMatchObject({ exit: 'paused' });
    expect(bench.host.questions).toEqual(['a:trouble']);
    expect(bench.world.audit).toEqual([]);
  });

  it('is of no use against what is never overridable, which is said', async () => {
    const bench = blocked('wall');
    expect(await bench.run({ override: ['in-the-way:wall'], script: yes })).toMatchObject({ exit: 'paused' });
    expect(bench.host.asked.at(-1)?.text).toContain('Nothing overrides in-the-way:wall.');
    expect(exceptions(bench)).toEqual([]);
    expect(bench.world.audit).toEqual([]);
  });

  it.each(['in-the-way:y', 'size:x', 'in-the-way', ''])(
    'one that names something else does nothing: "%s"',
    async (guard) => {
      const bench = blocked();
      expect(await bench.run({ override: [guard], script: yes })).toMatchObject({ exit: 'paused' });
      expect(exceptions(bench)).toEqual([]);
    },
  );

  it('of another run does not count', async () => {
    const bench = blocked();
    await bench.run({ override: ['in-the-way:x'], script: yes });
    bench.world.set('a', { first: 'off' });
    expect(await bench.run({ run: 'run-2', script: yes })).toMatchObject({ exit: 'paused' });
    expect(bench.state('run-2').exceptions).toEqual([]);
  });

  it('given where nothing blocks, it is no exception', async () => {
    const bench = new Bench(runbookOf({ p: { a: {} } }));
    expect(await bench.run({ override: ['in-the-way:x'] })).toMatchObject({ outcome: 'succeeded' });
  });
});
