import { afterEach, describe, expect, it } from 'vitest';
import { ACTIONS } from '../../../src/actions/index.ts';
import type { Json } from '../../../src/model/json.ts';
import { core, until, VeleroPlace } from '../../sandbox/velero/place.ts';
import { carryOut, items } from '../argocd/bench.ts';
import { Bench } from '../law-bench.ts';
import { DATA, layClaim, layLostAndSetAside, phaseOf, SETTINGS } from './worlds.ts';

const IMPACT = '2026-11-20T12:00:00Z';
const RESTORES = { group: 'velero.io', version: 'v1', resource: 'restores' };

let bench: Bench | undefined;
afterEach(async () => {
  await bench?.close();
  bench = undefined;
});

async function lay(
  input: { readonly [key: string]: Json },
  how: (place: VeleroPlace) => Promise<unknown>,
  impactAt: string | undefined = IMPACT,
): Promise<{ bench: Bench; place: VeleroPlace }> {
  let place: VeleroPlace | undefined;
  bench = await Bench.lay({
    action: 'velero/restore',
    name: 'a test',
    input: { namespace: 'shop', expect: [SETTINGS], ...input },
    situation: impactAt === '' ? {} : { impactAt },
    lay: async (sandbox) => {
      place = await VeleroPlace.install(sandbox);
      await how(place);
    },
  });
  if (!place) throw new Error('nothing was laid out');
  return { bench, place };
}

it('takes the newest backup of before the impact, not the newest there is, and says what is lost', async () => {
  const { bench, place } = await lay({ schedule: 'hourly' }, async (there) => {
    await there.backUp('2026-11-20T10:00:00Z');
    await there.backUp('2026-11-20T11:30:00Z');
    await there.deleteShop();
    await there.backUp('2026-11-20T12:30:00Z');
  });
  const [item] = items(await bench.plan());
  expect(item?.because).toBe(
    'from backup hourly-20261120113000, begun 2026-11-20T11:30:00Z: the last 30m before the impact are not in it',
  );
  expect(item?.changes[0]).toMatchObject({
    risk: 'opaque',
    after: {
      spec: {
        backupName: 'hourly-20261120113000',
        includedNamespaces: ['shop'],
        excludedResources: ['persistentvolumes', 'persistentvolumeclaims'],
        restorePVs: false,
      },
    },
  });
  await carryOut(bench);
  expect((await place.api.get(core('configmaps'), 'settings', 'shop'))['data']).toEqual({ x: '1' });
});

describe('is blocked', () => {
  it('while nobody has said when the disaster began', async () => {
    const { bench } = await lay({}, (place) => place.deleteShop(), '');
    expect(await bench.plan()).toMatchObject({
      effect: 'blocked',
      because: expect.stringContaining('--impact-at') as string,
    });
  });

  it('where every complete backup was begun after the impact', async () => {
    const { bench } = await lay({}, async (place) => {
      await place.deleteShop();
      await place.backUp('2026-11-20T12:30:00Z');
    });
    expect(await bench.plan()).toMatchObject({
      effect: 'blocked',
      guards: [{ name: 'no-backup', overridable: false }],
    });
  });

  it('where the backup is markedly smaller than the one before it', async () => {
    const { bench } = await lay({}, async (place) => {
      await place.backUp('2026-11-20T10:00:00Z');
      await place.deleteShop();
      await place.backUp('2026-11-20T11:00:00Z');
    });
    expect(await bench.plan()).toMatchObject({ effect: 'blocked', guards: [{ name: 'smaller', overridable: true }] });
  });

  it('where the backup runs out within a day (trap 25)', async () => {
    const { bench } = await lay(
      {},
      async (place) => {
        await place.api.patch(
          { group: 'velero.io', version: 'v1', resource: 'schedules' },
          'hourly',
          'velero',
          'merge',
          { spec: { template: { ttl: '36h' } } },
        );
        await place.backUp(new Date(Date.now() - 20 * 3_600_000).toISOString());
        await place.deleteShop();
      },
      new Date(Date.now() - 3_600_000).toISOString(),
    );
    expect(await bench.plan()).toMatchObject({ effect: 'blocked', guards: [{ name: 'expires', overridable: true }] });
  });

  it('where data is to be restored beside a volume that survives (trap 23)', async () => {
    const { bench, place } = await lay({ volumes: 'restore-data' }, async (there) => {
      await layClaim(there, 'Retain');
      for (const volume of Object.values(there.sandbox.cloud.state.volumes))
        volume.createdAt = Date.parse('2026-11-01T00:00:00Z');
      await there.backUp('2026-11-20T11:00:00Z');
      await there.deleteShop();
    });
    expect(await bench.plan()).toMatchObject({
      effect: 'blocked',
      because: expect.stringContaining('point the claims back') as string,
    });
    expect((await place.api.list(RESTORES)).items).toEqual([]);
  });

  it('where data is to be restored while the hasty claim still stands in its place', async () => {
    const { bench } = await lay({ expect: [SETTINGS], volumes: 'restore-data' }, async (there) => {
      await there.backUp('2026-11-20T11:00:00Z');
      await there.api.delete(core('configmaps'), 'settings', 'shop');
      await phaseOf(there, await layClaim(there), 'Bound');
    });
    expect(await bench.plan()).toMatchObject({
      effect: 'blocked',
      because: expect.stringContaining('of data survives') as string,
    });
  });
});

