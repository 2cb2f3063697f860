import { describe, expect, it } from 'vitest';
import { prefixed, useColour, widthOf } from '../../src/cli/host-of.ts';
import { createNdjsonHost } from '../../src/cli/hosts/ndjson.ts';
import { createPlainHost, textOf } from '../../src/cli/hosts/plain.ts';
import { offlineText } from '../../src/cli/render/offline.ts';
import { digestOf } from '../../src/model/digest.ts';
import type { Question } from '../../src/model/question.ts';
import { NOTICE_CODES, type Notice } from '../../src/ports/host.ts';
import { ACTIONS } from '../../src/actions/index.ts';
import { parseText } from '../../src/operations/load-runbook.ts';

const QUESTION: Question = {
  id: 'q',
  kind: 'confirm',
  step: 'rebind',
  subject: digestOf('s'),
  text: 'Go on?',
  choices: [],
};

function runbookOf(text: string) {
  const actions = new Map(ACTIONS.map((action) => [action.name, action]));
  return parseText('offline.yaml', text, { actions, read: () => undefined }).runbook;
}

function plain(prefix = 'SANDBOX') {
  let text = '';
  const clock = { now: Date.parse('2026-11-21T03:00:00.000Z') };
  const host = createPlainHost({ write: (more) => (text += more), prefix, now: () => clock.now });
  const tell = (code: Notice['code'], data: Notice['data'], step?: string): void =>
    host.tell({ code, level: 'info', data, ...(step !== undefined && { step }) });
  return { host, tell, clock, text: () => text };
}

describe('plain lines', () => {
  it('each carry the prefix and the time in UTC, those of a text of several lines too', () => {
    const { tell, text } = plain();
    tell('run.opened', { run: 'r1', runbook: 'rb', target: 't', where: 'here' });
    tell('trouble', { because: 'token expired', login: 'aws sso login' }, 'rebind');
    expect(text()).toBe(
      [
        'SANDBOX 03:00:00Z run r1: rb on t, journal in here',
        'SANDBOX 03:00:00Z rebind: trouble: token expired',
        'SANDBOX 03:00:00Z   log in again: aws sso login',
        '',
      ].join('\n'),
    );
  });

  it('say a wait at once and then every ten seconds, each check by itself', () => {
    const { tell, clock, text } = plain('');
    for (let at = 0; at < 50; at += 1) {
      tell('step.waiting', { because: 'w', elapsed: at * 500, limit: 90_000 }, 's');
      tell('check.waiting', { check: 'a', because: 'x' }, 's');
      tell('check.waiting', { check: 'b', because: 'x' }, 's');
      clock.now += 500;
    }
    expect(
      text()
        .split('\n')
        .filter((line) => line.includes('waiting:')),
    ).toHaveLength(3);
    expect(
      text()
        .split('\n')
        .filter((line) => line.includes('checking a')),
    ).toHaveLength(3);
    expect(
      text()
        .split('\n')
        .filter((line) => line.includes('checking b')),
    ).toHaveLength(3);
  });

  it('say that nobody is here to answer, and answer so', async () => {
    const { host, text } = plain();
    expect(await host.ask(QUESTION, new AbortController().signal)).toEqual({ none: 'nobody' });
    expect(text()).toContain('? rebind: Go on?');
    expect(text()).toContain('nobody is here to answer it');
  });

  it('name why a run drains', () => {
    const { tell, text } = plain();
    tell('run.draining', { because: 'Ctrl-C: finishing what is in flight' });
    expect(text()).toContain('Ctrl-C: finishing');
  });

  it.each(NOTICE_CODES)('survive %s without any of its data', (code) => {
    expect(() => textOf({ code, level: 'info', data: {} })).not.toThrow();
  });
});

describe('NDJSON', () => {
  it('is one line of JSON for each notice and question', async () => {
    let text = '';
    const host = createNdjsonHost(
      (more) => (text += more),
      () => 0,
    );
    host.tell({ code: 'warning', level: 'warning', data: { because: 'a\nb' } });
    expect(await host.ask(QUESTION, new AbortController().signal)).toEqual({ none: 'nobody' });
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { code: string });
    expect(lines.map((line) => line.code)).toEqual(['warning', 'question']);
  });
});

describe('every line of a page', () => {
  it('gets the prefix, empty ones too, and the text ends as it did', () => {
    expect(prefixed('a\n\n  b\n', 'DRILL')).toBe('DRILL a\nDRILL\nDRILL   b\n');
    expect(prefixed('a\n', '')).toBe('a\n');
  });

  it('fits beside the prefix; where nothing says how wide, a hundred columns', () => {
    expect(widthOf({ columns: 80 }, 'DRILL')).toBe(74);
    expect(widthOf({ columns: 0 }, '')).toBe(100);
  });

  it('is coloured on a terminal only, and not against NO_COLOR', () => {
    const before = process.env['NO_COLOR'];
    delete process.env['NO_COLOR'];
    process.env['TERM'] = 'xterm';
    expect(useColour({ isTTY: true })).toBe(true);
    expect(useColour({ isTTY: false })).toBe(false);
    process.env['NO_COLOR'] = '1';
    expect(useColour({ isTTY: true })).toBe(false);
    if (before === undefined) delete process.env['NO_COLOR'];
    else process.env['NO_COLOR'] = before;
  });
});

describe('the plan without a target', () => {
  it('says what each step does, asks, checks and waits for', () => {
    const text = offlineText(
      runbookOf(`apiVersion: drctl/v1
kind: Runbook
metadata: {name: offline, title: Something to look at, owners: [me]}
useWhen: Never
objectives: {rto: 1h}
budget: {PersistentVolumeClaim: 12}
parameters:
  namespace: {type: string, default: shop, description: Where}
phases:
  - id: retain
    title: Keep
    needs: []
    objective: 5m
    steps:
      - {id: retain, title: Keep every volume, uses: pv/retain, with: {namespace: shop}, gate: {confirm: type-target, message: All of them}}
  - id: data
    title: Data
    steps:
      - id: tell
        title: Tell people
        uses: human/task
        dueBefore: rebind
        with: {instruction: Tell them}
      - id: rebind
        title: Bind
        uses: pv/rebind
        when: params.namespace != ""
        timeout: 10m
        rollout: [1, rest]
        with: {namespace: shop, statefulSets: {kafka: {data: 3}}}
        verify:
          - object: {apiVersion: v1, kind: PersistentVolumeClaim}
            over: items
            expect: self.status.phase == "Bound"
            within: 2m
`),
    );
    expect(text).toContain('Objective: 1h from the impact');
    expect(text).toContain('Deletes at most: 12 PersistentVolumeClaim');
    expect(text).toContain('No target was read');
    expect(text).toContain("asks for the target's name: All of them");
    expect(text).toContain('due before rebind, blocks nothing until then');
    expect(text).toContain('only when params.namespace != ""');
    expect(text).toContain('in batches of 1, rest');
    expect(text).toContain('waits at most 10m');
    expect(text).toContain('checks PersistentVolumeClaim (all): self.status.phase == "Bound" within 2m');
    expect(text).toMatch(/2 phases, 3 steps\n$/);
  });
});
