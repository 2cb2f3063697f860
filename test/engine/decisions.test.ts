import { describe, expect, it } from 'vitest';
import { withinBudget } from '../../src/engine/budget.ts';
import { coverStep, type Approved } from '../../src/engine/cover.ts';
import type { DrainReason } from '../../src/engine/drain.ts';
import { Drain } from '../../src/engine/drain.ts';
import { maskEarlier, meet } from '../../src/engine/mask.ts';
import { endingOf, endingOfError } from '../../src/engine/outcome.ts';
import { nextBatch } from '../../src/engine/rollout.ts';
import { foldRun } from '../../src/journal/fold.ts';
import type { Change, Item, Scope } from '../../src/model/change.ts';
import { DrctlError } from '../../src/model/errors.ts';
import type { PlannedPhase, PlannedStep } from '../../src/model/plan.ts';
import { deleteBox, writeBox } from './world/toy-kinds.ts';
import { ToySendError } from './world/toy-world.ts';

const item = (key: string, ...changes: Change[]): Item => ({ key, changes, ready: changes.length, because: '' });
const on = (name: string, value = 'on', risk: Change['risk'] = 'safe') => writeBox(name, {}, { first: value }, risk);
const verbs = () => ['patch'];
const scope = (more: Partial<Scope> = {}): Scope => ({
  endpoint: 'cluster',
  verbs: ['patch'],
  kinds: ['Box'],
  worst: 'disruptive',
  ...more,
});

describe('covered', () => {
  const hole = { ...on('a'), after: { uid: { $knownAfter: 'the claim is made' } } };
  const filled = { ...on('a'), after: { uid: 'u-1' } };
  const [a, b, off] = [on('a'), on('b'), on('a', 'off')];
  it.each<[string, Item[], Approved[], Change[], string]>([
    ['the same', [item('a', a)], [{ items: [item('a', a)] }], [], 'covered'],
    ['nothing left', [], [{ items: [item('a', a)] }], [], 'covered'],
    ['fewer', [item('a', off)], [{ items: [item('a', a, off)] }], [], 'covered'],
    ['fewer items', [item('b', b)], [{ items: [item('a', a), item('b', b)] }], [], 'covered'],
    ['another order', [item('a', off, a)], [{ items: [item('a', a, off)] }], [], 'moved'],
    ['one more', [item('a', a), item('b', b)], [{ items: [item('a', a)] }], [], 'moved'],
    ['under another item', [item('x', a)], [{ items: [item('a', a)] }], [], 'moved'],
    ['another value', [item('a', off)], [{ items: [item('a', a)] }], [], 'moved'],
    ['another risk', [item('a', on('a', 'on', 'opaque'))], [{ items: [item('a', a)] }], [], 'moved'],
    ['done before', [item('a', a)], [{ items: [item('a', a)] }], [a], 'moved'],
    ['done before, approved twice', [item('a', a)], [{ items: [item('a', a, a)] }], [a], 'covered'],
    ['what fills a hole', [item('a', filled)], [{ items: [item('a', hole)] }], [], 'covered'],
    ['a hole where a value was approved', [item('a', hole)], [{ items: [item('a', filled)] }], [], 'moved'],
    ['nothing approved', [item('a', a)], [], [], 'moved'],
    ['safe in the envelope', [item('a', a)], [{ items: [], envelope: [scope()] }], [], 'covered'],
    ['riskier in it', [item('a', on('a', 'on', 'disruptive'))], [{ items: [], envelope: [scope()] }], [], 'riskier'],
    ['worse than it', [item('a', on('a', 'on', 'opaque'))], [{ items: [], envelope: [scope()] }], [], 'moved'],
    ['of another kind', [item('a', a)], [{ items: [], envelope: [scope({ kinds: ['Jar'] })] }], [], 'moved'],
    ['by another verb', [item('a', a)], [{ items: [], envelope: [scope({ verbs: ['create'] })] }], [], 'moved'],
    ['more than it says', [item('a', a), item('b', b)], [{ items: [], envelope: [scope({ atMost: 1 })] }], [], 'moved'],
    ['more, with what is done', [item('b', b)], [{ items: [], envelope: [scope({ atMost: 1 })] }], [a], 'moved'],
    ['done in the envelope, and again', [item('a', a)], [{ items: [], envelope: [scope()] }], [a], 'moved'],
  ])('%s', (_name, items, approvals, done, expected) => {
    const verdict = coverStep(items, approvals, done, verbs);
    expect(verdict.covered ? 'covered' : verdict.why).toBe(expected);
  });
});

