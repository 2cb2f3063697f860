import { lostChanges, type ChangeState, type RunState, type StepState } from '../journal/fold.ts';
import type { Change } from '../model/change.ts';
import { isJsonObject, type Json } from '../model/json.ts';
import { labelOf, objectKeyOf } from '../model/object-ref.ts';
import { redact } from './redact.ts';
import { switchesOf, type Switch } from './switches.ts';
import { awsTags, inShell } from './take-back.ts';

/** What a run leaves behind that somebody must know of, and may want to take back. */
export interface Leftover {
  readonly kind: 'switch' | 'snapshot' | 'tags' | 'volume' | 'exception' | 'unknown' | 'unverified';
  /** An object, or a step. */
  readonly object: string;
  readonly what: string;
  readonly step: string;
  /** One command, to be typed by a person; absent where there is none. */
  readonly takeBack?: string;
  /** What to know before typing it. */
  readonly mind?: string;
}

/** From the Changes that were performed, and may have been; in the order in which they were. */
export function leftoversOf(state: Pick<RunState, 'steps' | 'exceptions' | 'opened'>): readonly Leftover[] {
  const performed = Object.values(state.steps)
    .flatMap((step) => step.changes.map((change) => ({ step: step.id, change })))
    .filter(({ change }) => change.outcome !== 'not-performed' && change.outcome !== 'settled-redo')
    .toSorted((a, b) => a.change.seq - b.change.seq);
  return [
    ...switchedOf(performed),
    ...performed.flatMap(({ step, change }) => made(step, change)),
    ...Object.values(state.steps).flatMap((step) => unfinished(step, state.opened?.run ?? 'RUN')),
    ...state.exceptions.map((one): Leftover => {
      const what = redact(`${one.what} by ${one.by}: ${one.because}`);
      return { kind: 'exception', object: `step ${one.step}`, what, step: one.step };
    }),
  ];
}

interface Performed {
  readonly step: string;
  readonly change: ChangeState;
}

/** A switch counts as left when what the run wrote last is not what it found at first, and its object is still there. */
function switchedOf(performed: readonly Performed[]): Leftover[] {
  const left = new Map<string, { first: Switch; last: Switch; step: string; change: Change }>();
  for (const { step, change: state } of performed) {
    const { change } = state.begun;
    const object = objectKeyOf(change.object);
    if (change.risk === 'destructive')
      for (const key of left.keys()) if (key.startsWith(`${object} `)) left.delete(key);
    // taking back the policy of a volume that has no claim any more would delete it: it is left as what it is, a volume kept
    const kept = keptVolumeOf(change);
    if (kept !== undefined) for (const key of left.keys()) if (key.startsWith(`${kept} `)) left.delete(key);
    for (const found of switchesOf(change)) {
      const key = `${object} ${found.path.join('/')}`;
      left.set(key, { first: left.get(key)?.first ?? found, last: found, step, change });
    }
  }
  return [...left.values()]
    .filter(({ first, last }) => JSON.stringify(first.before) !== JSON.stringify(last.after))
    .map(({ first, last, step, change }) => ({
      kind: 'switch',
      object: labelOf(change.object),
      what: `${last.name}: ${shown(first.before)} → ${shown(last.after)}`,
      step,
      takeBack: last.takeBack(change.object, clean(first.before)),
      ...(last.mind !== undefined && { mind: last.mind }),
    }));
}

/** The PersistentVolume behind a claim that the Change deletes, as `objectKeyOf` writes it. */
function keptVolumeOf({ risk, object, before }: Change): string | undefined {
  if (risk !== 'destructive' || object.kind !== 'PersistentVolumeClaim' || !isJsonObject(before)) return undefined;
  const name = isJsonObject(before['spec']) ? before['spec']['volumeName'] : undefined;
  if (typeof name !== 'string') return undefined;
  return objectKeyOf({ endpoint: object.endpoint, apiVersion: 'v1', kind: 'PersistentVolume', name });
}

function shown(value: Json): string {
  const text = clean(value);
  return text === null ? 'none' : typeof text === 'string' ? text : JSON.stringify(text);
}

/** Redacted before it is quoted: inside a quoted command a secret no longer looks like one. */
function clean(value: Json): Json {
  const text = JSON.stringify(value, (_key, part: unknown) => (typeof part === 'string' ? redact(part) : part));
  return JSON.parse(text) as Json;
}

/** New things in the cloud, and volumes whose claim was taken away. */
function made(step: string, { begun: { change }, result, outcome }: ChangeState): Leftover[] {
  const object = labelOf(change.object);
  const maybe = outcome === 'done' || outcome === 'settled-done' ? '' : ' (perhaps: its outcome is unknown)';
  const field = (value: Json | undefined, name: string): Json | undefined =>
    isJsonObject(value) ? value[name] : undefined;
  if (change.kind === 'ec2/create-snapshot') {
    const id = field(result, 'snapshotId') ?? field(result, 'id');
    const takeBack = typeof id === 'string' ? { takeBack: `aws ec2 delete-snapshot --snapshot-id ${inShell(id)}` } : {};
    const mind = 'keep it until the recovered data has been seen to be whole';
    return [
      {
        kind: 'snapshot',
        object,
        what: `snapshot ${typeof id === 'string' ? id : ''}${maybe}`,
        step,
        ...takeBack,
        mind,
      },
    ];
  }
  if (change.kind === 'ec2/create-tags') {
    const tags = field(change.after, 'tags');
    const keys = isJsonObject(tags) ? Object.keys(tags) : [];
    const what = `tags ${keys.join(', ')}${maybe}`;
    return [{ kind: 'tags', object, what, step, takeBack: awsTags(change.object.name, keys) }];
  }
  const volume = field(field(change.before, 'spec'), 'volumeName');
  if (change.risk !== 'destructive' || change.object.kind !== 'PersistentVolumeClaim' || typeof volume !== 'string')
    return [];
  const handle = field(field(change.body, 'proof'), 'handle');
  return [
    {
      kind: 'volume',
      object: `PersistentVolume ${volume}`,
      what: `its claim ${object} was deleted, the volume${typeof handle === 'string' ? ` ${handle}` : ''} was kept${maybe}`,
      step,
      takeBack: `kubectl get persistentvolume ${inShell(volume)} -o yaml`,
      mind: 'look at what is on it before anybody deletes it',
    },
  ];
}

function unfinished(step: StepState, run: string): Leftover[] {
  const lost = lostChanges(step).map((change): Leftover => {
    const { id, change: effect } = change.begun;
    const subject = id.startsWith(`${step.id}/`) ? id : `${step.id}/${id}`;
    const takeBack = `drctl settle ${run} ${inShell(subject)} --as done|redo|skip|accepted --because REASON`;
    const what = `${effect.kind}: nobody knows whether it was performed`;
    return { kind: 'unknown', object: labelOf(effect.object), what, step: step.id, takeBack };
  });
  if (step.end !== 'unverified' && step.end !== 'failed') return lost;
  const what = redact(`${step.end}: ${step.because}`);
  return [...lost, { kind: 'unverified', object: `step ${step.id}`, what, step: step.id }];
}
