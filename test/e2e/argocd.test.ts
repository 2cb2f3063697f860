import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { HttpClient } from '../../src/sandbox/http-client.ts';
import type { ApiClient, KubeObject } from '../../src/sandbox/types.ts';
import { assertCode, Place, until } from './program.ts';
import { documentOf, statusOf } from './runs.ts';
import { planShape } from './shapes.ts';

const NAME = 'argocd-deleted-stateful-app';
const RUN = ['run', NAME, '--target', 'sandbox', '--json', '--yes'];
const APPLICATIONS = { group: 'argoproj.io', version: 'v1alpha1', resource: 'applications' };

let place: Place;
let api: ApiClient;

beforeAll(async () => {
  place = await Place.open(NAME);
}, 120_000);

beforeEach(async () => {
  await place.reset();
  api = await adminOf(place);
});

afterAll(() => place.close());

/** As whoever else works on that cluster. */
async function adminOf({ control }: Place): Promise<ApiClient> {
  const { kubeconfig } = await control.call('status');
  const file = parse(readFileSync(kubeconfig, 'utf8')) as {
    clusters: { cluster: { server: string; 'certificate-authority-data': string } }[];
    users: { name: string; user: { token: string } }[];
  };
  const cluster = file.clusters[0]?.cluster;
  const token = file.users.find(({ name }) => name.includes('admin'))?.user.token ?? '';
  const ca = Buffer.from(cluster?.['certificate-authority-data'] ?? '', 'base64').toString();
  return new HttpClient({ url: cluster?.server ?? '', token, ca, userAgent: 'somebody-else' });
}

async function applications(): Promise<Record<string, KubeObject>> {
  const { items } = await api.list(APPLICATIONS, { namespace: 'argocd' });
  return Object.fromEntries(items.map((one) => [one.metadata.name ?? '', one]));
}

/** What a person set: the spec, and every annotation but those that Argo CD itself takes away. */
function settingsOf(found: Record<string, KubeObject>): unknown {
  return Object.entries(found).map(([name, { metadata, ...rest }]) => ({
    name,
    annotations: metadata.annotations ?? {},
    finalizers: metadata.finalizers ?? [],
    spec: rest['spec'],
  }));
}

const STATEFUL_SETS = { group: 'apps', version: 'v1', resource: 'statefulsets' };
const RESTORED = ['data-zookeeper-0', 'data-zookeeper-1', 'data-zookeeper-2'];

test('the outage of 2022: old volumes back from under the empty ones, ZooKeeper out of its backup, Argo CD set as it was', async () => {
  const before = settingsOf(await applications());
  const disks = (await place.control.call('state')).volumes.map(({ id }) => id);
  const ran = await place.run(RUN, { timeout: 180_000 });
  assertCode(ran, 0);
  const document = documentOf(ran);
  expect(document).toMatchObject({ outcome: 'succeeded', waitingFor: [] });

  const { claims, volumes } = await place.control.call('state');
  expect(claims).toHaveLength(11);
  expect(claims.filter(({ records }) => records < 3)).toEqual([]);
  // one cluster id of Kafka, on its brokers' disks: the old one, or the comparison of the drill would say so
  const ids = claims.flatMap(({ claim, clusterId }) => (claim.includes('data-kafka-') ? [clusterId] : []));
  expect(new Set(ids).size).toBe(1);
  const now = volumes.map(({ id }) => id);
  expect(disks.filter((id) => !now.includes(id))).toEqual([]);
  expect(now).toHaveLength(disks.length + RESTORED.length);
  const kept = JSON.stringify(document.leftovers);
  const hasty = disks.filter((id) => !claims.some(({ volumeId }) => volumeId === id));
  expect(hasty).toHaveLength(11);
  expect(hasty.filter((id) => !kept.includes(id))).toEqual([]);
  expect(settingsOf(await applications())).toEqual(before);
  expect(place.writes().filter(({ verb }) => verb === 'DeleteVolume')).toEqual([]);

  const again = await place.run(['plan', NAME, '--target', 'sandbox', '--json', '--detailed-exitcode']);
  expect(planShape.parse(again.json()).summary).toMatchObject({ destructive: 0, blocked: 0 });
}, 240_000);

