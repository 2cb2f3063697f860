import {
  AttachVolumeCommand,
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  DetachVolumeCommand,
  type EC2Client,
  type Tag,
  type Volume,
  type VolumeType,
} from '@aws-sdk/client-ec2';
import type { Cloud, CloudVolume, VolumeContent } from '../../../src/sandbox/types.ts';
import type { Snapshotter } from '../../../src/sandbox/velero/index.ts';

/** On the snapshots that Velero took. */
const VELERO_TAG = 'velero.io/backup';

/**
 * The cloud as the CSI driver needs it, over any EC2 endpoint. What is on the disks is kept here, by volume id, because
 * moto has none: a deleted volume takes its content along, for good.
 */
export class Ec2Cloud implements Cloud, Snapshotter {
  readonly #ec2: EC2Client;
  readonly #contents = new Map<string, VolumeContent>();
  /** What was on the disk when Velero took the snapshot of this id. */
  readonly #kept = new Map<string, VolumeContent>();
  /** Ids of volumes that were deleted: data that is lost. */
  readonly deleted: string[] = [];

  constructor(ec2: EC2Client) {
    this.#ec2 = ec2;
  }

  async createVolume(request: Parameters<Cloud['createVolume']>[0]): Promise<CloudVolume> {
    const { sizeGiB, zone, tags, type = 'gp3' } = request;
    const made = await this.#ec2.send(
      new CreateVolumeCommand({
        AvailabilityZone: zone,
        Size: sizeGiB,
        VolumeType: type as VolumeType,
        TagSpecifications: [{ ResourceType: 'volume', Tags: tagsOf(tags) }],
      }),
    );
    const volume = volumeOf(made);
    this.#contents.set(volume.id, { files: {}, writers: [] });
    return volume;
  }

  async deleteVolume(id: string): Promise<void> {
    await this.#ec2.send(new DeleteVolumeCommand({ VolumeId: id }));
    this.#contents.delete(id);
    this.deleted.push(id);
  }

  /**
   * Each under a device name of its own, because each test chooses names without seeing the others': EC2 would refuse one
   * that is taken, but moto takes it, and then answers every DetachVolume of the older volume with 500.
   */
  async attach(id: string, instance: string, device: string): Promise<void> {
    const Device = `${device}-${id}`;
    await this.#ec2.send(new AttachVolumeCommand({ VolumeId: id, InstanceId: instance, Device }));
  }

  /** moto answers a detach without the instance with 500. */
  async detach(id: string): Promise<void> {
    const instance = (await this.describe(id))?.attachments[0]?.instance;
    if (instance === undefined) return;
    await this.#ec2.send(new DetachVolumeCommand({ VolumeId: id, InstanceId: instance }));
  }

  async describe(id: string): Promise<CloudVolume | undefined> {
    try {
      const { Volumes = [] } = await this.#ec2.send(new DescribeVolumesCommand({ VolumeIds: [id] }));
      return Volumes[0] && volumeOf(Volumes[0]);
    } catch (error) {
      if (error instanceof Error && error.name === 'InvalidVolume.NotFound') return undefined;
      throw error;
    }
  }

  async snapshot(volumeId: string, tags: Readonly<Record<string, string>>): Promise<string> {
    const taken = await this.#ec2.send(
      new CreateSnapshotCommand({
        VolumeId: volumeId,
        TagSpecifications: [{ ResourceType: 'snapshot', Tags: tagsOf(tags) }],
      }),
    );
    const id = taken.SnapshotId ?? '';
    this.#kept.set(id, structuredClone(this.content(volumeId)));
    return id;
  }

  async restore(snapshotId: string, zone: string, tags: Readonly<Record<string, string>>): Promise<CloudVolume> {
    const made = await this.#ec2.send(
      new CreateVolumeCommand({
        AvailabilityZone: zone,
        SnapshotId: snapshotId,
        VolumeType: 'gp3',
        TagSpecifications: [{ ResourceType: 'volume', Tags: tagsOf(tags) }],
      }),
    );
    const volume = volumeOf(made);
    this.#contents.set(volume.id, structuredClone(this.#kept.get(snapshotId) ?? { files: {}, writers: [] }));
    return volume;
  }

  /** Deletes what claims of that namespace ever got and nobody deleted: these are no data that is lost. */
  async sweep(namespace: string): Promise<void> {
    const Filters = [{ Name: 'tag:kubernetes.io/created-for/pvc/namespace', Values: [namespace] }];
    const { Volumes = [] } = await this.#ec2.send(new DescribeVolumesCommand({ Filters }));
    for (const { VolumeId = '' } of Volumes) {
      await this.detach(VolumeId);
      await this.#ec2.send(new DeleteVolumeCommand({ VolumeId }));
      this.#contents.delete(VolumeId);
    }
  }

  /** How many snapshots each of these volumes has; those of Velero's backups do not count. */
  async snapshotsOf(ids: readonly string[]): Promise<Record<string, number>> {
    const Filters = [{ Name: 'volume-id', Values: [...ids] }];
    const { Snapshots = [] } = await this.#ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'], Filters }));
    const taken = Snapshots.filter(({ Tags = [] }) => !Tags.some(({ Key }) => Key === VELERO_TAG));
    const counts = Object.groupBy(taken, ({ VolumeId = '' }) => VolumeId);
    return Object.fromEntries(Object.entries(counts).map(([id, found = []]) => [id, found.length]));
  }

  content(id: string): VolumeContent {
    const found = this.#contents.get(id);
    if (found === undefined) throw new Error(`there is no volume ${id}, or nobody here made it`);
    return found;
  }

  /** Of the volumes that were made here and are still there. */
  get ids(): string[] {
    return [...this.#contents.keys()];
  }

  /** For looking from outside: nothing where the disk is gone. */
  findContent(id: string): VolumeContent | undefined {
    return this.#contents.get(id);
  }
}

function tagsOf(tags: Readonly<Record<string, string>>): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

function volumeOf(found: Volume): CloudVolume {
  return {
    id: found.VolumeId ?? '',
    state: found.State ?? 'error',
    sizeGiB: found.Size ?? 0,
    zone: found.AvailabilityZone ?? '',
    createTime: found.CreateTime?.toISOString() ?? '',
    tags: Object.fromEntries((found.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value])),
    attachments: (found.Attachments ?? []).map(({ InstanceId = '', Device = '', State }) => ({
      instance: InstanceId,
      device: Device,
      state: State ?? 'attached',
    })),
  };
}
