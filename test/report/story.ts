import { encodeLines, NO_LINES } from '../../src/journal/chain.ts';
import type { Change } from '../../src/model/change.ts';
import { digestOf, digestOfText } from '../../src/model/digest.ts';
import type { ChangeResult, JournalEvent, JournalLine, RunOpened } from '../../src/model/journal.ts';
import type { Question } from '../../src/model/question.ts';

const T0 = Date.parse('2026-11-21T06:19:00Z');
const D = digestOfText('');

/** Tells a run minute by minute: `story().at(3, event)` is three minutes after the run was opened. */
export class Story {
  readonly lines: JournalLine[] = [];
  #head = NO_LINES;

  at(minutes: number, ...events: JournalEvent[]): this {
    const encoded = encodeLines(this.#head, 1, T0 + minutes * 60_000, events);
    this.lines.push(...encoded.lines);
    this.#head = encoded.head;
    return this;
  }
}

export function opened(more: Partial<RunOpened> = {}): RunOpened {
  return {
    type: 'run.opened',
    run: 'r-1',
    drctl: '0.1.0',
    runbook: { name: 'namespace-deleted', file: 'namespace-deleted.yaml', digest: D, blob: D },
    stepDigests: {},
    parameters: { digest: D, blob: D },
    manifests: {},
    target: {
      name: 'prod-eu',
      class: 'production',
      identity: {
        cluster: { kubeSystemUid: 'uid-ks', server: 'https://k' },
        aws: { account: '123456789012', region: 'eu-west-1' },
      },
    },
    driver: { account: 'ada', host: 'bastion', pid: 42 },
    impactAt: '2026-11-21T06:00:00Z',
    options: null,
    ...more,
  };
}

export function asked(id: string, step?: string, text = `go on with ${id}?`): JournalEvent {
  const question: Question = {
    id,
    kind: 'confirm',
    subject: digestOf(id),
    text,
    choices: [],
    ...(step !== undefined && { step }),
  };
  return { type: 'question.asked', question };
}

export function answered(id: string, step?: string, value = 'yes', because?: string): JournalEvent {
  const answer = { value, by: 'grace', via: 'terminal' as const, ...(because !== undefined && { because }) };
  return {
    type: 'question.answered',
    id,
    subject: digestOf(id),
    answer,
    ...(step !== undefined && { step }),
  };
}

export function stepBegan(step: string): JournalEvent {
  return { type: 'step.began', step, when: true };
}

export function stepEnded(
  step: string,
  end: 'done' | 'accepted' | 'unverified' = 'done',
  because = 'nothing is left',
): JournalEvent {
  return { type: 'step.ended', step, end, because };
}

export function sent(step: string, ...changes: Change[]): JournalEvent {
  return {
    type: 'changes.began',
    step,
    changes: changes.map((change) => ({
      id: idOf(step, change),
      item: 'i',
      digest: digestOf(change),
      change,
      once: false,
    })),
  };
}

export function came(
  step: string,
  change: Change,
  outcome: ChangeResult['outcome'] = 'done',
  more: Partial<ChangeResult> = {},
): JournalEvent {
  return { type: 'changes.ended', step, results: [{ id: idOf(step, change), outcome, ...more }] };
}

function idOf(step: string, change: Change): string {
  return `${step}/${change.object.name}/${change.kind}#1`;
}

export function change(more: Partial<Change> & Pick<Change, 'object'>): Change {
  return { kind: 'kube/patch', before: {}, after: {}, risk: 'safe', body: {}, ...more };
}

export function policy(name: string, from: string, to: string): Change {
  return change({
    object: { endpoint: 'cluster', apiVersion: 'v1', kind: 'PersistentVolume', name, uid: `uid-${name}` },
    before: { spec: { persistentVolumeReclaimPolicy: from } },
    after: { spec: { persistentVolumeReclaimPolicy: to } },
  });
}

export function scale(name: string, from: number, to: number): Change {
  return change({
    kind: 'kube/scale',
    object: { endpoint: 'cluster', apiVersion: 'apps/v1', kind: 'StatefulSet', namespace: 'shop', name },
    before: { spec: { replicas: from } },
    after: { spec: { replicas: to } },
  });
}
