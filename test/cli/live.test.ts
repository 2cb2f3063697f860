import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { frameOf, type FrameLook } from '../../src/cli/hosts/live-frame.ts';
import { LiveRun } from '../../src/cli/hosts/live-run.ts';
import { outlineOf, type Outline } from '../../src/cli/hosts/outline.ts';
import { progressText } from '../../src/cli/render/progress.ts';
import type { Notice } from '../../src/ports/host.ts';
import { leftLines, stateOf } from './samples.ts';

const START = Date.parse('2026-11-21T03:00:00.000Z');
const LOOK: FrameLook = { width: 79, rows: 24, colour: false, now: START, spinner: '*' };

const OUTLINE: Outline = {
  title: 'A deleted namespace comes home',
  rtoMs: 3_600_000,
  impactAt: '2026-11-21T02:30:00.000Z',
  phases: [
    {
      id: 'protect',
      title: 'Nothing more is lost',
      steps: [
        { id: 'retain', title: 'Keep every volume' },
        { id: 'snapshot', title: 'Snapshot every volume' },
      ],
    },
    {
      id: 'volumes',
      title: 'Every claim back',
      objective: 1_200_000,
      steps: [
        { id: 'rebind', title: 'Point the claims' },
        { id: 'ready', title: 'Members are ready' },
      ],
    },
    { id: 'service', title: 'Back in service', steps: [{ id: 'open', title: 'Everything else' }] },
  ],
};

class Told {
  readonly run = new LiveRun();
  at = START;

  constructor(outline: Outline | null = OUTLINE) {
    if (outline) this.run.expect(outline);
    this.tell('run.opened', { run: 'r1', runbook: 'namespace-deleted', target: 'prod-eu' });
  }

  tell(code: Notice['code'], data: Notice['data'], step?: string): this {
    this.run.hear({ code, level: 'info', data, ...(step !== undefined && { step }) }, this.at);
    return this;
  }

  after(ms: number): this {
    this.at += ms;
    return this;
  }

  frame(look: Partial<FrameLook> = {}): string {
    return frameOf(this.run, { ...LOOK, now: this.at, ...look }).join('\n');
  }
}

function changing(): Told {
  return new Told()
    .tell('phase.began', { phase: 'protect', title: 'Nothing more is lost' })
    .tell('step.began', { title: 'Keep every volume', uses: 'pv/retain' }, 'retain')
    .tell('step.planned', { effect: 'changes', changes: 7 }, 'retain');
}

function doneOne(told: Told, item: string): Told {
  return told
    .tell('change.began', { item, id: item, what: `PersistentVolume ${item}: Delete → Retain` }, 'retain')
    .after(1_000)
    .tell('change.ended', { item, id: item, outcome: 'done' }, 'retain');
}

describe('the live view', () => {
  it('shows the whole way before anything begins, and the clock against the objective', () => {
    const frame = new Told().frame();
    expect(frame).toContain('looking at the target');
    expect(frame).toContain('prod-eu: A deleted namespace');
    expect(frame).toContain('30m since impact, objective 1h');
    expect(frame).toMatch(/· Back in service +1 step/);
  });

  it('opens the current phase, with what is done of how many and what it does now', () => {
    const frame = doneOne(changing(), 'pv-1')
      .tell('change.began', { item: 'pv-2', id: 'x', what: 'PersistentVolume pv-2' }, 'retain')
      .frame();
    expect(frame).toMatch(/❯ Nothing more is lost +1s/);
    expect(frame).toMatch(/\* retain {2}Keep every volume +1\/7 {2}1s/);
    expect(frame).toContain('PersistentVolume pv-2');
    expect(frame).toContain('· snapshot  Snapshot every volume');
  });

  it('folds a finished phase to one line with its numbers', () => {
    const told = doneOne(changing(), 'pv-1')
      .tell('step.ended', { end: 'done', because: '' }, 'retain')
      .after(4_000)
      .tell('phase.ended', { phase: 'protect' });
    const frame = told.tell('phase.began', { phase: 'volumes', title: 'Every claim back' }).after(2_000).frame();
    expect(frame).toMatch(/✔ Nothing more is lost +2 steps, 1 Change, 5s/);
    expect(frame).not.toContain('retain  Keep');
    expect(frame).toMatch(/❯ Every claim back +2s of 20m/);
  });

  it('says what it waits for, until when, how far and how fast', () => {
    const told = new Told()
      .tell('phase.began', { phase: 'volumes', title: 'v' })
      .tell('step.began', { title: '', uses: '' }, 'ready');
    const wait = (value: number, elapsed: number): Notice['data'] => ({
      because: '1 of 3 members are ready',
      items: 1,
      elapsed,
      limit: 90_000,
      progress: { value, total: 10, unit: 'members', ...(elapsed > 0 && { rate: 0.2, leftMs: 30_000 }) },
    });
    told.tell('step.waiting', wait(2, 0), 'ready').after(10_000).tell('step.waiting', wait(4, 10_000), 'ready');
    const frame = told.frame({ width: 120 });
    expect(frame).toContain('waits: 1 of 3 members are ready');
    expect(frame).toContain('4 of 10 members, 0.2/s, 30s left, until 03:01:30Z (1m 20s)');
  });

  it('shows checks while they are polled, and takes them away with their end', () => {
    const told = changing().tell(
      'check.waiting',
      { check: 'PVC bound', because: '4 of 7', elapsed: 0, within: 120_000 },
      'retain',
    );
    expect(told.frame()).toMatch(/checks PVC bound: 4 of 7 +until 03:02:00Z \(2m\)/);
    expect(told.tell('check.ended', { check: 'PVC bound', passed: true }, 'retain').frame()).not.toContain(
      'checks PVC',
    );
  });

  it('shows trouble with the login command until a Change goes through again', () => {
    const told = changing().tell(
      'trouble',
      { because: 'token expired', login: 'aws sso login', elapsed: 1_000, limit: 90_000 },
      'retain',
    );
    expect(told.frame({ width: 160 })).toContain('token expired; given up at 03:01:29Z; log in again: aws sso login');
    expect(doneOne(told, 'pv-1').frame()).not.toContain('token expired');
  });

  it('marks what ended otherwise than done', () => {
    expect(changing().tell('step.ended', { end: 'skipped', because: 'x' }, 'retain').frame()).toContain(
      '⚠ retain  Keep every volume (skipped)',
    );
  });

  it('lets the keys of a forEach take the place of their step', () => {
    const told = new Told().tell('phase.began', { phase: 'volumes', title: 'v' });
    told
      .tell('step.began', { title: 'a', uses: '' }, 'ready[ledger]')
      .tell('step.began', { title: 'b', uses: '' }, 'ready[search]');
    const frame = told.frame();
    expect(frame).toContain('ready[ledger]  a');
    expect(frame).toContain('ready[search]  b');
    expect(frame).not.toContain('ready  Members');
  });

  it('works without any outline, from the notices alone', () => {
    const told = new Told(null);
    told.tell('phase.began', { phase: 'p', title: 'The only phase' }).tell('step.began', { title: 'S', uses: '' }, 's');
    expect(told.frame()).toContain('❯ The only phase');
    expect(told.frame()).toContain('* s  S');
    expect(told.frame()).toContain('prod-eu: namespace-deleted');
  });

  it('says that it drains, instead of how to', () => {
    const told = changing();
    expect(told.frame()).toContain('Ctrl-C: finish what is in flight, then pause');
    expect(told.tell('run.draining', { because: 'Ctrl-C: finishing' }).frame()).toContain('⚠ Ctrl-C: finishing');
  });

  it('on resume knows what had ended before', () => {
    const runbook = {
      title: 'T',
      objectives: {},
      phases: [
        {
          id: 'p',
          title: 'P',
          needs: [],
          steps: [
            { id: 'retain', title: 'R' },
            { id: 'rebind', title: 'B' },
          ],
        },
      ],
    };
    const told = new Told(outlineOf(runbook as never, undefined, stateOf(leftLines())));
    const frame = told
      .tell('phase.began', { phase: 'p', title: 'P' })
      .tell('step.began', { title: 'B', uses: '' }, 'rebind')
      .frame();
    expect(frame).toContain('✔ retain');
    expect(frame).toContain('* rebind');
  });
});

