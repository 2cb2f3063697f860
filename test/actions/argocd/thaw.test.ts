import { afterEach, describe, expect, it } from 'vitest';
import { application, AUTO, config, Place, until } from '../../sandbox/argocd/place.ts';
import { argocdFreeze } from '../../../src/actions/argocd/freeze.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { nextChange } from '../law-bench.ts';
import { carryOut, items, lay, type Laid } from './bench.ts';
import { FILES, layAppOfApps, laySet, settled } from './worlds.ts';

const ALL = { all: true } as const;
const APPLICATIONS = { group: 'argoproj.io', version: 'v1alpha1', resource: 'applications' };

let laid: Laid | undefined;
afterEach(async () => {
  await laid?.bench.close();
  laid = undefined;
});

/** Frozen by the action itself, so that what is given back is what it really took. */
async function frozen(how: (sandbox: Sandbox) => Promise<Place>): Promise<Laid> {
  const found = await lay('argocd/thaw', ALL, how);
  const { bench } = found;
  await until('frozen', async () => {
    const seen = await argocdFreeze.observe(ALL, bench.world, bench.situation);
    const planned = argocdFreeze.plan(ALL, seen, bench.situation);
    const change = nextChange(items(planned));
    if (change) await bench.perform(change);
    return planned.effect === 'satisfied';
  });
  laid = found;
  return found;
}

it('gives back exactly what was taken, from the leaves up, after a fresh comparison of each', async () => {
  const { bench, place } = await frozen(layAppOfApps);
  const before = { prune: true, selfHeal: true };
  const done = await carryOut(bench);
  expect(done.filter((line) => line.includes('automated')).map((line) => line.split(':')[0])).toEqual([
    'Application shop',
    'Application root',
  ]);
  for (const name of ['root', 'shop']) {
    const found = await place.application(name);
    expect(found?.spec.syncPolicy).toEqual({ syncOptions: ['CreateNamespace=true'], automated: before });
    expect(Object.keys(found?.metadata.annotations ?? {}).filter((key) => key.startsWith('drctl/'))).toEqual([]);
  }
});

it('starts the ApplicationSet controller last, with as many as there were', async () => {
  const { bench, place } = await frozen(laySet);
  const done = await carryOut(bench);
  expect(done.at(-1)).toMatch(/^Deployment argocd-applicationset-controller/);
  const deployments = { group: 'apps', version: 'v1', resource: 'deployments' };
  const controller = await place.api.get(deployments, 'argocd-applicationset-controller', 'argocd');
  expect((controller['spec'] as { replicas: number }).replicas).toBe(1);
  expect(controller.metadata.annotations).not.toHaveProperty('drctl/freeze');
});

describe('is blocked', () => {
  it('while an Application is being deleted: it would go on deleting (trap 19)', async () => {
    const { bench, place } = await frozen(async (sandbox) => {
      const there = await Place.install(sandbox);
      there.commit({ 'shop/a.yaml': config('a') });
      await there.apply(application('shop', { path: 'shop', syncPolicy: AUTO, finalizer: true }));
      await settled(there, ['shop']);
      return there;
    });
    await place.edit('shop', { metadata: { annotations: { 'argocd.argoproj.io/skip-reconcile': 'true' } } });
    await place.api.delete(APPLICATIONS, 'shop', 'argocd');
    expect(await bench.plan()).toMatchObject({
      effect: 'blocked',
      because: 'Application shop is being deleted: running again, it would go on deleting',
      guards: [{ name: 'deleting', overridable: false }],
    });
  });

  it('where nobody can read any more what was taken: it is not guessed', async () => {
    const { bench, place } = await frozen(layAppOfApps);
    await place.edit('shop', { metadata: { annotations: { 'drctl/freeze': 'gone with the wind' } } });
    expect(await bench.plan()).toMatchObject({
      effect: 'blocked',
      because: expect.stringContaining('set spec.syncPolicy.automated as it was') as string,
      guards: [{ name: 'note', object: 'shop', overridable: false }],
    });
  });

  it('while two sources still have one name (trap 22)', async () => {
    const { bench, place } = await frozen(layAppOfApps);
    place.commit({
      ...FILES,
      'apps/zz-canary.yaml': application('shop', { path: 'canary', syncPolicy: AUTO }),
      'canary/a.yaml': config('canary'),
    });
    await until('noticed', async () => Boolean((await place.application('root'))?.status?.conditions?.length));
    expect(await bench.plan()).toMatchObject({
      effect: 'blocked',
      guards: [{ name: 'collision', overridable: false }],
    });
  });

  it('where the first thing it would do is to prune a claim, until somebody says so about that very claim (trap 21)', async () => {
    const claim = JSON.stringify({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'gp3', resources: { requests: { storage: '1Gi' } } },
    });
    const { bench, place } = await frozen(async (sandbox) => {
      const there = await Place.install(sandbox);
      there.commit({ ...FILES, 'shop/data.yaml': claim });
      await there.apply(application('shop', { path: 'shop', syncPolicy: AUTO }));
      await until('the claim', async () => (await there.names('PersistentVolumeClaim', 'shop')).includes('data'));
      await until('over', async () => (await there.application('shop'))?.operation === undefined);
      return there;
    });
    place.commit(FILES);
    await until('noticed', async () =>
      Boolean((await place.application('shop'))?.status?.resources?.some(({ requiresPruning }) => requiresPruning)),
    );
    const planned = await bench.plan();
    expect(planned).toMatchObject({
      effect: 'blocked',
      because: expect.stringContaining('shop would prune PersistentVolumeClaim shop/data') as string,
      guards: [{ name: 'prune', object: 'shop', overridable: true }],
    });
    expect(await place.names('PersistentVolumeClaim', 'shop')).toEqual(['data']);
  });
});

it('is satisfied where nothing was frozen by drctl', async () => {
  laid = await lay('argocd/thaw', ALL, layAppOfApps);
  expect(await laid.bench.plan()).toMatchObject({ effect: 'satisfied' });
});
