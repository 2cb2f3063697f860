import { afterEach, describe, expect, it } from 'vitest';
import { application, AUTO, Place, until } from '../../sandbox/argocd/place.ts';
import { nextChange } from '../law-bench.ts';
import { carryOut, items, lay, type Laid } from './bench.ts';
import { FILES, layBehind } from './worlds.ts';

let laid: Laid | undefined;
afterEach(async () => {
  await laid?.bench.close();
  laid = undefined;
});

const shop = async (place: Place): Promise<string[]> =>
  (await place.names('ConfigMap', 'shop')).filter((name) => name !== 'kube-root-ca.crt');

it('applies what is asked for and nothing else, with the sync options of the Application', async () => {
  const input = { application: 'shop', resources: [{ kind: 'ConfigMap', name: 'b' }] };
  laid = await lay('argocd/sync', input, layBehind);
  const [item] = items(await laid.bench.plan());
  expect(item?.changes[0]).toMatchObject({
    risk: 'opaque',
    after: {
      operation: {
        initiatedBy: { username: 'drctl' },
        sync: { prune: false, syncOptions: ['CreateNamespace=true'], resources: [{ kind: 'ConfigMap', name: 'b' }] },
      },
    },
  });
  await carryOut(laid.bench);
  expect(await shop(laid.place)).toEqual(['a', 'b']);
});

it('prunes nothing unless the step says so (trap 20)', async () => {
  const { place, bench } = (laid = await lay('argocd/sync', { application: 'shop' }, async (sandbox) => {
    const there = await layBehind(sandbox);
    const { 'shop/a.yaml': _, ...rest } = FILES;
    there.commit({
      ...rest,
      'shop/b.yaml': JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' } }),
    });
    await until('seen', async () =>
      Boolean((await there.application('shop'))?.status?.resources?.some(({ requiresPruning }) => requiresPruning)),
    );
    return there;
  }));
  await carryOut(bench);
  expect(await shop(place)).toEqual(['a', 'b']);
});

describe('is blocked', () => {
  it('of a root while it is frozen: its children would be given their auto-sync back', async () => {
    laid = await lay('argocd/sync', { application: 'root' }, async (sandbox) => {
      const place = await layBehind(sandbox);
      await until(
        'the root to be behind',
        async () => (await place.application('root'))?.status?.sync?.status === 'OutOfSync',
      );
      return place;
    });
    expect(await laid.bench.plan()).toMatchObject({
      effect: 'blocked',
      because: 'root makes other Applications and is frozen: its sync would give them their auto-sync back',
    });
  });

  it('while the source still collides (trap 22)', async () => {
    laid = await lay('argocd/sync', { application: 'root' }, async (sandbox) => {
      const place = await Place.install(sandbox);
      const twice = application('shop', { path: 'shop', syncPolicy: AUTO });
      place.commit({ ...FILES, 'apps/zz.yaml': twice });
      await place.apply(application('root', { path: 'apps', namespace: 'argocd' }));
      await until('noticed', async () => Boolean((await place.application('root'))?.status?.conditions?.length));
      return place;
    });
    expect(await laid.bench.plan()).toMatchObject({
      effect: 'blocked',
      guards: [{ name: 'collision', overridable: false }],
    });
  });

  it('where the resource or the Application is not there', async () => {
    const nothing = { application: 'shop', resources: [{ kind: 'ConfigMap', name: 'zzz' }] };
    laid = await lay('argocd/sync', nothing, layBehind);
    expect(await laid.bench.plan()).toMatchObject({
      effect: 'blocked',
      because: 'ConfigMap zzz is no resource of Application shop',
    });
  });
});

it('waits for an operation of somebody else, and does not replace it (trap 20)', async () => {
  laid = await lay('argocd/sync', { application: 'shop' }, async (sandbox) => {
    const place = await layBehind(sandbox);
    const broken = JSON.stringify({ apiVersion: 'v1', kind: 'Nothing', metadata: { name: 'x' } });
    const revision = place.commit({ ...FILES, 'shop/x.yaml': broken });
    const operation = { initiatedBy: { username: 'bob' }, retry: { limit: 50 }, sync: { revision } };
    await place.edit('shop', { operation, status: { operationState: null } });
    await until('tried', async () => ((await place.application('shop'))?.status?.operationState?.retryCount ?? 0) > 0);
    return place;
  });
  const [item] = items(await laid.bench.plan());
  expect(item).toMatchObject({ ready: 0, changes: [], because: expect.stringContaining('Running') as string });
});

it('asks Argo CD to look where it has not since the sync ended, once, and believes what it says then', async () => {
  laid = await lay('argocd/sync', { application: 'shop' }, async (sandbox) => {
    const place = await layBehind(sandbox);
    const { reconciledAt = '', sync } = (await place.application('shop'))!.status!;
    const operation = { initiatedBy: { username: 'drctl' }, info: [{ name: 'drctl', value: 'before' }], sync: {} };
    const ended = { finishedAt: reconciledAt, syncResult: { revision: sync!.revision! } };
    await place.edit('shop', { status: { operationState: { phase: 'Succeeded', operation, ...ended } } });
    return place;
  });
  const { bench, place } = laid;
  const because = 'the sync is over, and Argo CD has not looked since';
  const planned = await bench.plan();
  expect(planned).toMatchObject({ effect: 'changes', because, items: [{ ready: 1, changes: [{ risk: 'safe' }] }] });
  await bench.perform(nextChange(items(planned))!);
  await until('looked', async () => {
    const { metadata } = (await place.application('shop'))!;
    return metadata.annotations?.['argocd.argoproj.io/refresh'] === undefined;
  });
  expect(items(await bench.plan())[0]?.changes.map(({ risk }) => risk)).toEqual(['opaque', 'safe']);
  await carryOut(bench);
  expect(await shop(place)).toEqual(['a', 'b', 'c']);
});
