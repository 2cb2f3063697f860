import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { join } from 'node:path';
import { findRedis, startArgoCd } from '../cluster/gitops/argocd.ts';
import { namespace, soon } from '../cluster/gitops/install.ts';
import { argocdFolder, veleroFolder } from '../cluster/gitops/programs.ts';
import { Repository, Stage, whyNot } from '../cluster/gitops/stage.ts';
import { startVelero } from '../cluster/gitops/velero.ts';
import { applyObjects, type KubeObject } from '../cluster/rights.ts';
import { assertCode } from '../e2e/program.ts';

/** Optional, in CI too: they are built only where somebody asks for it (docs/real-gitops.md). */
const noVelero = await whyNot(veleroFolder);
const noArgoCd = await whyNot(argocdFolder, findRedis);

const because = (not?: string): string => (not === undefined ? '' : `, not tested: ${not}`);

const settings = (colour: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings' },
  data: { colour },
});

function inside(place: string, object: KubeObject): KubeObject {
  return { ...object, metadata: { ...object.metadata, namespace: place } };
}

function statefulSet(name: string): KubeObject {
  const labels = { app: name };
  const spec = { containers: [{ name, image: 'example/any' }] };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name },
    spec: { serviceName: name, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
}

describe.skipIf(noVelero !== undefined)(`the real Velero${because(noVelero)}`, () => {
  const API = '/apis/velero.io/v1/namespaces/velero';
  let stage: Stage;

  interface Backup {
    readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
    readonly status?: { readonly phase?: string; readonly validationErrors?: readonly string[] };
  }

  beforeAll(async () => {
    stage = await Stage.open();
    await startVelero(stage.cluster.access, await veleroFolder());
    const objects = [namespace('shop'), inside('shop', settings('blue')), inside('shop', statefulSet('ledger'))];
    await applyObjects(stage.client, objects);
  });

  afterAll(() => stage.close());

  async function backUp(name: string, more: Readonly<Record<string, unknown>> = {}): Promise<Backup> {
    const spec = { includedNamespaces: ['shop'], storageLocation: 'default', ...more };
    await applyObjects(stage.client, [
      { apiVersion: 'velero.io/v1', kind: 'Backup', metadata: { name, namespace: 'velero' }, spec },
    ]);
    let found: Backup | undefined;
    await soon(`backup ${name} to end`, async () => {
      found = await stage.client.expect<Backup>('GET', `${API}/backups/${name}`);
      return /^(Completed|PartiallyFailed|Failed|FailedValidation)$/.test(found.status?.phase ?? '');
    });
    return found ?? { metadata: { name } };
  }

  async function scheduled(): Promise<string[]> {
    const { items } = await stage.client.expect<{ items: Backup[] }>('GET', `${API}/backups`);
    return items.flatMap(({ metadata }) => (metadata.labels?.['velero.io/schedule-name'] ? [metadata.name] : []));
  }

  test('a backup goes into a bucket of moto, and a restore by drctl brings the namespace back from it', async () => {
    expect((await backUp('good')).status).toMatchObject({ phase: 'Completed' });
    await sleep(1100);
    const impact = new Date().toISOString();
    await stage.client.expect('DELETE', '/api/v1/namespaces/shop');
    const gone = async () => (await stage.client.request('GET', '/api/v1/namespaces/shop')).status === 404;
    await soon('the namespace to be gone', gone);
    expect((await backUp('of-no-namespace')).status).toMatchObject({ phase: 'PartiallyFailed', errors: 1 });
    await applyObjects(stage.client, [namespace('shop')]);
    expect((await backUp('of-an-empty-one')).status).toMatchObject({ phase: 'Completed' });

    const expected = [
      { apiVersion: 'v1', kind: 'ConfigMap', name: 'settings' },
      { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'ledger' },
    ];
    assertCode(await stage.act('velero/restore', { namespace: 'shop', expect: expected }, '--impact-at', impact), 0);
    const path = '/api/v1/namespaces/shop/configmaps/settings';
    expect(await stage.client.expect('GET', path)).toMatchObject({ data: { colour: 'blue' } });
    const { items } = await stage.client.expect<{ items: unknown[] }>('GET', `${API}/restores`);
    expect(items).toMatchObject([{ spec: { backupName: 'good' }, status: { phase: 'Completed' } }]);
  });

  test('a schedule that drctl paused makes no backup; let go, it makes one at once', async () => {
    const template = { includedNamespaces: ['shop'], storageLocation: 'default' };
    const metadata = { name: 'often', namespace: 'velero' };
    await applyObjects(stage.client, [
      { apiVersion: 'velero.io/v1', kind: 'Schedule', metadata, spec: { schedule: '@every 3s', template } },
    ]);
    assertCode(await stage.act('velero/schedule', { namespace: 'shop', state: 'paused' }), 0);
    // it looks at its schedules once a minute, and at one that is changed
    await sleep(63_000);
    expect(await scheduled()).toEqual([]);
    assertCode(await stage.act('velero/schedule', { namespace: 'shop', state: 'as-before' }), 0);
    await soon('a backup by the schedule', async () => (await scheduled()).length > 0, undefined, 10_000);
    await stage.client.expect('DELETE', `${API}/schedules/often`);
  });

  test('a location that drctl made read-only keeps a backup that has run out, and takes none', async () => {
    await backUp('short', { ttl: '6s' });
    assertCode(await stage.act('velero/location', { state: 'read-only' }), 0);
    expect(await backUp('refused')).toMatchObject({
      status: {
        phase: 'FailedValidation',
        validationErrors: [
          "backup can't be created because backup storage location default is currently in read-only mode",
        ],
      },
    });
    await sleep(15_000);
    expect((await stage.client.request('GET', `${API}/backups/short`)).status).toBe(200);
    assertCode(await stage.act('velero/location', { state: 'as-before' }), 0);
    const collected = async () => (await stage.client.request('GET', `${API}/backups/short`)).status === 404;
    await soon('the backup to be collected', collected, {
      directory: stage.cluster.access.directory,
      program: 'velero',
    });
  });
});

