import { afterEach, describe, expect, it } from 'vitest';
import { Sandbox } from '../../../src/sandbox/sandbox.ts';
import type { SandboxOptions } from '../../../src/sandbox/sandbox.ts';
import { differencesOf } from '../../../src/sandbox/workloads/application-state.ts';
import { kubernetesOf, until } from './clients.ts';

const running: Sandbox[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((sandbox) => sandbox.close()));
});

async function start(options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await Sandbox.start(options);
  running.push(sandbox);
  return sandbox;
}

describe('a copy of a running application', () => {
  const replicas = 3;
  const application = [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'ledger' },
      spec: { clusterIP: 'None', selector: { app: 'ledger' }, ports: [{ port: 80 }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'ledger' },
      spec: {
        serviceName: 'ledger',
        replicas,
        podManagementPolicy: 'Parallel',
        selector: { matchLabels: { app: 'ledger' } },
        template: {
          metadata: { labels: { app: 'ledger' } },
          spec: { containers: [{ name: 'ledger', image: 'sandbox/ledger:1' }] },
        },
        volumeClaimTemplates: [
          {
            metadata: { name: 'data' },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '4Gi' } } },
          },
        ],
      },
    },
  ];
  const health = async (sandbox: Sandbox): Promise<number> =>
    (await fetch(`http://127.0.0.1:${sandbox.ports.workloads}/default/ledger/healthz`)).status;

  async function deployed(): Promise<Sandbox> {
    const sandbox = await start();
    const call = kubernetesOf(sandbox.access);
    await call('POST', '/api/v1/namespaces/default/services', application[0]);
    await call('POST', '/apis/apps/v1/namespaces/default/statefulsets', application[1]);
    await until(() => sandbox.data().claims.filter(({ records }) => records > 0).length === replicas);
    return sandbox;
  }

  it('runs on with the same volumes, identities and records, and nothing is made anew', async () => {
    const original = await deployed();
    const before = original.data();
    const copy = await start({ snapshot: original.snapshot() });
    await until(async () => (await health(copy)) === 200);
    const after = copy.data();
    expect(before.claims).toHaveLength(replicas);
    expect(differencesOf(before.claims, after.claims)).toEqual([]);
    expect(after.volumes.map(({ id }) => id)).toEqual(before.volumes.map(({ id }) => id));
    const pods = (sandbox: Sandbox) =>
      sandbox.kubernetes.store.list('pods').map(([key, { metadata }]) => [key, metadata.uid]);
    expect(pods(copy)).toEqual(pods(original));
  });

  it('takes the place of its original at the same three ports', async () => {
    const original = await deployed();
    const { ports } = original;
    const snapshot = original.snapshot();
    await original.close();
    const copy = await start({ snapshot, ports });
    expect(copy.ports).toEqual(ports);
    await until(async () => (await health(copy)) === 200);
    const service = copy.kubernetes.store.get('services', 'default/ledger');
    expect(service?.metadata.resourceVersion).toBe(
      snapshot.kubernetes?.tables
        .find(([table]) => table === 'services')?.[1]
        .find(([key]) => key === 'default/ledger')?.[1].metadata.resourceVersion,
    );
  });
});
