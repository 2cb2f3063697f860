import * as fc from '../property.ts';
import { describe, expect, it } from 'vitest';
import {
  doneChanges,
  extendRun,
  foldRun,
  hasEnded,
  lostChanges,
  spentChanges,
  type RunState,
} from '../../src/journal/fold.ts';
import type { Change } from '../../src/model/change.ts';
import { digestOf } from '../../src/model/digest.ts';
import type { ChangeResult, JournalEvent, JournalLine } from '../../src/model/journal.ts';
import { answered, asked, came, change, opened, policy, sent, stepBegan, stepEnded, Story } from '../report/story.ts';

/** Without the one function in it, which cannot be compared. */
function dataOf(state: RunState): unknown {
  return { ...state, actedSince: undefined };
}

const claim = (name: string, uid?: string): Change =>
  change({
    kind: 'kube/delete',
    object: {
      endpoint: 'cluster',
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      namespace: 's',
      name,
      ...(uid !== undefined && { uid }),
    },
    risk: 'destructive',
  });
const state = (...events: JournalEvent[]): RunState => foldRun(new Story().at(0, ...events).lines);

const STEPS = ['a', 'b', '__proto__', 'constructor', 'rebind[kafka]'];
const step = fc.constantFrom(...STEPS);
const id = fc.constantFrom('q1', 'q2');
const outcome = fc.constantFrom<ChangeResult['outcome']>(
  'done',
  'not-performed',
  'unknown',
  'settled-done',
  'settled-redo',
);
const target = fc.constantFrom('x', 'y').map((name) => policy(name, 'Delete', 'Retain'));

/** Events in any order, sensible or not: a chain is valid whatever was said in it. */
const anyEvent: fc.Arbitrary<JournalEvent> = fc.oneof(
  fc.constant(opened()),
  fc.nat(20).map((from): JournalEvent => ({
    type: 'run.taken',
    driver: { account: 'b', host: 'h', pid: 1 },
    from,
    takeOver: false,
  })),
  fc.constant<JournalEvent>({ type: 'run.paused', because: 'p', waitingFor: ['q1'] }),
  fc.constant<JournalEvent>({ type: 'run.ended', outcome: 'succeeded', because: 'e' }),
  fc.tuple(id, fc.option(step, { nil: undefined })).map(([one, of]) => asked(one, of)),
  fc
    .tuple(id, fc.option(step, { nil: undefined }), fc.constantFrom('yes', 'no', 'skip', 'toString'))
    .map(([one, of, word]) => answered(one, of, word)),
  step.map(stepBegan),
  fc.tuple(step, fc.array(target, { maxLength: 2 })).map(([of, changes]) => sent(of, ...changes)),
  fc.tuple(step, target, outcome).map(([of, one, how]) => came(of, one, how)),
  step.map((of): JournalEvent => ({ type: 'checks.ended', step: of, passed: false, results: [] })),
  step.map((of) => stepEnded(of)),
  step.map((of): JournalEvent => ({ type: 'step.regressed', step: of, because: 'r' })),
);
const anyLines: fc.Arbitrary<JournalLine[]> = fc
  .array(anyEvent, { maxLength: 30 })
  .map((events) => events.reduce((story, event, minute) => story.at(minute, event), new Story()).lines);

