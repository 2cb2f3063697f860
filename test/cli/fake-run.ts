import { setTimeout as sleep } from 'node:timers/promises';
import { digestOf } from '../../src/model/digest.ts';
import type { Question } from '../../src/model/question.ts';
import type { Notice } from '../../src/ports/host.ts';
import { useColour } from '../../src/cli/host-of.ts';
import { createTtyHost } from '../../src/cli/hosts/tty.ts';
import { Drain } from '../../src/engine/drain.ts';
import { listenToSignals } from '../../src/cli/signals.ts';

/**
 * A run that is none, to look at the terminal with: twelve steps in five phases, two lanes, waits with progress, questions.
 *   node test/cli/fake-run.ts [speed] [items]
 */
const speed = Number(process.argv[2] ?? 1);
const items = Number(process.argv[3] ?? 7);
const drain = new Drain();
const tty = createTtyHost({
  out: process.stdout,
  prefix: process.env['FAKE_PREFIX'] ?? 'DRILL',
  colour: useColour(process.stdout),
  now: Date.now,
});
const signals = listenToSignals(drain, (because) => tell('run.draining', { because }));

const PHASES = [
  ['protect', 'Nothing more is lost', ['retain', 'snapshot']],
  ['people', 'People know', ['announce']],
  ['volumes', 'Every claim back on its own volume', ['foundation', 'rebind', 'look-at-claims']],
  ['data', 'What keeps data', ['stateful', 'stateful-ready', 'look']],
  ['service', 'Back in service', ['open', 'ready', 'serving']],
] as const;

tty.expect({
  title: 'A deleted namespace comes home',
  rtoMs: 3_600_000,
  impactAt: new Date(Date.now() - 1_400_000).toISOString(),
  phases: PHASES.map(([id, title, steps]) => ({
    id,
    title,
    ...(id === 'volumes' && { objective: 1_200_000 }),
    steps: steps.map((step) => ({ id: step, title: `The step that is called ${step} and does what it says` })),
  })),
});

function tell(code: Notice['code'], data: Notice['data'], step?: string, level: Notice['level'] = 'info'): void {
  tty.host.tell({ code, level, data, ...(step !== undefined && { step }) });
}

async function pause(ms: number): Promise<void> {
  await sleep(ms / speed, undefined, { signal: drain.signal }).catch(() => undefined);
  if (drain.active) throw new Error('drained');
}

async function ask(kind: Question['kind'], step: string, more: Partial<Question> = {}): Promise<string> {
  const reply = await tty.host.ask(
    {
      id: `${step}:${kind}`,
      kind,
      step,
      subject: digestOf(step),
      text: `${step}: each claim below is bound to the volume beside it, and then nothing else happens`,
      choices: [
        { value: 'yes', label: 'yes, go on' },
        { value: 'no', label: 'no, stop here' },
      ],
      card: {
        title: `The step that is called ${step}`,
        where: [
          { name: 'target', value: 'prod-eu (production)' },
          { name: 'cluster', value: '5f3c9a9e-3a63-4e0c-9f47-a1b2c3d4e5f6' },
          { name: 'server', value: 'https://0123456789ABCDEF0123456789ABCDEF.gr7.eu-central-1.eks.amazonaws.com' },
          { name: 'account', value: '123456789012, eu-central-1' },
        ],
        what: [
          { label: 'kube/patch PersistentVolume', count: 7, risk: 'safe' },
          { label: 'kube/delete PersistentVolumeClaim', count: 2, risk: 'destructive' },
        ],
        details: ['shop/data-ledger-0: PersistentVolume pv-1, PersistentVolumeClaim shop/data-ledger-0'],
        evidence: [
          {
            title: 'Claims and their volumes',
            columns: ['claim', 'volume', 'size', 'zone'],
            rows: Array.from({ length: 7 }, (_, at) => [
              `shop/data-${at}`,
              `vol-0${at}aaaaaaaaaaaaa`,
              '1Gi',
              'eu-central-1a',
            ]),
          },
        ],
        reversible: 'yes, with `drctl undo`, while the world still shows what was written',
        lastBackup: 'snapshot snap-0123 of 02:14Z',
        whenNo: 'nothing of this step is done; the run pauses and can be resumed',
        decideBy: new Date(Date.now() + 200_000).toISOString(),
      },
      ...more,
    },
    drain.signal,
  );
  if ('answer' in reply && reply.answer.value !== 'no') return reply.answer.value;
  drain.start({ is: 'declined', because: JSON.stringify(reply) });
  throw new Error('drained');
}

