import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { clientOf, type Client } from '../cluster/client.ts';
import { assertCode, Program } from '../e2e/program.ts';
import { auditOf, type RealWrite } from './world/audit.ts';

const cluster = inject('cluster');
const id = `scale-${Math.random().toString(36).slice(2, 8)}`;
const VOLUMES = 150;
const eightAtOnce = pLimit(8);

let admin: Client;
let program: Program;

beforeAll(async () => {
  admin = clientOf(cluster, 'admin');
  program = await Program.open();
  await admin.expect('POST', '/api/v1/namespaces', { metadata: { name: id } });
});

afterAll(async () => {
  await eightAtOnce.map(cleanup, ([path, name]) => admin.request('DELETE', `${path}/${name}`));
  await admin.request('DELETE', `/api/v1/namespaces/${id}`);
  await admin.close();
  program.close();
});

test('a permission for all volumes is one question, however many they are', async () => {
  const caller = await callerWith('whole', ['patch']);
  await layVolumes('whole', VOLUMES);
  const since = Date.now();
  const plan = planned((await program.run(['plan', runbookOver('whole'), '--target', caller, '--json'])).stdout);
  expect([plan.summary.changes, plan.missing]).toEqual([VOLUMES, []]);
  const reviews = requestsOf('whole', since).filter(({ path }) => path.includes('selfsubjectaccessreviews'));
  expect(reviews.length).toBeLessThan(5);
});

test('rules that name each volume are found by name, and the one that none of them names is said', async () => {
  await layVolumes('named', 20);
  const names = namesOf('named', 20).filter((name) => !name.endsWith('-7'));
  const caller = await callerWith('named', ['patch'], names);
  const runbook = runbookOver('named');
  const plan = planned((await program.run(['plan', runbook, '--target', caller, '--json'])).stdout);
  expect(plan.missing.map((one) => one.permission)).toEqual([`patch PersistentVolume ${id}-named-7`]);
  const since = Date.now();
  assertCode(await program.run(['run', runbook, '--target', caller, '--yes', '--json']), 7);
  expect(patchesIn(requestsOf('named', since))).toEqual([]);
});

test('under a tight priority level it slows down, loses nothing, does nothing twice, and ends', async () => {
  const caller = await callerWith('tight', ['patch']);
  await layVolumes('tight', VOLUMES);
  await allowLittle('tight');
  const since = Date.now();
  const ran = await program.run(['run', runbookOver('tight'), '--target', caller, '--yes', '--json'], {
    timeout: 170_000,
  });
  assertCode(ran, 0);
  const patches = patchesIn(requestsOf('tight', since));
  const refused = patches.filter(({ code }) => code === 429);
  expect(refused.length).toBeGreaterThan(0);
  expect(patches.filter(({ code }) => code < 300)).toHaveLength(VOLUMES);
  // it was told so at the start, and took it to heart
  expect(refused.length).toBeLessThan(VOLUMES);
  expect(await policiesOf('tight')).toEqual({ Retain: VOLUMES });
});

const cleanup: [string, string][] = [];

async function made(path: string, object: { readonly metadata: { readonly name: string } }): Promise<void> {
  await admin.expect('POST', path, object);
  cleanup.push([path, object.metadata.name]);
}

/** A caller of its own, so that what limits it limits nobody else: a service account, its rights, and its target. */
async function callerWith(set: string, verbs: readonly string[], resourceNames?: readonly string[]): Promise<string> {
  const name = `${id}-${set}`;
  await made(`/api/v1/namespaces/${id}/serviceaccounts`, { metadata: { name } });
  const look = { apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list'] };
  const rule = { apiGroups: [''], resources: ['persistentvolumes'], verbs, ...(resourceNames && { resourceNames }) };
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  await made(`${rbac}/clusterroles`, { metadata: { name }, rules: [look, rule] } as { metadata: { name: string } });
  await made(`${rbac}/clusterrolebindings`, {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', namespace: id, name }],
  } as { metadata: { name: string } });
  const { status } = await admin.expect<{ status: { token: string } }>(
    'POST',
    `/api/v1/namespaces/${id}/serviceaccounts/${name}/token`,
    { spec: { expirationSeconds: 3_600 } },
  );
  const kubeconfig = join(program.home, `${name}.yaml`);
  writeFileSync(kubeconfig, JSON.stringify(kubeconfigOf(status.token)));
  const args = ['--class', 'staging', '--kubeconfig', kubeconfig, '--context', 'it'];
  assertCode(await program.run(['target', 'add', name, ...args]), 0);
  return name;
}

function kubeconfigOf(token: string): unknown {
  const { kubernetes: server, ca } = cluster;
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'it', cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name: 'it', user: { token } }],
    contexts: [{ name: 'it', context: { cluster: 'it', user: 'it' } }],
  };
}