describe('folding a journal', () => {
  it('answers for every prefix, and the same line by line as at once', () => {
    fc.assert(
      fc.property(anyLines, fc.nat(30), (lines, cut) => {
        let stepwise = foldRun([]);
        for (const line of lines) stepwise = extendRun(stepwise, [line]);
        const whole = foldRun(lines);
        expect(dataOf(stepwise)).toEqual(dataOf(whole));
        expect(dataOf(extendRun(foldRun(lines.slice(0, cut)), lines.slice(cut)))).toEqual(dataOf(whole));
      }),
    );
  });

  it('changes neither the lines nor an earlier state', () => {
    fc.assert(
      fc.property(anyLines, anyLines, (first, second) => {
        const lines = JSON.stringify(first);
        const before = foldRun(first);
        const said = JSON.stringify(dataOf(before));
        extendRun(before, second);
        expect(JSON.stringify(dataOf(before))).toBe(said);
        expect(JSON.stringify(first)).toBe(lines);
      }),
    );
  });

  it('says nothing of an empty journal but that it runs', () => {
    expect(foldRun([])).toMatchObject({
      outcome: 'running',
      steps: {},
      answers: [],
      openQuestions: [],
      exceptions: [],
    });
  });

  it('follows the run: opened, paused, taken, ended', () => {
    expect(state(opened())).toMatchObject({ outcome: 'running', opened: { run: 'r-1' }, driver: { account: 'ada' } });
    const paused: JournalEvent = { type: 'run.paused', because: 'Ctrl-C', waitingFor: ['gate'] };
    expect(state(opened(), paused)).toMatchObject({ outcome: 'paused', because: 'Ctrl-C', waitingFor: ['gate'] });
    const taken: JournalEvent = {
      type: 'run.taken',
      driver: { account: 'b', host: 'h', pid: 1 },
      from: 2,
      takeOver: false,
    };
    expect(state(opened(), paused, taken)).toMatchObject({
      outcome: 'running',
      waitingFor: [],
      driver: { account: 'b' },
    });
    const ended: JournalEvent = { type: 'run.ended', outcome: 'failed', because: 'x' };
    expect(state(opened(), paused, taken, ended)).toMatchObject({ outcome: 'failed', because: 'x' });
  });

  it('holds what was begun and never ended for lost, and what nobody knows as well', () => {
    const [x, y, z] = ['x', 'y', 'z'].map((name) => policy(name, 'Delete', 'Retain')) as [Change, Change, Change];
    const { steps } = state(sent('a', x, y, z), came('a', x), came('a', y, 'unknown'));
    // y may be repeated: it was looked for in vain, and is simply planned again if it is still missing
    expect(lostChanges(steps['a']).map(({ begun }) => begun.change.object.name)).toEqual(['z']);
    expect(doneChanges(steps['a'])).toEqual([x]);
    const settled = state(sent('a', y), came('a', y, 'unknown'), came('a', y, 'settled-done', { because: 'seen' }))
      .steps['a'];
    expect(lostChanges(settled)).toEqual([]);
    expect(doneChanges(settled)).toEqual([y]);
    expect(lostChanges(undefined)).toEqual([]);
  });

  it('counts against the budget all that was or may have been performed', () => {
    const performed = ['done', 'unknown', 'settled-done'] as const;
    for (const how of performed)
      expect(spentChanges(state(sent('a', claim('c', 'u')), came('a', claim('c', 'u'), how)))).toHaveLength(1);
    expect(spentChanges(state(sent('a', claim('c'))))).toHaveLength(1);
    for (const how of ['not-performed', 'settled-redo'] as const)
      expect(spentChanges(state(sent('a', claim('c')), came('a', claim('c'), how)))).toEqual([]);
    expect(spentChanges(state(sent('a', claim('c')), sent('b', claim('d')), stepEnded('b')))).toHaveLength(2);
  });

  it('keeps what was asked open until it is answered, with the time that it took', () => {
    const story = new Story().at(0, asked('q', 'a')).at(1, asked('q', 'a')).at(2, asked('other'));
    expect(foldRun(story.lines).openQuestions.map(({ question, at }) => [question.id, at])).toEqual([
      ['q', '2026-11-21T06:20:00.000Z'],
      ['other', '2026-11-21T06:21:00.000Z'],
    ]);
    const { openQuestions, answers } = foldRun(story.at(5, answered('q', 'a')).lines);
    expect(openQuestions.map(({ question }) => question.id)).toEqual(['other']);
    expect(answers).toMatchObject([
      {
        id: 'q',
        step: 'a',
        subject: digestOf('q'),
        kind: 'confirm',
        askedAt: '2026-11-21T06:20:00.000Z',
        at: '2026-11-21T06:24:00.000Z',
      },
    ]);
  });

  it.each([
    ['accept', 'accepted'],
    ['skip', 'skipped'],
    ['override', 'overridden'],
    ['go-on', 'hold-given-up'],
    ['accept-definition', 'definition-changed'],
  ])('takes the answer %s for an exception with its reason', (word, what) => {
    expect(state(asked('q', 'a'), answered('q', 'a', word, 'why')).exceptions).toEqual([
      { step: 'a', what, by: 'grace', because: 'why' },
    ]);
  });

  it('takes no other answer for an exception', () => {
    for (const word of ['yes', 'no', 'toString', '__proto__', 'constructor', 'again'])
      expect([word, state(asked('q', 'a'), answered('q', 'a', word)).exceptions]).toEqual([word, []]);
  });

  it('knows whether a step has acted on an answer', () => {
    const told = state(opened(), answered('q', 'a'), sent('b', policy('x', 'Delete', 'Retain')));
    expect(told.actedSince(2)).toBe(true);
    expect(told.actedSince(2, 'a')).toBe(false);
    expect(told.actedSince(2, 'b')).toBe(true);
    expect(told.actedSince(3)).toBe(false);
  });

  it('knows when a step is over, and when it has Changes again', () => {
    expect(hasEnded(undefined)).toBe(false);
    expect(hasEnded(state(stepBegan('a')).steps['a'])).toBe(false);
    expect(hasEnded(state(stepBegan('a'), stepEnded('a')).steps['a'])).toBe(true);
    expect(hasEnded(state(stepBegan('a'), stepEnded('a', 'unverified')).steps['a'])).toBe(false);
    const regressed: JournalEvent = { type: 'step.regressed', step: 'a', because: 'again' };
    const step = state(stepBegan('a'), stepEnded('a'), regressed).steps['a'];
    expect(step).toMatchObject({ end: 'done', regressed: 'again' });
    expect(state(stepBegan('a'), stepEnded('a'), regressed, stepEnded('a')).steps['a']).not.toHaveProperty('regressed');
  });
});
