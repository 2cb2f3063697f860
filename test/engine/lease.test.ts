import { describe, expect, it } from 'vitest';
import { runUndo } from '../../src/engine/undo.ts';
import { CannotSee } from '../../src/world/trouble.ts';
import { Bench, runbookOf, type DriveOptions } from './world/bench.ts';
import { answers } from './world/host.ts';
import { ToySendError } from './world/toy-world.ts';

interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly acquireTime: string;
  readonly renewTime: string;
  readonly leaseTransitions: number;
}

const one = runbookOf({ p: { a: {} } });

/** A gate that nobody answers keeps the run unfinished after its first write. */
const halfway = runbookOf({ p: { a: {}, b: { gate: { confirm: true, at: 'before' } } } });

const atTheGate = answers({ 'b:confirm': 'nobody' });

function specOf(bench: Bench): LeaseSpec {
  if (!bench.world.lease) throw new Error('there is no Lease');
  return bench.world.lease['spec'] as LeaseSpec;
}

/** The same world, and another place where runs are kept: somebody else's machine. */
function elsewhere(bench: Bench): Bench {
  const other = new Bench(bench.runbook);
  Object.assign(other, { world: bench.world });
  return other;
}

const undo = (bench: Bench, step: string, options: DriveOptions = {}) =>
  runUndo({ ...bench.request(options), run: 'run-1', step, takeOver: false });