describe('the size of the live view', () => {
  function large(): Told {
    const phases = Array.from({ length: 12 }, (_, phase) => ({
      id: `p${phase}`,
      title: `Phase ${phase} with a title that goes on and on and does not want to end on this line at all`,
      steps: Array.from({ length: 9 }, (_, step) => ({
        id: `s${phase}-${step}`,
        title: 'Eine sehr lange Überschrift 日本語 '.repeat(4),
      })),
    }));
    const told = new Told({ ...OUTLINE, phases });
    for (let phase = 0; phase < 6; phase += 1) {
      told.tell('phase.began', { phase: `p${phase}`, title: '' });
      for (let step = 0; step < 3; step += 1) {
        const id = `s${phase}-${step}`;
        told.tell('step.began', { title: '', uses: '' }, id);
        if (phase < 3) told.tell('step.ended', { end: 'done', because: '' }, id);
        else told.tell('step.waiting', { because: 'w '.repeat(80), elapsed: 0, limit: 1_000, items: 1 }, id);
      }
      if (phase < 3) told.tell('phase.ended', { phase: `p${phase}` });
    }
    return told;
  }

  it.each([
    [79, 24],
    [60, 10],
    [199, 50],
    [20, 5],
  ])('at %d columns and %d rows no line is too long, none too many, and the head stays', (width, rows) => {
    const lines = large().frame({ width, rows }).split('\n');
    expect(lines.filter((line) => stringWidth(line) > width)).toEqual([]);
    expect(lines.length).toBeLessThanOrEqual(Math.min(30, Math.max(5, rows - 1)));
    expect(lines[0]).toContain('──');
  });

  it('folds finished and coming phases first, then the steps of the open ones', () => {
    const frame = large().frame({ rows: 24 });
    expect(frame).toContain('✔ 3 phases done');
    expect(frame).toContain('· 6 phases to come');
    expect(frame).toContain('more steps');
  });

  it('takes fifty thousand notices and a frame for each hundredth', () => {
    const told = changing();
    for (let at = 0; at < 25_000; at += 1) {
      doneOne(told, `pv-${at}`);
      if (at % 50 === 0) told.frame();
    }
    expect(told.frame()).toContain('25,000/25,000');
  });
});

describe('progress', () => {
  it('says what is known, and no time left when it does not move or moves away', () => {
    expect(progressText({ value: 3, unit: '' })).toBe('3');
    expect(progressText({ value: 3, total: 7, unit: 'pods' })).toBe('3 of 7 pods');
    expect(progressText({ value: 3, total: 7, unit: 'pods', rate: -1 })).toBe('3 of 7 pods, 1/s');
    expect(progressText({ value: 12_345, total: 20_000, unit: 'B', rate: 100, leftMs: 77_000 })).toBe(
      '12,345 of 20,000 B, 100/s, 1m 17s left',
    );
  });
});