test('stop-the-line is one question, and what any later runbook finds satisfied', async () => {
  const stopped = await place.run([
    'run',
    'stop-the-line',
    '--target',
    'sandbox',
    '--param',
    'namespace=metrics',
    '--json',
    '--yes',
  ]);
  assertCode(stopped, 0);
  for (const one of Object.values(await applications()))
    expect((one['spec'] as { syncPolicy: object }).syncPolicy).not.toHaveProperty('automated');
  const planned = await place.run(['plan', NAME, '--target', 'sandbox', '--json']);
  const [first] = planShape.parse(planned.json()).phases.filter(({ id }) => id.startsWith('stop'));
  expect(first?.steps.map(({ effect }) => effect)).toEqual(first?.steps.map(() => 'satisfied'));
});

describe('wrong turns', () => {
  /** Recovered, but Argo CD still frozen. */
  async function untilSource(): Promise<string> {
    const ran = await place.run([...RUN, '--until', 'source'], { timeout: 180_000 });
    assertCode(ran, 4);
    return documentOf(ran).run;
  }

  test('the freeze is undone by a parent in mid-run: nothing more is written, and it is asked', async () => {
    const run = await untilSource();
    place.forgetAudit();
    const automated = { automated: { prune: true, selfHeal: true } };
    await api.patch(APPLICATIONS, 'root', 'argocd', 'merge', { spec: { syncPolicy: automated } });
    const resumed = await place.run(['resume', run, '--json', '--yes']);
    assertCode(resumed, 4);
    const status = await statusOf(place, run);
    expect(status.questions.map(({ kind }) => kind)).toContain('hold');
    expect(place.writes().filter(({ path }) => !path.includes('leases'))).toEqual([]);

    // Somebody at another terminal says so, while nobody drives: whoever resumes acts on it. What Argo CD has done to the
    // Applications below and to what the run had set is shown, and asked about, by itself.
    let last = resumed;
    for (let round = 0; round < 8 && last.code === 4; round += 1) {
      const [question] = (await statusOf(place, run)).questions;
      const answer = question?.kind === 'hold' ? 'establish' : 'yes';
      assertCode(await place.run(['approve', run, question?.id ?? '', '--answer', answer]), 0);
      last = await place.run(['resume', run, '--json', '--yes'], { timeout: 60_000 });
    }
    assertCode(last, 0);
    expect(documentOf(last).outcome).toBe('succeeded');
  }, 240_000);

  /** A runbook of somebody's own, typed in a hurry. */
  function typed(name: string, steps: string): string {
    const file = join(place.program.home, `${name}.yaml`);
    writeFileSync(
      file,
      `apiVersion: drctl/v1
kind: Runbook
metadata: {name: ${name}, title: In a hurry, owners: [me]}
useWhen: never
budget: {PersistentVolumeClaim: 20}
phases:
  - id: hurry
    title: Hurry
    steps:
${steps}
`,
    );
    return file;
  }

  async function membersOf(name: string): Promise<number> {
    const { spec } = (await api.get(STATEFUL_SETS, name, 'metrics')) as KubeObject & { spec: { replicas: number } };
    return spec.replicas;
  }

  const CLAIMS = RESTORED.map((name) => `{apiVersion: v1, kind: PersistentVolumeClaim, name: ${name}}`).join(', ');

  test('thaw too early: while volumes wait for their claims Argo CD is not let in, whoever asks for it', async () => {
    const ran = await place.run([...RUN, '--until', 'ground'], { timeout: 180_000 });
    assertCode(ran, 4);
    const { run } = documentOf(ran);
    place.forgetAudit();
    const thaw = typed('thaw', '      - {id: thaw, uses: argocd/thaw, with: {all: true}, gate: {confirm: true}}');
    const early = await place.run(
      ['run', thaw, '--target', 'sandbox', '--json', '--yes', '--alongside', run, '--because', 'it looks fine to me'],
      { timeout: 60_000 },
    );
    assertCode(early, 4);
    expect(early.stderr + early.stdout).toContain('too early for metrics');
    expect(place.writes().filter(({ path }) => path.includes('applications'))).toEqual([]);
  }, 240_000);

  test('ZooKeeper was started empty: no broker starts on it, and its restore is asked for', async () => {
    const because = ['--because', 'it is healthy, leave it'];
    const ran = await place.run([...RUN, '--skip', 'aside', '--skip', 'restore', ...because], { timeout: 180_000 });
    assertCode(ran, 4);
    const { steps, waitingFor } = documentOf(ran);
    expect(waitingFor).toContain('zookeeper-volumes');
    expect(JSON.stringify(await statusOf(place))).toContain('after the impact, and from no snapshot: it is empty');
    const began = steps.filter(({ id, state }) => id.startsWith('kafka') && state !== 'pending');
    expect(began).toEqual([]);
    expect(await membersOf('kafka')).toBe(0);
  }, 240_000);

  test('the newest backup is asked for by name: it is of the empty volumes, and is not taken', async () => {
    const backups = { group: 'velero.io', version: 'v1', resource: 'backups' };
    const known = async (): Promise<KubeObject[]> => (await api.list(backups, { namespace: 'velero' })).items;
    // Velero makes them known from its storage
    await until('three backups', async () => (await known()).length === 3);
    const items = await known();
    const startOf = (one: KubeObject) => (one['status'] as { startTimestamp: string }).startTimestamp;
    const newest = items.toSorted((a, b) => startOf(b).localeCompare(startOf(a)))[0]?.metadata.name ?? '';
    const restore = typed(
      'newest',
      `      - id: restore
        uses: velero/restore
        with: {namespace: metrics, backup: ${newest}, selector: {app: zookeeper}, volumes: restore-data, expect: [${CLAIMS}, {apiVersion: v1, kind: ConfigMap, name: lost}]}
        gate: {confirm: true}`,
    );
    const ran = await place.run(['run', restore, '--target', 'sandbox', '--json', '--yes'], { timeout: 60_000 });
    assertCode(ran, 4);
    expect(JSON.stringify(await statusOf(place))).toContain(`were begun after the impact (${newest}`);
    const restores = { group: 'velero.io', version: 'v1', resource: 'restores' };
    expect((await api.list(restores, { namespace: 'velero' })).items).toEqual([]);
  }, 240_000);

  test('brokers before the quorum: without one nobody starts them', async () => {
    const ran = await place.run([...RUN, '--until', 'zookeeper'], { timeout: 180_000 });
    assertCode(ran, 4);
    const { run } = documentOf(ran);
    await api.patch(STATEFUL_SETS, 'zookeeper', 'metrics', 'merge', { spec: { replicas: 1 } });
    const resumed = await place.run(['resume', run, '--json', '--yes'], { timeout: 120_000 });
    assertCode(resumed, 4);
    expect(await membersOf('kafka')).toBe(0);
    expect(JSON.stringify(await statusOf(place, run))).toContain('zookeeper-');
  }, 240_000);

  test('an Application is left in deletion: the thaw is blocked, for it would go on deleting (trap 19)', async () => {
    const run = await untilSource();
    await api.patch(APPLICATIONS, 'metrics', 'argocd', 'merge', {
      metadata: {
        finalizers: ['resources-finalizer.argocd.argoproj.io'],
        annotations: { 'argocd.argoproj.io/skip-reconcile': 'true' },
      },
    });
    await api.delete(APPLICATIONS, 'metrics', 'argocd');
    const resumed = await place.run(['resume', run, '--json', '--yes'], { timeout: 60_000 });
    assertCode(resumed, 4);
    const { claims } = await place.control.call('state');
    expect(claims).toHaveLength(11);
    expect(JSON.stringify(await statusOf(place, run))).toContain('being deleted');
  }, 240_000);

  test('the collision comes back before the thaw: the thaw is blocked (trap 22)', async () => {
    const run = await untilSource();
    const { steps } = await statusOf(place, run);
    expect(steps.find(({ id }) => id === 'thaw')?.state).not.toBe('done');
    const metrics = readFileSync(
      new URL(`../../runbooks/scenarios/${NAME}/repository/apps/metrics.yaml`, import.meta.url),
      'utf8',
    );
    const files = { 'apps/metrics.yaml': metrics, 'apps/zz.yaml': metrics.replace('path: metrics', 'path: staging') };
    await place.control.call('repository.commit', { message: 'once more', files });
    const resumed = await place.run(['resume', run, '--json', '--yes'], { timeout: 60_000 });
    assertCode(resumed, 4);
    expect(JSON.stringify(await statusOf(place, run))).toContain('collide');
    expect((await place.control.call('state')).claims).toHaveLength(11);
  }, 240_000);
});
