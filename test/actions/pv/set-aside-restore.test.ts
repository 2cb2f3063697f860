import { afterEach, expect, it } from 'vitest';
import { ACTIONS } from '../../../src/actions/index.ts';
import type { Planned } from '../../../src/model/action.ts';
import type { Json } from '../../../src/model/json.ts';
import type { ApiClient } from '../../../src/sandbox/types.ts';
import { core, until, VeleroPlace } from '../../sandbox/velero/place.ts';
import { Bench, nextChange } from '../law-bench.ts';
import { itemsOf } from '../planning.ts';

const impactAt = '2026-11-20T12:00:00Z';
const SETS = { group: 'apps', version: 'v1', resource: 'statefulsets' };
const names = [0, 1, 2].map((ordinal) => `data-zookeeper-${ordinal}`);
const STEPS = {
  'pv/set-aside': { namespace: 'shop', statefulSets: { zookeeper: { data: 3 } } },
  'velero/restore': {
    namespace: 'shop',
    volumes: 'restore-data',
    include: ['persistentvolumes', 'persistentvolumeclaims'],
    selector: { app: 'zookeeper' },
    expect: names.map((name) => ({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', name })),
  },
  'kube/start': { namespace: 'shop', statefulSets: ['zookeeper'] },
} satisfies Record<string, Json>;

let bench: Bench | undefined;
afterEach(() => bench?.close());

async function planStep(laid: Bench, name: keyof typeof STEPS): Promise<Planned> {
  const action = ACTIONS.find((one) => one.name === name)!;
  const seen = await action.observe(STEPS[name], laid.world, laid.situation);
  return action.plan(STEPS[name], seen, laid.situation);
}

async function carryOut(laid: Bench, name: keyof typeof STEPS): Promise<void> {
  await until(`${name} to be done`, async () => {
    const planned = await planStep(laid, name);
    if (planned.effect !== 'changes') return planned.effect === 'satisfied';
    const next = nextChange(itemsOf(planned));
    if (next) await laid.perform(next);
    return false;
  });
}

async function startZookeeper(api: ApiClient): Promise<void> {
  await api.create(SETS, {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'zookeeper', namespace: 'shop' },
    spec: {
      serviceName: 'zookeeper',
      replicas: 3,
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: { app: 'zookeeper' } },
      template: {
        metadata: { labels: { app: 'zookeeper' } },
        spec: { containers: [{ name: 'zookeeper', image: 'sandbox/member:1' }] },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: {
            accessModes: ['ReadWriteOnce'],
            storageClassName: 'gp3-now',
            resources: { requests: { storage: '1Gi' } },
          },
        },
      ],
    },
  });
  await allBound(api);
}

async function volumesOf(api: ApiClient): Promise<string[]> {
  const { items } = await api.list(core('persistentvolumeclaims'), { namespace: 'shop' });
  const bound = items.filter(({ status }) => (status as { phase?: string } | undefined)?.phase === 'Bound');
  return bound.map(({ spec }) => (spec as { volumeName: string }).volumeName);
}

async function allBound(api: ApiClient): Promise<void> {
  await until('three claims to be Bound', async () => (await volumesOf(api)).length === 3);
}

/** The old volumes are gone with their claims; a revert has made the set again, on new, empty ones. */
async function lay(): Promise<{ laid: Bench; place: VeleroPlace }> {
  let place: VeleroPlace | undefined;
  const laid = await Bench.lay({
    action: 'pv/set-aside',
    name: 'a test',
    input: STEPS['pv/set-aside'],
    situation: { impactAt },
    lay: async (sandbox) => {
      place = await VeleroPlace.install(sandbox);
      await startZookeeper(place.api);
      await place.backUp('2026-11-20T11:00:00Z');
      await place.deleteShop();
      await until('the old volumes to be gone', () =>
        Promise.resolve(Object.keys(sandbox.cloud.state.volumes).length === 0),
      );
      await place.apply('{apiVersion: v1, kind: Namespace, metadata: {name: shop}}');
      await startZookeeper(place.api);
    },
  });
  bench = laid;
  return { laid, place: place! };
}

it('hasty claims are set aside, restored from the backup, and only then their members start again', async () => {
  const { laid, place } = await lay();
  const hasty = await volumesOf(place.api);
  expect(await planStep(laid, 'kube/start')).toMatchObject({ effect: 'satisfied' });

  await carryOut(laid, 'pv/set-aside');
  expect(await planStep(laid, 'kube/start')).toMatchObject({
    effect: 'blocked',
    because: expect.stringContaining('waits for its claim data-zookeeper-0: it is not there') as string,
  });

  await carryOut(laid, 'velero/restore');
  await allBound(place.api);
  const { spec } = await place.api.get(SETS, 'zookeeper', 'shop');
  expect((spec as { replicas: number }).replicas).toBe(0);

  await carryOut(laid, 'kube/start');
  await until('three members to run', async () => {
    const { items } = await place.api.list(core('pods'), { namespace: 'shop' });
    return items.filter(({ status }) => (status as { phase?: string } | undefined)?.phase === 'Running').length === 3;
  });
  const restored = await volumesOf(place.api);
  expect(restored.filter((volume) => hasty.includes(volume))).toEqual([]);
  const made = Object.values(place.sandbox.cloud.state.volumes);
  expect(made).toHaveLength(6);
  expect(made.filter(({ snapshotId }) => snapshotId !== undefined)).toHaveLength(3);
  // and what was done stays done, when it is looked at again
  for (const step of Object.keys(STEPS) as (keyof typeof STEPS)[])
    expect(await planStep(laid, step)).toMatchObject({ effect: 'satisfied' });
});
