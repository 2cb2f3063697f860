import { CreateVolumeCommand } from '@aws-sdk/client-ec2';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openWorld, systemClock } from '../../src/world/index.ts';
import { startEndpoint, zone, type Endpoint } from '../sandbox/ec2/endpoint.ts';
import { grantOf } from './misbehaving-api.ts';

let endpoint: Endpoint;
const region = 'eu-central-1';
const retry = { retries: 2, delay: 5, patience: 1_000 };

beforeEach(async () => {
  endpoint = await startEndpoint();
});
afterEach(() => endpoint.close());

function credentialsFile(name: string, keyId?: string): string {
  const { accessKeyId, secretAccessKey, sessionToken } = endpoint.principals.get(name)!.credentials;
  const file = join(mkdtempSync(join(tmpdir(), 'drctl-aws-')), 'credentials');
  const lines = [
    `aws_access_key_id = ${keyId ?? accessKeyId}`,
    `aws_secret_access_key = ${secretAccessKey}`,
    `aws_session_token = ${sessionToken}`,
  ];
  writeFileSync(file, `[default]\n${lines.join('\n')}\n`);
  return file;
}

async function open(file: string, url = endpoint.server.url) {
  const aws = { region, endpoint: url, credentialsFile: file };
  const opened = await openWorld({
    target: { name: 't', cluster: { kubeconfig: '/nowhere', context: 'x' }, aws },
    version: '9.9.9',
    clock: systemClock,
    retry,
    timeoutMs: 2_000,
  });
  return { cloud: opened.world.cloud, outlet: opened.door.open(grantOf(systemClock)), end: opened.close, file };
}

async function volumes(count: number): Promise<string[]> {
  const ec2 = endpoint.ec2();
  const make = () =>
    ec2.send(
      new CreateVolumeCommand({
        AvailabilityZone: zone,
        Size: 1,
        TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'team', Value: 'kafka' }] }],
      }),
    );
  const made = await Promise.all(Array.from({ length: count }, make));
  return made.map(({ VolumeId }) => VolumeId ?? '');
}

const sent = (action: string) =>
  endpoint.audit.filter(({ verb, client }) => verb === action && client.startsWith('drctl/'));

