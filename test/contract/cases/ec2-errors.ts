import {
  AttachVolumeCommand,
  CreateSnapshotCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  DeleteSnapshotCommand,
  DeleteVolumeCommand,
  DescribeInstancesCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  DetachVolumeCommand,
} from '@aws-sdk/client-ec2';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { expect } from 'vitest';
import type { ContractCase } from '../case.ts';
import { Cloud, isRefused, keysOf, otherZone, zone } from './ec2-scene.ts';

const VolumeId = 'vol-0123456789abcdef0';
const SnapshotId = 'snap-0123456789abcdef0';
const InstanceId = 'i-0123456789abcdef0';
const Device = '/dev/xvdzz';

/** Code and status by the EC2 API's own list of errors (docs.aws.amazon.com, API reference, Error codes). */
const refusals: [string, (cloud: Cloud) => Promise<unknown>, string][] = [
  [
    'describing a volume that is not there',
    ({ ec2 }) => ec2.send(new DescribeVolumesCommand({ VolumeIds: [VolumeId] })),
    'InvalidVolume.NotFound',
  ],
  [
    'deleting a volume that is not there',
    ({ ec2 }) => ec2.send(new DeleteVolumeCommand({ VolumeId })),
    'InvalidVolume.NotFound',
  ],
  [
    'a snapshot of a volume that is not there',
    ({ ec2 }) => ec2.send(new CreateSnapshotCommand({ VolumeId })),
    'InvalidVolume.NotFound',
  ],
  [
    'tagging a volume that is not there',
    ({ ec2 }) => ec2.send(new CreateTagsCommand({ Resources: [VolumeId], Tags: [{ Key: 'a', Value: 'b' }] })),
    'InvalidVolume.NotFound',
  ],
  [
    'describing a snapshot that is not there',
    ({ ec2 }) => ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: [SnapshotId] })),
    'InvalidSnapshot.NotFound',
  ],
  [
    'deleting a snapshot that is not there',
    ({ ec2 }) => ec2.send(new DeleteSnapshotCommand({ SnapshotId })),
    'InvalidSnapshot.NotFound',
  ],
  [
    'a volume from a snapshot that is not there',
    ({ ec2 }) => ec2.send(new CreateVolumeCommand({ AvailabilityZone: zone, SnapshotId })),
    'InvalidSnapshot.NotFound',
  ],
  [
    'a volume in a zone that is not there',
    ({ ec2 }) => ec2.send(new CreateVolumeCommand({ AvailabilityZone: 'eu-central-1z', Size: 1 })),
    'InvalidZone.NotFound',
  ],
  [
    'describing an instance that is not there',
    ({ ec2 }) => ec2.send(new DescribeInstancesCommand({ InstanceIds: [InstanceId] })),
    'InvalidInstanceID.NotFound',
  ],
  [
    'attaching a volume that is not there',
    async (cloud) => cloud.ec2.send(new AttachVolumeCommand({ VolumeId, InstanceId: await cloud.instance(), Device })),
    'InvalidVolume.NotFound',
  ],
  [
    'attaching to an instance that is not there',
    async (cloud) => {
      const { VolumeId } = await cloud.volume();
      return cloud.ec2.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device }));
    },
    'InvalidInstanceID.NotFound',
  ],
  [
    'attaching a volume of another zone',
    async (cloud) => {
      const { VolumeId } = await cloud.volume();
      return cloud.ec2.send(new AttachVolumeCommand({ VolumeId, InstanceId: await cloud.instance(otherZone), Device }));
    },
    'InvalidVolume.ZoneMismatch',
  ],
  [
    'attaching a volume that is attached',
    async (cloud) => {
      const { VolumeId = '' } = await cloud.volume();
      const InstanceId = await cloud.attach(VolumeId);
      return cloud.ec2.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device }));
    },
    'VolumeInUse',
  ],
  [
    'deleting a volume that is attached',
    async (cloud) => {
      const { VolumeId = '' } = await cloud.volume();
      await cloud.attach(VolumeId);
      return cloud.ec2.send(new DeleteVolumeCommand({ VolumeId }));
    },
    'VolumeInUse',
  ],
  [
    'detaching a volume that is not attached',
    async (cloud) => {
      const { VolumeId } = await cloud.volume();
      return cloud.ec2.send(new DetachVolumeCommand({ VolumeId }));
    },
    'IncorrectState',
  ],
  [
    'an unknown filter',
    ({ ec2 }) => ec2.send(new DescribeVolumesCommand({ Filters: [{ Name: 'colour', Values: ['red'] }] })),
    'InvalidParameterValue',
  ],
  [
    'paging together with ids',
    async (cloud) => {
      const { VolumeId = '' } = await cloud.volume();
      return cloud.ec2.send(new DescribeVolumesCommand({ VolumeIds: [VolumeId], MaxResults: 5 }));
    },
    'InvalidParameterCombination',
  ],
  [
    'a tag that begins with aws, which is reserved',
    async (cloud) => {
      const { VolumeId = '' } = await cloud.volume();
      return cloud.ec2.send(new CreateTagsCommand({ Resources: [VolumeId], Tags: [{ Key: 'aws:x', Value: '' }] }));
    },
    'InvalidParameterValue',
  ],
  [
    'a fifty-first tag',
    async (cloud) => {
      const { VolumeId = '' } = await cloud.volume();
      const Tags = Array.from({ length: 50 }, (_, index) => ({ Key: `k${index}`, Value: '' }));
      return cloud.ec2.send(new CreateTagsCommand({ Resources: [VolumeId], Tags }));
    },
    'TagLimitExceeded',
  ],
];

