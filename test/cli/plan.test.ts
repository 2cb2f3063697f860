import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { planCommands, planMarkdown, planText } from '../../src/cli/render/plan.ts';
import { claim, itemOf, KINDS, planOf, retain, richPlan, stepOf } from './samples.ts';

describe('the plan', () => {
  const text = planText(richPlan(), KINDS, { width: 120, colour: false });

  it('says of each step its effect, why, and what would change, before and after', () => {
    expect(text).toContain('changes    retain: Title of retain');
    expect(text).toContain('spec.persistentVolumeReclaimPolicy: Delete → Retain');
    expect(text).toContain('spec.replicas: 3 → 0');
    expect(text).toContain('[disruptive]');
    expect(text).toContain('satisfied  snapshot');
    expect(text).toContain('blocked    ambiguous');
  });

  it('shows the evidence of a blocked step side by side', () => {
    expect(text).toMatch(/pv-a +vol-0a+ .*eu-central-1a/);
    expect(text).toMatch(/pv-b +vol-0b+ .*eu-central-1b/);
  });

  it('shows the envelope of what is not known yet, its opaque check, gates, holds and waits', () => {
    expect(text).toContain(
      'not known until rebind; at the most: at most 12 Deployment, Service in shop: create, patch; worst disruptive',
    );
    expect(text).toContain('checked by a command (opaque): curl --fail');
    expect(text).toContain("asks to type the target's name");
    expect(text).toContain('held until open');
    expect(text).toContain('waits: shop/data-ledger-1: the volume is still attached');
  });

  it('folds a long list of items and counts what it folded', () => {
    expect(text).toContain('… 4 more items with 4 Changes: 4 safe');
    const thousands = planOf([
      {
        id: 'p',
        title: 'P',
        needs: [],
        steps: [
          stepOf('many', { items: Array.from({ length: 2_000 }, (_, at) => itemOf(`pv-${at}`, retain(`pv-${at}`))) }),
        ],
      },
    ]);
    const long = planText(thousands, KINDS, { width: 80, colour: false });
    expect(long.split('\n').length).toBeLessThan(60);
    expect(long).toContain('… 1,992 more items with 1,992 Changes: 1,992 safe');
    expect(long).toContain('2,000 Changes now (2,000 safe); nothing is deleted.');
  });

  it('ends with counts by risk, what is unknown, blocked, asked and held', () => {
    expect(text.slice(text.indexOf('15 Changes now'))).toBe(
      [
        '15 Changes now (14 safe, 1 disruptive); nothing is deleted.',
        'Not known yet: 1 step (ready).',
        'Blocked: 1 step (ambiguous).',
        "Asks again: retain (asks yes or no), rebind (asks to type the target's name).",
        'Holds: quiet until open.',
        '',
      ].join('\n'),
    );
  });

  it('says that nothing is to be done, and which permissions are missing', () => {
    const idle = planOf([{ id: 'p', title: 'P', needs: [], steps: [stepOf('retain')] }], {
      missing: [{ step: 'retain', permission: 'patch persistentvolumes', reason: 'no RBAC policy matched' }],
    });
    const said = planText(idle, KINDS, { width: 80, colour: false });
    expect(said).toContain('Nothing to do: every step is satisfied.');
    expect(said).toContain('Missing: 1 permission');
    expect(said).toContain('- patch persistentvolumes (retain): no RBAC policy matched');
  });

  it('shouts what it deletes', () => {
    const gone = { ...retain('pv-1'), kind: 'kube/delete', risk: 'destructive' as const, after: null };
    const said = planText(
      planOf([{ id: 'p', title: 'P', needs: [], steps: [stepOf('d', { items: [itemOf('pv-1', gone)] })] }]),
      new Map(),
      { width: 80, colour: false },
    );
    expect(said).toContain('1 Change now (1 destructive); 1 of them DELETE something.');
    expect(said).toContain('[destructive]');
  });

  it('brief, above a question, is short and still names every step and every risk', () => {
    const brief = planText(richPlan(), KINDS, { width: 80, colour: false, brief: true });
    expect(brief.split('\n').length).toBeLessThan(text.split('\n').length);
    for (const step of ['retain', 'snapshot', 'quiet', 'rebind', 'ambiguous', 'ready'])
      expect(brief).toContain(` ${step}: `);
    expect(brief).toContain('[disruptive]');
  });

  it('as Markdown names every step and lets no name become markup', () => {
    const plan = richPlan();
    const said = planMarkdown({ ...plan, runbook: { ...plan.runbook, name: 'a*b <script>' } }, KINDS);
    expect(said).toContain('# Plan of a\\*b \\<script\\>');
    expect(said).toContain('- **changes** `rebind`');
    expect(said).toContain('spec.persistentVolumeReclaimPolicy: Delete → Retain');
  });
});

describe('the plan as commands', () => {
  const script = planCommands(richPlan(), KINDS);

  it('is a script that bash accepts', () => {
    execFileSync('bash', ['-n'], { input: script });
  });

  it('looks where it is before it does anything, and stops elsewhere with exit 7', () => {
    expect(script.indexOf("= '5f3c9a9e-3a63-4e0c-9f47-a1b2c3d4e5f6' ] ||")).toBeGreaterThan(0);
    expect(script.indexOf('exit 7')).toBeLessThan(script.indexOf('kubectl patch'));
    const elsewhere = `kubectl() { echo other; }\naws() { echo touched; }\n${script}`;
    let status = 0;
    try {
      execFileSync('bash', [], { input: elsewhere, stdio: ['pipe', 'pipe', 'pipe'] });
    } catch (error) {
      status = (error as { status: number }).status;
    }
    expect(status).toBe(7);
  });

  it('asks where the runbook asks, and says in comments what it cannot know', () => {
    expect(script).toContain("ask 'Title of rebind (rebind): go on?'");
    expect(script).toContain('# BLOCKED: two candidates for claim shop/data-search-0');
    expect(script).toContain('# not known until rebind');
    expect(script).toContain('kubectl create --filename -');
  });

  it('never lets a title break out of its comment or its quotes', () => {
    const evil = stepOf("it's", {
      title: "x'; rm -rf /\nrm -rf /",
      gate: 'confirm',
      items: [itemOf('pv-1', retain('pv-1'))],
    });
    const said = planCommands(
      planOf([{ id: 'p', title: 'a\nrm -rf /', needs: [], steps: [evil] }], {
        target: { name: 't', class: 'sandbox' },
      }),
      KINDS,
    );
    expect(said.split('\n').filter((line) => line.startsWith('rm '))).toEqual([
      "rm -rf / (it'\\''s): go on?' # asks yes or no",
    ]);
    execFileSync('bash', ['-n'], { input: said });
  });

  it('leaves a command with a hole as a comment', () => {
    const hole = claim('data-0', 'pv-1');
    const holed = {
      ...hole,
      body: { object: { ...(hole.body['object'] as object), spec: { volumeName: { $knownAfter: 'rebind' } } } },
    };
    const said = planCommands(
      planOf([{ id: 'p', title: 'P', needs: [], steps: [stepOf('s', { items: [itemOf('x', holed)] })] }]),
      KINDS,
    );
    expect(said).toContain('# fill in what is only known after');
    expect(said).not.toMatch(/^kubectl create/m);
  });
});
