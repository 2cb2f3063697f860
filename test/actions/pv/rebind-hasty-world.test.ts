import { afterEach, describe, expect, it } from 'vitest';
import { coverStep } from '../../../src/engine/cover.ts';
import type { Planned } from '../../../src/model/action.ts';
import type { Change, Item } from '../../../src/model/change.ts';
import { Bench, nextChange } from '../law-bench.ts';
import { LAW_WORLDS, until } from '../law-worlds.ts';

const open: Bench[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((bench) => bench.close()));
});

const SETS = { group: 'apps', version: 'v1', resource: 'statefulsets' };
const core = (resource: string) => ({ group: '', version: 'v1', resource });

async function layOut(): Promise<Bench> {
  const law = LAW_WORLDS.find(({ name }) => name === 'hasty claims of a StatefulSet whose pods run on new volumes');
  if (!law) throw new Error('the law world has another name by now');
  const bench = await Bench.lay(law);
  open.push(bench);
  return bench;
}

function itemsOf(planned: Planned): readonly Item[] {
  if (planned.effect === 'blocked') throw new Error(planned.because);
  return planned.effect === 'changes' ? planned.items : [];
}

/** Performs what is ready, one after the other, until `done` says so of what was performed last, or nothing is left. */
async function performUntil(bench: Bench, done: (change: Change) => boolean): Promise<Change[]> {
  const performed: Change[] = [];
  await until(async () => {
    const planned = await bench.plan();
    const next = nextChange(itemsOf(planned));
    if (!next) return planned.effect === 'satisfied';
    await bench.perform(next);
    performed.push(next);
    return done(next);
  });
  return performed;
}

const claims = async (bench: Bench) =>
  (await bench.sandbox.api('test').list(core('persistentvolumeclaims'), { namespace: 'shop' })).items;
const volumes = (bench: Bench): string[] => Object.keys(bench.sandbox.cloud.state.volumes).toSorted();

describe('pv/rebind over hasty claims while somebody works against it', () => {
  it('trap 13: the set is scaled up again in the middle: a moved world, and then each claim comes home all the same', async () => {
    const bench = await layOut();
    const first = itemsOf(await bench.plan());
    const done = await performUntil(bench, ({ kind }) => kind === 'kube/delete');
    const [deleted] = done.slice(-1);
    const api = bench.sandbox.api('somebody');
    await api.patch(SETS, 'kafka', 'shop', 'merge', { spec: { replicas: 3 } });
    await until(async () =>
      (await claims(bench)).some(
        ({ metadata, spec }) =>
          metadata.name === deleted?.object.name &&
          metadata.uid !== deleted?.object.uid &&
          (spec as { volumeName?: string }).volumeName !== undefined,
      ),
    );
    expect(volumes(bench)).toHaveLength(7);

    const again = itemsOf(await bench.plan());
    const verdict = coverStep(again, [{ items: first }], done, bench.verbsOf);
    expect(verdict).toMatchObject({ covered: false, why: 'moved' });
    // a new claim has a new uid: it is another deletion, for the budget as for the approval
    const uids = again.flatMap(({ changes }) => changes.filter(({ kind }) => kind === 'kube/delete'));
    expect(uids.map(({ object }) => object.uid)).not.toContain(deleted?.object.uid);

    const before = volumes(bench);
    await performUntil(bench, () => false);
    expect(volumes(bench)).toEqual(before);
    const set = await api.get(SETS, 'kafka', 'shop');
    expect([set['spec'], set.metadata.annotations ?? {}]).toMatchObject([{ replicas: 3 }, {}]);
    expect(set.metadata.annotations ?? {}).not.toHaveProperty('drctl/rebind-replicas');
    for (const claim of await claims(bench))
      expect((claim['spec'] as { volumeName: string }).volumeName).toMatch(/^pv-\d$/);
  });

  it('a claim that somebody deleted while its pods run: they are stopped, it goes, and comes back on its own volume', async () => {
    const bench = await layOut();
    const before = volumes(bench);
    // by hand, and before anything was kept: only the pod still holds the claim
    await performUntil(bench, ({ object }) => object.kind === 'PersistentVolume');
    await bench.sandbox.api('somebody').delete(core('persistentvolumeclaims'), 'data-kafka-0', 'shop');
    await performUntil(bench, () => false);
    expect(volumes(bench)).toEqual(before);
    expect(await claims(bench)).toHaveLength(3);
  });
});