/** A handful of seats, none borrowed, and no queue: what does not fit is answered 429 with Retry-After. */
async function allowLittle(set: string): Promise<void> {
  const name = `${id}-${set}`;
  const flow = '/apis/flowcontrol.apiserver.k8s.io/v1';
  await made(`${flow}/prioritylevelconfigurations`, {
    metadata: { name },
    spec: {
      type: 'Limited',
      limited: {
        nominalConcurrencyShares: 1,
        lendablePercent: 0,
        borrowingLimitPercent: 0,
        limitResponse: { type: 'Reject' },
      },
    },
  } as { metadata: { name: string } });
  await made(`${flow}/flowschemas`, {
    metadata: { name },
    spec: {
      matchingPrecedence: 100,
      priorityLevelConfiguration: { name },
      rules: [
        {
          subjects: [{ kind: 'ServiceAccount', serviceAccount: { name, namespace: id } }],
          resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] }],
        },
      ],
    },
  } as { metadata: { name: string } });
}

async function layVolumes(set: string, count: number): Promise<void> {
  const lay = (name: string): Promise<void> =>
    made('/api/v1/persistentvolumes', {
      metadata: { name, labels: { set: `${id}-${set}` } },
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        storageClassName: id,
        persistentVolumeReclaimPolicy: 'Delete',
        csi: { driver: 'disk.test.example', volumeHandle: name },
      },
    } as { metadata: { name: string } });
  await eightAtOnce.map(namesOf(set, count), lay);
}

function namesOf(set: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${id}-${set}-${index}`);
}

function runbookOver(set: string): string {
  const file = join(program.home, `${set}.yaml`);
  writeFileSync(
    file,
    `
apiVersion: drctl/v1
kind: Runbook
metadata: {name: ${set}, title: Keep them, owners: [test]}
useWhen: it is tested
phases:
  - id: keep
    title: Keep
    steps:
      - {id: keep, title: Keep, uses: pv/retain, timeout: 3m, with: {selector: "set=${id}-${set}"}}
`,
  );
  return file;
}

const shape = z.looseObject({
  summary: z.looseObject({ changes: z.number() }),
  missing: z.array(z.looseObject({ permission: z.string() })),
});

function planned(stdout: string): z.infer<typeof shape> {
  return shape.parse(JSON.parse(stdout));
}

function requestsOf(set: string, since: number): RealWrite[] {
  const user = `system:serviceaccount:${id}:${id}-${set}`;
  return auditOf(cluster.directory, since).filter((line) => line.user === user);
}

function patchesIn(requests: readonly RealWrite[]): RealWrite[] {
  return requests.filter(({ verb, path }) => verb === 'patch' && path.includes('/persistentvolumes/'));
}

async function policiesOf(set: string): Promise<Record<string, number>> {
  const { items } = await admin.expect<{ items: { spec: { persistentVolumeReclaimPolicy: string } }[] }>(
    'GET',
    `/api/v1/persistentvolumes?labelSelector=set%3D${id}-${set}`,
  );
  const counts: Record<string, number> = {};
  for (const { spec } of items)
    counts[spec.persistentVolumeReclaimPolicy] = (counts[spec.persistentVolumeReclaimPolicy] ?? 0) + 1;
  return counts;
}
