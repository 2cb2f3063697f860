import { describe, expect, it } from 'vitest';
import { DrctlError } from '../../src/model/errors.ts';
import { planUndo } from '../../src/engine/taking-back.ts';
import { runUndo } from '../../src/engine/undo.ts';
import { Crashing, Dead } from '../crash/crashing.ts';
import { Bench, boxCheck, runbookOf, type DriveOptions } from './world/bench.ts';
import { answers } from './world/host.ts';
import { TOY_KINDS } from './world/toy-kinds.ts';

const undo = (bench: Bench, step: string, options: DriveOptions = {}) =>
  runUndo({ ...bench.request(options), run: 'run-1', step, takeOver: options.takeOver ?? false });

/** The first Change is taken back, and then the process dies: it says nothing more, not even that it stopped. */
async function killedUndo(bench: Bench): Promise<void> {
  // The first thing sent is the Lease.
  const crashing = new Crashing({ at: 'before-send', count: 3 });
  await undo(bench, 'a', { wrap: (parts) => crashing.wrap(parts) }).catch((error: unknown) => {
    if (!(error instanceof Dead)) throw error;
  });
  expect(crashing.dead).toBe(true);
}

describe('undo', () => {
  const two = () => new Bench(runbookOf({ p: { a: { with: { boxes: { a: 'on', b: 'on' }, twice: true } }, z: {} } }));

  it('takes back what the step did, last first, after a yes, and leaves the run as ended as it was', async () => {
    const bench = two();
    await bench.run();
    const before = bench.world.audit.length;
    expect(await undo(bench, 'a')).toMatchObject({ outcome: 'succeeded', exit: 'done' });
    expect(bench.host.questions).toEqual(['a:confirm']);
    const back = bench.world.audit.slice(before).map((one) => one.request);
    expect(back).toHaveLength(4);
    expect(back.at(-1)).toContain('"first":null');
    expect(bench.world.boxes.get('z')?.fields).toEqual({ first: 'on' });
    expect(bench.state()).toMatchObject({ outcome: 'succeeded', steps: { a: { regressed: 'taken back' } } });
    expect(await bench.run({ run: 'run-2' })).toMatchObject({ exit: 'done' });
  });

  it('leaves what the world no longer shows as it is, and says so', async () => {
    const bench = two();
    await bench.run();
    bench.world.set('b', { second: 'by somebody else' });
    const plan = await planUndo(bench.state(), 'a', TOY_KINDS, bench.world.reader());
    expect(plan.changes).toHaveLength(3);
    expect(plan.left).toEqual([{ object: 'Box b', because: 'the world no longer shows what was written' }]);
    expect(await undo(bench, 'a')).toMatchObject({ exit: 'exceptions' });
    expect(bench.world.boxes.get('b')?.fields).toEqual({ first: null, second: 'by somebody else' });
  });

  it('"no", and nobody, change nothing', async () => {
    const bench = two();
    await bench.run();
    const before = bench.world.state();
    expect(await undo(bench, 'a', { script: answers({ confirm: 'no' }) })).toMatchObject({ exit: 'declined' });
    expect(await undo(bench, 'a', { script: answers({ confirm: 'nobody' }) })).toMatchObject({ exit: 'paused' });
    expect(bench.world.state()).toEqual(before);
    expect(bench.state().outcome).toBe('succeeded');
  });

  it('of a step without a way back does nothing and says why', async () => {
    const bench = new Bench(runbookOf({ p: { a: { uses: 'toy/letters', with: { texts: ['one'] } } } }));
    await bench.run();
    const result = await undo(bench, 'a');
    expect(result).toMatchObject({ exit: 'exceptions', because: expect.stringContaining('1 stay as they are') });
    expect(bench.host.questions).toEqual([]);
  });

  it('of a step that was never begun names those that were', async () => {
    const bench = two();
    await bench.run();
    await expect(undo(bench, 'q')).rejects.toMatchObject({ code: 'UnknownStep', nextSteps: ['it has begun: a, z'] });
  });

  it('in an unfinished run makes the step one that asks when the run is resumed', async () => {
    const bench = new Bench(runbookOf({ p: { a: {}, b: { gate: { confirm: true, at: 'before' } } } }));
    await bench.run({ script: answers({ 'b:confirm': 'nobody' }) });
    expect(await undo(bench, 'a')).toMatchObject({ outcome: 'paused', exit: 'done' });
    expect(await bench.resume()).toMatchObject({ exit: 'paused', waitingFor: ['a'] });
    expect(bench.host.questions).toEqual(['a:moved']);
    expect(await bench.resume({ script: answers({ moved: 'yes' }) })).toMatchObject({ exit: 'done' });
  });

  it('lays every Change on the card, and wants the name typed on production', async () => {
    const bench = two();
    await bench.run();
    bench.target = { ...bench.target, class: 'production' };
    expect(await undo(bench, 'a', { script: answers({ 'type-target': 'nobody' }) })).toMatchObject({ exit: 'paused' });
    const [question] = bench.host.asked;
    expect(question).toMatchObject({ kind: 'type-target', typed: 'toy' });
    expect(question?.card?.details).toHaveLength(4);
  });

  it('what must never be performed is not performed by an undo either', async () => {
    const bench = two();
    await bench.run();
    const before = bench.world.state();
    const assertAllowed = (): never => {
      throw new DrctlError('Forbidden', 'tool', 'never', { exit: 'refused' });
    };
    const request = { ...bench.request({}), assertAllowed, run: 'run-1', step: 'a', takeOver: false };
    expect(await runUndo(request)).toMatchObject({ exit: 'refused' });
    expect(bench.world.state()).toEqual(before);
    expect(bench.state().outcome).toBe('succeeded');
  });

  it('waits for no other run on the cluster: it names the one that is not finished', async () => {
    const bench = two();
    await bench.run();
    bench.world.set('a', { first: 'off' });
    await bench.run({ run: 'run-2', script: answers({ confirm: 'nobody' }) });
    await expect(undo(bench, 'a')).rejects.toMatchObject({ code: 'ClusterBusy', exit: 'driven' });
  });

  it('is a choice where a step stays unverified', async () => {
    const bench = new Bench(runbookOf({ p: { a: { verify: [boxCheck('self.spec.first == "off"')] } } }));
    const result = await bench.run({ script: answers({ trouble: 'undo' }) });
    expect(result).toMatchObject({ exit: 'paused', because: expect.stringContaining('1 Change taken back') });
    expect(bench.host.questions).toEqual(['run:confirm', 'a:trouble', 'a:confirm']);
    expect(bench.world.boxes.get('a')?.fields).toEqual({ first: null });
  });

  it('killed half way is finished by the next: what was taken back is not taken back twice', async () => {
    const bench = two();
    await bench.run();
    let sent = 0;
    bench.world.fault = () => {
      sent += 1;
      if (sent === 3) throw new Error('the process dies here');
      return undefined;
    };
    expect(await undo(bench, 'a')).toMatchObject({ exit: 'failed' });
    expect(bench.state().outcome).toBe('succeeded');
    bench.world.fault = () => undefined;
    expect(await undo(bench, 'a')).toMatchObject({ exit: 'exceptions' });
    expect(bench.world.state()).toMatchObject({ boxes: { a: { first: null, second: null }, b: { first: null, second: null } } }); // prettier-ignore
    expect(bench.world.audit).toHaveLength(5 + 4);
  });
});

