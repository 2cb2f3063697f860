import { CHANGE_KINDS, createObject, patchObject } from '../../src/changes/index.ts';
import { RISKS, type Change, type Item } from '../../src/model/change.ts';
import { digestOf } from '../../src/model/digest.ts';
import type { JournalEvent, JournalLine } from '../../src/model/journal.ts';
import { changesOf, type Plan, type PlannedPhase, type PlannedStep } from '../../src/model/plan.ts';
import type { Identity } from '../../src/model/target.ts';
import { foldRun, type RunState } from '../../src/journal/fold.ts';

export const KINDS = new Map(CHANGE_KINDS.map((kind) => [kind.kind, kind]));

export const IDENTITY: Identity = {
  cluster: {
    kubeSystemUid: '5f3c9a9e-3a63-4e0c-9f47-a1b2c3d4e5f6',
    server: 'https://0123456789ABCDEF0123456789ABCDEF.gr7.eu-central-1.eks.amazonaws.com',
  },
  aws: { account: '123456789012', region: 'eu-central-1' },
};

export function retain(name: string): Change {
  const path = '/spec/persistentVolumeReclaimPolicy';
  return patchObject({
    object: { endpoint: 'cluster', apiVersion: 'v1', kind: 'PersistentVolume', name, uid: `uid-${name}` },
    type: 'json',
    patch: [{ op: 'replace', path, value: 'Retain' }],
    before: { spec: { persistentVolumeReclaimPolicy: 'Delete' } },
    after: { spec: { persistentVolumeReclaimPolicy: 'Retain' } },
    risk: 'safe',
    because: 'volume of shop/data-ledger-0, Released, policy Delete',
  });
}

export function scaleDown(name: string): Change {
  return patchObject({
    object: { endpoint: 'cluster', apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name },
    type: 'merge',
    patch: { spec: { replicas: 0 } },
    before: { spec: { replicas: 3 } },
    after: { spec: { replicas: 0 } },
    risk: 'disruptive',
  });
}

export function claim(name: string, volume: string): Change {
  return createObject({
    endpoint: 'cluster',
    manifest: {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        name,
        namespace: 'shop',
        labels: { app: 'ledger' },
        annotations: { 'drctl/rebind': 'sandbox/rebind' },
      },
      spec: {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1Gi' } },
        storageClassName: 'gp3',
        volumeMode: 'Filesystem',
        volumeName: volume,
      },
    },
    because: `the claim again, on its own volume ${volume}`,
  });
}

export function itemOf(key: string, ...changes: Change[]): Item {
  return { key, changes, ready: changes.length, because: `${key} is not as it should be` };
}

export function stepOf(id: string, more: Partial<PlannedStep> = {}): PlannedStep {
  const items = more.items ?? [];
  return {
    id,
    phase: 'phase',
    title: `Title of ${id}`,
    uses: 'pv/retain',
    effect: items.length > 0 ? 'changes' : 'satisfied',
    because: 'all 7 PersistentVolumes have policy Retain',
    items,
    ...more,
  };
}

export function planOf(phases: readonly PlannedPhase[], more: Partial<Plan> = {}): Plan {
  const steps = phases.flatMap((phase) => [...phase.steps]);
  const changes = steps.flatMap((step) => changesOf(step));
  const byRisk = Object.fromEntries(
    RISKS.map((risk) => [risk, changes.filter((change) => change.risk === risk).length]),
  ) as Plan['summary']['byRisk'];
  return {
    v: 1,
    drctl: '0.1.0',
    runbook: { name: 'namespace-deleted', digest: digestOf('runbook') },
    parameters: digestOf('parameters'),
    target: { name: 'prod-eu', class: 'production', identity: IDENTITY },
    impactAt: '2026-11-21T02:50:00.000Z',
    phases,
    missing: [],
    summary: {
      changes: changes.length,
      byRisk,
      destructive: byRisk.destructive,
      blocked: steps.filter((step) => step.effect === 'blocked').length,
      unknown: steps.filter((step) => step.effect === 'unknown').length,
    },
    digest: digestOf(phases),
    ...more,
  };
}

