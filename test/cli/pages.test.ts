import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { awayText } from '../../src/cli/render/away.ts';
import { cardText } from '../../src/cli/render/card.ts';
import { evidenceLines } from '../../src/cli/render/evidence.ts';
import { planText } from '../../src/cli/render/plan.ts';
import { resultText } from '../../src/cli/render/result.ts';
import { runsText, statusText } from '../../src/cli/render/runs.ts';
import type { Card } from '../../src/model/question.ts';
import { KINDS, leftLines, linesOf, opened, richPlan, stateOf } from './samples.ts';

const NOW = Date.parse('2026-11-21T03:40:00.000Z');
const WIDTHS = [80, 200];

const CARD: Card = {
  title: 'Point the claims at the volumes that survived',
  where: [
    { name: 'target', value: 'prod-eu (production)' },
    { name: 'cluster', value: '5f3c9a9e-3a63-4e0c-9f47-a1b2c3d4e5f6' },
    { name: 'server', value: 'https://0123456789ABCDEF0123456789ABCDEF.gr7.eu-central-1.eks.amazonaws.com:6443/k8s' },
    { name: 'account', value: '123456789012, eu-central-1' },
  ],
  what: [
    { label: 'kube/patch PersistentVolume', count: 7, risk: 'safe' },
    { label: 'kube/delete PersistentVolumeClaim', count: 1_234, risk: 'destructive' },
  ],
  details: Array.from({ length: 9 }, (_, at) => `shop/data-${at} on pvc-0d9c1a4e-77b1-4c0e-8a52-00000000000${at}`),
  evidence: [
    {
      title: 'Claims and their volumes',
      columns: ['claim', 'PV', 'volume', 'size', 'policy', 'tagged owner'],
      rows: Array.from({ length: 7 }, (_, at) => [
        `shop/data-${at}`,
        `pvc-0d9c1a4e-77b1-4c0e-8a52-00000000000${at}`,
        `vol-0aaaaaaaaaaaaaaa${at}`,
        `${at + 1}Gi`,
        'Retain',
        `shop/data-${at}`,
      ]),
    },
  ],
  reversible: 'no: what is deleted stays deleted',
  lastBackup: 'snapshot snap-0123 of 02:14Z',
  whenNo: 'nothing of this step is done; the run pauses and can be resumed',
  decideBy: '2026-11-21T03:43:20.000Z',
};

function result(width: number): string {
  const state = stateOf(leftLines());
  return resultText(
    { run: 'r1', outcome: 'unknown', exit: 'unknown', because: 'an outcome is unknown', waitingFor: ['quiet'], state },
    { width },
  );
}

function runs(width: number): string {
  const base = { runbook: 'namespace-deleted', target: 'prod-eu', startedAt: '2026-11-21T03:00:00Z', updatedAt: '' };
  return runsText(
    [
      {
        ...base,
        run: '20261121-0300-namespace-deleted-ab12',
        outcome: 'paused',
        drivenBy: null,
        waitingFor: ['rebind'],
      },
      {
        ...base,
        run: '20261121-0300-namespace-deleted-cd34',
        outcome: 'unknown',
        drivenBy: null,
        waitingFor: [],
        broken: `line 7 was changed ${'x'.repeat(90)}`,
      },
    ],
    width,
  );
}

const RENDERED: Record<string, (width: number) => string> = {
  plan: (width) => planText(richPlan(), KINDS, { width, colour: false }),
  'brief plan': (width) => planText(richPlan(), KINDS, { width, colour: false, brief: true }),
  card: (width) => cardText(CARD, { width, colour: false, now: NOW }),
  away: (width) => awayText(leftLines(), NOW, { width, colour: false }),
  result,
  runs,
  status: (width) => statusText('r1', stateOf(leftLines()), undefined, NOW, width),
};

