import { CreateVolumeCommand } from '@aws-sdk/client-ec2';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  askPerson,
  CHANGE_TAG,
  requestHttp,
  runCommand,
  snapshotVolume,
  tagResource,
} from '../../src/changes/index.ts';
import { openWorld, type World } from '../../src/world/index.ts';
import { startEndpoint, zone, type Endpoint } from '../sandbox/ec2/endpoint.ts';
import { ManualClock } from '../world/manual-clock.ts';
import { grantOf, startApi } from '../world/misbehaving-api.ts';
import { kindOf } from './bench.ts';

describe('EC2', () => {
  let endpoint: Endpoint;
  let opened: World;
  let clock: ManualClock;
  let volumeId = '';

  beforeEach(async () => {
    endpoint = await startEndpoint();
    clock = new ManualClock(Date.now());
    const { accessKeyId, secretAccessKey, sessionToken } = endpoint.principals.get('admin')!.credentials;
    const file = join(mkdtempSync(join(tmpdir(), 'drctl-aws-')), 'credentials');
    writeFileSync(
      file,
      `[default]\naws_access_key_id=${accessKeyId}\naws_secret_access_key=${secretAccessKey}\naws_session_token=${sessionToken}\n`,
    );
    const aws = { region: 'eu-central-1', endpoint: endpoint.server.url, credentialsFile: file };
    const target = { name: 't', cluster: { kubeconfig: '/nowhere', context: 'x' }, aws };
    opened = await openWorld({ target, version: '1', clock, retry: { retries: 1, delay: 1, patience: 0 } });
    volumeId = (await endpoint.ec2().send(new CreateVolumeCommand({ AvailabilityZone: zone, Size: 1 }))).VolumeId ?? '';
  });
  afterEach(async () => {
    await opened.close();
    await endpoint.close();
  });

  const snapshot = (id = 'c-1') =>
    snapshotVolume({
      volumeId,
      description: 'drctl prod/snapshot',
      tags: { [CHANGE_TAG]: id, 'drctl/step': 'prod/snapshot' },
    });
  const send = (change: ReturnType<typeof snapshot>) =>
    kindOf(change).perform(change, opened.door.open(grantOf(clock)));
  const sentAt = () => new Date(clock.now()).toISOString();

  test('a snapshot is found again by its tag, at once when it is there', async () => {
    endpoint.fail({ dropAfter: true });
    await expect(send(snapshot())).rejects.toMatchObject({ sendFailure: 'unknown' });
    expect(await kindOf(snapshot()).probe(snapshot(), opened.world, sentAt())).toBe('done');
    expect(clock.slept).toEqual([]);
    expect(await kindOf(snapshot()).guard(snapshot(), opened.world)).toMatchObject({
      go: false,
      because: expect.stringContaining('snap-'),
    });
  });

  test('absence counts only a minute after the call: EC2 may show it late', async () => {
    const began = sentAt();
    expect(await kindOf(snapshot()).probe(snapshot(), opened.world, began)).toBe('absent');
    expect(clock.slept.reduce((sum, ms) => sum + ms, 0)).toBe(60_000);
    clock.slept.length = 0;
    expect(await kindOf(snapshot()).probe(snapshot(), opened.world, began)).toBe('absent');
    expect(clock.slept).toEqual([]);
  });

  test('one that is shown late is found, and the rest of the minute is not waited for', async () => {
    const show = clock.sleep.bind(clock);
    clock.sleep = async (ms) => {
      if (clock.slept.length === 3) await send(snapshot());
      await show(ms);
    };
    expect(await kindOf(snapshot()).probe(snapshot(), opened.world, sentAt())).toBe('done');
    expect(clock.slept.length).toBe(4);
  });

  test('that of another Change is not taken for it', async () => {
    await send(snapshot('c-1'));
    expect(await kindOf(snapshot('c-2')).guard(snapshot('c-2'), opened.world)).toEqual({ go: true });
    clock.advance(120_000);
    const longAgo = new Date(clock.now() - 61_000).toISOString();
    expect(await kindOf(snapshot('c-2')).probe(snapshot('c-2'), opened.world, longAgo)).toBe('absent');
  });

  test('without a mark nobody can tell', async () => {
    const change = snapshotVolume({ volumeId, description: 'd', tags: {} });
    expect(await kindOf(change).probe(change, opened.world, sentAt())).toBe('cannot-tell');
  });

  test('of a volume that is gone is not begun', async () => {
    const change = snapshotVolume({ volumeId: 'vol-0123456789abcdef0', description: 'd', tags: { [CHANGE_TAG]: 'x' } });
    expect(await kindOf(change).guard(change, opened.world)).toMatchObject({ go: false });
    expect(kindOf(change).command(change)).toBe(
      "aws ec2 create-snapshot --volume-id vol-0123456789abcdef0 --description d --tag-specifications 'ResourceType=snapshot,Tags=[{Key=drctl/change,Value=x}]'",
    );
  });

  test('tags: set, found, and removed', async () => {
    const resource = { kind: 'Volume', id: volumeId } as const;
    const set = tagResource({ resource, set: { 'drctl/kept': 'yes' }, before: { 'drctl/kept': null } });
    const kind = kindOf(set);
    expect([await kind.guard(set, opened.world), await kind.probe(set, opened.world, sentAt())]).toEqual([
      { go: true },
      'absent',
    ]);
    await send(set);
    expect([(await kind.guard(set, opened.world)).go, await kind.probe(set, opened.world, sentAt())]).toEqual([
      false,
      'done',
    ]);
    const remove = tagResource({ resource, remove: { 'drctl/kept': 'yes' }, before: { 'drctl/kept': 'yes' } });
    expect(await kind.guard(remove, opened.world)).toEqual({ go: true });
    await send(remove);
    expect(await kind.probe(remove, opened.world, sentAt())).toBe('done');
    expect(kind.command(remove)).toBe(`aws ec2 delete-tags --resources ${volumeId} --tags Key=drctl/kept,Value=yes`);
    expect(kind.describe(set)).toBe(`Volume ${volumeId}: tags.drctl/kept: none → yes`);
  });
});

