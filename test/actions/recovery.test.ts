import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ACTIONS } from '../../src/actions/index.ts';
import type { Planned } from '../../src/model/action.ts';
import type { Json } from '../../src/model/json.ts';
import { Sandbox } from '../../src/sandbox/sandbox.ts';
import type { KubeObject, ResourceName } from '../../src/sandbox/types.ts';
import { nextChange } from './law-bench.ts';
import { openTestWorld, type TestWorld } from './law-world.ts';
import { until } from './law-worlds.ts';

const APP = `
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Service
metadata: {name: kafka, namespace: shop}
spec: {clusterIP: None, selector: {app: kafka}, ports: [{port: 9092}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: kafka, namespace: shop}
spec:
  replicas: 3
  serviceName: kafka
  podManagementPolicy: Parallel
  selector: {matchLabels: {app: kafka}}
  template:
    metadata: {labels: {app: kafka}}
    spec:
      containers:
        - {name: kafka, image: example.com/kafka:1, volumeMounts: [{name: data, mountPath: /data}]}
  volumeClaimTemplates:
    - metadata: {name: data}
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 4Gi}}}
`;

const core = (resource: string): ResourceName => ({ group: '', version: 'v1', resource });
let sandbox: Sandbox;
let outside: TestWorld;
let dir: string;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'drctl-recovery-'));
  sandbox = await Sandbox.start({ dir });
  mkdirSync(join(dir, 'app'));
  writeFileSync(join(dir, 'app', 'app.yaml'), APP);
  outside = await openTestWorld(dir, sandbox.access.aws);
});
afterEach(async () => {
  await outside.close();
  await sandbox.close();
  rmSync(dir, { recursive: true, force: true });
});

async function look(uses: string, input: Json): Promise<Planned> {
  const action = ACTIONS.find(({ name }) => name === uses);
  if (!action) throw new Error(`no action ${uses}`);
  const situation = { address: `sandbox/${uses}`, target: 'sandbox', endpoint: 'cluster' as const, baseDir: dir };
  return action.plan(input, await action.observe(input, outside.world, situation), situation);
}

/** The step loop in its plainest form: plan, perform one, plan again. */
async function carryOut(uses: string, input: Json): Promise<void> {
  await until(async () => {
    const planned = await look(uses, input);
    if (planned.effect === 'blocked') throw new Error(`${uses}: ${planned.because}`);
    const next = planned.effect === 'changes' ? nextChange(planned.items) : undefined;
    if (next) await outside.perform(next);
    return planned.effect === 'satisfied';
  });
}

const list = async (resource: string): Promise<KubeObject[]> => (await sandbox.api('look').list(core(resource))).items;
const specOf = (object: KubeObject) => object['spec'] as { volumeName?: string; csi?: { volumeHandle: string } };

/** Claim to EC2 volume, by what the cluster says now. */
async function volumeOfClaims(): Promise<Record<string, string | undefined>> {
  const handles = new Map(
    (await list('persistentvolumes')).map((pv) => [pv.metadata.name, specOf(pv).csi?.volumeHandle]),
  );
  const claims = await list('persistentvolumeclaims');
  return Object.fromEntries(claims.map((claim) => [claim.metadata.name, handles.get(specOf(claim).volumeName ?? '')]));
}

async function threeRun(): Promise<boolean> {
  const pods = await list('pods');
  return pods.filter(({ status }) => (status as { phase?: string } | undefined)?.phase === 'Running').length === 3;
}

const gone = { objects: [{ apiVersion: 'v1', kind: 'Namespace', name: 'shop' }], gone: true };

describe('a deleted namespace, by the actions alone', () => {
  it('comes home: every claim on its own volume', async () => {
    await carryOut('kube/apply', { path: 'app' });
    await until(threeRun);
    const before = await volumeOfClaims();
    expect(Object.keys(before)).toEqual(['data-kafka-0', 'data-kafka-1', 'data-kafka-2']);

    await carryOut('pv/retain', { namespace: 'shop' });
    await sandbox.api('oncall').delete(core('namespaces'), 'shop');
    expect(await look('kube/wait', gone)).toMatchObject({ effect: 'changes' });
    await carryOut('kube/wait', gone);
    await carryOut('ebs/snapshot', { namespace: 'shop' });

    // with the volumes still waiting, the set is not let in: it would start empty (trap 4)
    await carryOut('kube/apply', { path: 'app', exclude: ['StatefulSet'] });
    expect(await look('kube/apply', { path: 'app' })).toMatchObject({ effect: 'blocked' });
    await carryOut('pv/rebind', { namespace: 'shop', manifests: 'app' });
    await carryOut('kube/apply', { path: 'app' });
    await until(threeRun);

    expect(await volumeOfClaims()).toEqual(before);
    expect(await list('persistentvolumes')).toHaveLength(3);
    expect(await look('pv/rebind', { namespace: 'shop', manifests: 'app' })).toMatchObject({ effect: 'satisfied' });
  }, 60_000);

  it('retain is in time while the namespace is already Terminating, for volumes that are still attached', async () => {
    await carryOut('kube/apply', { path: 'app' });
    await until(threeRun);
    const volumes = Object.values(await volumeOfClaims());
    for (const pv of await list('persistentvolumes'))
      sandbox.holdDetach({ volume: pv.metadata.name ?? '', until: 'Retain' });
    await sandbox.api('oncall').delete(core('namespaces'), 'shop');
    await carryOut('pv/retain', { namespace: 'shop' });
    await carryOut('kube/wait', gone);
    expect(Object.keys(sandbox.cloud.dump().volumes).toSorted()).toEqual(
      volumes.map(String).toSorted((a, b) => (a < b ? -1 : 1)),
    );
  }, 60_000);
});