it('restores the data of a lost volume beside the new one that was set aside, which stays as it is', async () => {
  let kept = '';
  const { bench, place } = await lay({ expect: [SETTINGS, DATA], volumes: 'restore-data' }, async (there) => {
    kept = await layLostAndSetAside(there);
  });
  await carryOut(bench);
  const volume = await until('bound', async () => {
    const { spec, status } = await place.api.get(core('persistentvolumeclaims'), 'data', 'shop');
    return (status as { phase?: string }).phase === 'Bound' && (spec as { volumeName: string }).volumeName;
  });
  expect(volume).not.toBe(kept);
  expect(Object.values(place.sandbox.cloud.state.volumes).map(({ snapshotId }) => snapshotId !== undefined)).toEqual([
    false,
    true,
  ]);
  await phaseOf(place, kept, 'Released');
});

it('is not finished while an expected object is missing, though the restore is complete (trap 26)', async () => {
  const { bench, place } = await lay(
    { expect: [SETTINGS, { apiVersion: 'v1', kind: 'ConfigMap', name: 'never-backed-up' }] },
    async (there) => {
      await there.backUp('2026-11-20T11:00:00Z');
      await there.deleteShop();
    },
  );
  const [item] = items(await bench.plan());
  await bench.perform(item!.changes[0]!);
  const waiting = await until('complete', async () => {
    const planned = await bench.plan();
    return /is Completed, but/.test(planned.because ?? '') && planned;
  });
  expect(items(waiting)[0]).toMatchObject({
    ready: 0,
    because: expect.stringContaining('ConfigMap never-backed-up is not there') as string,
  });
  expect((await place.api.list(RESTORES)).items).toHaveLength(1);
});

it('waits through every phase that is no end, with its progress (trap 24)', async () => {
  const { bench, place } = await lay({}, async (there) => {
    await there.backUp('2026-11-20T11:00:00Z');
    await there.deleteShop();
  });
  const [item] = items(await bench.plan());
  await bench.perform(item!.changes[0]!);
  const name = item!.changes[0]!.object.name;
  await place.api
    .patch(RESTORES, name, 'velero', 'merge', { metadata: { annotations: { 'sandbox.drctl/stall': 'true' } } })
    .catch(() => undefined);
  await until('over or waiting', async () => {
    const planned = await bench.plan();
    return planned.effect === 'satisfied' || items(planned)[0]?.progress !== undefined;
  });
});

it('says what it reads too, for the rights that drctl prints, and writes a Restore alone', () => {
  const action = ACTIONS.find(({ name }) => name === 'velero/restore');
  const scopes = action?.touches({ namespace: 'shop', veleroNamespace: 'velero', expect: [SETTINGS] }) ?? [];
  const kinds = scopes.flatMap((scope) => scope.kinds);
  expect(kinds).toEqual(expect.arrayContaining(['Backup', 'BackupStorageLocation', 'PersistentVolume', SETTINGS.kind]));
  const written = scopes.filter(({ verbs }) => verbs.length > 0).flatMap((scope) => scope.kinds);
  expect(new Set(written)).toEqual(new Set(['Restore']));
});