describe('http/request', () => {
  const hook = (url: string) =>
    requestHttp({
      name: 'status page',
      method: 'POST',
      url,
      body: '{"state":"up"}',
      headers: { 'content-type': 'application/json' },
      risk: 'safe',
    });

  test.each([
    [204, undefined, undefined],
    [400, 'not-performed', 'invalid'],
    [401, 'not-performed', 'unauthorized'],
    [429, 'not-performed', 'throttled'],
    [500, 'unknown', 'server'],
    [302, 'unknown', 'server'],
  ])('an answer of %i: %s, %s; sent once', async (status, sendFailure, trouble) => {
    await using api = await startApi((_, response) => void response.writeHead(status).end());
    const { door, close } = await api.world();
    const change = hook(`${api.url}/hook`);
    const outcome = await kindOf(change)
      .perform(change, door.open(grantOf({ monotonic: () => performance.now() } as never)))
      .catch((error: unknown) => error);
    expect(outcome).toMatchObject(sendFailure === undefined ? { status } : { sendFailure, trouble });
    expect(api.requests).toMatchObject([{ method: 'POST', body: '{"state":"up"}' }]);
    await close();
  });

  test('can be neither probed nor repeated, and is a curl command', async () => {
    const change = hook('https://status.example/hook');
    expect(kindOf(change).repeat).toBe('once');
    expect(await kindOf(change).probe(change, {} as never, '')).toBe('cannot-tell');
    expect(kindOf(change).command(change)).toBe(
      `curl --fail-with-body --request POST --header 'content-type: application/json' --data '{"state":"up"}' https://status.example/hook`,
    );
  });

  test.each([
    [{ url: 'https://user:pass@status.example/' }],
    [{ headers: { Authorization: 'Bearer x' } }],
    [{ headers: { 'X-API-Key': 'x' } }],
  ])('one that carries a secret is not planned: %j', (more) => {
    expect(() =>
      requestHttp({ name: 'n', method: 'POST', url: 'https://status.example/', risk: 'safe', ...more }),
    ).toThrow(expect.objectContaining({ code: 'SecretInChange' }));
  });
});

describe('shell/command', () => {
  const outcomeOf = async (argv: readonly string[], timeoutMs = 10_000) => {
    await using api = await startApi(() => undefined);
    const { door, close } = await api.world();
    const change = runCommand({ argv, timeoutMs });
    const outlet = door.open(grantOf({ monotonic: () => performance.now() } as never));
    const outcome: unknown = await kindOf(change)
      .perform(change, outlet)
      .catch((error: unknown) => error);
    await close();
    return outcome;
  };

  test('ends well, ends badly, does not end, cannot begin', async () => {
    expect(await outcomeOf(['/bin/echo', 'hello'])).toEqual({ exitCode: 0, stdout: 'hello\n', stderr: '' });
    expect(await outcomeOf(['/bin/sh', '-c', 'echo no space left >&2; exit 3'])).toMatchObject({
      sendFailure: 'unknown',
      reason: expect.stringContaining('exit code 3: no space left'),
    });
    expect(await outcomeOf(['/bin/sleep', '60'], 100)).toMatchObject({
      sendFailure: 'unknown',
      reason: expect.stringContaining('killed'),
    });
    expect(await outcomeOf(['no-such-program'])).toMatchObject({ sendFailure: 'not-performed' });
  });

  test('is opaque, and what one would type keeps each word whole', () => {
    const change = runCommand({
      argv: ['velero', 'backup', "it's"],
      cwd: '/srv/a b',
      env: { MODE: 'x y' },
      timeoutMs: 1,
    });
    expect(change.risk).toBe('opaque');
    expect(kindOf(change).command(change)).toBe(`cd '/srv/a b' && MODE='x y' velero backup 'it'\\''s'`);
  });
});

test('a task is asked of a person, and never sent', async () => {
  const task = askPerson({ name: 'call', instruction: 'Call the customers\nand tell them' });
  expect(kindOf(task).describe(task)).toContain('Call the customers');
  expect(kindOf(task).command(task)).toBe('# Call the customers\n# and tell them');
  await expect(kindOf(task).perform(task, {} as never)).rejects.toMatchObject({
    code: 'NotPerformedHere',
    blame: 'tool',
  });
});
