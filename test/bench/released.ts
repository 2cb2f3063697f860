import { join } from 'node:path';
import { pinsOf } from '../../src/cli/pins.ts';
import type { Target } from '../../src/model/target.ts';
import type { SandboxSnapshot } from '../../src/sandbox/control/snapshot.ts';
import { createVolume } from '../../src/sandbox/ec2/volumes.ts';
import { Sandbox } from '../../src/sandbox/sandbox.ts';
import type { KubeObject, ResourceName } from '../../src/sandbox/types.ts';
import { openWorld, systemClock } from '../../src/world/index.ts';

const ZONE = 'eu-central-1a';
const OWNER = 'kubernetes.io/created-for/pvc';
const core = (resource: string): ResourceName => ({ group: '', version: 'v1', resource });

/** A namespace that is there again, and its volumes as its deletion left them: Released, each with the uid of a dead claim. */
export async function layReleased(count: number): Promise<SandboxSnapshot> {
  const sandbox = await Sandbox.start();
  try {
    const api = sandbox.api('bench');
    await api.create(core('namespaces'), { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    for (let index = 0; index < count; index += 1) {
      const claim = claimName(index);
      const tags = { [`${OWNER}/namespace`]: 'shop', [`${OWNER}/name`]: claim, 'ebs.csi.aws.com/cluster': 'true' };
      const { id } = createVolume(sandbox.cloud, { zone: ZONE, sizeGiB: 4, tags });
      await api.create(core('persistentvolumes'), volumeOf(index, id));
    }
    while (!(await allReleased(sandbox))) await new Promise((resolve) => setTimeout(resolve, 100));
    return sandbox.snapshot();
  } finally {
    await sandbox.close();
  }
}

async function allReleased(sandbox: Sandbox): Promise<boolean> {
  const { items } = await sandbox.api('bench').list(core('persistentvolumes'));
  return items.every(({ status }) => (status as { phase?: string } | undefined)?.phase === 'Released');
}

function claimName(index: number): string {
  return `data-kafka-${index}`;
}

function volumeOf(index: number, volumeHandle: string): KubeObject {
  const uid = `00000000-0000-4000-8000-${index.toString().padStart(12, '0')}`;
  const inZone = { key: 'topology.kubernetes.io/zone', operator: 'In', values: [ZONE] };
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: `pvc-${uid}`, annotations: { 'pv.kubernetes.io/bound-by-controller': 'yes' } },
    spec: {
      capacity: { storage: '4Gi' },
      accessModes: ['ReadWriteOnce'],
      volumeMode: 'Filesystem',
      storageClassName: 'gp3',
      persistentVolumeReclaimPolicy: 'Retain',
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: 'shop', name: claimName(index), uid },
      csi: { driver: 'ebs.csi.aws.com', volumeHandle, fsType: 'ext4' },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [inZone] }] } },
    },
  };
}

export function rebindRunbook(count: number): string {
  return `
apiVersion: drctl/v1
kind: Runbook
metadata: {name: rebind-many, title: Many volumes, owners: [bench]}
useWhen: it is measured
phases:
  - id: volumes
    title: Volumes
    steps:
      - {id: rebind, title: Rebind, uses: pv/rebind, timeout: 10m, with: {namespace: shop, statefulSets: {kafka: {data: ${count}}}}}
`;
}

/** As `drctl sandbox start` would pin it. */
export async function pinnedTarget(dir: string, endpoint: string): Promise<Target> {
  const target: Target = {
    name: 'sandbox',
    class: 'sandbox',
    cluster: { kubeconfig: join(dir, 'kubeconfig'), context: 'sandbox' },
    aws: { region: 'eu-central-1', endpoint, credentialsFile: join(dir, 'aws', 'credentials') },
  };
  const { world, close } = await openWorld({ target, clock: systemClock, version: 'bench' });
  try {
    return { ...target, pinned: pinsOf(await world.identity(), new Date()) };
  } finally {
    await close();
  }
}