describe('rollout', () => {
  const open = (...keys: string[]) => keys.map((key) => item(key, on(key)));
  const order = ['a', 'b', 'c', 'd', 'e'];
  it.each<[string, string[], (number | 'rest')[] | undefined, number, string[]]>([
    ['the first alone', order, [1, 3, 'rest'], 0, ['a']],
    ['then three', ['b', 'c', 'd', 'e'], [1, 3, 'rest'], 1, ['b', 'c', 'd']],
    ['the same batch while one of it is open', ['d', 'e'], [1, 3, 'rest'], 1, ['d']],
    ['the rest', ['e'], [1, 3, 'rest'], 2, ['e']],
    ['an early one that opens again', ['a', 'e'], [1, 3, 'rest'], 0, ['a']],
    ['all at once without sizes', order, undefined, 0, order],
    ['what sizes do not reach', ['c', 'd', 'e'], [1, 1], 2, ['c', 'd', 'e']],
    ['one that nobody approved comes last', ['z', 'e'], [1, 3, 1, 'rest'], 2, ['e']],
  ])('%s', (_name, keys, sizes, index, expected) => {
    const batch = nextBatch(open(...keys), order, sizes);
    expect(batch.index).toBe(index);
    expect(batch.items.map((one) => one.key)).toEqual(expected);
  });

  it('holds back what waits for another item', () => {
    const items = [
      item('a', on('a')),
      { ...item('b', on('b')), after: ['a'] },
      { ...item('c', on('c')), after: ['x'] },
    ];
    expect(nextBatch(items, [], undefined).items.map((one) => one.ready)).toEqual([1, 0, 1]);
  });
});

describe('the budget', () => {
  const [x, y] = [deleteBox('x', 'u-x'), deleteBox('y', 'u-y')];
  it.each<[string, Change[], Change[], Record<string, number>, boolean]>([
    ['none declared', [x], [], {}, false],
    ['enough', [x, y], [], { Box: 2 }, true],
    ['one too many', [x, y], [], { Box: 1 }, false],
    ['the same object twice is one', [x, x], [x], { Box: 1 }, true],
    ['what was done before counts', [y], [x], { Box: 1 }, false],
    ['an object made anew under its name is another', [deleteBox('x', 'u-2')], [x], { Box: 1 }, false],
    ['only deletions count', [on('x')], [], {}, true],
    [
      'a name of every object is no declaration',
      [{ ...x, object: { ...x.object, kind: 'constructor' } }],
      [],
      {},
      false,
    ],
  ])('%s', (_name, planned, spent, budget, allowed) => {
    expect(codeOf(() => withinBudget(planned, spent, budget))).toBe(allowed ? undefined : 'OverBudget refused');
  });
});

function codeOf(work: () => void): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return error instanceof DrctlError ? `${error.code} ${error.exit}` : String(error);
  }
}

describe('what an earlier step may still change', () => {
  const step = (id: string, effect: PlannedStep['effect'], items: Item[] = []): PlannedStep => ({
    id,
    phase: 'p',
    title: id,
    uses: '',
    effect,
    because: id,
    items,
  });
  const phase = (id: string, needs: string[], ...steps: PlannedStep[]): PlannedPhase => ({
    id,
    title: id,
    needs,
    steps,
  });
  const boxes = () => [scope()];
  const effects = (phases: PlannedPhase[], touches: (one: PlannedStep) => readonly Scope[] = boxes) =>
    maskEarlier(phases, touches)
      .flatMap((one) => one.steps)
      .map((one) => [one.id, one.effect, one.until]);
  const moving = step('a', 'changes', [item('a', on('a'))]);

  it('is shown as unknown until that step, and then everything behind it', () => {
    expect(effects([phase('p', [], moving, step('b', 'satisfied'), step('c', 'blocked'))])).toEqual([
      ['a', 'changes', undefined],
      ['b', 'unknown', 'a'],
      ['c', 'unknown', 'b'],
    ]);
  });

  it('stays as it is where the two do not meet, and in a lane beside it', () => {
    const apart = (one: PlannedStep) => (one.id === 'a' ? boxes() : [scope({ kinds: ['Jar'] })]);
    expect(effects([phase('p', [], moving, step('b', 'satisfied'))], apart)[1]).toEqual(['b', 'satisfied', undefined]);
    expect(effects([phase('p', [], moving), phase('q', [], step('b', 'blocked'))])[1]?.[1]).toBe('blocked');
    expect(effects([phase('p', [], moving), phase('q', ['p'], step('b', 'blocked'))])[1]?.[1]).toBe('unknown');
  });

  it('a bare wait waits for whatever comes before it', () => {
    const wait = step('b', 'changes', [{ ...item('b'), ready: 0 }]);
    expect(effects([phase('p', [], moving, wait)], () => [])[1]?.[1]).toBe('unknown');
    expect(effects([phase('p', [], step('a', 'satisfied'), wait)])[1]?.[1]).toBe('changes');
  });

  it('a step that only repeats what stands above it says that it is not known yet what will be left', () => {
    const again = step('b', 'changes', [item('a', on('a'))]);
    const more = step('b', 'changes', [item('a', on('a')), item('b', on('b'))]);
    const other = step('b', 'changes', [item('a', on('a', 'off'))]);
    const effectOf = (one: PlannedStep) => effects([phase('p', [], moving, one)])[1];
    expect(effectOf(again)).toEqual(['b', 'unknown', 'a']);
    expect(effectOf(more)).toEqual(['b', 'changes', undefined]);
    expect(effectOf(other)).toEqual(['b', 'changes', undefined]);
    expect(effects([phase('p', [], moving), phase('q', [], again)])[1]?.[1]).toBe('changes');
  });

  it.each<[Partial<Scope>, Partial<Scope>, boolean]>([
    [{}, {}, true],
    [{ kinds: ['*'] }, {}, true],
    [{ endpoint: 'aws' }, {}, false],
    [{ namespaces: ['shop'] }, { namespaces: ['bank'] }, false],
    [{ namespaces: ['shop'] }, {}, true],
    [{ namespaces: ['*'] }, { namespaces: ['bank'] }, true],
  ])('%j and %j meet: %s', (a, b, expected) => {
    expect(meet([scope(a)], [scope(b)])).toBe(expected);
  });
});

