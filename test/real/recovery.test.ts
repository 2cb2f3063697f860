import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { z } from 'zod';
import type { Broken } from '../../src/drill/break.ts';
import { RESOURCES } from '../../src/sandbox/controllers/resources.ts';
import { assertCode } from '../e2e/program.ts';
import { planShape, runShape } from '../e2e/shapes.ts';
import { approveAll } from './world/approving.ts';
import { parametersOf, RealPlace } from './world/place.ts';
import { ifNotFound, until, volumesOf } from './world/playground.ts';

// Both disasters happen side by side; one run after the other recovers, as one cluster has one run.
const places = await Promise.all([RealPlace.open(inject('cluster')), RealPlace.open(inject('cluster'))]);
const [deleted, hasty] = places;
const disasters = new Map<RealPlace, Broken>();

beforeAll(async () => {
  const breaking = [deleted.break('namespace-deleted'), hasty.break('namespace-deleted-hasty')] as const;
  await Promise.all(places.map((place) => place.addTarget('operator')));
  for (const [index, broken] of (await Promise.all(breaking)).entries())
    disasters.set(places[index] ?? deleted, broken);
});

afterAll(() => Promise.all(places.map((place) => place.close())));

function given(place: RealPlace): string[] {
  return ['namespace-deleted', '--target', 'operator', '--json', ...parametersOf(brokenIn(place))];
}

function brokenIn(place: RealPlace): Broken {
  const broken = disasters.get(place);
  if (broken === undefined) throw new Error('nothing was broken here');
  return broken;
}

/** Every claim on its own volume with its own content, nothing lost, nothing refused on the way, nothing left to do. */
async function expectRecovered(place: RealPlace): Promise<void> {
  const { before } = brokenIn(place);
  expect(place.playground.differences(before, await place.playground.state(place.namespace))).toEqual([]);
  expect(place.csi.cloud.deleted).toEqual([]);
  expect(place.writes('operator').filter(({ code }) => code >= 400)).toEqual([]);
  const ids = before.map(({ volumeId = '' }) => volumeId);
  expect(await place.csi.cloud.snapshotsOf(ids)).toEqual(Object.fromEntries(ids.map((id) => [id, 1])));
  assertCode(await place.run(['plan', ...given(place), '--detailed-exitcode']), 0);
}

describe('a namespace that was really deleted', () => {
  test('its volumes are Released; one of policy Delete is there only because it is attached', async () => {
    const released = await volumesOf(deleted.csi.api, deleted.namespace);
    expect(released.map(({ phase }) => phase)).toEqual(Array(7).fill('Released'));
    expect(released.filter(({ policy }) => policy === 'Delete').map(({ claim }) => claim)).toEqual(['data-ledger-0']);
  });

  test('an operator plans it without a write, deletion or blocked step', async () => {
    deleted.forgetAudit();
    const planned = await deleted.run(['plan', ...given(deleted)]);
    assertCode(planned, 0);
    expect(planShape.parse(planned.json()).summary).toMatchObject({ destructive: 0, blocked: 0 });
    expect(deleted.requests('operator').length).toBeGreaterThan(10);
    expect(deleted.writes('operator')).toEqual([]);
  });

  test('every claim comes back on its own volume with its own content, by the real program', async () => {
    const ended = await approveAll(deleted, ['run', ...given(deleted)]);
    assertCode(ended, 0);
    expect(runShape.parse(ended.json())).toMatchObject({ outcome: 'succeeded', waitingFor: [] });
    expect(deleted.writes('operator').filter(({ verb }) => verb.startsWith('delete'))).toEqual([]);
    await expectRecovered(deleted);
  });
});

describe('a namespace whose StatefulSets somebody applied again too early', () => {
  test('new, empty volumes are provisioned for its claims, and written to', async () => {
    const old = brokenIn(hasty).before.map(({ volumeId }) => volumeId);
    const now = await hasty.playground.state(hasty.namespace);
    expect(now).toHaveLength(7);
    expect(now.filter(({ volumeId, records }) => old.includes(volumeId) || records === 0)).toEqual([]);
  });

  test('they are swapped for the old ones, kept, and named in the leftovers', async () => {
    const state = await hasty.playground.state(hasty.namespace);
    const early = state.map(({ volumeId = '' }) => volumeId);
    hasty.forgetAudit();
    const ended = await approveAll(hasty, ['run', ...given(hasty)]);
    assertCode(ended, 0);
    const leftovers = JSON.stringify(z.looseObject({ leftovers: z.unknown() }).parse(ended.json()).leftovers);
    for (const id of early) {
      expect(leftovers).toContain(id);
      expect(await hasty.csi.cloud.describe(id)).toMatchObject({ id });
      expect(hasty.csi.cloud.content(id).writers).not.toEqual([]);
    }
    const removed = hasty.writes('operator').filter(({ verb }) => verb.startsWith('delete'));
    expect(removed.filter(({ path }) => !path.includes('/persistentvolumeclaims/'))).toEqual([]);
    expect(removed).toHaveLength(7);
    await expectRecovered(hasty);
  });
});

test('and without the hold and the runbook, data is really lost: policy Delete destroys the volume in EC2', async () => {
  const { api, cloud } = deleted.csi;
  // one that is not held
  const volume = (await volumesOf(api, deleted.namespace)).find(({ claim }) => claim === 'data-search-0');
  const { name, handle } = volume ?? { name: '', handle: '' };
  await api.patch(RESOURCES.volumes, name, undefined, 'merge', { spec: { persistentVolumeReclaimPolicy: 'Delete' } });
  await api.delete(RESOURCES.namespaces, deleted.namespace);
  await until(
    'rid of the volume',
    async () => (await api.get(RESOURCES.volumes, name).catch(ifNotFound)) === undefined,
  );
  expect(await cloud.describe(handle)).toBeUndefined();
  expect(cloud.findContent(handle)).toBeUndefined();
});
