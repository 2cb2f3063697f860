import {
  CreateSnapshotCommand,
  CreateTagsCommand,
  DeleteSnapshotCommand,
  DeleteTagsCommand,
  DeleteVolumeCommand,
  DescribeAvailabilityZonesCommand,
  DescribeSnapshotsCommand,
  DescribeTagsCommand,
  DescribeVolumesCommand,
  DetachVolumeCommand,
  paginateDescribeVolumes,
} from '@aws-sdk/client-ec2';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { expect } from 'vitest';
import type { ContractCase } from '../case.ts';
import { Cloud, device, keysOf, otherZone, zone } from './ec2-scene.ts';

const tagged = (name: string): { Key: string; Value: string } => ({ Key: 'Name', Value: name });

export const cloudWork: readonly ContractCase[] = [
  {
    name: 'GetCallerIdentity: an account of twelve digits, an ARN in it that ends with the name, a user id',
    async requests(api) {
      for (const user of ['admin', 'viewer'] as const) {
        const { sts } = new Cloud(api, keysOf(api.target, user));
        const { Account, Arn, UserId } = await sts.send(new GetCallerIdentityCommand({}));
        expect(Account).toMatch(/^\d{12}$/);
        expect(Arn).toMatch(new RegExp(`^arn:aws:(iam|sts)::${Account}:.*/${user}$`));
        expect(UserId).not.toBe('');
      }
    },
  },
  {
    name: 'a volume has the size, zone, type and tags that it was asked for',
    async requests(api) {
      const cloud = new Cloud(api);
      const { VolumeId = '' } = await cloud.volume({ Size: 7, VolumeType: 'gp3' }, [tagged('data')]);
      const seen = await cloud.isIn('available', VolumeId);
      const { Size, AvailabilityZone, VolumeType, Encrypted, Attachments, State, Iops } = seen;
      api.observe('volume', {
        Size,
        AvailabilityZone,
        VolumeType,
        Encrypted,
        Attachments: Attachments ?? [],
        State,
        Iops,
      });
      expect(seen).toMatchObject({
        Size: 7,
        AvailabilityZone: zone,
        VolumeType: 'gp3',
        State: 'available',
        Iops: 3000,
      });
      expect(seen.Tags).toEqual(expect.arrayContaining([tagged('data'), { Key: 'case', Value: api.id }]));
    },
  },
  {
    name: 'attached a volume is in-use and says to what; detached it is available again',
    async requests(api) {
      const cloud = new Cloud(api);
      const { VolumeId = '' } = await cloud.volume();
      const InstanceId = await cloud.attach(VolumeId);
      const { Attachments } = await cloud.isIn('in-use', VolumeId);
      const attachment = { InstanceId, VolumeId, Device: device(VolumeId) };
      expect(Attachments).toMatchObject([attachment]);
      await cloud.ec2.send(new DetachVolumeCommand({ VolumeId, InstanceId }));
      const free = await cloud.isIn('available', VolumeId);
      expect(free.Attachments ?? []).toEqual([]);
    },
  },
  {
    name: 'a volume is detached without naming the instance',
    async requests(api) {
      const cloud = new Cloud(api);
      const { VolumeId = '' } = await cloud.volume();
      await cloud.attach(VolumeId);
      await cloud.ec2.send(new DetachVolumeCommand({ VolumeId }));
      await cloud.isIn('available', VolumeId);
    },
  },
  {
    name: 'a deleted volume is not found any more',
    async requests(api) {
      const cloud = new Cloud(api);
      const { VolumeId = '' } = await cloud.volume();
      await cloud.ec2.send(new DeleteVolumeCommand({ VolumeId }));
      await cloud.isGone(VolumeId);
    },
  },
  {
    name: 'filters: values of one are alternatives, several must all hold, * and ? stand for characters',
    async requests(api) {
      const cloud = new Cloud(api);
      const made = [
        await cloud.volume({ Size: 1 }, [tagged('data-0')]),
        await cloud.volume({ Size: 2 }, [tagged('data-1'), { Key: 'kept', Value: 'yes' }]),
        await cloud.volume({ Size: 2, AvailabilityZone: otherZone }, [tagged('log-10')]),
      ];
      const find = (...filters: [string, ...string[]][]): Promise<number[]> =>
        cloud.found(made, ...filters.map(([Name, ...Values]) => ({ Name, Values })));
      expect(await find(['tag:Name', 'data-0', 'log-10'])).toEqual([0, 2]);
      expect(await find(['tag:Name', 'data-*'])).toEqual([0, 1]);
      expect(await find(['tag:Name', 'data-?'])).toEqual([0, 1]);
      expect(await find(['tag:Name', 'Data-0'])).toEqual([]);
      expect(await find(['tag-key', 'kept'])).toEqual([1]);
      expect(await find(['size', '2'])).toEqual([1, 2]);
      expect(await find(['size', '2'], ['availability-zone', zone])).toEqual([1]);
      expect(await find(['status', 'available'])).toEqual([0, 1, 2]);
      expect(await find(['status', 'in-use'])).toEqual([]);
      expect(await find(['volume-id', made[1]?.VolumeId ?? ''])).toEqual([1]);
    },
  },
  {
    name: 'filters: an attachment is found by its instance and its state',
    async requests(api) {
      const cloud = new Cloud(api);
      const made = [await cloud.volume(), await cloud.volume()];
      const instance = await cloud.attach(made[1]?.VolumeId ?? '');
      const byInstance = { Name: 'attachment.instance-id', Values: [instance] };
      const found = await cloud.ec2.send(
        new DescribeVolumesCommand({ Filters: [byInstance, { Name: 'tag:case', Values: [api.id] }] }),
      );
      expect(found.Volumes?.map(({ VolumeId }) => VolumeId)).toEqual([made[1]?.VolumeId]);
      expect(await cloud.found(made, { Name: 'attachment.status', Values: ['attached'] })).toEqual([1]);
    },
  },
  {
    name: 'DescribeVolumes pages: MaxResults at most, a token, and all of them in the end',
    async requests(api) {
      const cloud = new Cloud(api);
      const made: string[] = [];
      for (let count = 0; count < 7; count++) made.push((await cloud.volume()).VolumeId ?? '');
      const Filters = [{ Name: 'tag:case', Values: [api.id] }];
      const pages = paginateDescribeVolumes({ client: cloud.ec2, pageSize: 5 }, { Filters });
      const seen: string[][] = [];
      for await (const { Volumes } of pages) seen.push((Volumes ?? []).map(({ VolumeId }) => VolumeId ?? ''));
      expect(new Set(seen.flat())).toEqual(new Set(made));
      expect(seen.map(({ length }) => length)).toEqual([5, 2]);
    },
  },
  {
    name: 'a ClientToken makes CreateVolume happen once',
    async requests(api) {
      const cloud = new Cloud(api);
      const one = await cloud.volume({ ClientToken: `token-${api.id}` });
      const two = await cloud.volume({ ClientToken: `token-${api.id}` });
      expect(two.VolumeId).toBe(one.VolumeId);
    },
  },
  {
    name: 'tags: written over by key, removed by key, and by key and value only where both match',
    async requests(api) {
      const cloud = new Cloud(api);
      const { VolumeId = '' } = await cloud.volume({}, [tagged('old')]);
      const Resources = [VolumeId];
      const tags = async (): Promise<unknown> =>
        Object.fromEntries(
          ((await cloud.isIn('available', VolumeId)).Tags ?? []).map(({ Key, Value }) => [Key, Value]),
        );
      await cloud.ec2.send(new CreateTagsCommand({ Resources, Tags: [tagged('new'), { Key: 'a', Value: '1' }] }));
      expect(await tags()).toEqual({ case: api.id, Name: 'new', a: '1' });
      await cloud.ec2.send(new DeleteTagsCommand({ Resources, Tags: [{ Key: 'a', Value: 'other' }] }));
      expect(await tags()).toEqual({ case: api.id, Name: 'new', a: '1' });
      await cloud.ec2.send(new DeleteTagsCommand({ Resources, Tags: [{ Key: 'a', Value: '1' }] }));
      await cloud.ec2.send(new DeleteTagsCommand({ Resources, Tags: [{ Key: 'Name' }] }));
      expect(await tags()).toEqual({ case: api.id });
    },
  },
  {
    name: 'DescribeTags finds resources by key and value',
    async requests(api) {
      const cloud = new Cloud(api);
      const { VolumeId } = await cloud.volume();
      const Filters = [
        { Name: 'key', Values: ['case'] },
        { Name: 'value', Values: [api.id] },
      ];
      const { Tags } = await cloud.ec2.send(new DescribeTagsCommand({ Filters }));
      expect(Tags).toEqual([{ Key: 'case', Value: api.id, ResourceId: VolumeId, ResourceType: 'volume' }]);
    },
  },
  {
    name: 'a snapshot knows its volume and size, completes, and a volume made of it knows the snapshot',
    async requests(api) {
      const cloud = new Cloud(api);
      const { VolumeId = '' } = await cloud.volume({ Size: 3 });
      const snapshot = await cloud.snapshot(VolumeId);
      const complete = await cloud.completed(snapshot);
      expect(complete).toMatchObject({ VolumeId, VolumeSize: 3, Progress: '100%' });
      const made = await cloud.volume({ SnapshotId: snapshot });
      expect(made).toMatchObject({ SnapshotId: snapshot, Size: 3 });
    },
  },
  {
    name: 'a snapshot begins as pending',
    async requests(api) {
      const cloud = new Cloud(api);
      const { VolumeId } = await cloud.volume();
      const { SnapshotId, State } = await cloud.ec2.send(new CreateSnapshotCommand({ VolumeId }));
      api.afterwards(() => cloud.ec2.send(new DeleteSnapshotCommand({ SnapshotId })));
      expect(State).toBe('pending');
    },
  },
  {
    name: "snapshots are found by their volume and among one's own",
    async requests(api) {
      const cloud = new Cloud(api);
      const { VolumeId = '' } = await cloud.volume();
      const snapshot = await cloud.snapshot(VolumeId);
      const Filters = [{ Name: 'volume-id', Values: [VolumeId] }];
      const { Snapshots } = await cloud.ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'], Filters }));
      expect(Snapshots?.map(({ SnapshotId }) => SnapshotId)).toEqual([snapshot]);
    },
  },
  {
    name: 'a snapshot outlives its volume',
    async requests(api) {
      const cloud = new Cloud(api);
      const { VolumeId = '' } = await cloud.volume();
      const snapshot = await cloud.snapshot(VolumeId);
      await cloud.ec2.send(new DeleteVolumeCommand({ VolumeId }));
      const { Snapshots } = await cloud.ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: [snapshot] }));
      expect(Snapshots).toMatchObject([{ SnapshotId: snapshot, VolumeId }]);
    },
  },
  {
    name: 'the region has three zones, available, with an instance running in each',
    async requests(api) {
      const cloud = new Cloud(api);
      const { AvailabilityZones = [] } = await cloud.ec2.send(new DescribeAvailabilityZonesCommand({}));
      const zones = AvailabilityZones.map(({ ZoneName, State }) => [ZoneName, State]);
      expect(zones).toEqual(['a', 'b', 'c'].map((letter) => [`eu-central-1${letter}`, 'available']));
      for (const [name] of zones) expect(await cloud.instance(name)).toMatch(/^i-[0-9a-f]{17}$/);
    },
  },
];