describe('how a run ends', () => {
  const state = foldRun([]);
  const accepted = { ...state, steps: { a: { id: 'a', startedAt: '', when: true, changes: [], because: '', end: 'accepted' } } } as const; // prettier-ignore
  it.each<[string, boolean, DrainReason['is'] | undefined, string, string]>([
    ['all ended', true, undefined, 'succeeded', 'done'],
    ['all ended while a pause was asked for', true, 'interrupted', 'succeeded', 'done'],
    ['all ended while an abort was asked for', true, 'aborted', 'aborted', 'declined'],
    ['"no"', false, 'declined', 'declined', 'declined'],
    ['nobody answered', false, 'unanswered', 'paused', 'paused'],
    ['Ctrl-C', false, 'interrupted', 'paused', 'paused'],
    ['until a phase', false, 'until', 'paused', 'paused'],
    ['a guard', false, 'refused', 'refused', 'refused'],
    ['an open outcome', false, 'settle', 'unknown', 'unknown'],
    ['a lane that failed', false, 'failed', 'paused', 'failed'],
    ['taken over', false, 'fenced', 'running', 'driven'],
  ])('%s: %s %s', (_name, all, is, outcome, exit) => {
    const ending = endingOf(state, all, is && { is, because: is }, []);
    expect(ending).toMatchObject({ outcome, exit });
    expect(ending.event === undefined).toBe(is === 'fenced');
  });

  it('never plainly where anything was accepted', () => {
    expect(endingOf(accepted, true, undefined, [])).toMatchObject({ exit: 'exceptions' });
  });

  it.each<[string, Error, string, string, boolean]>([
    ['a fence', new DrctlError('Fenced', 'user', ''), 'running', 'driven', false],
    ['a fence at the door', new ToySendError('fenced'), 'running', 'driven', false],
    ['a guard', new DrctlError('OverBudget', 'user', '', { exit: 'refused' }), 'refused', 'refused', true],
    ['an API that is down', new ToySendError('unreachable'), 'paused', 'paused', true],
    ['a full disk', new DrctlError('StoreFailed', 'target', ''), 'failed', 'failed', true],
    ['a bug', new Error('undefined is not a function'), 'failed', 'failed', true],
  ])('by an error: %s', (_name, error, outcome, exit, writes) => {
    const ending = endingOfError(error);
    expect(ending).toMatchObject({ outcome, exit });
    expect(ending.event !== undefined).toBe(writes);
  });

  it('"abort" said while it comes to rest still means abort; the first of equals stands', () => {
    const drain = new Drain();
    drain.start({ is: 'paused', because: 'lunch' }, 'a');
    drain.start({ is: 'declined', because: 'no' }, 'b');
    expect(drain.reason?.because).toBe('lunch');
    drain.start({ is: 'aborted', because: 'the wrong cluster' });
    expect(drain.reason?.is).toBe('aborted');
    expect(drain.waitingFor).toEqual(['a', 'b']);
  });
});
