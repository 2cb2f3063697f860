import { afterAll, beforeAll, beforeEach } from 'vitest';
import { CHANGE_KINDS } from '../../src/changes/index.ts';
import type { Change } from '../../src/model/change.ts';
import type { ChangeKind } from '../../src/ports/change-kind.ts';
import type { KubeObject } from '../../src/ports/read-world.ts';
import { startSandboxWorld, type SandboxWorld } from '../world/sandbox-world.ts';

export function kindOf(change: Change): ChangeKind {
  return CHANGE_KINDS.find(({ kind }) => kind === change.kind)!;
}

export type Made = KubeObject & { metadata: { uid: string } };

/** A sandbox with namespace `shop` for one file of tests, and a new name for each test. */
export function useBench() {
  let at: SandboxWorld;
  let nth = 0;
  beforeAll(async () => {
    at = await startSandboxWorld();
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
    await at.outlet().kube('cluster', { verb: 'create', object });
  });
  beforeEach(() => {
    nth += 1;
  });
  afterAll(() => at.end());
  return {
    get name() {
      return `thing-${nth}`;
    },
    get at() {
      return at;
    },
    guard: (change: Change) => kindOf(change).guard(change, at.world),
    probe: (change: Change, sentAt = new Date().toISOString()) => kindOf(change).probe(change, at.world, sentAt),
    perform: (change: Change) => kindOf(change).perform(change, at.outlet()),
    make: async (object: KubeObject) => (await at.outlet().kube('cluster', { verb: 'create', object })) as Made,
    live: (kind: string, namespace?: string) =>
      at.world.kube('cluster').get({
        apiVersion: 'v1',
        kind,
        name: `thing-${nth}`,
        ...(namespace !== undefined && { namespace }),
      }),
    configMap: (data: Record<string, string> = { a: '1' }): KubeObject => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `thing-${nth}`, namespace: 'shop' },
      data,
    }),
    volume: (policy: string): KubeObject => ({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: `thing-${nth}` },
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        persistentVolumeReclaimPolicy: policy,
        csi: { driver: 'ebs.csi.aws.com', volumeHandle: `vol-0${String(nth).padStart(16, '0')}` },
      },
    }),
  };
}
