import {
  AttachVolumeCommand,
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DescribeVolumesCommand,
  DetachVolumeCommand,
  ModifyVolumeCommand,
  paginateDescribeVolumes,
  waitUntilVolumeAvailable,
} from '@aws-sdk/client-ec2';
import type { CreateVolumeCommandInput, Filter } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failureOf, startEndpoint, zone } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';

const nodeA = 'i-0aaaaaaaaaaaaaaa0';
const nodeB = 'i-0aaaaaaaaaaaaaaa1';
let endpoint: Endpoint;
beforeEach(async () => void (endpoint = await startEndpoint()));
afterEach(() => endpoint.close());

const create = (input: Partial<CreateVolumeCommandInput> = {}) =>
  endpoint.ec2().send(new CreateVolumeCommand({ AvailabilityZone: zone, Size: 10, VolumeType: 'gp3', ...input }));

const tagged = (tags: Record<string, string>): Partial<CreateVolumeCommandInput> => ({
  TagSpecifications: [{ ResourceType: 'volume', Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }],
});

const one = async (id: string) =>
  (await endpoint.ec2().send(new DescribeVolumesCommand({ VolumeIds: [id] }))).Volumes![0]!;

const sorted = (ids: (string | undefined)[]) => ids.map(String).toSorted((a, b) => a.localeCompare(b));

const found = async (Filters: Filter[]) => {
  const { Volumes } = await endpoint.ec2().send(new DescribeVolumesCommand({ Filters }));
  return sorted(Volumes!.map(({ VolumeId }) => VolumeId));
};

describe('creating a volume', () => {
  it('answers with everything a client reads, tags of the creating call included', async () => {
    const volume = await create(tagged({ 'kubernetes.io/created-for/pvc/name': 'data-kafka-0', odd: 'a <b> & "c"' }));
    expect(volume).toMatchObject({
      Size: 10,
      AvailabilityZone: zone,
      State: 'available',
      VolumeType: 'gp3',
      Encrypted: false,
      Iops: 3000,
    });
    expect(volume.VolumeId).toMatch(/^vol-[0-9a-f]{17}$/);
    expect(volume.CreateTime).toBeInstanceOf(Date);
    const { Volumes } = await endpoint.ec2().send(new DescribeVolumesCommand({ VolumeIds: [volume.VolumeId!] }));
    expect(Volumes).toHaveLength(1);
    expect(Volumes![0]!.Tags).toEqual([
      { Key: 'kubernetes.io/created-for/pvc/name', Value: 'data-kafka-0' },
      { Key: 'odd', Value: 'a <b> & "c"' },
    ]);
    expect(Volumes![0]!.Attachments).toEqual([]);
  });

  it('keeps number-like and space-padded tag values as text', async () => {
    const { VolumeId } = await create(tagged({ number: '007', spaces: '  x ', empty: '' }));
    const { Volumes } = await endpoint.ec2().send(new DescribeVolumesCommand({ VolumeIds: [VolumeId!] }));
    expect(Object.fromEntries(Volumes![0]!.Tags!.map(({ Key, Value }) => [Key, Value]))).toEqual({
      number: '007',
      spaces: '  x ',
      empty: '',
    });
  });

  it('is idempotent by client token, and refuses the token for another request', async () => {
    const first = await create({ ClientToken: 'token-1' });
    const second = await create({ ClientToken: 'token-1' });
    expect(second.VolumeId).toBe(first.VolumeId);
    expect(await found([])).toHaveLength(1);
    expect(await failureOf(create({ ClientToken: 'token-1', Size: 11 }))).toEqual(['IdempotentParameterMismatch', 400]);
  });

  it('is creating first, then available', async () => {
    await endpoint.close();
    endpoint = await startEndpoint({ creating: 60_000 });
    const { VolumeId, State } = await create();
    expect(State).toBe('creating');
    expect(await found([{ Name: 'status', Values: ['available'] }])).toEqual([]);
    endpoint.advance(60_000);
    await waitUntilVolumeAvailable({ client: endpoint.ec2(), minDelay: 1, maxWaitTime: 2 }, { VolumeIds: [VolumeId!] });
  });

  it.each<[string, Partial<CreateVolumeCommandInput>, string]>([
    ['an unknown zone', { AvailabilityZone: 'eu-west-1a' }, 'InvalidZone.NotFound'],
    ['no zone', { AvailabilityZone: undefined }, 'MissingParameter'],
    ['neither size nor snapshot', { Size: undefined }, 'MissingParameter'],
    ['a size beyond the type', { Size: 20_000, VolumeType: 'gp2' }, 'InvalidParameterValue'],
    ['a size of nothing', { Size: 0 }, 'InvalidParameterValue'],
    ['an unknown type', { VolumeType: 'floppy' as 'gp3' }, 'InvalidParameterValue'],
    ['a snapshot that is not there', { SnapshotId: 'snap-00000000000000000' }, 'InvalidSnapshot.NotFound'],
    [
      'tags for another kind of resource',
      { TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'a', Value: 'b' }] }] },
      'InvalidParameterValue',
    ],
  ])('refuses %s', async (_, input, code) => {
    expect(await failureOf(create(input))).toEqual([code, 400]);
    expect(await found([])).toEqual([]);
  });

  it('names a parameter that it does not simulate instead of ignoring it', async () => {
    await expect(create({ MultiAttachEnabled: true })).rejects.toThrow(
      /does not simulate the parameter MultiAttachEnabled of CreateVolume/,
    );
    expect(await failureOf(create({ MultiAttachEnabled: true }))).toEqual(['InvalidAction', 501]);
  });
});

