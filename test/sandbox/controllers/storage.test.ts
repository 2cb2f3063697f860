import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type {
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  VolumeAttachment,
} from '../../../src/sandbox/controllers/kinds.ts';
import { RESOURCES } from '../../../src/sandbox/controllers/resources.ts';
import { attachmentName } from '../../../src/sandbox/controllers/storage/ebs.ts';
import { Cluster, eventually } from './cluster.ts';

let cluster: Cluster;
let held: string | undefined;
beforeEach(async () => {
  held = undefined;
  cluster = await Cluster.start({ holdDetach: (name) => name === held });
  await cluster.classes();
  await cluster.namespace('shop');
});
afterEach(() => cluster.stop());

async function volumeOf(claimName: string): Promise<PersistentVolume> {
  const claim = await cluster.find<PersistentVolumeClaim>(RESOURCES.claims, claimName, 'shop');
  return (await cluster.find<PersistentVolume>(RESOURCES.volumes, claim?.spec.volumeName ?? ''))!;
}

async function running(name: string, claims: string[], spec: Partial<Pod['spec']> = {}): Promise<Pod> {
  await cluster.pod('shop', name, claims, spec);
  await eventually(() => cluster.phase(RESOURCES.pods, name, 'shop'), 'Running');
  return (await cluster.find<Pod>(RESOURCES.pods, name, 'shop'))!;
}

async function attachments(): Promise<VolumeAttachment[]> {
  return (await cluster.api.list(RESOURCES.attachments)).items as VolumeAttachment[];
}

const stateOf = async (volume: PersistentVolume): Promise<string> =>
  (await cluster.cloud.describe(volume.spec.csi?.volumeHandle ?? ''))?.state ?? 'gone';
const eventsOf = (name: string): Promise<string> => cluster.eventsAbout('shop', name).then((all) => all.join('\n'));
const says = (name: string, text: string): Promise<number> =>
  eventually(async () => (await eventsOf(name)).includes(text), true);

describe('dynamic provisioning', () => {
  test('Immediate: a volume of the size asked for, reserved for the claim, with the driver’s tags', async () => {
    await cluster.claim('shop', 'data', { resources: { requests: { storage: '12500Mi' } } });
    await eventually(() => cluster.claimPhase('shop', 'data'), 'Bound');
    const volume = await volumeOf('data');
    const claim = (await cluster.find<PersistentVolumeClaim>(RESOURCES.claims, 'data', 'shop'))!;
    const name = `pvc-${claim.metadata.uid}`;
    expect(volume.metadata.name).toBe(name);
    expect(volume.metadata.annotations?.['pv.kubernetes.io/provisioned-by']).toBe('ebs.csi.aws.com');
    expect(volume.spec).toMatchObject({ capacity: { storage: '13Gi' }, persistentVolumeReclaimPolicy: 'Delete' });
    const disk = await cluster.cloud.describe(volume.spec.csi?.volumeHandle ?? '');
    expect(disk).toMatchObject({
      sizeGiB: 13,
      tags: {
        CSIVolumeName: name,
        'ebs.csi.aws.com/cluster': 'true',
        'kubernetes.io/created-for/pvc/name': 'data',
        'kubernetes.io/created-for/pvc/namespace': 'shop',
        'kubernetes.io/created-for/pv/name': name,
      },
    });
    expect(volume.spec.nodeAffinity?.required?.nodeSelectorTerms[0]?.matchExpressions?.[0]?.values).toEqual([
      disk?.zone,
    ]);
    expect(await eventsOf('data')).toContain(
      "Waiting for a volume to be created either by the external provisioner 'ebs.csi.aws.com'",
    );
  });

  test('the provisioner’s finalizer comes with Bound and Delete, and goes with Retain', async () => {
    await cluster.claim('shop', 'data');
    await eventually(() => cluster.claimPhase('shop', 'data'), 'Bound');
    const finalizer = 'external-provisioner.volume.kubernetes.io/finalizer';
    const has = async (): Promise<boolean> =>
      (await volumeOf('data')).metadata.finalizers?.includes(finalizer) ?? false;
    await eventually(has, true);
    await cluster.api.patch(RESOURCES.volumes, (await volumeOf('data')).metadata.name ?? '', undefined, 'merge', {
      spec: { persistentVolumeReclaimPolicy: 'Retain' },
    });
    expect(await eventually(has, false)).toBeLessThan(1_000);
  });

  test('WaitForFirstConsumer: nothing until a pod comes, then in the zone of its node', async () => {
    await cluster.claim('shop', 'data', { storageClassName: 'gp3-wffc' });
    await says('data', 'WaitForFirstConsumer');
    expect(Object.keys(cluster.store.state.volumes)).toHaveLength(0);
    const pod = await running('p', ['data'], { nodeSelector: { 'topology.kubernetes.io/zone': 'eu-west-1b' } });
    expect(pod.spec.nodeName).toBe('node-1');
    const disk = await cluster.cloud.describe((await volumeOf('data')).spec.csi?.volumeHandle ?? '');
    expect(disk).toMatchObject({ zone: 'eu-west-1b', state: 'in-use' });
  });

  test('A6c: a pod takes a free volume of its class before one is made', async () => {
    await cluster.volume('w3', { storageClassName: 'gp3-wffc' });
    await eventually(() => cluster.volumePhase('w3'), 'Available');
    await cluster.claim('shop', 'data', { storageClassName: 'gp3-wffc' });
    await says('data', 'WaitForFirstConsumer');
    await running('p', ['data'], { nodeSelector: { 'topology.kubernetes.io/zone': 'eu-west-1a' } });
    expect((await volumeOf('data')).metadata).toMatchObject({
      name: 'w3',
      annotations: { 'pv.kubernetes.io/bound-by-controller': 'yes' },
    });
  });
});