describe('reading', () => {
  test('volumes by id, more than one filter takes, and a missing one is just absent', async () => {
    const at = await open(credentialsFile('admin'));
    const ids = await volumes(3);
    const many = Array.from({ length: 450 }, (_, index) => `vol-0${String(index).padStart(16, '0')}`);
    expect((await at.cloud.volumes({ ids: [...ids, ...many] })).map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    expect(sent('DescribeVolumes').length).toBe(3);
    await at.end();
  });

  test('every page', async () => {
    const at = await open(credentialsFile('admin'));
    await volumes(520);
    const found = await at.cloud.volumes({ tags: { team: ['kafka'] } });
    expect(found.length).toBe(520);
    expect(found[0]).toMatchObject({ state: 'available', sizeGiB: 1, zone, tags: { team: 'kafka' }, attachments: [] });
    await at.end();
  });

  test('asked for none, nothing: not everything', async () => {
    const at = await open(credentialsFile('admin'));
    await volumes(1);
    expect(await at.cloud.volumes({ ids: [] })).toEqual([]);
    expect(await at.cloud.snapshots({ tags: { 'drctl/change': [] } })).toEqual([]);
    expect(await at.cloud.instances([])).toEqual([]);
    expect(endpoint.audit.filter(({ client }) => client.startsWith('drctl/'))).toEqual([]);
    await at.end();
  });

  test('instances by id', async () => {
    const at = await open(credentialsFile('admin'));
    expect(await at.cloud.instances(['i-0aaaaaaaaaaaaaaa0'])).toEqual([
      { id: 'i-0aaaaaaaaaaaaaaa0', state: 'running', zone },
    ]);
    await at.end();
  });

  test('a fault is asked again; one that stays is CannotSee', async () => {
    const at = await open(credentialsFile('admin'));
    endpoint.fail({ status: { code: 503, reason: 'Unavailable' } });
    expect(await at.cloud.volumes({})).toEqual([]);
    endpoint.faults.add({
      match: { client: 'drctl/' },
      action: { status: { code: 503, reason: 'RequestLimitExceeded' } },
    });
    await expect(at.cloud.volumes({})).rejects.toMatchObject({ code: 'CannotSee', trouble: 'throttled' });
    await at.end();
  });

  test.each<[string, (response: ServerResponse) => void]>([
    ['HTML with 200', (response) => void response.writeHead(200).end('<html>log in')],
    [
      'half an XML text',
      (response) => void response.writeHead(200).end('<DescribeVolumesResponse><volumeSet><item><volumeId>vol-1'),
    ],
    ['a redirect', (response) => void response.writeHead(302, { location: '/login' }).end()],
    ['a closed connection', (response) => void response.socket?.destroy()],
  ])('%s is CannotSee, never "no volumes"', async (_, answer) => {
    const server = createServer((request, response) => {
      request.resume();
      request.on('end', () => answer(response));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const at = await open(credentialsFile('admin'), `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await expect(at.cloud.volumes({})).rejects.toMatchObject({ code: 'CannotSee', trouble: 'unreachable' });
    await at.end();
    server.close();
  });
});

describe('credentials', () => {
  test('wrong ones are "unauthorized", and new ones in the file help without a restart', async () => {
    const at = await open(credentialsFile('admin', 'ASIAUNKNOWN'));
    await expect(at.cloud.volumes({})).rejects.toMatchObject({ trouble: 'unauthorized' });
    const { accessKeyId, secretAccessKey, sessionToken } = endpoint.principals.get('admin')!.credentials;
    writeFileSync(
      at.file,
      `[default]\naws_access_key_id=${accessKeyId}\naws_secret_access_key=${secretAccessKey}\naws_session_token=${sessionToken}\n`,
    );
    expect(await at.cloud.volumes({})).toEqual([]);
    await at.end();
  });

  test('none at all are "unauthorized" before anything is sent', async () => {
    const at = await open('/nowhere/credentials');
    await expect(at.cloud.volumes({})).rejects.toMatchObject({ code: 'CannotSee', trouble: 'unauthorized' });
    expect(endpoint.audit).toEqual([]);
    await at.end();
  });

  test('what may not be read is "forbidden"', async () => {
    const at = await open(credentialsFile('viewer'));
    expect(await at.cloud.volumes({})).toEqual([]);
    await expect(
      at.outlet.cloud({ action: 'CreateTags', resources: ['vol-1'], tags: { a: 'b' } }),
    ).rejects.toMatchObject({ trouble: 'forbidden', sendFailure: 'not-performed' });
    await at.end();
  });
});

describe('permission', () => {
  test('is asked by a dry run, which makes nothing', async () => {
    const [admin, viewer] = [await open(credentialsFile('admin')), await open(credentialsFile('viewer'))];
    const [id = ''] = await volumes(1);
    const write = { action: 'CreateSnapshot', volumeId: id, description: 'd', tags: {} } as const;
    expect(await admin.cloud.permitted(write)).toMatchObject({ allowed: true });
    expect(await viewer.cloud.permitted(write)).toMatchObject({ allowed: false });
    expect(sent('CreateSnapshot').every(({ dryRun }) => dryRun)).toBe(true);
    expect(await admin.cloud.snapshots({})).toEqual([]);
    await admin.end();
    await viewer.end();
  });
});

describe('writing', () => {
  test('a snapshot carries its tags from its first moment, and our name stands in the log', async () => {
    const at = await open(credentialsFile('admin'));
    const [id = ''] = await volumes(1);
    const result = await at.outlet.cloud({
      action: 'CreateSnapshot',
      volumeId: id,
      description: 'd',
      tags: { 'drctl/change': 'c1' },
    });
    expect(result).toMatchObject({ snapshotId: expect.stringMatching(/^snap-/) });
    expect(await at.cloud.snapshots({ tags: { 'drctl/change': ['c1'] } })).toMatchObject([
      { volumeId: id, tags: { 'drctl/change': 'c1' } },
    ]);
    expect(sent('CreateTags')).toEqual([]);
    expect(sent('CreateSnapshot')[0]?.client).toBe('drctl/9.9.9 run-1/rebind[kafka]');
    await at.end();
  });

  test('a tag goes only while it says what was planned', async () => {
    const at = await open(credentialsFile('admin'));
    const ids = await volumes(1);
    const tagsNow = async () => (await at.cloud.volumes({ ids }))[0]?.tags;
    await at.outlet.cloud({ action: 'CreateTags', resources: ids, tags: { 'drctl/step': 'a' } });
    await at.outlet.cloud({ action: 'DeleteTags', resources: ids, tags: { 'drctl/step': 'b' } });
    expect(await tagsNow()).toMatchObject({ 'drctl/step': 'a' });
    await at.outlet.cloud({ action: 'DeleteTags', resources: ids, tags: { 'drctl/step': 'a' } });
    expect(await tagsNow()).toEqual({ team: 'kafka' });
    await at.end();
  });

  test.each([
    ['a reply dropped after the effect', { dropAfter: true }, 'unknown', 'unreachable', 1],
    ['a connection dropped before it', { dropBefore: true }, 'unknown', 'unreachable', 0],
    ['an internal error', { status: { code: 500, reason: 'InternalError' } }, 'unknown', 'server', 0],
    ['throttling', { status: { code: 503, reason: 'RequestLimitExceeded' } }, 'not-performed', 'throttled', 0],
    ['an expired token', { unauthorized: true }, 'not-performed', 'unauthorized', 0],
  ] as const)('%s: %j is %s, and is not sent again', async (_, action, sendFailure, trouble, made) => {
    const at = await open(credentialsFile('admin'));
    const [id = ''] = await volumes(1);
    endpoint.fail(action);
    const write = at.outlet.cloud({ action: 'CreateSnapshot', volumeId: id, description: 'd', tags: {} });
    await expect(write).rejects.toMatchObject({ sendFailure, trouble });
    expect((await at.cloud.snapshots({})).length).toBe(made);
    await at.end();
  });

  test('a volume that is not there: not performed', async () => {
    const at = await open(credentialsFile('admin'));
    const write = at.outlet.cloud({
      action: 'CreateSnapshot',
      volumeId: 'vol-0123456789abcdef0',
      description: 'd',
      tags: {},
    });
    await expect(write).rejects.toMatchObject({ sendFailure: 'not-performed', trouble: 'not-found' });
    await at.end();
  });
});
