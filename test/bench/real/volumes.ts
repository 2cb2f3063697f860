import pLimit from 'p-limit';
import type { Client } from '../../cluster/client.ts';

/** A set of volumes of its own, found by its label: every competitor gets one that nobody has touched. */
export interface Laid {
  readonly set: string;
  readonly count: number;
}

const PATH = '/api/v1/persistentvolumes';

/** Of a driver that nobody here runs: what is measured is the API server and who writes to it. */
const DRIVER = 'disk.bench.example';

/**
 * Released volumes, as a deleted namespace leaves them: each with the uid of a claim that is no more. The phase is written
 * through the status subresource, so that nobody waits for the controller manager to find them one by one.
 */
export async function layVolumes(api: Client, laid: Laid, policy: 'Retain' | 'Delete' = 'Retain'): Promise<void> {
  await api.request('POST', '/api/v1/namespaces', { metadata: { name: laid.set } });
  const limit = pLimit(32);
  await Promise.all(
    Array.from({ length: laid.count }, (_, index) =>
      limit(async () => {
        await api.expect('POST', PATH, volumeOf(laid.set, index, policy));
        const released = { status: { phase: 'Released' } };
        await api.expect(
          'PATCH',
          `${PATH}/${nameOf(laid.set, index)}/status`,
          released,
          'application/merge-patch+json',
        );
      }),
    ),
  );
}

export function namesOf({ set, count }: Laid): string[] {
  return Array.from({ length: count }, (_, index) => nameOf(set, index));
}

function nameOf(set: string, index: number): string {
  return `${set}-${index}`;
}

function volumeOf(set: string, index: number, policy: string): unknown {
  const uid = `00000000-0000-4000-8000-${index.toString().padStart(12, '0')}`;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name: nameOf(set, index),
      labels: { set },
      annotations: { 'pv.kubernetes.io/bound-by-controller': 'yes' },
    },
    spec: {
      capacity: { storage: '4Gi' },
      accessModes: ['ReadWriteOnce'],
      volumeMode: 'Filesystem',
      storageClassName: 'bench',
      persistentVolumeReclaimPolicy: policy,
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: set, name: `data-kafka-${index}`, uid },
      csi: { driver: DRIVER, volumeHandle: `disk-${set}-${index}`, fsType: 'ext4' },
    },
  };
}