export const cloudErrors: readonly ContractCase[] = [
  ...refusals.map(([what, call, code]): ContractCase => ({
    name: `EC2 refuses ${what}: ${code}`,
    requests: (api) => isRefused(api, call(new Cloud(api)), code),
  })),
  {
    name: 'DryRun of what one may do: DryRunOperation, 412, and nothing is done',
    async requests(api) {
      const cloud = new Cloud(api);
      const made = await cloud.volume();
      const { VolumeId } = made;
      await isRefused(api, cloud.ec2.send(new DeleteVolumeCommand({ VolumeId, DryRun: true })), 'DryRunOperation', 412);
      expect(await cloud.found([made])).toEqual([0]);
    },
  },
  {
    name: 'DryRun of what one may not do: UnauthorizedOperation, 403',
    async requests(api) {
      const { ec2 } = new Cloud(api, keysOf(api.target, 'viewer'));
      const call = ec2.send(new CreateVolumeCommand({ AvailabilityZone: zone, Size: 1, DryRun: true }));
      await isRefused(api, call, 'UnauthorizedOperation', 403);
    },
  },
  {
    name: 'what one may not do: UnauthorizedOperation, 403',
    async requests(api) {
      const { VolumeId } = await new Cloud(api).volume();
      const { ec2 } = new Cloud(api, keysOf(api.target, 'viewer'));
      await isRefused(api, ec2.send(new DeleteVolumeCommand({ VolumeId })), 'UnauthorizedOperation', 403);
      await ec2.send(new DescribeVolumesCommand({ VolumeIds: [VolumeId ?? ''] }));
    },
  },
  {
    name: 'a wrong secret: EC2 says AuthFailure, 401',
    async requests(api) {
      const { ec2 } = new Cloud(api, { ...keysOf(api.target, 'admin'), secretAccessKey: 'wrong' });
      await isRefused(api, ec2.send(new DescribeVolumesCommand({})), 'AuthFailure', 401);
    },
  },
  {
    name: 'a wrong secret: STS says SignatureDoesNotMatch, 403',
    async requests(api) {
      const { sts } = new Cloud(api, { ...keysOf(api.target, 'admin'), secretAccessKey: 'wrong' });
      await isRefused(api, sts.send(new GetCallerIdentityCommand({})), 'SignatureDoesNotMatch', 403);
    },
  },
  {
    name: 'an unknown access key: EC2 says AuthFailure, 401',
    async requests(api) {
      const { ec2 } = new Cloud(api, { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'any' });
      await isRefused(api, ec2.send(new DescribeVolumesCommand({})), 'AuthFailure', 401);
    },
  },
  {
    name: 'an unknown access key: STS says InvalidClientTokenId, 403',
    async requests(api) {
      const { sts } = new Cloud(api, { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'any' });
      await isRefused(api, sts.send(new GetCallerIdentityCommand({})), 'InvalidClientTokenId', 403);
    },
  },
];