describe.skipIf(noArgoCd !== undefined)(`the real Argo CD${because(noArgoCd)}`, () => {
  const API = '/apis/argoproj.io/v1alpha1/namespaces/argocd/applications';
  const automated = { prune: true, selfHeal: true };
  const merge = 'application/merge-patch+json';
  let stage: Stage;
  let repository: Repository;

  interface Application {
    readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
    readonly spec: { readonly syncPolicy?: { readonly automated?: unknown } };
    readonly operation?: unknown;
    readonly status?: {
      readonly sync?: { readonly status?: string };
      readonly conditions?: readonly { readonly type: string; readonly message: string }[];
      readonly operationState?: { readonly phase?: string; readonly message?: string };
    };
  }

  beforeAll(async () => {
    stage = await Stage.open();
    const { directory } = stage.cluster.access;
    repository = await Repository.in(join(directory, 'repository'));
    await repository.commit({
      'apps/shop.yaml': [application('shop', 'shop', 'shop')],
      'shop/all.yaml': [settings('blue'), statefulSet('ledger')],
    });
    await startArgoCd(stage.cluster.access, await argocdFolder());
    await applyObjects(stage.client, [application('root', 'apps', 'argocd')]);
    const synced = async () => (await found('shop'))?.status?.sync?.status === 'Synced';
    await soon('the root to make its child, and that to be synced', synced, {
      directory,
      program: 'argocd-application-controller',
    });
  });

  afterAll(() => stage.close());

  function application(name: string, path: string, namespace: string): KubeObject {
    const spec = {
      project: 'default',
      source: { repoURL: repository.url, targetRevision: 'main', path },
      destination: { server: 'https://kubernetes.default.svc', namespace },
      syncPolicy: { automated, syncOptions: ['CreateNamespace=true'] },
    };
    return { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata: { name, namespace: 'argocd' }, spec };
  }

  async function found(name: string): Promise<Application | undefined> {
    const { status, body } = await stage.client.request('GET', `${API}/${name}`);
    return status === 200 ? (body as Application) : undefined;
  }

  /** Has Argo CD look at it now, and waits until it has. */
  async function refresh(name: string): Promise<Application | undefined> {
    const annotations = { 'argocd.argoproj.io/refresh': 'hard' };
    await stage.client.expect('PATCH', `${API}/${name}`, { metadata: { annotations } }, merge);
    const looked = async () => (await found(name))?.metadata.annotations?.['argocd.argoproj.io/refresh'] === undefined;
    await soon(`Argo CD to look at ${name}`, looked);
    return found(name);
  }

  async function paint(colour: string): Promise<void> {
    await stage.client.expect('PATCH', '/api/v1/namespaces/shop/configmaps/settings', { data: { colour } }, merge);
  }

  async function colour(): Promise<string | undefined> {
    const path = '/api/v1/namespaces/shop/configmaps/settings';
    return (await stage.client.expect<{ data?: { colour?: string } }>('GET', path)).data?.colour;
  }

  async function hasLedger(): Promise<boolean> {
    const { status } = await stage.client.request('GET', '/apis/apps/v1/namespaces/shop/statefulsets/ledger');
    return status === 200;
  }

  const freeze = () => stage.act('argocd/freeze', { destination: { namespace: 'shop' } });
  const thaw = () => stage.act('argocd/thaw', { all: true });

  test('it heals what somebody changes, and a parent gives a child its auto-sync back', async () => {
    await paint('red');
    await soon('it to be healed', async () => (await colour()) === 'blue');
    await stage.client.expect('PATCH', `${API}/shop`, { spec: { syncPolicy: { automated: null } } }, merge);
    const back = async () => (await found('shop'))?.spec.syncPolicy?.automated !== undefined;
    await soon('the parent to undo it', back);
  });

  test('frozen by drctl it neither heals nor prunes; the thaw refuses what would prune a StatefulSet', async () => {
    assertCode(await freeze(), 0);
    await paint('red');
    await repository.commit({ 'shop/all.yaml': [settings('blue')] });
    for (const name of ['root', 'shop']) await refresh(name);
    await sleep(3000);
    expect([await colour(), await hasLedger()]).toEqual(['red', true]);

    const refused = await thaw();
    assertCode(refused, 4);
    expect(refused.stdout).toContain('shop would prune StatefulSet shop/ledger');
    expect(await hasLedger()).toBe(true);
  });

  test('thawed when the source is mended, each has exactly its own settings, and acts again', async () => {
    await repository.commit({ 'shop/all.yaml': [settings('blue'), statefulSet('ledger')] });
    await refresh('shop');
    assertCode(await thaw(), 0);
    for (const name of ['root', 'shop']) {
      const { metadata, spec } = (await found(name)) ?? { metadata: {}, spec: {} };
      expect(spec.syncPolicy).toEqual({ automated, syncOptions: ['CreateNamespace=true'] });
      expect(Object.keys(metadata.annotations ?? {}).filter((key) => key.startsWith('drctl/'))).toEqual([]);
    }
    await soon('it to be healed', async () => (await colour()) === 'blue');
    expect(await hasLedger()).toBe(true);
  });

  test('a sync that hangs in a hook is ended by the freeze', async () => {
    // kwok leaves images of this name alone: the pod stays Pending
    const spec = { restartPolicy: 'Never', containers: [{ name: 'slow', image: 'sandbox/slow' }] };
    const hook = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'slow', annotations: { 'argocd.argoproj.io/hook': 'PreSync' } },
      spec: { template: { spec } },
    };
    await repository.commit({ 'shop/hook.yaml': [hook], 'shop/all.yaml': [settings('green'), statefulSet('ledger')] });
    await refresh('shop');
    await soon('the sync to hang', async () => (await found('shop'))?.status?.operationState?.phase === 'Running');
    assertCode(await freeze(), 0);
    const after = await found('shop');
    expect(after?.operation).toBeUndefined();
    expect(after?.status?.operationState).toMatchObject({ phase: 'Failed', message: 'Operation terminated' });
    expect(await colour()).toBe('blue');
    await repository.commit({ 'shop/hook.yaml': null, 'shop/all.yaml': [settings('blue'), statefulSet('ledger')] });
    await refresh('shop');
    assertCode(await thaw(), 0);
  });

  test('the outage of 2022: two Applications of one name, the later wins, and the StatefulSet is pruned', async () => {
    await repository.commit({
      'apps/zz-shop.yaml': [application('shop', 'other', 'shop')],
      'other/all.yaml': [{ ...settings('other'), metadata: { name: 'other' } }],
    });
    const root = await refresh('root');
    expect(root?.status?.conditions).toMatchObject([
      {
        type: 'RepeatedResourceWarning',
        message: 'Resource argoproj.io/Application/argocd/shop appeared 2 times among application resources.',
      },
    ]);
    await soon('it to be pruned', async () => !(await hasLedger()));
    assertCode(await freeze(), 0);
    const collides = await thaw();
    assertCode(collides, 4);
    expect(collides.stdout).toContain('the sources of root still collide: RepeatedResourceWarning');

    await repository.commit({ 'apps/zz-shop.yaml': null, 'other/all.yaml': null });
    await refresh('root');
    assertCode(await thaw(), 0);
    await soon('the StatefulSet to be made again', hasLedger);
  });
});