describe('an undo that was killed', () => {
  const two = () => new Bench(runbookOf({ p: { a: { with: { boxes: { a: 'on', b: 'on' }, twice: true } }, z: {} } }));

  it('leaves a finished run finished, says what was begun, and is gone on with', async () => {
    const bench = two();
    await bench.run();
    await killedUndo(bench);
    expect(bench.state()).toMatchObject({ outcome: 'succeeded', undoing: 'a' });
    bench.kill();
    expect(await undo(bench, 'a')).toMatchObject({ outcome: 'succeeded', exit: 'exceptions' });
    const { undoing } = bench.state();
    expect(undoing).toBeUndefined();
    expect(bench.world.boxes.get('a')?.fields).toEqual({ first: null, second: null });
    expect(bench.world.boxes.get('b')?.fields).toEqual({ first: null, second: null });
  });

  it('leaves a paused run paused, and waiting for what it waited for', async () => {
    const bench = new Bench(
      runbookOf({
        p: { a: { with: { boxes: { a: 'on' }, twice: true } }, b: { gate: { confirm: true, at: 'before' } } },
      }),
    );
    await bench.run({ script: answers({ 'b:confirm': 'nobody' }) });
    await killedUndo(bench);
    expect(bench.state()).toMatchObject({ outcome: 'paused', waitingFor: ['b'], undoing: 'a' });
  });

  it('keeps another run off the cluster, which is told how to go on; "no" to the undo frees it', async () => {
    const bench = two();
    await bench.run();
    await killedUndo(bench);
    bench.kill();
    await expect(bench.run({ run: 'run-2' })).rejects.toMatchObject({
      code: 'ClusterBusy',
      nextSteps: expect.arrayContaining([expect.stringContaining('drctl undo run-1 a')]),
    });
    expect(await undo(bench, 'a', { script: answers({ confirm: 'no' }) })).toMatchObject({ exit: 'declined' });
    expect(await bench.run({ run: 'run-2' })).toMatchObject({ exit: 'done' });
  });

  it('is not resumed as if it were the run: that has ended, and the undo is named', async () => {
    const bench = two();
    await bench.run();
    await killedUndo(bench);
    bench.kill();
    await expect(bench.resume()).rejects.toMatchObject({
      code: 'RunEnded',
      nextSteps: expect.arrayContaining([expect.stringContaining('drctl undo run-1 a')]),
    });
  });

  it('whose process may live is taken only by a word, and what it may still send is waited out', async () => {
    const bench = two();
    await bench.run();
    await killedUndo(bench);
    await expect(undo(bench, 'a')).rejects.toMatchObject({ exit: 'driven' });
    const before = bench.clock.monotonic();
    expect(await undo(bench, 'a', { takeOver: true })).toMatchObject({ exit: 'exceptions' });
    expect(bench.clock.monotonic() - before).toBeGreaterThanOrEqual(40_000);
  });
});

describe('an undo without the permission', () => {
  it('writes nothing and asks nobody: it names what is missing', async () => {
    const bench = new Bench(runbookOf({ p: { a: {} } }));
    await bench.run();
    const before = bench.world.state();
    const request = bench.request({});
    const reader = request.world.kube('cluster');
    const access = () => Promise.resolve({ allowed: false, reason: 'no rule allows it' });
    const world = { ...request.world, kube: () => ({ ...reader, access }) };
    const result = await undo(bench, 'a', { wrap: (parts) => ({ ...parts, world }) });
    expect(result).toMatchObject({
      outcome: 'refused',
      exit: 'refused',
      because: expect.stringMatching(/patch Box a: no rule allows it/),
    });
    expect(bench.host.questions).toEqual([]);
    expect(bench.world.state()).toEqual(before);
    expect(bench.state().outcome).toBe('succeeded');
  });
});
