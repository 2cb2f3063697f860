import { afterEach, beforeEach, expect, it } from 'vitest';
import { application, AUTO, config, Place, until } from './place.ts';

let place: Place;
beforeEach(async () => {
  place = await Place.open();
});
afterEach(() => place.close());

const shop = (): Promise<string[]> =>
  place.names('ConfigMap', 'shop').then((names) => names.filter((name) => name !== 'kube-root-ca.crt'));

async function settledOn(names: string[]): Promise<void> {
  await until(`shop has ${names.join(', ')}`, async () => JSON.stringify(await shop()) === JSON.stringify(names));
}

it('applies what the repository holds, says so, and marks it as its own', async () => {
  const revision = place.commit({ 'shop/a.yaml': config('a'), 'shop/b.yaml': config('b') });
  await place.apply(application('shop', { path: 'shop', syncPolicy: AUTO }));
  await settledOn(['a', 'b']);
  await until('Synced', async () => (await place.application('shop'))?.status?.sync?.status === 'Synced');
  const { status, operation } = (await place.application('shop'))!;
  expect(operation).toBeUndefined();
  expect(status).toMatchObject({
    sync: { status: 'Synced', revision },
    health: { status: 'Healthy' },
    operationState: { phase: 'Succeeded', operation: { initiatedBy: { automated: true }, sync: { revision } } },
  });
  const a = await place.api.get({ group: '', version: 'v1', resource: 'configmaps' }, 'a', 'shop');
  expect(a.metadata.annotations).toEqual({ 'argocd.argoproj.io/tracking-id': 'shop:/ConfigMap:shop/a' });
});

it('prunes what the next revision no longer has, and mends what somebody changed by hand', async () => {
  place.commit({ 'shop/a.yaml': config('a', { x: '1' }), 'shop/b.yaml': config('b') });
  await place.apply(application('shop', { path: 'shop', syncPolicy: AUTO }));
  await settledOn(['a', 'b']);
  place.commit({ 'shop/a.yaml': config('a', { x: '1' }) });
  await settledOn(['a']);
  const maps = { group: '', version: 'v1', resource: 'configmaps' };
  await place.api.patch(maps, 'a', 'shop', 'merge', { data: { x: 'by hand' } });
  await until('mended', async () => {
    const a = await place.api.get(maps, 'a', 'shop');
    return (a['data'] as { x?: string }).x === '1';
  });
});

it('without auto-sync it only tells', async () => {
  place.commit({ 'shop/a.yaml': config('a') });
  await place.apply(application('shop', { path: 'shop' }));
  await until('told', async () => (await place.application('shop'))?.status?.sync?.status === 'OutOfSync');
  expect((await place.application('shop'))?.status).toMatchObject({ health: { status: 'Missing' } });
});

it('the collision: two Applications of one name in one parent, the last one wins and the first loses everything it had', async () => {
  const child = (path: string): string => application('influxdb', { path, syncPolicy: AUTO });
  place.commit({
    'apps/influxdb.yaml': child('influxdb'),
    'influxdb/a.yaml': config('storage'),
    'canary/a.yaml': config('canary'),
  });
  await place.apply(application('root', { path: 'apps', namespace: 'argocd', syncPolicy: AUTO }));
  await settledOn(['storage']);
  place.commit({
    'apps/influxdb.yaml': child('influxdb'),
    'apps/zz-canary.yaml': child('canary'),
    'influxdb/a.yaml': config('storage'),
    'canary/a.yaml': config('canary'),
  });
  await settledOn(['canary']);
  expect((await place.application('root'))?.status?.conditions).toMatchObject([
    { type: 'RepeatedResourceWarning', message: expect.stringContaining('influxdb') as string },
  ]);
});

it('will not wipe out everything by itself, unless it may', async () => {
  place.commit({ 'shop/a.yaml': config('a') });
  await place.apply(application('shop', { path: 'shop', syncPolicy: AUTO }));
  await settledOn(['a']);
  place.commit({ 'other/a.yaml': config('z') });
  await until('warned', async () =>
    Boolean((await place.application('shop'))?.status?.conditions?.some(({ type }) => type === 'SyncError')),
  );
  expect(await shop()).toEqual(['a']);
  await place.edit('shop', { spec: { syncPolicy: { automated: { allowEmpty: true } } } });
  await settledOn([]);
});

it('scaled to nothing it does nothing, and goes on where it was when it is scaled up again', async () => {
  place.commit({ 'shop/a.yaml': config('a') });
  await place.apply(application('shop', { path: 'shop', syncPolicy: AUTO }));
  await settledOn(['a']);
  const sets = { group: 'apps', version: 'v1', resource: 'statefulsets' };
  const scale = (replicas: number) =>
    place.api.patch(sets, 'argocd-application-controller', 'argocd', 'merge', { spec: { replicas } });
  await scale(0);
  const pods = { group: '', version: 'v1', resource: 'pods' };
  await until('no controller', async () => {
    const { items } = await place.api.list(pods, { namespace: 'argocd' });
    return !items.some(({ metadata }) => metadata.name === 'argocd-application-controller-0');
  });
  place.commit({ 'shop/a.yaml': config('a'), 'shop/b.yaml': config('b') });
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(await shop()).toEqual(['a']);
  await scale(1);
  await settledOn(['a', 'b']);
});
