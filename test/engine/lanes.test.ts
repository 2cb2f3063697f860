import * as fc from '../property.ts';
import { describe, expect, it } from 'vitest';
import type { Question } from '../../src/model/question.ts';
import type { InboxWord } from '../../src/ports/run-store.ts';
import { Bench, runbookOf, type PhaseLike } from './world/bench.ts';
import { answers } from './world/host.ts';

const gated = { gate: { confirm: true, at: 'before' } } as const;
const task = (dueBefore?: string) => ({
  uses: 'toy/task',
  with: { instruction: 'call them' },
  ...(dueBefore !== undefined && { dueBefore }),
});

describe('lanes', () => {
  it('run side by side: a question blocks its own lane only', async () => {
    const bench = new Bench(runbookOf({ p: { a: gated }, q: { b: {}, c: {} } }, { needs: { q: [] } }));
    const result = await bench.run({
      script: async (question) => {
        if (question.step !== 'a') return 'yes';
        while (!bench.world.boxes.has('c')) await bench.clock.sleep(100);
        return 'yes';
      },
    });
    expect(result).toMatchObject({ exit: 'done' });
    expect(bench.world.audit.map((one) => one.request.split(' ')[1])).toEqual(['b', 'c', 'a']);
  });

  it('"no" in one drains all: what is open elsewhere is named, nothing more begins', async () => {
    const bench = new Bench(
      runbookOf({ p: { a: gated }, q: { b: gated, c: {} }, r: { d: {} } }, { needs: { q: [], r: ['p'] } }),
    );
    const result = await bench.run({
      script: (question) => (question.step === undefined ? 'yes' : question.step === 'b' ? 'never' : 'no'),
    });
    expect(result).toMatchObject({ exit: 'declined' });
    expect(result.waitingFor).toContain('b');
    expect(bench.world.audit).toEqual([]);
    expect(await bench.resume()).toMatchObject({ exit: 'done' });
  });

  it('time stops for a step while a person is asked, also while they have not answered yet', async () => {
    const bench = new Bench(
      runbookOf({ p: { a: { timeout: 60_000 } }, q: { b: { ...gated, timeout: 600_000 } } }, { needs: { q: [] } }),
    );
    bench.world.readyAfter = 150_000;
    const result = await bench.run({
      script: async (question) => {
        if (question.step === 'b') await bench.clock.sleep(120_000);
        return question.kind === 'trouble' ? 'pause' : 'yes';
      },
    });
    expect(result).toMatchObject({ exit: 'done' });
    expect(bench.host.questions).not.toContain('a:trouble');
  });

  it('a failed append stops all of them, and the run says what failed', async () => {
    const bench = new Bench(runbookOf({ p: { a: {}, a2: {} }, q: { b: {}, b2: {} } }, { needs: { q: [] } }));
    const result = await bench.run({
      wrap: (parts) => ({
        ...parts,
        store: {
          ...parts.store,
          create: async (run, driver) => {
            const journal = await parts.store.create(run, driver);
            let left = 6;
            return Object.assign(Object.create(journal) as typeof journal, {
              lines: () => journal.lines(),
              release: () => journal.release(),
              check: () => journal.check(),
              renew: () => journal.renew(),
              append: (events: Parameters<typeof journal.append>[0]) => {
                left -= 1;
                return left >= 0 ? journal.append(events) : Promise.reject(new Error('no space left on device'));
              },
            });
          },
        },
      }),
    });
    expect(result).toMatchObject({ outcome: 'failed', exit: 'failed', because: 'no space left on device' });
    expect(bench.world.audit.length).toBeLessThanOrEqual(2);
  });

  it('never have two questions on screen, never hang, and end with everything done, whatever shape they have', async () => {
    const phase = fc.array(fc.constantFrom<'plain' | 'gated' | 'task' | 'twice'>('plain', 'gated', 'task', 'twice'), {
      minLength: 1,
      maxLength: 3,
    });
    const shape = fc.array(fc.tuple(phase, fc.array(fc.nat({ max: 5 }), { maxLength: 2 })), {
      minLength: 1,
      maxLength: 5,
    });
    const likes = { plain: {}, gated, task: task(), twice: { gate: { confirm: true, at: 'after' } as const } };
    await fc.assert(
      fc.asyncProperty(shape, fc.infiniteStream(fc.nat({ max: 4_000 })), async (phases, delays) => {
        const built: Record<string, PhaseLike> = {};
        const needs: Record<string, string[]> = {};
        for (const [index, [steps, before]] of phases.entries()) {
          built[`p${index}`] = Object.fromEntries(steps.map((kind, at) => [`s${index}-${at}`, likes[kind]]));
          needs[`p${index}`] = [...new Set(before.filter((one) => one < index).map((one) => `p${one}`))];
        }
        const bench = new Bench(runbookOf(built, { needs }));
        const yes = answers();
        const result = await bench.run({
          script: async (question) => {
            await bench.clock.sleep(delays.next().value ?? 0);
            return yes(question);
          },
        });
        expect(result.exit).toBe('done');
        expect(bench.host.most).toBeLessThanOrEqual(1);
        const ids = Object.values(built).flatMap((steps) => Object.keys(steps));
        expect(Object.keys(bench.state().steps).toSorted()).toEqual(ids.toSorted());
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});

describe('a task that is due before a step', () => {
  it('makes way for every other question, and is asked again when its step comes', async () => {
    const bench = new Bench(
      runbookOf({ people: { call: task('open') }, p: { a: gated, b: gated }, q: { open: {} } }, { needs: { p: [] } }),
    );
    const seen: Question['kind'][] = [];
    const result = await bench.run({
      script: async (question) => {
        seen.push(question.kind);
        if (question.kind !== 'task') return 'yes';
        while (!bench.world.boxes.has('b')) await bench.clock.sleep(1_000);
        return 'done';
      },
    });
    expect(result).toMatchObject({ exit: 'done' });
    expect(bench.world.audit.map((one) => one.request.split(' ')[1])).toEqual(['a', 'b', 'open']);
    expect(seen.filter((kind) => kind === 'task').length).toBeGreaterThan(1);
  });

  it('may stay undone where nobody is, until its step would start', async () => {
    const bench = new Bench(
      runbookOf({ people: { call: task('open') }, p: { a: {} }, q: { open: {} } }, { needs: { p: [], q: ['p'] } }),
    );
    const result = await bench.run({ script: answers({ task: 'nobody' }), interactive: false });
    expect(result).toMatchObject({ exit: 'paused', waitingFor: ['call'] });
    expect([...bench.world.boxes.keys()]).toEqual(['a']);
    expect(await bench.resume()).toMatchObject({ exit: 'done' });
  });

  it('holds its step up although its own lane comes to it later', async () => {
    const bench = new Bench(
      runbookOf({ slow: { first: gated, call: task('open') }, q: { open: {} } }, { needs: { q: [] } }),
    );
    const order: string[] = [];
    await bench.run({
      script: async (question) => {
        if (question.step === 'first') await bench.clock.sleep(30_000);
        order.push(`${question.kind} with ${[...bench.world.boxes.keys()].join()}`);
        return question.kind === 'task' ? 'done' : 'yes';
      },
    });
    expect(order).toEqual(['confirm with ', 'confirm with ', 'task with first']);
    expect([...bench.world.boxes.keys()]).toEqual(['first', 'open']);
  });

  it('that itself comes after the step cannot hold it up', async () => {
    const bench = new Bench(runbookOf({ p: { open: {}, call: task('open') } }));
    expect(await bench.run()).toMatchObject({ exit: 'done' });
  });
});

describe('words from other terminals', () => {
  const word = (what: InboxWord['word'], data: Record<string, string>): InboxWord => ({
    id: `w-${what}`,
    at: '2026-11-21T06:19:00.000Z',
    by: 'bob',
    word: what,
    data,
  });
  const gate = () => new Bench(runbookOf({ p: { a: gated } }));

  it('answer the question on screen, the first one included; journaled before the word is removed', async () => {
    const bench = gate();
    const result = await bench.run({
      script: async (question) => {
        await bench.store().send('run-1', word('approve', { question: question.id.slice(0, -3), because: 'seen' }));
        return 'never';
      },
    });
    expect(result).toMatchObject({ exit: 'done' });
    expect(bench.state().answers.map((one) => one.answer)).toEqual([
      { value: 'yes', by: 'bob', via: 'inbox', because: 'seen' },
      { value: 'yes', by: 'bob', via: 'inbox', because: 'seen' },
    ]);
    expect(await bench.store().inbox('run-1')).toEqual([]);
  });

  it('are no answer when they name no choice, or lack the reason it wants', async () => {
    const bench = new Bench(runbookOf({ p: { a: { timeout: 1_000 } } }));
    bench.world.readyAfter = Number.POSITIVE_INFINITY;
    const values = ['perhaps', 'accept'];
    const result = await bench.run({
      script: async (question) => {
        if (question.kind !== 'trouble') return 'yes';
        for (const value of values) {
          await bench.store().send('run-1', word('approve', { question: question.id, value }));
          await bench.clock.sleep(3_000);
        }
        return 'pause';
      },
    });
    expect(result).toMatchObject({ exit: 'paused' });
    expect(bench.host.codes('warning').map((one) => one.data['because'])).toEqual([
      expect.stringContaining('not among the answers'),
      expect.stringContaining('wants a reason'),
    ]);
  });

  it('settle what is unknown, by its step', async () => {
    const bench = new Bench(runbookOf({ p: { a: { uses: 'toy/letters', with: { texts: ['one'], probe: false } } } }));
    bench.world.fault = () => 'after';
    const result = await bench.run({
      script: async (question) => {
        if (question.kind !== 'settle') return 'yes';
        await bench.store().send('run-1', word('settle', { question: 'a:settle', value: 'done', because: 'it came' }));
        return 'never';
      },
    });
    expect(result).toMatchObject({ exit: 'done' });
    expect(bench.world.letters).toEqual(['one']);
  });

  it.each([
    ['pause', 'paused', 'paused'],
    ['abort', 'aborted', 'declined'],
  ] as const)('%s comes to rest as %s', async (what, outcome, exit) => {
    const bench = gate();
    const result = await bench.run({
      script: async (question) => {
        if (question.step === undefined) return 'yes';
        await bench.store().send('run-1', word(what, { because: 'lunch' }));
        return 'never';
      },
    });
    expect(result).toMatchObject({ outcome, exit });
    expect(bench.world.audit).toEqual([]);
  });
});
