import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AttachVolumeCommand,
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DeleteSnapshotCommand,
  DeleteVolumeCommand,
  DescribeInstancesCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  DetachVolumeCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import type { CreateVolumeCommandInput, Snapshot, Tag, Volume } from '@aws-sdk/client-ec2';
import { STSClient } from '@aws-sdk/client-sts';
import { expect } from 'vitest';
import type { Scope } from '../case.ts';
import type { Contracted } from '../target.ts';

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export const zone = 'eu-central-1a';
export const otherZone = 'eu-central-1b';

export function keysOf({ aws }: Contracted, user: 'admin' | 'viewer'): Keys {
  const section = readFileSync(aws.credentialsFile, 'utf8')
    .split(/^(?=\[)/m)
    .find((each) => each.startsWith(`[${user}]`) || each.startsWith(`[sandbox-${user}]`));
  const value = (name: string): string => new RegExp(`^${name} = (.*)$`, 'm').exec(section ?? '')?.[1] ?? '';
  const sessionToken = value('aws_session_token');
  return {
    accessKeyId: value('aws_access_key_id'),
    secretAccessKey: value('aws_secret_access_key'),
    ...(sessionToken !== '' && { sessionToken }),
  };
}

/** EC2 and STS as one user; what a case makes, it deletes. */
export class Cloud {
  readonly ec2: EC2Client;
  readonly sts: STSClient;
  readonly api: Scope;

  constructor(api: Scope, keys: Keys = keysOf(api.target, 'admin')) {
    this.api = api;
    const { endpoint, region } = api.target.aws;
    const options = { endpoint, region, credentials: keys, maxAttempts: 1 };
    this.ec2 = new EC2Client(options);
    this.sts = new STSClient(options);
    api.afterwards(async () => {
      this.ec2.destroy();
      this.sts.destroy();
    });
  }

  async volume(more: Partial<CreateVolumeCommandInput> = {}, tags: readonly Tag[] = []): Promise<Volume> {
    const mine = { Key: 'case', Value: this.api.id };
    const input = {
      AvailabilityZone: zone,
      ...(more.SnapshotId === undefined && { Size: 1 }),
      TagSpecifications: [{ ResourceType: 'volume' as const, Tags: [mine, ...tags] }],
      ...more,
    };
    const made = await this.ec2.send(new CreateVolumeCommand(input));
    const VolumeId = made.VolumeId ?? '';
    this.api.afterwards(() => this.ec2.send(new DeleteVolumeCommand({ VolumeId })));
    await this.isIn('available', VolumeId);
    return { ...made, VolumeId };
  }

  async snapshot(volumeId = ''): Promise<string> {
    const { SnapshotId = '' } = await this.ec2.send(new CreateSnapshotCommand({ VolumeId: volumeId }));
    this.api.afterwards(() => this.ec2.send(new DeleteSnapshotCommand({ SnapshotId })));
    return SnapshotId;
  }

  /** The instance that is the node of a zone. */
  async instance(of = zone): Promise<string> {
    const Filters = [{ Name: 'availability-zone', Values: [of] }];
    const { Reservations } = await this.ec2.send(new DescribeInstancesCommand({ Filters }));
    return Reservations?.[0]?.Instances?.[0]?.InstanceId ?? '';
  }

  async attach(VolumeId: string, Device = device(VolumeId)): Promise<string> {
    const InstanceId = await this.instance();
    await this.ec2.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device }));
    this.api.afterwards(async () => {
      await this.ec2.send(new DetachVolumeCommand({ VolumeId, InstanceId }));
      await this.isIn('available', VolumeId);
    });
    while ((await this.isIn('in-use', VolumeId)).Attachments?.[0]?.State !== 'attached') await sleep(50);
    return InstanceId;
  }

  async isIn(state: string, VolumeId: string): Promise<Volume> {
    for (let tries = 0; ; tries++) {
      const { Volumes } = await this.ec2.send(new DescribeVolumesCommand({ VolumeIds: [VolumeId] }));
      if (Volumes?.[0]?.State === state) return Volumes[0];
      if (tries > 100) throw new Error(`${VolumeId} is ${Volumes?.[0]?.State}, not ${state}`);
      await sleep(100);
    }
  }

  /** Waits until it is not found any more. */
  async isGone(volumeId: string): Promise<void> {
    for (let tries = 0; tries < 100; tries++) {
      const asked = this.ec2.send(new DescribeVolumesCommand({ VolumeIds: [volumeId] }));
      const code = await asked.then(
        () => 'found',
        (error: Error) => error.name,
      );
      if (code === 'InvalidVolume.NotFound') return;
      await sleep(100);
    }
    throw new Error(`${volumeId} is still there`);
  }

  /** The snapshot when it is complete. */
  async completed(snapshotId: string): Promise<Snapshot> {
    for (let tries = 0; ; tries++) {
      const { Snapshots } = await this.ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: [snapshotId] }));
      if (Snapshots?.[0]?.State === 'completed') return Snapshots[0];
      if (tries > 300) throw new Error(`${snapshotId} is ${Snapshots?.[0]?.State}`);
      await sleep(100);
    }
  }

  /** The ids of this case's volumes that pass, in the order of their making. */
  async found(made: readonly Volume[], ...Filters: readonly { Name: string; Values: string[] }[]): Promise<number[]> {
    const mine = { Name: 'tag:case', Values: [this.api.id] };
    const { Volumes = [] } = await this.ec2.send(new DescribeVolumesCommand({ Filters: [mine, ...Filters] }));
    const ids = Volumes.map(({ VolumeId }) => VolumeId);
    const numbers = made.flatMap(({ VolumeId }, index) => (ids.includes(VolumeId) ? [index] : []));
    this.api.observe(JSON.stringify(Filters).replaceAll(/vol-[0-9a-f]{17}/g, '<volume>'), numbers);
    return numbers;
  }
}

/** One that no other case has taken on the same instance. */
export function device(volumeId: string): string {
  const [one = 'a', two = 'a'] = volumeId
    .slice(-2)
    .split('')
    .map((digit) => String.fromCodePoint(98 + Number.parseInt(digit, 16)));
  return `/dev/xvd${one}${two}`;
}

/** The call is refused with this code and HTTP status, on both. */
export async function isRefused(api: Scope, call: Promise<unknown>, code: string, status = 400): Promise<void> {
  const [seen, at] = await call.then(
    () => ['accepted', 200] as const,
    (error: { name: string; $metadata?: { httpStatusCode?: number } }) =>
      [error.name, error.$metadata?.httpStatusCode] as const,
  );
  api.observe('refused', [seen, at]);
  expect([seen, at]).toEqual([code, status]);
}
