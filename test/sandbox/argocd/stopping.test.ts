import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { application, AUTO, config, Place, until } from './place.ts';

let place: Place;
afterEach(() => place.close());

const shop = (): Promise<string[]> =>
  place.names('ConfigMap', 'shop').then((names) => names.filter((name) => name !== 'kube-root-ca.crt'));

async function settledOn(names: string[]): Promise<void> {
  await until(`shop has ${names.join(', ')}`, async () => JSON.stringify(await shop()) === JSON.stringify(names));
}

/** Long enough that it would have happened. */
const wait = (): Promise<void> => sleep(2_500);

async function open(version?: '2.13.9' | '3.5.7', more: { finalizer?: boolean } = {}): Promise<void> {
  place = await Place.open(version);
  place.commit({ 'shop/a.yaml': config('a') });
  await place.apply(application('shop', { path: 'shop', syncPolicy: AUTO, ...more }));
  await settledOn(['a']);
  await until('settled', async () => (await place.application('shop'))?.status?.sync?.status === 'Synced');
}

const next = (): string => place.commit({ 'shop/a.yaml': config('a'), 'shop/b.yaml': config('b') });

describe('auto-sync', () => {
  it('removed stops it (trap 18)', async () => {
    await open();
    await place.edit('shop', { spec: { syncPolicy: { automated: null } } });
    next();
    await wait();
    expect(await shop()).toEqual(['a']);
  });

  it('with enabled: false stops in 3.5; before 3.1 the field is dropped and it goes on (trap 18)', async () => {
    await open('3.5.7');
    await place.edit('shop', { spec: { syncPolicy: { automated: { enabled: false } } } });
    next();
    await wait();
    expect(await shop()).toEqual(['a']);
    await place.close();
    await open('2.13.9');
    await place.edit('shop', { spec: { syncPolicy: { automated: { enabled: false } } } });
    next();
    await settledOn(['a', 'b']);
  });

  it('switched on by the same patch where there was none, before 3.1 (trap 18)', async () => {
    place = await Place.open('2.13.9');
    place.commit({ 'shop/a.yaml': config('a') });
    await place.apply(application('shop', { path: 'shop', syncPolicy: { syncOptions: ['CreateNamespace=true'] } }));
    await place.edit('shop', { spec: { syncPolicy: { automated: { enabled: false } } } });
    await settledOn(['a']);
  });

  it('removed from a child comes back from a parent that heals itself (trap 18)', async () => {
    place = await Place.open();
    const child = application('shop', { path: 'shop', syncPolicy: AUTO });
    place.commit({ 'apps/shop.yaml': child, 'shop/a.yaml': config('a') });
    await place.apply(application('root', { path: 'apps', namespace: 'argocd', syncPolicy: AUTO }));
    await settledOn(['a']);
    await place.edit('shop', { spec: { syncPolicy: { automated: null } } });
    await until('back', async () => (await place.application('shop'))?.spec.syncPolicy?.automated !== undefined);
  });

  it('removed from what an ApplicationSet made comes back from it, unless its controller does not run (trap 18)', async () => {
    place = await Place.open();
    place.commit({ 'shop/a.yaml': config('a') });
    await place.apply(
      JSON.stringify({
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'ApplicationSet',
        metadata: { name: 'shops', namespace: 'argocd' },
        spec: {
          generators: [{ list: { elements: [{ name: 'shop' }] } }],
          template: {
            metadata: { name: '{{name}}' },
            spec: {
              project: 'default',
              source: { repoURL: 'https://git.example/deployments', path: '{{name}}' },
              destination: { server: 'https://kubernetes.default.svc', namespace: '{{name}}' },
              syncPolicy: AUTO,
            },
          },
        },
      }),
    );
    await settledOn(['a']);
    await place.edit('shop', { spec: { syncPolicy: { automated: null } } });
    await until('back', async () => (await place.application('shop'))?.spec.syncPolicy?.automated !== undefined);
    const deployments = { group: 'apps', version: 'v1', resource: 'deployments' };
    await place.api.patch(deployments, 'argocd-applicationset-controller', 'argocd', 'merge', {
      spec: { replicas: 0 },
    });
    const pods = { group: '', version: 'v1', resource: 'pods' };
    await until(
      'its controller is gone',
      async () => (await place.api.list(pods, { namespace: 'argocd' })).items.length === 1,
    );
    await place.edit('shop', { spec: { syncPolicy: { automated: null } } });
    await wait();
    expect((await place.application('shop'))?.spec.syncPolicy?.automated).toBeUndefined();
  });
});

