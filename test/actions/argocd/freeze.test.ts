import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { application, AUTO, config, Place, until } from '../../sandbox/argocd/place.ts';
import { carryOut, items, lay, type Laid } from './bench.ts';
import { FILES, layAppOfApps, laySet, settled } from './worlds.ts';

const SHOP = { destination: { namespace: 'shop' } };
const APPLICATIONS = { group: 'argoproj.io', version: 'v1alpha1', resource: 'applications' };

let laid: Laid | undefined;
afterEach(async () => {
  await laid?.bench.close();
  laid = undefined;
});

const shop = async (place: Place): Promise<string[]> =>
  (await place.names('ConfigMap', 'shop')).filter((name) => name !== 'kube-root-ca.crt');

it('stops what deploys there and everything above it, from the roots down, and keeps what it took on the objects', async () => {
  laid = await lay('argocd/freeze', SHOP, (sandbox) => layAppOfApps(sandbox));
  const { bench, place } = laid;
  const planned = items(await bench.plan());
  expect(planned.map(({ key, ready }) => [key, ready])).toEqual([
    ['Application root', 1],
    ['Application shop', 0],
  ]);
  expect(planned[1]?.because).toBe('waits for Application root above it, which would undo it');
  await carryOut(bench);
  for (const name of ['root', 'shop']) {
    const found = await place.application(name);
    expect(found?.spec.syncPolicy).toEqual({ syncOptions: ['CreateNamespace=true'] });
    expect(JSON.parse(found?.metadata.annotations?.['drctl/freeze'] ?? '')).toEqual({
      automated: { prune: true, selfHeal: true },
      by: 'sandbox/step',
    });
  }
  place.commit({ ...FILES, 'shop/b.yaml': config('b') });
  await sleep(2_500);
  expect(await shop(place)).toEqual(['a']);
});

it('before 3.1 as well, where enabled: false would switch it on (trap 18)', async () => {
  laid = await lay('argocd/freeze', SHOP, (sandbox) => layAppOfApps(sandbox, '2.13.9'));
  await carryOut(laid.bench);
  laid.place.commit({ ...FILES, 'shop/b.yaml': config('b') });
  await sleep(2_500);
  expect(await shop(laid.place)).toEqual(['a']);
});

it('is not finished before Argo CD itself has looked at each, which it is asked to', async () => {
  laid = await lay('argocd/freeze', { applications: ['root'] }, (sandbox) => layAppOfApps(sandbox));
  const { bench, place } = laid;
  const sets = { group: 'apps', version: 'v1', resource: 'statefulsets' };
  const [item] = items(await bench.plan());
  await bench.perform(item!.changes[0]!);
  await until('looked at', async () => (await bench.plan()).effect === 'satisfied');
  expect((await place.application('root'))?.metadata.annotations).not.toHaveProperty('argocd.argoproj.io/refresh');
  await place.api.patch(sets, 'argocd-application-controller', 'argocd', 'merge', { spec: { replicas: 0 } });
});

it('stops the ApplicationSet controller before what it made, and says how many there were', async () => {
  laid = await lay('argocd/freeze', SHOP, laySet);
  const done = await carryOut(laid.bench);
  expect(done[0]).toMatch(/^Deployment argocd-applicationset-controller/);
  const deployments = { group: 'apps', version: 'v1', resource: 'deployments' };
  const controller = await laid.place.api.get(deployments, 'argocd-applicationset-controller', 'argocd');
  expect(JSON.parse(controller.metadata.annotations?.['drctl/freeze'] ?? '')).toMatchObject({ replicas: 1 });
  await sleep(1_500);
  expect((await laid.place.application('shop'))?.spec.syncPolicy).not.toHaveProperty('automated');
});

it('ends a sync that is running or waits to be retried', async () => {
  laid = await lay('argocd/freeze', SHOP, async (sandbox) => {
    const place = await layAppOfApps(sandbox);
    const broken = JSON.stringify({ apiVersion: 'v1', kind: 'Nothing', metadata: { name: 'b' } });
    place.commit({ ...FILES, 'shop/b.yaml': broken });
    await until('tried', async () => ((await place.application('shop'))?.status?.operationState?.retryCount ?? 0) > 0);
    return place;
  });
  await carryOut(laid.bench);
  const found = await laid.place.application('shop');
  expect(found).not.toHaveProperty('operation');
  expect(found?.status?.operationState?.phase).toBe('Failed');
});

it('stops the deletion of an Application that takes all it has along', async () => {
  laid = await lay('argocd/freeze', SHOP, async (sandbox) => {
    const place = await Place.install(sandbox);
    place.commit({ 'shop/a.yaml': config('a') });
    await place.apply(application('shop', { path: 'shop', syncPolicy: AUTO, finalizer: true }));
    await settled(place, ['shop']);
    await place.edit('shop', { metadata: { annotations: { 'argocd.argoproj.io/skip-reconcile': 'true' } } });
    await place.api.delete(APPLICATIONS, 'shop', 'argocd');
    return place;
  });
  const planned = items(await laid.bench.plan());
  expect(planned[0]?.because).toBe('it is being deleted, and takes everything it has along');
  await laid.bench.perform(planned[0]!.changes[0]!);
  await until('gone', async () => (await laid?.place.application('shop')) === undefined);
  await sleep(500);
  expect(await shop(laid.place)).toEqual(['a']);
});

it('notices, as a hold, that a parent or a person has switched it on again', async () => {
  laid = await lay('argocd/freeze', SHOP, (sandbox) => layAppOfApps(sandbox));
  await carryOut(laid.bench);
  await laid.place.edit('root', { spec: { syncPolicy: { automated: {} } } });
  const planned = await laid.bench.plan();
  expect(items(planned).map(({ key }) => key)).toContain('Application root');
});

it('is blocked where nothing is meant, never satisfied', async () => {
  laid = await lay('argocd/freeze', { destination: { namespace: 'nowhere' } }, (sandbox) => layAppOfApps(sandbox));
  expect(await laid.bench.plan()).toMatchObject({
    effect: 'blocked',
    because: 'none of the 2 Applications in namespace argocd is meant: nothing would be stopped',
  });
});
