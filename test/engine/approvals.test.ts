import { expect, test } from 'vitest';
import { Approvals } from '../../src/engine/approvals.ts';
import type { Change, Item } from '../../src/model/change.ts';
import type { PlannedStep } from '../../src/model/plan.ts';
import { MemoryPlace } from './world/memory-store.ts';

const changeOf = (name: string, to: string): Change => ({
  kind: 'kube/patch',
  object: { endpoint: 'cluster', apiVersion: 'v1', kind: 'PersistentVolume', name, uid: `uid-of-${name}` },
  before: { spec: { persistentVolumeReclaimPolicy: 'Delete' } },
  after: { spec: { persistentVolumeReclaimPolicy: to } },
  risk: 'safe',
  body: { type: 'merge' },
  because: 'kept',
});

const itemOf = (key: string, ...changes: Change[]): Item => ({ key, changes, ready: changes.length, because: 'now' });

const stepOf = (...items: Item[]): PlannedStep => ({
  id: 'retain',
  phase: 'volumes',
  title: 'Keep the volumes',
  uses: 'pv/retain',
  effect: 'changes',
  because: '',
  items,
});

function approvals(...approved: Item[]): Approvals {
  const made = new Approvals(new MemoryPlace(() => true).open(Date.now).blobs);
  made.acceptStep(stepOf(...approved), 1);
  return made;
}

test('what is planned again as it was approved is the approved Change itself, also when a part of it is done', () => {
  const [first, second] = [changeOf('a', 'Retain'), changeOf('b', 'Retain')];
  const known = approvals(itemOf('one', first, second));
  const again = known.sharing(stepOf({ ...itemOf('one', structuredClone(second)), because: 'later' }));
  expect(again.items[0]?.changes[0]).toBe(second);
  expect(again.items[0]).toMatchObject({ because: 'later', ready: 1 });
});

test('what differs in anything, even in why, stays what was planned now', () => {
  const known = approvals(itemOf('one', changeOf('a', 'Retain')));
  for (const change of [changeOf('a', 'Recycle'), { ...changeOf('a', 'Retain'), because: 'another reason' }])
    expect(known.sharing(stepOf(itemOf('one', change))).items[0]?.changes[0]).toBe(change);
  const elsewhere = changeOf('a', 'Retain');
  expect(known.sharing(stepOf(itemOf('two', elsewhere))).items[0]?.changes[0]).toBe(elsewhere);
});

test('a step that nobody has approved is left alone', () => {
  const planned = stepOf(itemOf('one', changeOf('a', 'Retain')));
  expect(new Approvals(new MemoryPlace(() => true).open(Date.now).blobs).sharing(planned)).toBe(planned);
});