describe('deletion', () => {
  test('A1, trap 1: a Delete volume is destroyed with its claim, object and disk', async () => {
    await cluster.claim('shop', 'data');
    await eventually(() => cluster.claimPhase('shop', 'data'), 'Bound');
    const volume = await volumeOf('data');
    await cluster.api.delete(RESOURCES.claims, 'data', 'shop');
    await eventually(() => cluster.volumePhase(volume.metadata.name ?? ''), 'gone');
    expect(await stateOf(volume)).toMatch(/gone|delet/);
  });

  test('trap 2: a Released Retain volume set back to Delete is destroyed', async () => {
    const volume = (await cluster.volume('k1', { claimRef: { namespace: 'shop', name: 'data' } })) as PersistentVolume;
    await cluster.claim('shop', 'data');
    await eventually(() => cluster.claimPhase('shop', 'data'), 'Bound');
    await cluster.api.delete(RESOURCES.claims, 'data', 'shop');
    await eventually(() => cluster.volumePhase('k1'), 'Released');
    expect(await stateOf(volume)).toBe('available');
    await cluster.api.patch(RESOURCES.volumes, 'k1', undefined, 'merge', {
      spec: { persistentVolumeReclaimPolicy: 'Delete' },
    });
    await eventually(() => cluster.volumePhase('k1'), 'gone');
    expect(await stateOf(volume)).toMatch(/gone|delet/);
  });

  test('trap 10: only an attachment of the same PV object protects a disk; EC2 refuses while it is attached', async () => {
    const first = (await cluster.volume('one', { claimRef: { namespace: 'shop', name: 'data' } })) as PersistentVolume;
    await cluster.claim('shop', 'data');
    await running('p', ['data']);
    await cluster.volume('two', {
      csi: { ...first.spec.csi!, driver: 'ebs.csi.aws.com' },
      persistentVolumeReclaimPolicy: 'Delete',
      claimRef: { namespace: 'shop', name: 'other', uid: '11111111-1111-1111-1111-111111111111' },
    });
    await eventually(
      async () => (await cluster.eventsAbout('default', 'two')).join().includes('VolumeFailedDelete'),
      true,
    );
    expect(await stateOf(first)).toBe('in-use');
    await cluster.api.delete(RESOURCES.pods, 'p', 'shop');
    await eventually(() => cluster.volumePhase('two'), 'gone');
    expect(await stateOf(first)).toMatch(/gone|delet/);
  });

  test('the scenario: a held detach protects a Delete volume until it is Retain', async () => {
    await cluster.claim('shop', 'data');
    await eventually(() => cluster.claimPhase('shop', 'data'), 'Bound');
    const volume = await volumeOf('data');
    const name = volume.metadata.name ?? '';
    await running('p', ['data']);
    held = name;
    await cluster.api.delete(RESOURCES.namespaces, 'shop');
    await eventually(() => cluster.phase(RESOURCES.namespaces, 'shop'), 'gone');
    await eventually(() => cluster.volumePhase(name), 'Released');
    await eventually(
      async () => (await cluster.eventsAbout('default', name)).join().includes('is still attached to node'),
      true,
    );
    expect((await attachments())[0]).toMatchObject({
      metadata: { deletionTimestamp: expect.any(String) },
      status: { attached: true, detachError: { message: expect.stringContaining('attachment is busy') } },
    });
    expect(await stateOf(volume)).toBe('in-use');

    await cluster.api.patch(RESOURCES.volumes, name, undefined, 'merge', {
      spec: { persistentVolumeReclaimPolicy: 'Retain' },
    });
    held = undefined;
    await eventually(async () => (await attachments()).length, 0);
    await eventually(() => stateOf(volume), 'available');
    expect(await cluster.volumePhase(name)).toBe('Released');
  });
});