describe('describing volumes', () => {
  it('filters by tags, state, attachment, zone, size, encryption and id, with wildcards', async () => {
    const a = await create(tagged({ app: 'kafka', 'odd*key': '1' }));
    const b = await create({
      AvailabilityZone: 'eu-central-1b',
      Size: 20,
      Encrypted: true,
      ...tagged({ app: 'etcd' }),
    });
    await endpoint
      .ec2()
      .send(new AttachVolumeCommand({ VolumeId: b.VolumeId, InstanceId: nodeB, Device: '/dev/xvdb' }));
    const [A, B] = [a.VolumeId!, b.VolumeId!];
    const both = sorted([A, B]);
    expect(await found([{ Name: 'tag:app', Values: ['kafka'] }])).toEqual([A]);
    expect(await found([{ Name: 'tag:app', Values: ['kafka', 'etcd'] }])).toEqual(both);
    expect(await found([{ Name: 'tag:app', Values: ['*'] }])).toEqual(both);
    expect(await found([{ Name: 'tag:app', Values: ['?afka'] }])).toEqual([A]);
    expect(await found([{ Name: 'tag:app', Values: ['k.fka'] }])).toEqual([]);
    expect(await found([{ Name: 'tag-key', Values: [String.raw`odd\*key`] }])).toEqual([A]);
    expect(await found([{ Name: 'status', Values: ['in-use'] }])).toEqual([B]);
    expect(await found([{ Name: 'attachment.instance-id', Values: [nodeB] }])).toEqual([B]);
    expect(await found([{ Name: 'attachment.status', Values: ['attached'] }])).toEqual([B]);
    expect(await found([{ Name: 'availability-zone', Values: [zone] }])).toEqual([A]);
    expect(await found([{ Name: 'size', Values: ['20'] }])).toEqual([B]);
    expect(await found([{ Name: 'encrypted', Values: ['true'] }])).toEqual([B]);
    expect(await found([{ Name: 'volume-id', Values: [A] }])).toEqual([A]);
    expect(
      await found([
        { Name: 'tag:app', Values: ['etcd'] },
        { Name: 'size', Values: ['10'] },
      ]),
    ).toEqual([]);
  });

  it('refuses an unknown filter even when there is nothing to filter', async () => {
    expect(await failureOf(found([{ Name: 'attachment.instanceid', Values: ['x'] }]))).toEqual([
      'InvalidParameterValue',
      400,
    ]);
  });

  it('pages, and two pages miss nothing when a volume goes in between', async () => {
    const ids = await Promise.all(Array.from({ length: 12 }, async () => (await create()).VolumeId!));
    const sizes: number[] = [];
    const seen: string[] = [];
    for await (const page of paginateDescribeVolumes({ client: endpoint.ec2(), pageSize: 5 }, {})) {
      sizes.push(page.Volumes!.length);
      seen.push(...page.Volumes!.map(({ VolumeId }) => VolumeId!));
      if (sizes.length === 1) await endpoint.ec2().send(new DeleteVolumeCommand({ VolumeId: seen[0] }));
    }
    expect(sizes).toEqual([5, 5, 2]);
    expect(sorted(seen)).toEqual(sorted(ids));
  });

  it.each<[string, object, string]>([
    ['a page size below five', { MaxResults: 4 }, 'InvalidParameterValue'],
    ['a page size with ids', { MaxResults: 5, VolumeIds: ['vol-00000000000000001'] }, 'InvalidParameterCombination'],
    ['a token of somebody else', { NextToken: 'made-up' }, 'InvalidParameterValue'],
    ['a malformed id', { VolumeIds: ['kafka-0'] }, 'InvalidParameterValue'],
    ['an id that is not there', { VolumeIds: ['vol-00000000000000001'] }, 'InvalidVolume.NotFound'],
  ])('refuses %s', async (_, input, code) => {
    expect(await failureOf(endpoint.ec2().send(new DescribeVolumesCommand(input)))).toEqual([code, 400]);
  });

  it('keeps a new volume unseen for a while where told to, as the real service may', async () => {
    await endpoint.close();
    endpoint = await startEndpoint({ unseen: 30_000 });
    const { VolumeId } = await create();
    expect(await found([])).toEqual([]);
    endpoint.advance(30_000);
    expect(await found([])).toEqual([VolumeId]);
  });
});