describe('the Lease', () => {
  it('is made after the yes, held while the run is unfinished, and let go at its end', async () => {
    const bench = new Bench(halfway);
    expect(await bench.run({ script: answers({ 'run:confirm': 'no' }) })).toMatchObject({ exit: 'declined' });
    expect(bench.world.lease).toBeUndefined();
    await bench.run({ run: 'run-2', script: atTheGate });
    expect(specOf(bench)).toMatchObject({ holderIdentity: 'run-2', leaseTransitions: 0 });
    expect(bench.world.lease?.metadata.annotations).toMatchObject({
      'drctl/driven-by': expect.stringContaining('alice on here (process '),
      'drctl/kept-in': 'memory',
    });
    expect(await bench.resume({ run: 'run-2' })).toMatchObject({ exit: 'done' });
    expect(specOf(bench).holderIdentity).toBeUndefined();
    expect(bench.world.lease?.metadata.annotations).toEqual({});
  });

  it('says its times in microseconds, as the API parses them', async () => {
    const bench = new Bench(halfway);
    await bench.run({ script: atTheGate });
    expect(specOf(bench).renewTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  });

  it('is neither taken nor asked about for an empty plan, whoever holds it', async () => {
    const bench = new Bench(one);
    bench.world.set('a', { first: 'on' });
    expect(await bench.run()).toMatchObject({ exit: 'done' });
    expect(bench.world.leaseWrites).toBe(0);
    const { lease } = await bench.plan();
    expect(lease).toBeUndefined();
  });

  it('keeps a run away that is kept elsewhere: it names the first, and writes and opens nothing', async () => {
    const bench = new Bench(halfway);
    await bench.run({ script: atTheGate });
    const other = elsewhere(bench);
    const before = bench.world.leaseWrites;
    await expect(other.run({ run: 'run-2' })).rejects.toMatchObject({
      code: 'ClusterBusy',
      exit: 'driven',
      message: expect.stringMatching(/run run-1 holds it: alice on here .*kept in memory/),
      nextSteps: expect.arrayContaining([expect.stringContaining('--alongside run-1')]),
    });
    expect(bench.world.leaseWrites).toBe(before);
    expect([...other.place.runs.keys()]).toEqual([]);
    expect(other.place.clusters.size).toBe(0);
  });

  it('silence is not death: however long the first is silent, it holds the cluster', async () => {
    const bench = new Bench(halfway);
    await bench.run({ script: atTheGate });
    bench.clock.advance(100 * 3_600_000);
    await expect(elsewhere(bench).run({ run: 'run-2' })).rejects.toMatchObject({ code: 'ClusterBusy' });
  });

  it('stays with the first where a second runs alongside it, by a word', async () => {
    const bench = new Bench(halfway);
    await bench.run({ script: atTheGate });
    const other = elsewhere(bench);
    const alongside = { run: 'run-1', because: 'they know' };
    expect(await other.run({ run: 'run-2', alongside })).toMatchObject({ exit: 'done' });
    expect(specOf(bench).holderIdentity).toBe('run-1');
    expect(other.host.codes('warning').map(({ data }) => data['because'])).toEqual([
      'no Lease: run run-1 has it, as was said; only this store keeps a second run away',
    ]);
  });

  it('is not given for the word about another run', async () => {
    const bench = new Bench(halfway);
    await bench.run({ script: atTheGate });
    const alongside = { run: 'run-9', because: 'a slip' };
    await expect(elsewhere(bench).run({ run: 'run-2', alongside })).rejects.toMatchObject({ code: 'ClusterBusy' });
  });

  it('of two that plan at once goes to one; the other writes nothing and can be resumed', async () => {
    const bench = new Bench(one);
    const other = elsewhere(bench);
    const second = other.run({
      run: 'run-2',
      script: async (question) => {
        if (question.step === undefined) await bench.run({ script: answers({ confirm: 'yes', trouble: 'pause' }) });
        bench.world.lease = { ...heldBy('run-1', bench), kind: 'Lease' };
        return 'yes';
      },
    });
    expect(await second).toMatchObject({ outcome: 'paused', exit: 'driven' });
    expect(bench.world.audit.every((entry) => entry.changeId.startsWith('a/'))).toBe(true);
    expect(bench.world.audit).toHaveLength(1);
  });

  it('is renewed while somebody is asked, and not after a pause', async () => {
    const bench = new Bench(halfway);
    const renewed: string[] = [];
    await bench.run({
      script: async (question) => {
        if (question.step !== 'b') return 'yes';
        renewed.push(specOf(bench).renewTime);
        await bench.clock.sleep(25_000);
        renewed.push(specOf(bench).renewTime);
        return 'nobody';
      },
    });
    expect(Date.parse(renewed[1] ?? '') - Date.parse(renewed[0] ?? '')).toBeGreaterThanOrEqual(20_000);
    const paused = specOf(bench).renewTime;
    bench.clock.advance(60_000);
    expect(specOf(bench)).toMatchObject({ holderIdentity: 'run-1', renewTime: paused });
  });

  it('that somebody else took stops the run before its next write', async () => {
    const bench = new Bench(halfway);
    const result = await bench.run({
      script: async (question) => {
        if (question.step !== 'b') return 'yes';
        bench.world.lease = heldBy('run-7', bench);
        await bench.clock.sleep(11_000);
        return 'yes';
      },
    });
    expect(result).toMatchObject({ outcome: 'paused', exit: 'driven', because: expect.stringContaining('run-7') });
    expect(bench.world.boxes.has('b')).toBe(false);
    expect(specOf(bench).holderIdentity).toBe('run-7');
    await expect(bench.resume()).resolves.toMatchObject({ exit: 'driven' });
  });

  it('that was deleted meanwhile is made anew', async () => {
    const bench = new Bench(halfway);
    await bench.run({
      script: async (question) => {
        if (question.step !== 'b') return 'yes';
        bench.world.lease = undefined;
        await bench.clock.sleep(11_000);
        return 'nobody';
      },
    });
    expect(specOf(bench).holderIdentity).toBe('run-1');
  });

  it('of a copy of this run that is driven elsewhere: the older process begins nothing new', async () => {
    const bench = new Bench(halfway);
    const result = await bench.run({
      script: async (question) => {
        if (question.step !== 'b') return 'yes';
        const copy = new Bench(halfway, { world: bench.world, place: bench.place });
        Object.assign(copy, { world: bench.world });
        expect(await copy.resume({ takeOver: true, account: 'bob', script: atTheGate })).toMatchObject({
          exit: 'paused',
        });
        await bench.clock.sleep(11_000);
        return 'yes';
      },
    });
    expect(result).toMatchObject({ exit: 'driven', because: expect.stringContaining('bob on here') });
    expect(bench.world.boxes.has('b')).toBe(false);
  });
});

describe('a Lease that cannot be had', () => {
  it('is said calmly at the head of the plan and once in the run, which goes on', async () => {
    const bench = new Bench(one);
    bench.world.leases = false;
    const { lease, digest } = await bench.plan();
    expect(lease).toEqual({ is: 'unavailable', because: 'not permitted' });
    expect(await bench.run()).toMatchObject({ exit: 'done' });
    expect(bench.host.codes('warning').map(({ data }) => data['because'])).toEqual([
      'no Lease: not permitted; only this store keeps a second run away',
    ]);
    bench.world.leases = true;
    bench.world.boxes.clear();
    expect((await bench.plan()).digest).toBe(digest);
  });

  it('not even to be read: the same', async () => {
    const bench = new Bench(one);
    const forbidden = { trouble: 'forbidden', reason: 'no rule', effect: 'not-performed', again: false } as const;
    const request = bench.request({});
    const kube = request.world.kube('cluster');
    const world = {
      ...request.world,
      kube: () => ({
        ...kube,
        get: async (name: Parameters<typeof kube.get>[0]) => {
          if (name.kind === 'Lease') throw new CannotSee('Lease drctl', forbidden);
          return kube.get(name);
        },
      }),
    };
    const wrap = (parts: Parameters<NonNullable<DriveOptions['wrap']>>[0]) => ({ ...parts, world });
    expect(await bench.run({ wrap })).toMatchObject({ exit: 'done' });
    expect(bench.world.leaseWrites).toBe(0);
  });

  it('for a while: the run waits as for any other trouble, and writes nothing meanwhile', async () => {
    const bench = new Bench(one);
    let left = 3;
    bench.world.leaseFault = () => {
      left -= 1;
      return left >= 0 ? new ToySendError('unauthorized') : undefined;
    };
    const result = await bench.run();
    expect(result).toMatchObject({ outcome: 'paused', exit: 'paused' });
    expect(bench.world.audit).toEqual([]);
    expect(await bench.resume()).toMatchObject({ exit: 'paused' });
    left = 0;
    expect(await bench.resume()).toMatchObject({ exit: 'done' });
  });

  it.each(['before', 'after'] as const)(
    'because the answer was lost (%s it was written): what is there decides',
    async (when) => {
      const bench = new Bench(halfway);
      let first = true;
      bench.world.leaseFault = () => {
        const fault = first ? when : undefined;
        first = false;
        return fault;
      };
      await bench.run({ script: atTheGate });
      expect(specOf(bench).holderIdentity).toBe('run-1');
    },
  );
});

describe('a Lease that was left', () => {
  it('by a run of this store that has ended is taken', async () => {
    const bench = new Bench(one);
    await bench.run();
    bench.world.lease = heldBy('run-1', bench);
    bench.world.boxes.clear();
    expect(await bench.run({ run: 'run-2' })).toMatchObject({ exit: 'done' });
    expect(specOf(bench)).toMatchObject({ leaseTransitions: 4 });
    expect(specOf(bench).holderIdentity).toBeUndefined();
  });

  it('by a run that could not clear it at its end is said, and the run has ended all the same', async () => {
    const bench = new Bench(one);
    let writes = 0;
    bench.world.leaseFault = () => {
      writes += 1;
      return writes === 1 ? undefined : new ToySendError('forbidden');
    };
    expect(await bench.run()).toMatchObject({ outcome: 'succeeded', exit: 'done' });
    expect(bench.host.codes('warning').map(({ data }) => data['because'])).toEqual([
      expect.stringContaining('kubectl -n kube-system delete lease drctl'),
    ]);
  });

  it('on another cluster is not touched: what was read there is not what is here', async () => {
    const bench = new Bench(halfway);
    const result = await bench.run({
      script: async (question) => {
        if (question.step !== 'b') return 'yes';
        const { lease } = bench.world;
        if (lease) bench.world.lease = { ...lease, metadata: { ...lease.metadata, uid: 'lease-of-another' }, spec: {} };
        bench.world.identity = { cluster: { kubeSystemUid: 'uid-2', caDigest: 'other', server: 'https://toy' } };
        await bench.clock.sleep(90_000);
        return 'yes';
      },
    });
    expect(result).toMatchObject({ exit: 'refused' });
    expect(specOf(bench)).toEqual({});
  });
});

describe('undo and the Lease', () => {
  it('takes it for its writes, and lets it go when the run had ended', async () => {
    const bench = new Bench(one);
    await bench.run();
    expect(await undo(bench, 'a')).toMatchObject({ exit: 'done' });
    expect(specOf(bench)).toMatchObject({ leaseTransitions: 1 });
    expect(specOf(bench).holderIdentity).toBeUndefined();
  });

  it('takes nothing back while another run that is kept elsewhere is not finished', async () => {
    const bench = new Bench(halfway);
    await bench.run();
    const other = elsewhere(bench);
    bench.world.boxes.clear();
    await other.run({ run: 'run-2', script: atTheGate });
    await expect(undo(bench, 'a')).rejects.toMatchObject({ code: 'ClusterBusy' });
    expect(bench.state().outcome).toBe('succeeded');
    expect(await bench.store().driver('run-1')).toBeUndefined();
  });

  it('of an unfinished run keeps it: the run is as unfinished as it was', async () => {
    const bench = new Bench(halfway);
    await bench.run({ script: atTheGate });
    await undo(bench, 'a');
    expect(specOf(bench).holderIdentity).toBe('run-1');
  });
});

function heldBy(run: string, bench: Bench): NonNullable<Bench['world']['lease']> {
  const { lease } = bench.world;
  const version = Number(lease?.metadata.resourceVersion ?? '0') + 1;
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'drctl', namespace: 'kube-system', uid: 'lease-1', resourceVersion: String(version) },
    spec: { holderIdentity: run, leaseTransitions: 3, renewTime: '2026-11-21T06:19:00.000000Z' },
  };
}
