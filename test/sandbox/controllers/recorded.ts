import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject, WatchEventType } from '../../../src/sandbox/types.ts';

/** One thing that happened on the recorded cluster: a request of the recorder, or an event on one of its watches. */
interface Step {
  ms: number;
  action?: { method: string; path: string; body?: unknown; 'content-type'?: string };
  status?: number;
  watch?: WatchEventType;
  resource?: string;
  object?: KubeObject;
}

export interface Timeline {
  name: string;
  about: string;
  steps: Step[];
}

const file = new URL('../../fixtures/recordings/controllers.json', import.meta.url);
export const timelines = (JSON.parse(readFileSync(file, 'utf8')) as { timelines: Timeline[] }).timelines;

/** By object (`kind/name`), what was seen of it in order; the same thing seen twice in a row counts once. */
export type Story = Map<string, string[]>;

export function storyOf(events: readonly { watch: WatchEventType; object: KubeObject }[]): Story {
  const story: Story = new Map();
  for (const { watch, object } of events) {
    const shown = shownAs(watch, object);
    if (shown === undefined) continue;
    const key = `${object.kind}/${nameIn(object)}`;
    const seen = story.get(key) ?? [];
    story.set(key, seen);
    if (seen.at(-1) !== shown) seen.push(shown);
  }
  return story;
}

/** An attachment is named by node and disk, which differ; its volume does not. */
function nameIn(object: KubeObject): string {
  const source = (object['spec'] as { source?: { persistentVolumeName?: string } } | undefined)?.source;
  return source?.persistentVolumeName ?? object.metadata.name ?? '';
}

type Scalar = string | number | boolean | undefined;
type Loose = Record<string, Record<string, Scalar> | undefined>;

/** What matters of an object in a story: what a controller decided, not when, nor with which uid. */
function shownAs(watch: WatchEventType, object: KubeObject): string | undefined {
  const { spec = {}, status = {} } = object as unknown as Loose;
  const { deletionTimestamp, finalizers = [], annotations = {} } = object.metadata;
  const life = watch === 'DELETED' ? 'gone' : deletionTimestamp === undefined ? '' : 'Terminating';
  const parts = (...more: unknown[]): string =>
    [life, ...more].filter((part) => part !== '' && part !== undefined).join(' ');
  switch (object.kind) {
    case 'PersistentVolume':
      return parts(status['phase'], claimRefOf(spec['claimRef']));
    case 'PersistentVolumeClaim': {
      const marks = Object.keys(annotations).filter((name) => name.startsWith('pv.kubernetes.io/'));
      return parts(status['phase'], spec['volumeName'], ...marks.toSorted());
    }
    case 'Namespace':
      return parts(status['phase'], conditionsOf(status['conditions']));
    case 'VolumeAttachment':
      return life === '' ? parts(status['attached'], ...finalizers) : parts(status['attached']);
    case 'Pod':
      return parts(status['phase'], spec['nodeName'] === undefined ? '' : 'on a node', isReady(status['conditions']));
    case 'StatefulSet':
      return parts(
        `of ${String(spec['replicas'])}: ${String(status['replicas'] ?? 0)} made, ${String(status['readyReplicas'] ?? 0)} ready`,
      );
    case 'Deployment': {
      const counts = [status['replicas'], status['updatedReplicas'], status['readyReplicas']].map((count) =>
        String(count ?? 0),
      );
      return parts(`of ${String(spec['replicas'])}: ${counts[0]} made, ${counts[1]} updated, ${counts[2]} ready`);
    }
    case 'ReplicaSet':
      return parts(`of ${String(spec['replicas'])}`);
    case 'Secret':
      return parts(...Object.keys(object['data'] ?? {}).toSorted(), ...Object.keys(annotations).toSorted());
    case 'ServiceAccount':
      return parts('there');
    default:
      return undefined;
  }
}

function claimRefOf(ref: unknown): string {
  if (ref === undefined) return 'for nobody';
  return (ref as { uid?: string }).uid === undefined ? 'reserved' : 'with uid';
}

function conditionsOf(conditions: unknown): string {
  const all = (conditions ?? []) as { type: string; status: string; message: string }[];
  return all
    .map(({ type, status, message }) => (status === 'True' ? `${type}: ${message}` : ''))
    .filter(Boolean)
    .join('; ');
}

function isReady(conditions: unknown): string {
  const all = (conditions ?? []) as { type: string; status: string }[];
  return all.some(({ type, status }) => type === 'Ready' && status === 'True') ? 'Ready' : '';
}

/** Resolves when nothing was heard for `quietMs`. */
export async function untilQuiet(lastHeard: () => number, quietMs: number): Promise<void> {
  const began = performance.now();
  while (performance.now() - Math.max(lastHeard(), began) < quietMs) await sleep(10);
}
