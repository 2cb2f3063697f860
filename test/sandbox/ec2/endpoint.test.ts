import {
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DescribeVolumesCommand,
} from '@aws-sdk/client-ec2';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { cloudOf } from '../../../src/sandbox/ec2/cloud.ts';
import { CloudStore } from '../../../src/sandbox/ec2/store.ts';
import { failureOf, startEndpoint, zone } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';

const node = 'i-0aaaaaaaaaaaaaaa0';
let endpoint: Endpoint;
beforeEach(async () => void (endpoint = await startEndpoint()));
afterEach(() => endpoint.close());

const create = new CreateVolumeCommand({ AvailabilityZone: zone, Size: 1 });

it('writes one line per request: who, what, how it ended, whether it was a dry run', async () => {
  const client = endpoint.ec2('admin', undefined, { customUserAgent: 'drctl/0.1.0' });
  await client.send(new DescribeVolumesCommand({ Filters: [{ Name: 'tag:app', Values: ['kafka'] }] }));
  await failureOf(client.send(new DeleteVolumeCommand({ VolumeId: 'vol-00000000000000000', DryRun: true })));
  await failureOf(client.send(new DeleteVolumeCommand({ VolumeId: 'vol-00000000000000000' })));
  expect(endpoint.audit).toMatchObject([
    { verb: 'DescribeVolumes', path: '/?Filter.1.Name=tag%3Aapp&Filter.1.Value.1=kafka', status: 200, dryRun: false },
    { verb: 'DeleteVolume', status: 412, dryRun: true },
    { verb: 'DeleteVolume', path: '/?VolumeId=vol-00000000000000000', status: 400, dryRun: false },
  ]);
  expect(endpoint.audit[0]!.client).toContain('drctl/0.1.0');
  expect(endpoint.audit[0]!.time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
});

it('throttles, fails and delays where a fault says so, without performing', async () => {
  endpoint.fail({ status: { code: 503 } });
  expect(await failureOf(endpoint.ec2().send(create))).toEqual(['RequestLimitExceeded', 503]);
  endpoint.fail({ dropBefore: true });
  await expect(endpoint.ec2().send(create)).rejects.toThrow(/ECONNRESET|socket hang up/);
  expect(endpoint.store.volumes()).toEqual([]);
  expect(endpoint.audit.map(({ status }) => status)).toEqual([503, 0]);
  endpoint.fail({ delayMs: 60 });
  const begun = performance.now();
  await endpoint.ec2().send(create);
  expect(performance.now() - begun).toBeGreaterThanOrEqual(55);
});

it('performs and loses only the reply where a fault says so', async () => {
  endpoint.fail({ dropAfter: true });
  await expect(endpoint.ec2().send(create)).rejects.toThrow(/ECONNRESET|socket hang up/);
  expect(endpoint.store.volumes()).toHaveLength(1);
  expect(endpoint.audit.map(({ status }) => status)).toEqual([200]);
});

it('cuts a reply in half, and answers an expired token, where a fault says so', async () => {
  endpoint.fail({ partialBody: true });
  await expect(endpoint.ec2().send(create)).rejects.toThrow(/ECONNRESET|aborted|socket hang up/);
  expect(endpoint.store.volumes()).toHaveLength(1);
  endpoint.fail({ unauthorized: true });
  expect(await failureOf(endpoint.ec2().send(create))).toEqual(['RequestExpired', 400]);
  endpoint.fail({ unauthorized: true });
  expect(await failureOf(endpoint.sts().send(new GetCallerIdentityCommand({})))).toEqual(['ExpiredToken', 403]);
  expect(endpoint.store.volumes()).toHaveLength(1);
});

it('meets only the requests that a fault names', async () => {
  const action = { status: { code: 500, reason: 'Unavailable', message: 'Try later.' } };
  endpoint.faults.add({ match: { resource: 'ec2', verb: 'DeleteVolume', name: 'vol-00000000000000001' }, action });
  const remove = (VolumeId: string) => failureOf(endpoint.ec2().send(new DeleteVolumeCommand({ VolumeId })));
  await endpoint.ec2().send(create);
  expect(await remove('vol-00000000000000002')).toEqual(['InvalidVolume.NotFound', 400]);
  expect(await remove('vol-00000000000000001')).toEqual(['Unavailable', 500]);
});

it('survives a request that is no query at all', async () => {
  const answer = await fetch(endpoint.server.url, { method: 'POST', body: '\u0000%%%{}' });
  expect(answer.status).toBe(400);
  await endpoint.ec2().send(new DescribeVolumesCommand({}));
});

it('is copied whole: the copy goes its own way, snapshots in flight complete in both', async () => {
  const { VolumeId } = await endpoint.ec2().send(create);
  endpoint.store.volume(VolumeId!).content.files.records = '1 2 3';
  await endpoint.ec2().send(new CreateSnapshotCommand({ VolumeId }));
  const copy = new CloudStore(endpoint.store.dump());
  endpoint.store.volume(VolumeId!).content.files.records = 'changed';
  expect(copy.volume(VolumeId!).content.files).toEqual({ records: '1 2 3' });
  expect(copy.snapshots()).toHaveLength(1);
});

it('serves the CSI driver: create, attach, write, detach, delete', async () => {
  const cloud = cloudOf(endpoint.store);
  const { id, state } = await cloud.createVolume({ sizeGiB: 10, zone, tags: { CSIVolumeName: 'pvc-1' } });
  expect(state).toBe('available');
  await cloud.attach(id, node, '/dev/xvdba');
  await cloud.attach(id, node, '/dev/xvdba');
  cloud.content(id).files.identity = 'kafka-0';
  expect(await cloud.describe(id)).toMatchObject({
    state: 'in-use',
    attachments: [{ instance: node, state: 'attached' }],
    tags: { CSIVolumeName: 'pvc-1' },
  });
  await expect(cloud.deleteVolume(id)).rejects.toThrow(/currently attached/);
  await cloud.detach(id);
  await cloud.detach(id);
  expect(cloud.content(id).files).toEqual({ identity: 'kafka-0' });
  await cloud.deleteVolume(id);
  expect(await cloud.describe(id)).toBeUndefined();
});

it('gives up when the cloud takes too long, and a later attempt finds it done', async () => {
  await endpoint.close();
  endpoint = await startEndpoint({ detaching: 60_000 });
  const cloud = cloudOf(endpoint.store, 30);
  const { id } = await cloud.createVolume({ sizeGiB: 10, zone, tags: {} });
  await cloud.attach(id, node, '/dev/xvdba');
  await expect(cloud.detach(id)).rejects.toThrow(/not done after 30 ms/);
  endpoint.advance(60_000);
  await cloud.detach(id);
  expect(await cloud.describe(id)).toMatchObject({ state: 'available' });
});
