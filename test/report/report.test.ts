import { describe, expect, it } from 'vitest';
import { reportMarkdown } from '../../src/report/markdown.ts';
import { reportJson, reportOf } from '../../src/report/report.ts';
import { spentOf } from '../../src/report/spans.ts';
import { timelineOf } from '../../src/report/timeline.ts';
import { answered, asked, came, opened, policy, scale, sent, stepBegan, stepEnded, Story } from './story.ts';

const MINUTE = 60_000;
const pv = policy('pv-1', 'Delete', 'Retain');

/** Opened 19 minutes after the impact; 10 minutes of questions, 5 paused, taken over, 5 of machine; ends 20 minutes later. */
const recovery = (): Story =>
  new Story()
    .at(0, opened())
    .at(0, asked('plan'))
    .at(4, answered('plan'))
    .at(4, stepBegan('retain'))
    .at(4, sent('retain', pv))
    .at(5, came('retain', pv))
    .at(6, stepEnded('retain'))
    .at(6, asked('gate', 'scale'))
    .at(9, { type: 'run.paused', because: 'shift change', waitingFor: ['gate'] })
    .at(14, {
      type: 'run.taken',
      driver: { account: 'linus', host: 'laptop', pid: 7 },
      from: 9,
      takeOver: true,
      because: 'ada went home',
    })
    .at(14, asked('gate', 'scale'))
    .at(17, answered('gate', 'scale', 'accept', 'one replica will do'))
    .at(17, stepBegan('scale'))
    .at(19, stepEnded('scale', 'accepted', 'one replica'))
    .at(20, { type: 'run.ended', outcome: 'succeeded-with-exceptions', because: 'all ended' });

describe('the time of a run', () => {
  it('is told apart: waiting for people, paused, machine', () => {
    expect(spentOf(recovery().lines)).toEqual({
      people: 10 * MINUTE,
      idle: 5 * MINUTE,
      machine: 5 * MINUTE,
      elapsed: 20 * MINUTE,
    });
  });

  it('counts no waiting while Changes are in flight', () => {
    const story = new Story()
      .at(0, opened())
      .at(0, sent('a', pv))
      .at(1, asked('q'))
      .at(4, came('a', pv))
      .at(6, answered('q'));
    expect(spentOf(story.lines)).toMatchObject({ people: 2 * MINUTE, machine: 4 * MINUTE });
  });

  it('counts a dead driver as paused until somebody takes the run', () => {
    const { lines } = new Story()
      .at(0, opened())
      .at(1, sent('a', pv))
      .at(31, { type: 'run.taken', driver: { account: 'x', host: 'h', pid: 1 }, from: 2, takeOver: false });
    expect(spentOf(lines)).toMatchObject({ idle: 30 * MINUTE, machine: MINUTE });
  });

  it('goes on until now for a run under way, and not for one that is over', () => {
    const now = '2026-11-21T06:29:00.000Z';
    expect(spentOf(new Story().at(0, opened()).at(2, asked('q')).lines, now).people).toBe(8 * MINUTE);
    expect(spentOf(recovery().lines, '2026-11-22T00:00:00.000Z').elapsed).toBe(20 * MINUTE);
    expect(spentOf([])).toEqual({ people: 0, idle: 0, machine: 0, elapsed: 0 });
  });
});

describe('the timeline', () => {
  it('says what happened, who did it and how long it took', () => {
    const entries = timelineOf(recovery().lines).map(({ who, step, text, tookMs }) => [who, step, text, tookMs]);
    expect(entries).toEqual([
      [
        'ada@bastion',
        undefined,
        expect.stringMatching(/^run opened: namespace-deleted \(\w{12}\) on prod-eu \(production\)$/),
        undefined,
      ],
      ['ada@bastion', undefined, 'asked: go on with plan?', undefined],
      ['grace', undefined, 'answered yes (terminal)', 4 * MINUTE],
      ['ada@bastion', 'retain', 'began', undefined],
      ['ada@bastion', 'retain', 'sending kube/patch PersistentVolume pv-1', undefined],
      ['ada@bastion', 'retain', 'done: kube/patch PersistentVolume pv-1', MINUTE],
      ['ada@bastion', 'retain', 'done: nothing is left', 2 * MINUTE],
      ['ada@bastion', 'scale', 'asked: go on with gate?', undefined],
      ['ada@bastion', undefined, 'paused: shift change; waiting for gate', undefined],
      ['linus@laptop', undefined, 'taken over: ada went home', undefined],
      ['linus@laptop', 'scale', 'asked: go on with gate?', undefined],
      ['grace', 'scale', 'answered accept (terminal): one replica will do', 3 * MINUTE],
      ['linus@laptop', 'scale', 'began', undefined],
      ['linus@laptop', 'scale', 'accepted: one replica', 2 * MINUTE],
      ['linus@laptop', undefined, 'ended succeeded-with-exceptions: all ended', undefined],
    ]);
  });

  it('shortens long lists and says why something did not go well', () => {
    const many = Array.from({ length: 7 }, (_, index) => policy(`pv-${index}`, 'Delete', 'Retain'));
    const story = new Story()
      .at(0, opened(), sent('a', ...many), came('a', many[0] ?? pv, 'unknown', { because: 'connection reset' }))
      .at(1, {
        type: 'checks.ended',
        step: 'a',
        passed: false,
        results: [
          { check: 'bound', passed: true, because: '7 of 7' },
          { check: 'http', passed: false, because: 'status 503' },
        ],
      })
      .at(1, { type: 'step.began', step: 'b', when: false })
      .at(2, { type: 'step.regressed', step: 'a', because: 'pv-1 is Delete' });
    const texts = timelineOf(story.lines).map(({ text }) => text);
    expect(texts[1]).toMatch(/pv-3 and 3 more$/);
    expect(texts.slice(2)).toEqual([
      'unknown: kube/patch PersistentVolume pv-0: connection reset',
      'checks failed: http: status 503',
      'left out: its condition is false',
      'has Changes again: pv-1 is Delete',
    ]);
  });
});

