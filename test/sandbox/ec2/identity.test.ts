import {
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DescribeAvailabilityZonesCommand,
  DescribeInstancesCommand,
  DescribeRegionsCommand,
  DescribeVolumesCommand,
} from '@aws-sdk/client-ec2';
import { GetCallerIdentityCommand, GetSessionTokenCommand } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newCredentials } from '../../../src/sandbox/ec2/principals.ts';
import { createVolume } from '../../../src/sandbox/ec2/volumes.ts';
import { failureOf, startEndpoint, zone } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';

let endpoint: Endpoint;
beforeEach(async () => void (endpoint = await startEndpoint()));
afterEach(() => endpoint.close());

const whoAmI = new GetCallerIdentityCommand({});
const look = new DescribeVolumesCommand({});
const volume = () => createVolume(endpoint.store, { zone, sizeGiB: 1, tags: {} }).id;

describe('who calls', () => {
  it('is told by STS, also to who may do nothing', async () => {
    endpoint.principals.permit('viewer', { allow: [] });
    expect(await endpoint.sts('viewer').send(whoAmI)).toMatchObject({
      Account: '123456789012',
      Arn: 'arn:aws:sts::123456789012:assumed-role/viewer/sandbox',
      UserId: 'AROASANDBOX:viewer',
    });
  });

  it('is refused when unknown, with the code of each service', async () => {
    const stranger = endpoint.with(newCredentials());
    expect(await failureOf(stranger.ec2.send(look))).toEqual(['AuthFailure', 401]);
    expect(await failureOf(stranger.sts.send(whoAmI))).toEqual(['InvalidClientTokenId', 403]);
  });

  it('is refused with a known key but another session token', async () => {
    const { credentials } = endpoint.principals.get('admin')!;
    const wrong = endpoint.with({ ...credentials, sessionToken: 'stolen' });
    expect(await failureOf(wrong.ec2.send(look))).toEqual(['AuthFailure', 401]);
  });

  it('is refused when unsigned', async () => {
    const post = async (body: string) => (await fetch(endpoint.server.url, { method: 'POST', body })).text();
    expect(await post('Action=DescribeVolumes&Version=2016-11-15')).toContain('<Code>MissingParameter</Code>');
    expect(await post('Action=GetCallerIdentity&Version=2011-06-15')).toContain(
      '<Code>MissingAuthenticationToken</Code>',
    );
    expect(await (await fetch(`${endpoint.server.url}/?Action=DescribeVolumes&Version=2016-11-15`)).text()).toContain(
      'AWSAccessKeyId',
    );
  });

  it('is refused in another region', async () => {
    expect(await failureOf(endpoint.ec2('admin', 'eu-west-1').send(look))).toEqual(['AuthFailure', 401]);
    expect(await failureOf(endpoint.sts('admin', 'us-east-1').send(whoAmI))).toEqual(['SignatureDoesNotMatch', 403]);
  });

  it('is refused once expired, for ever; new credentials work', async () => {
    const old = { ...endpoint.principals.get('admin')!.credentials };
    endpoint.principals.expire('admin');
    expect(await failureOf(endpoint.ec2().send(look))).toEqual(['RequestExpired', 400]);
    expect(await failureOf(endpoint.sts().send(whoAmI))).toEqual(['ExpiredToken', 403]);
    endpoint.principals.renew('admin');
    await endpoint.ec2().send(look);
    expect(await failureOf(endpoint.with(old).sts.send(whoAmI))).toEqual(['ExpiredToken', 403]);
    expect(() => endpoint.principals.renew('nobody')).toThrow(/no user nobody; it has admin, viewer/);
  });

  it('is refused when the clocks are an hour apart', async () => {
    endpoint.advance(3_600_000);
    expect(await failureOf(endpoint.ec2().send(look))).toEqual(['RequestExpired', 400]);
    expect(await failureOf(endpoint.sts().send(whoAmI))).toEqual(['SignatureDoesNotMatch', 403]);
  });
});

