import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { HttpClient } from '../../src/sandbox/http-client.ts';
import type { ApiClient, KubeObject } from '../../src/sandbox/types.ts';
import { assertCode, Place } from './program.ts';
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

test('the outage of 2022: the old volumes come back from under the empty ones, and every setting of Argo CD is as it was', async () => {
  const before = settingsOf(await applications());
  const disks = (await place.control.call('state')).volumes.map(({ id }) => id);
  const ran = await place.run(RUN, { timeout: 180_000 });
  assertCode(ran, 0);
  const document = documentOf(ran);
  expect(document).toMatchObject({ outcome: 'succeeded', waitingFor: [] });

  const { claims, volumes } = await place.control.call('state');
  expect(claims).toHaveLength(7);
  expect(claims.filter(({ records }) => records < 3)).toEqual([]);
  expect(volumes.map(({ id }) => id).toSorted()).toEqual(disks.toSorted());
  expect(volumes).toHaveLength(14);
  const kept = JSON.stringify(document.leftovers);
  const hasty = volumes.map(({ id }) => id).filter((id) => !claims.some(({ volumeId }) => volumeId === id));
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
    'namespace=shop',
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

  test('the freeze is undone by somebody in mid-run: nothing more is written, and it is asked', async () => {
    const run = await untilSource();
    place.forgetAudit();
    const automated = { automated: { prune: true, selfHeal: true } };
    await api.patch(APPLICATIONS, 'root', 'argocd', 'merge', { spec: { syncPolicy: automated } });
    const resumed = await place.run(['resume', run, '--json', '--yes']);
    assertCode(resumed, 4);
    const status = await statusOf(place, run);
    expect(status.questions.map(({ kind }) => kind)).toContain('hold');
    expect(place.writes().filter(({ path }) => !path.includes('leases'))).toEqual([]);
  }, 240_000);

  test('an Application is left in deletion: the thaw is blocked, for it would go on deleting (trap 19)', async () => {
    const run = await untilSource();
    await api.patch(APPLICATIONS, 'shop', 'argocd', 'merge', {
      metadata: {
        finalizers: ['resources-finalizer.argocd.argoproj.io'],
        annotations: { 'argocd.argoproj.io/skip-reconcile': 'true' },
      },
    });
    await api.delete(APPLICATIONS, 'shop', 'argocd');
    const resumed = await place.run(['resume', run, '--json', '--yes'], { timeout: 60_000 });
    assertCode(resumed, 4);
    const { claims } = await place.control.call('state');
    expect(claims).toHaveLength(7);
    expect(JSON.stringify(await statusOf(place, run))).toContain('being deleted');
  }, 240_000);

  test('the collision comes back before the thaw: the thaw is blocked (trap 22)', async () => {
    const run = await untilSource();
    const { steps } = await statusOf(place, run);
    expect(steps.find(({ id }) => id === 'thaw')?.state).not.toBe('done');
    const shop = readFileSync(
      new URL(`../../runbooks/scenarios/${NAME}/repository/apps/shop.yaml`, import.meta.url),
      'utf8',
    );
    const files = { 'apps/shop.yaml': shop, 'apps/zz.yaml': shop.replace('path: shop', 'path: staging') };
    await place.control.call('repository.commit', { message: 'once more', files });
    const resumed = await place.run(['resume', run, '--json', '--yes'], { timeout: 60_000 });
    assertCode(resumed, 4);
    expect(JSON.stringify(await statusOf(place, run))).toContain('collide');
    expect((await place.control.call('state')).claims).toHaveLength(7);
  }, 240_000);
});