describe('the report', () => {
  it('judges the objective from the impact', () => {
    const { lines } = recovery();
    const objective = (rtoMs?: number) => reportOf({ run: 'r-1', lines, ...(rtoMs && { rtoMs }) }).objective;
    expect(objective(60 * MINUTE)).toMatchObject({ met: true, tookMs: 39 * MINUTE });
    expect(objective(30 * MINUTE)).toMatchObject({ met: false, text: expect.stringContaining('missed by 9m') });
    expect(objective()).toEqual({ tookMs: 39 * MINUTE, text: expect.stringContaining('names no objective') });
  });

  it('judges nothing where it cannot', () => {
    const { impactAt: _, ...unsaid } = opened();
    const without = reportOf({ run: 'r', lines: new Story().at(0, unsaid).lines, rtoMs: MINUTE });
    expect(without.objective).toEqual({ rtoMs: MINUTE, text: expect.stringContaining('--impact-at') });
    const running = reportOf({ run: 'r', lines: recovery().lines.slice(0, 8), rtoMs: MINUTE });
    expect(running.objective).toMatchObject({ tookMs: 25 * MINUTE, text: expect.stringContaining('not recovered') });
    expect(running.objective).not.toHaveProperty('met');
  });

  it('tells steps, decisions, exceptions and drivers', () => {
    const report = reportOf({ run: 'r-1', lines: recovery().lines });
    expect(report.steps.map(({ id, state, peopleMs, changes }) => [id, state, peopleMs, changes])).toEqual([
      ['retain', 'done', 0, 1],
      ['scale', 'accepted', 3 * MINUTE, 0],
    ]);
    expect(report.decisions.map(({ answer, by, waitedMs }) => [answer, by, waitedMs])).toEqual([
      ['yes', 'grace', 4 * MINUTE],
      ['accept', 'grace', 3 * MINUTE],
    ]);
    expect(report.exceptions).toEqual([
      { step: 'scale', what: 'accepted', by: 'grace', because: 'one replica will do' },
    ]);
    expect(report.drivers.map(({ account, because }) => [account, because])).toEqual([
      ['ada', 'opened the run'],
      ['linus', 'took it over: ada went home'],
    ]);
  });

  it('can be made of every prefix of a journal', () => {
    const { lines } = recovery();
    for (let length = 0; length <= lines.length; length += 1) {
      const input = { run: 'r-1', lines: lines.slice(0, length) };
      expect(reportMarkdown(input)).toContain('## Timeline');
      expect(reportJson(input)).toMatchObject({ run: 'r-1' });
    }
  });

  it('reads as Markdown with every part of it', () => {
    const text = reportMarkdown({
      run: 'r-1',
      lines: recovery().lines,
      title: 'Namespace deleted',
      rtoMs: 4 * 60 * MINUTE,
    });
    expect(text).toMatch(/^# Namespace deleted: succeeded-with-exceptions\n/);
    for (const part of [
      '| Took | 20m: 5m machine, 10m waiting for people, 5m paused |',
      '| Objective (RTO) | met: recovered 39m after the impact, objective 4h |',
      '| 2026-11-21 06:33:00 | linus |',
      '| scale | accepted | grace | one replica will do |',
      '| PersistentVolume pv-1 | reclaim policy: Delete → Retain | `kubectl patch persistentvolume pv-1 --type=merge',
      '## Root-cause analysis (draft)',
    ])
      expect(text).toContain(part);
  });

  it('says DRILL of a drill and SANDBOX of the sandbox', () => {
    const drill = new Story().at(0, opened({ drill: 'namespace-deleted' })).lines;
    expect(reportMarkdown({ run: 'r', lines: drill })).toMatch(/^# DRILL: /);
    const target = { ...opened().target, class: 'sandbox' };
    expect(reportMarkdown({ run: 'r', lines: new Story().at(0, opened({ target })).lines })).toMatch(/^# SANDBOX: /);
  });

  it('keeps its tables whole, whatever people wrote', () => {
    const nasty = '`a | b\n| c | <script>alert(1)</script> \\| `';
    const { lines } = new Story()
      .at(0, opened(), asked('q', 's', nasty), answered('q', 's', 'go-on', nasty))
      .at(1, sent('s', scale("it's `x`", 3, 0)));
    const text = reportMarkdown({ run: 'r', lines });
    const rows = text.split('\n').filter((row) => row.startsWith('|'));
    for (const row of rows) expect(row).toMatch(/\|$/);
    const decisions = rows.filter((row) => row.includes('alert(1)') && row.includes('grace (terminal)'));
    expect(decisions).toHaveLength(1);
    expect(decisions[0]?.match(/(?<!\\)(?:\\\\)*\|/g)).toHaveLength(8);
    expect(text).not.toContain('<script>');
  });
});