describe('sync windows', () => {
  const deny = (more = {}): string =>
    JSON.stringify({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AppProject',
      metadata: { name: 'default', namespace: 'argocd' },
      spec: {
        sourceRepos: ['*'],
        destinations: [{ server: '*', namespace: '*' }],
        syncWindows: [{ kind: 'deny', schedule: '* * * * *', duration: '24h', applications: ['*'], ...more }],
      },
    });

  it('that deny hold an operation in phase Running', async () => {
    await open();
    await place.apply(deny());
    next();
    await until('blocked', async () =>
      Boolean((await place.application('shop'))?.status?.operationState?.message?.includes('blocked by sync window')),
    );
    expect((await place.application('shop'))?.status?.operationState?.phase).toBe('Running');
    expect(await shop()).toEqual(['a']);
  });

  it('that allow manual syncs let what a person asked for pass', async () => {
    await open();
    await place.apply(deny({ manualSync: true }));
    const revision = next();
    await place.edit('shop', {
      operation: { initiatedBy: { username: 'alice' }, sync: { revision } },
      status: { operationState: null },
    });
    await settledOn(['a', 'b']);
  });

  it('do not stop the cascade of an Application that is deleted', async () => {
    await open('3.5.7', { finalizer: true });
    await place.apply(deny());
    await place.api.delete({ group: 'argoproj.io', version: 'v1alpha1', resource: 'applications' }, 'shop', 'argocd');
    await settledOn([]);
    await until('gone', async () => (await place.application('shop')) === undefined);
  });

  it('that cannot be read block everything', async () => {
    await open();
    await place.apply(deny({ schedule: 'never ever' }));
    next();
    await wait();
    expect(await shop()).toEqual(['a']);
  });
});

describe('operations', () => {
  it('are ended by a word in their state, and only where they do not wait for a window', async () => {
    await open();
    place.commit({
      'shop/a.yaml': config('a'),
      'shop/b.yaml': JSON.stringify({ apiVersion: 'v1', kind: 'Nothing', metadata: { name: 'b' } }),
    });
    await until('tried', async () => ((await place.application('shop'))?.status?.operationState?.retryCount ?? 0) > 0);
    await place.edit('shop', { status: { operationState: { phase: 'Terminating' } } });
    await until('ended', async () => (await place.application('shop'))?.status?.operationState?.phase === 'Failed');
    expect(await place.application('shop')).not.toHaveProperty('operation');
  });

  it('a new one over a state that says Running resumes the old one, its prune and all (trap 20)', async () => {
    await open();
    place.commit({ 'shop/b.yaml': config('b') });
    await until('tried', async () => (await shop()).includes('b'));
    const { status } = (await place.application('shop'))!;
    await place.edit('shop', { spec: { syncPolicy: { automated: null } } });
    const revision = place.commit({ 'shop/c.yaml': config('c') });
    await place.edit('shop', {
      operation: { initiatedBy: { username: 'alice' }, sync: { revision, prune: false } },
      status: {
        operationState: {
          ...(status?.operationState as object),
          phase: 'Running',
          finishedAt: null,
          syncResult: null,
        },
      },
    });
    await until('over', async () => (await place.application('shop'))?.operation === undefined);
    expect((await place.application('shop'))?.status?.operationState?.operation.sync?.revision).not.toBe(revision);
    expect(await shop()).toEqual(['b']);
  });
});

describe('deletion', () => {
  it('without the finalizer leaves everything where it is', async () => {
    await open();
    await place.api.delete({ group: 'argoproj.io', version: 'v1alpha1', resource: 'applications' }, 'shop', 'argocd');
    await wait();
    expect(await shop()).toEqual(['a']);
  });

  it('with it deletes all but what says Delete=false, which is not what protects from pruning', async () => {
    await open('3.5.7', { finalizer: true });
    const kept = JSON.parse(config('kept')) as { metadata: object };
    const file = JSON.stringify({
      ...kept,
      metadata: { ...kept.metadata, annotations: { 'argocd.argoproj.io/sync-options': 'Delete=false' } },
    });
    place.commit({ 'shop/a.yaml': config('a'), 'shop/kept.yaml': file });
    await settledOn(['a', 'kept']);
    await place.api.delete({ group: 'argoproj.io', version: 'v1alpha1', resource: 'applications' }, 'shop', 'argocd');
    await settledOn(['kept']);
    await until('gone', async () => (await place.application('shop')) === undefined);
  });

  it('waits while skip-reconcile is there, and goes on when it is taken away (trap 19)', async () => {
    await open('3.5.7', { finalizer: true });
    await place.edit('shop', { metadata: { annotations: { 'argocd.argoproj.io/skip-reconcile': 'true' } } });
    await place.api.delete({ group: 'argoproj.io', version: 'v1alpha1', resource: 'applications' }, 'shop', 'argocd');
    await wait();
    expect(await shop()).toEqual(['a']);
    await place.edit('shop', { metadata: { annotations: { 'argocd.argoproj.io/skip-reconcile': null } } });
    await settledOn([]);
  });
});