describe('attachments', () => {
  test('a pod on a node has its volume attached under the name the real controller gives', async () => {
    await cluster.claim('shop', 'data');
    const pod = await running('p', ['data']);
    const volume = await volumeOf('data');
    const [attachment] = await attachments();
    expect(attachment).toMatchObject({
      metadata: {
        name: attachmentName(volume, pod.spec.nodeName ?? ''),
        finalizers: ['external-attacher/ebs-csi-aws-com'],
      },
      spec: {
        attacher: 'ebs.csi.aws.com',
        nodeName: pod.spec.nodeName,
        source: { persistentVolumeName: volume.metadata.name },
      },
      status: { attached: true },
    });
    await says('p', `SuccessfulAttachVolume: AttachVolume.Attach succeeded for volume "${volume.metadata.name}"`);
    await cluster.api.delete(RESOURCES.pods, 'p', 'shop');
    await eventually(async () => (await attachments()).length, 0);
    expect(await stateOf(volume)).toBe('available');
  });

  test('several volumes on one node get devices of their own', async () => {
    for (const name of ['a', 'b', 'c']) await cluster.claim('shop', name, { storageClassName: 'gp3-wffc' });
    await running('p', ['a', 'b', 'c']);
    const devices = (await attachments()).map(({ status }) => status?.attachmentMetadata?.['devicePath']);
    expect(new Set(devices)).toEqual(new Set(['/dev/xvdaa', '/dev/xvdab', '/dev/xvdac']));
  });

  test('trap 15: a volume attached to another node keeps the pod waiting, with a Multi-Attach event', async () => {
    await cluster.claim('shop', 'data');
    const first = await running('p', ['data']);
    await cluster.pod('shop', 'q', ['data'], { nodeName: first.spec.nodeName === 'node-0' ? 'node-1' : 'node-0' });
    await says('q', 'Multi-Attach error');
    expect(await cluster.phase(RESOURCES.pods, 'q', 'shop')).toBe('Pending');
  });

  test('trap 16: without a node in the volume’s zone the pod cannot be scheduled; past the scheduler, not attached', async () => {
    await cluster.volume('v', {
      claimRef: { namespace: 'shop', name: 'data' },
      nodeAffinity: zoneAffinity('eu-west-1z'),
    });
    await cluster.claim('shop', 'data');
    await eventually(() => cluster.claimPhase('shop', 'data'), 'Bound');
    await cluster.pod('shop', 'p', ['data']);
    await says('p', "0/3 nodes are available: 3 node(s) didn't match PersistentVolume's node affinity.");
    await cluster.pod('shop', 'q', ['data'], { nodeName: 'node-2' });
    await says('q', 'InvalidVolume.ZoneMismatch');
    expect(await cluster.phase(RESOURCES.pods, 'q', 'shop')).toBe('Pending');
  });
});

describe('protection and disks', () => {
  test('A10: a claim in use is Terminating until its pod is gone', async () => {
    await cluster.claim('shop', 'data');
    await running('p', ['data']);
    await cluster.api.delete(RESOURCES.claims, 'data', 'shop');
    const claim = await cluster.find(RESOURCES.claims, 'data', 'shop');
    expect(claim?.metadata).toMatchObject({
      deletionTimestamp: expect.any(String),
      finalizers: ['kubernetes.io/pvc-protection'],
    });
    await cluster.api.delete(RESOURCES.pods, 'p', 'shop');
    await eventually(() => cluster.claimPhase('shop', 'data'), 'gone');
  });

  test('trap 9: a disk without a signature is formatted, and what was on it is gone; Block is left alone', async () => {
    const volumes = await Promise.all([
      cluster.volume('fs', { claimRef: { namespace: 'shop', name: 'fs' } }),
      cluster.volume('raw', { claimRef: { namespace: 'shop', name: 'raw' }, volumeMode: 'Block' }),
    ]);
    const [fs, raw] = volumes.map((volume) =>
      cluster.cloud.content((volume as PersistentVolume).spec.csi?.volumeHandle ?? ''),
    );
    for (const content of [fs!, raw!]) content.files = { database: 'years of work' };
    await cluster.claim('shop', 'fs');
    await cluster.claim('shop', 'raw', { volumeMode: 'Block' });
    await running('p', ['fs', 'raw']);
    expect(fs).toMatchObject({ filesystem: 'ext4', files: {} });
    expect(raw).toMatchObject({ files: { database: 'years of work' } });
    expect(raw?.filesystem).toBeUndefined();
  });

  test('a disk with another filesystem is not formatted: the mount fails', async () => {
    const volume = (await cluster.volume('fs', { claimRef: { namespace: 'shop', name: 'fs' } })) as PersistentVolume;
    const content = cluster.cloud.content(volume.spec.csi?.volumeHandle ?? '');
    content.filesystem = 'xfs';
    content.files = { database: 'years of work' };
    await cluster.claim('shop', 'fs');
    await cluster.pod('shop', 'p', ['fs']);
    await says('p', 'wrong fs type, bad option, bad superblock');
    expect(content.files).toEqual({ database: 'years of work' });
  });

  test('a pod whose secret is missing waits for it', async () => {
    await cluster.pod('shop', 'p', [], { volumes: [{ name: 's', secret: { secretName: 'key' } }] });
    await says('p', 'MountVolume.SetUp failed for volume "s" : secret "key" not found');
    await cluster.api.create(RESOURCES.secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'key', namespace: 'shop' },
    });
    expect(await eventually(() => cluster.phase(RESOURCES.pods, 'p', 'shop'), 'Running')).toBeLessThan(1_000);
  });
});

function zoneAffinity(zone: string): NonNullable<PersistentVolume['spec']['nodeAffinity']> {
  return {
    required: {
      nodeSelectorTerms: [
        { matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: [zone] }] },
      ],
    },
  };
}
