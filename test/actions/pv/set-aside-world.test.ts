import { afterEach, expect, it } from 'vitest';
import { Bench, nextChange } from '../law-bench.ts';
import { LAW_WORLDS, until } from '../law-worlds.ts';
import { itemsOf } from '../planning.ts';

const core = (resource: string) => ({ group: '', version: 'v1', resource });
const SETS = { group: 'apps', version: 'v1', resource: 'statefulsets' };

let bench: Bench | undefined;
afterEach(() => bench?.close());

async function layOut(name: string): Promise<Bench> {
  const law = LAW_WORLDS.find((one) => one.action === 'pv/set-aside' && one.name === name);
  if (!law) throw new Error('the law world has another name by now');
  bench = await Bench.lay(law);
  return bench;
}

async function carryOut(laid: Bench, stop: () => Promise<boolean> = () => Promise.resolve(false)): Promise<void> {
  await until(async () => {
    const planned = await laid.plan();
    if (planned.effect === 'satisfied' || (await stop())) return true;
    const next = nextChange(itemsOf(planned));
    if (next) await laid.perform(next);
    return false;
  });
}

const volumesOf = async (laid: Bench) => (await laid.sandbox.api('test').list(core('persistentvolumes'))).items;
const claimsOf = async (laid: Bench) =>
  (await laid.sandbox.api('test').list(core('persistentvolumeclaims'), { namespace: 'shop' })).items;

it.each([
  'claims that were made too early, their old volumes lost',
  'of a StatefulSet that deletes the claims of members that go',
])('%s: they are gone, every volume is kept, the set waits with its note', async (name) => {
  const laid = await layOut(name);
  const before = Object.keys(laid.sandbox.cloud.state.volumes).toSorted();
  await carryOut(laid);
  expect(await claimsOf(laid)).toEqual([]);
  expect(Object.keys(laid.sandbox.cloud.state.volumes).toSorted()).toEqual(before);
  const policies = (await volumesOf(laid)).map(
    ({ spec }) => (spec as { persistentVolumeReclaimPolicy: string }).persistentVolumeReclaimPolicy,
  );
  expect(policies).toEqual(['Retain', 'Retain', 'Retain']);
  expect(await laid.sandbox.api('test').get(SETS, 'kafka', 'shop')).toMatchObject({
    metadata: { annotations: { 'drctl/rebind-replicas': '3' } },
    spec: { replicas: 0 },
  });
});

it('a set that somebody starts in the middle makes new claims: they are set aside as well, and kept', async () => {
  const laid = await layOut('claims that were made too early, their old volumes lost');
  await carryOut(laid, async () => (await claimsOf(laid)).length < 3);
  const api = laid.sandbox.api('somebody');
  await api.patch(SETS, 'kafka', 'shop', 'merge', { spec: { replicas: 3 } });
  await until(async () => {
    const claims = await claimsOf(laid);
    return (
      claims.length === 3 && claims.every(({ status }) => (status as { phase?: string } | undefined)?.phase === 'Bound')
    );
  });
  const made = Object.keys(laid.sandbox.cloud.state.volumes);
  expect(made.length).toBeGreaterThan(3);
  await carryOut(laid);
  expect(await claimsOf(laid)).toEqual([]);
  expect(Object.keys(laid.sandbox.cloud.state.volumes)).toEqual(made);
  expect((await api.get(SETS, 'kafka', 'shop')).metadata.annotations).toMatchObject({ 'drctl/rebind-replicas': '3' });
});