async function changes(step: string, count: number): Promise<void> {
  tell('step.began', { title: `The step that is called ${step} and does what it says`, uses: 'pv/rebind' }, step);
  tell('step.planned', { effect: 'changes', because: '', changes: count }, step);
  for (let at = 0; at < count; at += 1) {
    const what = `PersistentVolume pvc-${at}: spec.claimRef.uid: 1234 → none`;
    tell('change.began', { item: `${at}`, id: `${step}/${at}/1`, what }, step);
    if (count < 100 || at % 50 === 0) await pause(400);
    tell('change.ended', { item: `${at}`, id: `${step}/${at}/1`, outcome: 'done', because: '' }, step);
  }
}

async function waits(step: string, seconds: number): Promise<void> {
  tell('step.began', { title: `The step that is called ${step}`, uses: 'kube/wait' }, step);
  for (let at = 0; at < seconds * 2; at += 1) {
    const progress = {
      value: at,
      total: seconds * 2,
      unit: 'members ready',
      rate: 2,
      leftMs: (seconds * 2 - at) * 500,
    };
    tell(
      'step.waiting',
      {
        because: 'StatefulSet shop/ledger: 1 of 3 members are ready',
        items: 1,
        elapsed: at * 500,
        limit: 90_000,
        progress,
      },
      step,
    );
    await pause(500);
  }
}

function end(step: string, how = 'done', because = '7 Changes'): void {
  tell('step.ended', { end: how, because }, step, how === 'done' || how === 'satisfied' ? 'info' : 'warning');
}

async function phase(id: string, work: () => Promise<void>): Promise<void> {
  tell('phase.began', { phase: id, title: id });
  await work();
  tell('phase.ended', { phase: id });
}

async function protect(): Promise<void> {
  await changes('retain', items);
  end('retain');
  await waits('snapshot', 3);
  end('snapshot', 'satisfied', 'nothing to do');
}

async function people(): Promise<void> {
  await pause(1_500);
  tell('step.began', { title: 'Say it on the status page', uses: 'human/task' }, 'announce');
  await ask('task', 'announce', {
    text: 'Say on the status page what is down since when, and that the data is safe and being brought back\n- The link of the announcement',
    choices: [
      { value: 'done', label: 'done' },
      { value: 'no', label: 'not now: pause the run' },
    ],
  });
  end('announce');
}

async function volumes(): Promise<void> {
  await changes('foundation', 5);
  end('foundation');
  await ask('type-target', 'rebind', { typed: 'prod-eu' });
  await changes('rebind', items);
  tell(
    'trouble',
    {
      because: 'the API answers 429, it asks for 2s',
      elapsed: 0,
      limit: 90_000,
      login: 'aws sso login --profile prod',
    },
    'rebind',
    'warning',
  );
  await pause(1_000);
  for (let at = 0; at < 5; at += 1) {
    tell(
      'check.waiting',
      {
        check: 'PersistentVolumeClaim (all): self.status.phase == "Bound"',
        because: '4 of 7 match',
        elapsed: at * 500,
        within: 120_000,
      },
      'rebind',
    );
    await pause(500);
  }
  tell('check.ended', { check: 'PersistentVolumeClaim', passed: true, because: '7 match' }, 'rebind');
  end('rebind');
  await ask('trouble', 'look-at-claims', {
    text: 'look-at-claims is blocked: two candidates',
    choices: [
      { value: 'again', label: 'plan again' },
      { value: 'skip', label: 'leave this step out', reason: true },
      { value: 'pause', label: 'pause the run' },
    ],
  });
  end('look-at-claims', 'skipped', 'nobody needs it');
}

async function rest(id: string, steps: readonly string[]): Promise<void> {
  await phase(id, async () => {
    for (const step of steps) {
      await waits(step, 2);
      end(step, 'satisfied', 'nothing to do');
    }
  });
}

try {
  tell('run.opened', {
    run: 'namespace-deleted-20261121-0301-x1',
    runbook: 'namespace-deleted',
    target: 'prod-eu',
    where: 'directory ~/.drctl',
  });
  await ask('confirm', 'the plan');
  const lanes = await Promise.allSettled([phase('protect', protect), phase('people', people)]);
  for (const lane of lanes) if (lane.status === 'rejected') throw lane.reason;
  await phase('volumes', volumes);
  await rest('data', ['stateful', 'stateful-ready', 'look']);
  await rest('service', ['open', 'ready', 'serving']);
} catch (error) {
  if (!drain.active) throw error;
  process.exitCode = 4;
} finally {
  await tty.close();
  signals.stop();
}
process.stdout.write(`DRILL ended: ${drain.reason?.because ?? 'all done'}\n`);