const remove = (name: string, DryRun: boolean, VolumeId = volume()) =>
  failureOf(endpoint.ec2(name).send(new DeleteVolumeCommand({ VolumeId, DryRun })));

describe('what they may do', () => {
  it('is told by a dry run, which does nothing', async () => {
    const id = volume();
    expect(await remove('admin', true, id)).toEqual(['DryRunOperation', 412]);
    expect(await remove('viewer', true, id)).toEqual(['UnauthorizedOperation', 403]);
    expect(await remove('viewer', false, id)).toEqual(['UnauthorizedOperation', 403]);
    expect(endpoint.store.volume(id).id).toBe(id);
  });

  it('is only permission in a dry run, not whether it would work', async () => {
    expect(await remove('admin', true, 'vol-00000000000000000')).toEqual(['DryRunOperation', 412]);
  });

  it('can lack one single action', async () => {
    endpoint.principals.permit('admin', { deny: ['CreateSnapshot'] });
    const snapshot = endpoint.ec2().send(new CreateSnapshotCommand({ VolumeId: volume(), DryRun: true }));
    expect(await failureOf(snapshot)).toEqual(['UnauthorizedOperation', 403]);
    await endpoint.ec2().send(new CreateVolumeCommand({ AvailabilityZone: zone, Size: 1 }));
  });

  it('needs CreateTags too for tags in the creating call', async () => {
    endpoint.principals.permit('admin', { deny: ['CreateTags'] });
    const VolumeId = volume();
    const tagged = new CreateSnapshotCommand({
      VolumeId,
      TagSpecifications: [{ ResourceType: 'snapshot', Tags: [{ Key: 'a', Value: 'b' }] }],
    });
    expect(await failureOf(endpoint.ec2().send(tagged))).toEqual(['UnauthorizedOperation', 403]);
    await endpoint.ec2().send(new CreateSnapshotCommand({ VolumeId }));
  });
});

it('knows its instances, zones and its one region', async () => {
  const instances = await endpoint.ec2().send(new DescribeInstancesCommand({ InstanceIds: ['i-0aaaaaaaaaaaaaaa1'] }));
  expect(instances.Reservations![0]!.Instances![0]).toMatchObject({
    InstanceId: 'i-0aaaaaaaaaaaaaaa1',
    State: { Code: 16, Name: 'running' },
    Placement: { AvailabilityZone: 'eu-central-1b' },
  });
  const inZone = { Filters: [{ Name: 'availability-zone', Values: [zone] }] };
  expect((await endpoint.ec2().send(new DescribeInstancesCommand(inZone))).Reservations).toHaveLength(1);
  const zones = await endpoint.ec2().send(new DescribeAvailabilityZonesCommand({}));
  expect(zones.AvailabilityZones!.map(({ ZoneName, ZoneId }) => [ZoneName, ZoneId])).toEqual([
    ['eu-central-1a', 'euc1-az1'],
    ['eu-central-1b', 'euc1-az2'],
  ]);
  const regions = await endpoint.ec2().send(new DescribeRegionsCommand({}));
  expect(regions.Regions!.map(({ RegionName }) => RegionName)).toEqual(['eu-central-1']);
  const absent = endpoint.ec2().send(new DescribeInstancesCommand({ InstanceIds: ['i-0cccccccccccccccc'] }));
  expect(await failureOf(absent)).toEqual(['InvalidInstanceID.NotFound', 400]);
  const malformed = endpoint.ec2().send(new DescribeInstancesCommand({ InstanceIds: ['node-1'] }));
  expect(await failureOf(malformed)).toEqual(['InvalidInstanceID.Malformed', 400]);
});

it('names what STS it does not simulate, and a version it does not speak', async () => {
  expect(await failureOf(endpoint.sts().send(new GetSessionTokenCommand({})))).toEqual(['InvalidAction', 501]);
});