const attach = (VolumeId: string, InstanceId = nodeA, Device = '/dev/xvdb') =>
  endpoint.ec2().send(new AttachVolumeCommand({ VolumeId, InstanceId, Device }));
const detach = (VolumeId: string) => endpoint.ec2().send(new DetachVolumeCommand({ VolumeId }));

describe('attaching and detaching', () => {
  it('goes attaching, attached, detaching, available', async () => {
    await endpoint.close();
    endpoint = await startEndpoint({ attaching: 1000, detaching: 1000 });
    const id = (await create()).VolumeId!;
    expect((await attach(id)).State).toBe('attaching');
    endpoint.advance(1000);
    expect(await one(id)).toMatchObject({
      State: 'in-use',
      Attachments: [{ InstanceId: nodeA, State: 'attached', Device: '/dev/xvdb', DeleteOnTermination: false }],
    });
    expect((await detach(id)).State).toBe('detaching');
    expect((await one(id)).Attachments![0]!.State).toBe('detaching');
    endpoint.advance(1000);
    expect(await one(id)).toMatchObject({ State: 'available', Attachments: [] });
  });

  it('never deletes a volume that is attached', async () => {
    const id = (await create()).VolumeId!;
    await attach(id);
    const remove = () => endpoint.ec2().send(new DeleteVolumeCommand({ VolumeId: id }));
    expect(await failureOf(remove())).toEqual(['VolumeInUse', 400]);
    await detach(id);
    await remove();
    expect(await failureOf(remove())).toEqual(['InvalidVolume.NotFound', 400]);
  });

  it('refuses another zone, a second attachment, a taken device, an absent instance, and detaching what is free', async () => {
    const id = (await create()).VolumeId!;
    const other = (await create()).VolumeId!;
    expect(await failureOf(attach(id, nodeB))).toEqual(['InvalidVolume.ZoneMismatch', 400]);
    expect(await failureOf(detach(id))).toEqual(['IncorrectState', 400]);
    expect(await failureOf(attach(id, 'i-0bbbbbbbbbbbbbbbb'))).toEqual(['InvalidInstanceID.NotFound', 400]);
    await attach(id);
    expect(await failureOf(attach(id))).toEqual(['VolumeInUse', 400]);
    expect(await failureOf(attach(other))).toEqual(['InvalidParameterValue', 400]);
    const elsewhere = endpoint.ec2().send(new DetachVolumeCommand({ VolumeId: id, InstanceId: nodeB }));
    expect(await failureOf(elsewhere)).toEqual(['InvalidAttachment.NotFound', 400]);
    await attach(other, nodeA, '/dev/xvdc');
  });

  it('refuses an instance that was terminated', async () => {
    const id = (await create()).VolumeId!;
    endpoint.store.instance(nodeA).state = 'terminated';
    expect(await failureOf(attach(id))).toEqual(['IncorrectState', 400]);
  });
});

const modify = () => endpoint.ec2().send(new ModifyVolumeCommand({ VolumeId: 'vol-00000000000000001', Size: 20 }));

it('names an action that it does not simulate', async () => {
  expect(await failureOf(modify())).toEqual(['InvalidAction', 501]);
  await expect(modify()).rejects.toThrow(/does not simulate the EC2 action ModifyVolume/);
});

it('makes a volume from a snapshot with the content as of the snapshot', async () => {
  const source = (await create()).VolumeId!;
  const { content } = endpoint.store.volume(source);
  content.files.identity = 'kafka-0';
  const { SnapshotId } = await endpoint.ec2().send(new CreateSnapshotCommand({ VolumeId: source }));
  content.files.identity = 'overwritten';
  const copy = await create({ Size: undefined, SnapshotId });
  expect(copy).toMatchObject({ Size: 10, SnapshotId });
  expect(endpoint.store.volume(copy.VolumeId!).content.files).toEqual({ identity: 'kafka-0' });
  expect(await failureOf(create({ Size: 5, SnapshotId }))).toEqual(['InvalidParameterValue', 400]);
});