/** A plan with one of everything. */
export function richPlan(): Plan {
  const volumes = Array.from({ length: 12 }, (_, at) => `pvc-0d9c1a4e-77b1-4c0e-8a52-${String(at).padStart(12, '0')}`);
  return planOf([
    {
      id: 'protect',
      title: 'Nothing more is lost',
      needs: [],
      steps: [
        stepOf('retain', {
          because: '12 of 12 would not be kept',
          items: volumes.map((name) => itemOf(name, retain(name))),
          gate: 'confirm',
        }),
        stepOf('snapshot', { uses: 'ebs/snapshot', because: 'every volume has a snapshot of this step' }),
      ],
    },
    {
      id: 'volumes',
      title: 'Every claim back on its own volume',
      needs: ['protect'],
      steps: [
        stepOf('quiet', { uses: 'kube/scale', items: [itemOf('web', scaleDown('web'))], hold: 'open', because: '' }),
        stepOf('rebind', {
          uses: 'pv/rebind',
          gate: 'type-target',
          because: 'two claims are missing',
          items: [
            itemOf('shop/data-ledger-0', retain(volumes[0]!), claim('data-ledger-0', volumes[0]!)),
            {
              key: 'shop/data-ledger-1',
              changes: [],
              ready: 0,
              because: 'the volume is still attached',
              after: ['shop/data-ledger-0'],
            },
          ],
        }),
        stepOf('ambiguous', {
          effect: 'blocked',
          because: 'two candidates for claim shop/data-search-0',
          evidence: [
            {
              title: 'Candidates for shop/data-search-0',
              columns: ['volume', 'handle', 'size', 'zone', 'created', 'recorded owner'],
              rows: [
                [
                  'pv-a',
                  'vol-0aaaaaaaaaaaaaaaa',
                  '10Gi',
                  'eu-central-1a',
                  '2026-03-01T10:00:00Z',
                  'shop/data-search-0',
                ],
                [
                  'pv-b',
                  'vol-0bbbbbbbbbbbbbbbb',
                  '10Gi',
                  'eu-central-1b',
                  '2026-11-21T02:55:00Z',
                  'shop/data-search-0',
                ],
              ],
            },
          ],
        }),
      ],
    },
    {
      id: 'service',
      title: 'Back in service',
      needs: ['volumes'],
      steps: [
        stepOf('ready', {
          uses: 'kube/wait',
          effect: 'unknown',
          because: 'needs what rebind does',
          until: 'rebind',
          envelope: [
            {
              endpoint: 'cluster',
              verbs: ['create', 'patch'],
              kinds: ['Deployment', 'Service'],
              namespaces: ['shop'],
              atMost: 12,
              worst: 'disruptive',
            },
          ],
          opaqueChecks: ['curl --fail https://shop.example.com/healthz'],
        }),
      ],
    },
  ]);
}

export function linesOf(
  events: readonly JournalEvent[],
  from = '2026-11-21T03:00:00.000Z',
  everyMs = 30_000,
): JournalLine[] {
  return events.map((event, index) => ({
    v: 1,
    seq: index + 1,
    epoch: 1,
    at: new Date(Date.parse(from) + index * everyMs).toISOString(),
    prev: '',
    event,
  }));
}

export function opened(more: Partial<JournalEvent & { type: 'run.opened' }> = {}): JournalEvent {
  const digest = digestOf('x');
  return {
    type: 'run.opened',
    run: 'namespace-deleted-20261121-030000-ab12',
    drctl: '0.1.0',
    runbook: { name: 'namespace-deleted', file: 'namespace-deleted.yaml', digest, blob: digest },
    stepDigests: { retain: digest, snapshot: digest },
    parameters: { digest, blob: digest },
    manifests: {},
    target: { name: 'prod-eu', class: 'production', identity: IDENTITY },
    driver: { account: 'alice', host: 'bastion-1', pid: 4711 },
    impactAt: '2026-11-21T02:50:00.000Z',
    options: {},
    ...more,
  };
}

export function begun(step: string, name: string, change: Change, once = false): JournalEvent {
  return {
    type: 'changes.began',
    step,
    changes: [{ id: `${step}/${name}/1`, item: name, digest: digestOf(change), change, once }],
  };
}

export function ended(
  step: string,
  name: string,
  outcome: 'done' | 'unknown' | 'not-performed' = 'done',
): JournalEvent {
  return { type: 'changes.ended', step, results: [{ id: `${step}/${name}/1`, outcome }] };
}

/** A run that was left in the middle of things: one step done, one open with a lost Change, a question, an exception. */
export function leftLines(): JournalLine[] {
  const question = {
    id: 'rebind:type-target:abc',
    kind: 'type-target' as const,
    step: 'rebind',
    subject: digestOf('subject'),
    text: "Each claim below is bound to the volume beside it. Type the target's name to go on",
    choices: [],
  };
  const skipped = {
    id: 'announce:trouble:1',
    kind: 'trouble' as const,
    step: 'announce',
    subject: digestOf('s'),
    text: 'stuck',
    choices: [],
  };
  return linesOf([
    opened(),
    { type: 'step.began', step: 'retain', when: true },
    begun('retain', 'pv-1', retain('pv-1')),
    ended('retain', 'pv-1'),
    { type: 'step.ended', step: 'retain', end: 'done', because: '1 Change' },
    { type: 'question.asked', question: skipped },
    {
      type: 'question.answered',
      id: skipped.id,
      step: 'announce',
      subject: skipped.subject,
      answer: { value: 'skip', by: 'alice', via: 'terminal', because: 'the status page is down too' },
    },
    { type: 'step.ended', step: 'announce', end: 'skipped', because: 'the status page is down too' },
    { type: 'step.began', step: 'quiet', when: true },
    begun('quiet', 'web', scaleDown('web'), true),
    ended('quiet', 'web', 'unknown'),
    { type: 'question.asked', question },
    { type: 'run.paused', because: 'interrupted at a question', waitingFor: ['rebind'] },
  ]);
}

export function stateOf(lines: readonly JournalLine[]): RunState {
  return foldRun(lines);
}
