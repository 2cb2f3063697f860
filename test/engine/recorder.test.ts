import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Recorder } from '../../src/engine/recorder.ts';
import { changeDigestOf, type Change } from '../../src/model/change.ts';
import type { BegunChange, JournalEvent } from '../../src/model/journal.ts';
import type { Journal } from '../../src/ports/run-store.ts';
import { createLocalStore } from '../../src/store/local.ts';
import { thisDriver } from '../../src/store/driver.ts';
import { systemClock } from '../../src/world/clock.ts';

let dir: string;
let journal: Journal;
let recorder: Recorder;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'drctl-recorder-'));
  const store = createLocalStore({ directory: dir, clock: systemClock, tell: () => undefined });
  journal = await store.create('r', thisDriver(systemClock.now()));
  recorder = new Recorder(journal);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function begun(name: string, once = false): BegunChange {
  const object = { endpoint: 'cluster', apiVersion: 'v1', kind: 'ConfigMap', namespace: 'n', name } as const;
  const change: Change = { kind: 'kube/patch', object, before: null, after: null, risk: 'safe', body: {} };
  return { id: `s/${name}/1`, item: name, digest: changeDigestOf(change), change, once };
}

const many = (count: number): BegunChange[] => Array.from({ length: count }, (_, index) => begun(`c-${index}`));
const done = (id: string) => ({ id, outcome: 'done' }) as const;
const sizes = (type: JournalEvent['type']): number[] =>
  journal.lines().flatMap(({ event }) => {
    if (event.type !== type) return [];
    if (event.type === 'changes.began') return event.changes.length;
    return event.type === 'changes.ended' ? event.results.length : 1;
  });

describe('what many Changes say at once', () => {
  it('shares an append, a few dozen at most', async () => {
    await Promise.all(many(80).map((one) => recorder.begin('s', one)));
    expect(sizes('changes.began')).toEqual([32, 32, 16]);
    expect(recorder.state.steps['s']?.changes).toHaveLength(80);
  });

  it('a Change that may not be repeated goes alone', async () => {
    await Promise.all([begun('a'), begun('b', true), begun('c')].map((one) => recorder.begin('s', one)));
    expect(sizes('changes.began').toSorted((a, b) => a - b)).toEqual([1, 2]);
    const alone = journal.lines().find(({ event }) => event.type === 'changes.began' && event.changes.length === 1);
    expect(alone?.event).toMatchObject({ changes: [{ item: 'b' }] });
  });

  it('results and intents go together, results first, each under its own step', async () => {
    const [a, b] = [begun('a'), begun('b')];
    await Promise.all([recorder.begin('s', a), recorder.begin('t', b)]);
    await Promise.all([recorder.begin('t', begun('c')), recorder.end('s', done(a.id)), recorder.end('t', done(b.id))]);
    const last = journal.lines().slice(-3);
    expect(last.map(({ event }) => [event.type, 'step' in event && event.step])).toEqual([
      ['changes.ended', 's'],
      ['changes.ended', 't'],
      ['changes.began', 't'],
    ]);
    // all lines of one append or none
    expect(last.map(({ more }) => more)).toEqual([2, 1, undefined]);
  });

  it('waits a moment for those that are under way, but not when there are none', async () => {
    const [a, b, c] = [begun('a'), begun('b'), begun('c')];
    await Promise.all([a, b, c].map((one) => recorder.begin('s', one)));
    const first = recorder.end('s', done(a.id));
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    await Promise.all([first, recorder.end('s', done(b.id)), recorder.end('s', done(c.id))]);
    expect(sizes('changes.ended')).toEqual([3]);
  });

  it('does not wait for one that takes long', async () => {
    const [slow, quick] = [begun('slow'), begun('quick')];
    await Promise.all([slow, quick].map((one) => recorder.begin('s', one)));
    await recorder.end('s', done(quick.id));
    expect(sizes('changes.ended')).toEqual([1]);
    await recorder.end('s', done(slow.id));
    expect(sizes('changes.ended')).toEqual([1, 1]);
  });

  it('is not in the state before it is durable', async () => {
    const written = recorder.begin('s', begun('a'));
    expect(recorder.state.steps['s']).toBeUndefined();
    await written;
    expect(recorder.state.steps['s']?.changes).toHaveLength(1);
  });

  it('a failed append reaches everybody who shared it', async () => {
    await journal.release();
    const all = await Promise.allSettled(many(3).map((one) => recorder.begin('s', one)));
    expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    await expect(recorder.record({ type: 'run.paused', because: '', waitingFor: [] })).rejects.toMatchObject({
      code: 'JournalReleased',
    });
  });
});