describe('every page', () => {
  for (const width of WIDTHS)
    it.each(Object.keys(RENDERED))(`%s has no line longer than ${width} columns, and ends with one newline`, (name) => {
      const text = RENDERED[name]?.(width) ?? '';
      expect(text.split('\n').filter((line) => stringWidth(line) > width)).toEqual([]);
      expect(text).toMatch(/[^\n]\n$/);
    });

  it('says the same with and without colour', () => {
    const look = { width: 80, colour: true };
    // oxlint-disable-next-line no-control-regex -- colours are control characters
    const plain = (text: string): string => text.replaceAll(/\u001B\[\d+m/g, '');
    expect(plain(planText(richPlan(), KINDS, look))).toBe(planText(richPlan(), KINDS, { ...look, colour: false }));
    expect(plain(cardText(CARD, { ...look, now: NOW }))).toBe(cardText(CARD, { ...look, colour: false, now: NOW }));
    expect(planText(richPlan(), KINDS, look)).toContain('\u001B[');
  });
});

describe('the card', () => {
  const text = cardText(CARD, { width: 80, colour: false, now: NOW });

  it('says where, what and how many, how bad, reversible, the backup, what no leaves behind, and the time left', () => {
    expect(text).toMatch(/target +prod-eu \(production\)/);
    expect(text).toMatch(/account +123456789012, eu-central-1/);
    expect(text).toContain('1,234 × kube/delete PersistentVolumeClaim  destructive');
    expect(text).toMatch(/back +no: what is deleted stays deleted/);
    expect(text).toMatch(/backup +snapshot snap-0123/);
    expect(text).toMatch(/if no +nothing of this step is done/);
    expect(text).toMatch(/decide by +03:43:20Z, 3m 20s left/);
  });

  it('keeps where and what next to the question: they are the last that scrolls away', () => {
    expect(text.indexOf('Claims and their volumes')).toBeLessThan(text.indexOf('target'));
    expect(text.slice(text.indexOf('  target')).split('\n').length).toBeLessThan(22);
  });

  it('says an overdue decision', () => {
    expect(cardText(CARD, { width: 80, colour: false, now: NOW + 600_000 })).toContain('was due 6m 40s ago');
  });

  it('leaves out what it does not know', () => {
    const bare = cardText(
      { title: 't', where: [], what: [], details: [], evidence: [], reversible: '', whenNo: 'nothing' },
      { width: 80, colour: false, now: NOW },
    );
    expect(bare).not.toContain('backup');
    expect(bare).not.toContain('changes');
  });
});

describe('evidence', () => {
  const evidence = CARD.evidence[0]!;

  it('says once what is the same in every row, and what only repeats another column', () => {
    const wide = evidenceLines(evidence, 200).join('\n');
    expect(wide).toContain('all: policy Retain · tagged owner as claim');
    expect(wide).toMatch(/CLAIM +PV +VOLUME +SIZE\n/);
  });

  it('never cuts an id, however narrow', () => {
    const narrow = evidenceLines(evidence, 70).join('\n');
    for (const row of evidence.rows) for (const cell of row.slice(0, 3)) expect(narrow).toContain(cell);
  });

  it('counts the rows it leaves out', () => {
    const many = { title: 't', columns: ['a'], rows: Array.from({ length: 2_000 }, (_, at) => [`r${at}`]) };
    expect(evidenceLines(many, 80)).toHaveLength(23);
    expect(evidenceLines(many, 80).at(-1)).toContain('1,980 more');
  });
});

describe('while you were away', () => {
  const text = awayText(leftLines(), NOW, {
    width: 100,
    colour: false,
    runbook: {
      title: 'A deleted namespace comes home',
      phases: [{ id: 'v', title: 'Volumes', needs: [], steps: [{ id: 'retain' }, { id: 'rebind' }] as never }],
    },
  });

  it('says who drove until when, what is done, open, unknown, asked, excepted, and next', () => {
    expect(text).toMatch(/driven by +alice@bastion-1 until 2026-11-21 03:06:00Z \(34m ago\)/);
    expect(text).toMatch(/stopped +paused: interrupted at a question; waiting for rebind/);
    expect(text).toMatch(/done +retain, 1 Change/);
    expect(text).toMatch(/open +quiet begun 36m ago/);
    expect(text).toMatch(/UNKNOWN +quiet: kube\/patch Deployment shop\/web/);
    expect(text).toMatch(/asked +rebind, 34m 30s ago/);
    expect(text).toMatch(/exceptions +announce: skipped by alice: the status page is down too/);
    expect(text).toMatch(/next +Volumes: rebind/);
  });

  it('stays short of a long runbook: what went well in one paragraph, and only the phases that come soon', () => {
    const steps = Array.from({ length: 30 }, (_, at) => `step-${at}`);
    const done = steps.slice(0, 12).flatMap((step) => [
      { type: 'step.began' as const, step, when: true },
      { type: 'step.ended' as const, step, end: 'done' as const, because: '' },
    ]);
    const phases = steps.map((id) => ({ id, title: `Phase of ${id}`, needs: [], steps: [{ id }] as never }));
    const page = awayText(linesOf([opened(), ...done]), NOW, {
      width: 80,
      colour: false,
      runbook: { title: 'A long one', phases },
    });
    expect(page).toContain('step-0 · step-1 · ');
    expect(page).toMatch(/next +Phase of step-12: step-12\n +Phase of step-13: step-13\n +Phase of step-14: step-14\n/);
    expect(page).toContain('and 15 phases more, the last: Phase of step-29');
    expect(page.split('\n').length).toBeLessThan(16);
  });

  it('says of a killed run that nobody said it stopped, and names each driver', () => {
    const killed = awayText(
      linesOf([
        opened(),
        {
          type: 'run.taken',
          driver: { account: 'bob', host: 'laptop', pid: 1 },
          from: 1,
          takeOver: true,
          because: 'alice is asleep',
        },
        { type: 'step.began', step: 'retain', when: true },
      ]),
      NOW,
      { width: 100, colour: false },
    );
    expect(killed).toContain('gave no word of stopping');
    expect(killed).toContain('alice@bastion-1 until');
    expect(killed).toContain('bob@laptop until');
  });

  it('survives a journal of nothing', () => {
    expect(awayText([], NOW, { width: 80, colour: false })).toContain('never opened');
  });
});

describe('the last lines of a run', () => {
  it('name what was changed, exceptions, leftovers with the way back, and how to go on', () => {
    const text = result(100);
    expect(text).toContain('PAUSED: SOMETHING IS UNKNOWN');
    expect(text).toContain('retain: 1 Change in 1m 30s');
    expect(text).toContain('announce: skipped by alice');
    expect(text).toContain('kube/patch: nobody knows whether it was performed');
    expect(text).toContain('Switched or made so far: 2 things');
    expect(text).toContain('→ drctl settle r1 quiet/web/1');
    expect(text).toContain('→ drctl resume r1');
    expect(text).toContain('→ drctl report r1');
  });

  it('of a run that recovered, offer no resume', () => {
    const end = { type: 'run.ended' as const, outcome: 'succeeded' as const, because: 'every step ended' };
    const lines = leftLines().slice(0, 5);
    const state = stateOf([...lines, ...linesOf([end], '2026-11-21T03:30:00.000Z')]);
    const text = resultText(
      { run: 'r1', outcome: 'succeeded', exit: 'done', because: 'every step ended', waitingFor: [], state },
      { width: 80 },
    );
    expect(text).toMatch(/^RECOVERED, namespace-deleted on prod-eu: every step ended/);
    expect(text).toContain('reclaim policy: Delete → Retain');
    expect(text).toContain('kubectl patch persistentvolume pv-1 --type=merge');
    expect(text).not.toContain('resume');
  });

  it('of a run that somebody else took, offer to watch it and nothing else', () => {
    const state = stateOf(leftLines());
    const text = resultText(
      { run: 'r1', outcome: 'running', exit: 'driven', because: 'bob took it', waitingFor: [], state },
      { width: 80 },
    );
    expect(text).toContain('SOMEBODY ELSE DRIVES NOW, namespace-deleted on prod-eu: bob took it');
    expect(text).toContain('→ drctl status r1 --watch');
    expect(text).not.toContain('→ drctl resume');
  });
});

describe('runs and status', () => {
  it('list what is broken with its reason, and what waits', () => {
    expect(runs(200)).toContain('BROKEN');
    expect(runs(200)).toContain('line 7 was changed');
    expect(runs(200)).toContain('waits for rebind');
    expect(runsText([], 80)).toBe('no runs yet\n');
  });

  it('status says who drives, each step, and how to answer the open question', () => {
    const driver = { account: 'alice', host: 'h', boot: 'b', pid: 7, processStart: '1', since: '' };
    const text = statusText('r1', stateOf(leftLines()), { driver, renewedAt: '2026-11-21T03:39:50.000Z' }, NOW, 100);
    expect(text).toContain('alice@h, process 7, last sign of life 10s ago');
    expect(text).toMatch(/skipped +announce/);
    expect(text).toContain('1 of unknown outcome');
    expect(text).toContain('drctl approve r1 rebind:type-target:abc');
  });
});
