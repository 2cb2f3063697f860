import { randomBytes } from 'node:crypto';
import type { ApiClient, KubeObject } from '../types.ts';
import { isNotFound } from './failures.ts';
import { nameOf, referenceTo, timestamp, uidOf } from './objects.ts';
import { RESOURCES } from './resources.ts';

/** client-go's spam filter lets 25 events through for one object at once, then one in five minutes: kept here as a bound. */
const MOST_PER_OBJECT = 25;
const MOST_REMEMBERED = 4_096;

export type EventType = 'Normal' | 'Warning';

export interface EventRecorder {
  /** Records and returns: an event that cannot be written never stops a controller. */
  record(about: KubeObject, type: EventType, reason: string, message: string): void;
  /** Resolves when what was recorded so far is written. */
  settled(): Promise<void>;
}

interface Remembered {
  name: string;
  count: number;
}

/** An event said again is counted on the same Event object, as client-go's correlator does. */
export function eventRecorder(client: ApiClient, component: string, now: () => Date): EventRecorder {
  const remembered = new Map<string, Remembered>();
  const perObject = new Map<string, number>();
  let last: Promise<void> = Promise.resolve();

  function record(about: KubeObject, type: EventType, reason: string, message: string): void {
    const spent = (perObject.get(uidOf(about)) ?? 0) + 1;
    if (spent > MOST_PER_OBJECT) return;
    remember(perObject, uidOf(about), spent);
    const said = { about, type, reason, message };
    last = last.then(() => write(said)).catch(() => undefined);
  }

  async function write({ about, type, reason, message }: Said): Promise<void> {
    const key = [uidOf(about), type, reason, message].join('\n');
    const before = remembered.get(key);
    const at = timestamp(now());
    if (before !== undefined && (await repeat(about, before, at))) return;
    const name = `${nameOf(about)}.${randomBytes(8).toString('hex')}`;
    remember(remembered, key, { name, count: 1 });
    await client.create(RESOURCES.events, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace: about.metadata.namespace ?? 'default' },
      involvedObject: referenceTo(about),
      reason,
      message,
      type,
      source: { component },
      firstTimestamp: at,
      lastTimestamp: at,
      count: 1,
      reportingComponent: component,
      reportingInstance: '',
    });
  }

  async function repeat(about: KubeObject, before: Remembered, at: string): Promise<boolean> {
    before.count += 1;
    const patch = { count: before.count, lastTimestamp: at };
    try {
      await client.patch(RESOURCES.events, before.name, about.metadata.namespace ?? 'default', 'merge', patch);
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  return { record, settled: () => last };
}

interface Said {
  about: KubeObject;
  type: EventType;
  reason: string;
  message: string;
}

function remember<V>(memory: Map<string, V>, key: string, value: V): void {
  memory.delete(key);
  memory.set(key, value);
  const [oldest] = memory.keys();
  if (memory.size > MOST_REMEMBERED && oldest !== undefined) memory.delete(oldest);
}
