import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { application, AUTO, config, Place, until } from '../../sandbox/argocd/place.ts';
import type { LawWorld } from '../law-worlds.ts';

export const FILES = {
  'apps/shop.yaml': application('shop', { path: 'shop', syncPolicy: AUTO }),
  'shop/a.yaml': config('a'),
};

/** A root Application, the Application below it, and what that has applied; all of them heal themselves. */
export async function layAppOfApps(sandbox: Sandbox, version?: '2.13.9' | '3.5.7'): Promise<Place> {
  const place = await Place.install(sandbox, version);
  place.commit(FILES);
  await place.apply(application('root', { path: 'apps', namespace: 'argocd', syncPolicy: AUTO }));
  await settled(place, ['root', 'shop']);
  return place;
}

export async function laySet(sandbox: Sandbox): Promise<Place> {
  const place = await Place.install(sandbox);
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
  await settled(place, ['shop']);
  return place;
}

export async function settled(place: Place, names: readonly string[]): Promise<void> {
  for (const name of names)
    await until(`${name} to be synced`, async () => {
      const found = await place.application(name);
      return found?.status?.sync?.status === 'Synced' && found.operation === undefined;
    });
}

/** As the freeze leaves it, written by somebody else: what was taken stands on the objects. */
async function freezeByHand(place: Place, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const { spec } = (await place.application(name)) ?? {};
    const note = JSON.stringify({ automated: spec?.syncPolicy?.automated ?? null, by: 'sandbox/freeze' });
    await place.edit(name, {
      metadata: { annotations: { 'drctl/freeze': note } },
      spec: { syncPolicy: { automated: null } },
    });
  }
  // the child differs from what the root has in its source: once that is said, nothing more moves
  await until('it to be noticed', async () => (await place.application('root'))?.status?.sync?.status === 'OutOfSync');
}

const shop = { destination: { namespace: 'shop' } };

/** Auto-sync is off, and the source has one thing more than there is. */
export async function layBehind(sandbox: Sandbox): Promise<Place> {
  const place = await layAppOfApps(sandbox);
  await freezeByHand(place, ['root', 'shop']);
  place.commit({ ...FILES, 'shop/b.yaml': config('b'), 'shop/c.yaml': config('c') });
  await until('behind', async () => (await place.application('shop'))?.status?.sync?.status === 'OutOfSync');
  return place;
}

const CLAIM = `
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: shop, annotations: {argocd.argoproj.io/sync-options: 'Prune=true,Replace=true'}}
spec: {accessModes: [ReadWriteOnce], storageClassName: gp3, resources: {requests: {storage: 1Gi}}}
`;

export const ARGOCD_WORLDS: readonly LawWorld[] = [
  {
    action: 'argocd/freeze',
    name: 'an app-of-apps that heals itself',
    input: shop,
    lay: async (sandbox) => {
      await layAppOfApps(sandbox);
    },
  },
  {
    action: 'argocd/freeze',
    name: 'what an ApplicationSet made',
    input: { applications: ['shop'] },
    lay: async (sandbox) => {
      await laySet(sandbox);
    },
  },
  {
    action: 'argocd/thaw',
    name: 'what was frozen, from the leaves up',
    input: { all: true },
    lay: async (sandbox) => freezeByHand(await layAppOfApps(sandbox), ['root', 'shop']),
  },
  {
    action: 'argocd/sync',
    name: 'one resource of a frozen Application',
    input: { application: 'shop', resources: [{ kind: 'ConfigMap', name: 'b' }] },
    lay: async (sandbox) => {
      await layBehind(sandbox);
    },
  },
  {
    action: 'argocd/protect',
    name: 'a claim that says the contrary',
    input: { namespace: 'shop' },
    lay: async (sandbox) => (await Place.install(sandbox)).apply(CLAIM),
  },
];
