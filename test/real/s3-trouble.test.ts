import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { DeleteObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { DrctlError } from '../../src/model/errors.ts';
import type { JournalEvent } from '../../src/model/journal.ts';
import type { RunStore } from '../../src/ports/run-store.ts';
import { systemClock } from '../../src/world/clock.ts';
import { openS3, s3Place, type S3Place } from '../store/s3-place.ts';
import { openS3Proxy, type Fault, type S3Proxy } from '../store/s3-proxy.ts';

const began = (step: string): JournalEvent => ({ type: 'step.began', step, when: true });

describe('a network between drctl and S3', () => {
  let proxy: S3Proxy;
  let place: S3Place;
  let store: RunStore;
  beforeEach(async () => {
    proxy = await openS3Proxy(inject('cluster').aws.endpoint);
    place = await s3Place(proxy.endpoint);
    ({ store } = place.open());
  });
  afterEach(async () => {
    await proxy.close();
    await place.dispose();
  });
  const lose = (path: RegExp, times = 1): void => proxy.fault({ method: 'PUT', path, times, does: 'drop-answer' });

  it('loses answers: what was written stands once, and is known as one own', async () => {
    lose(/log\/0000000001/);
    const journal = await store.create('r', place.living);
    lose(/log\/0000000002/, 2);
    lose(/log\/0000000004/);
    for (const step of ['a', 'b', 'c']) await journal.append([began(step)]);
    lose(/log\/0000000005/);
    await journal.release();
    lose(/log\/0000000006/);
    const taker = await store.take('r', place.living, { takeOver: false });
    await taker.append([began('d')]);
    const { lines, dropped } = await place.open().store.read('r');
    expect(lines.map(({ event }) => (event as { step?: string }).step)).toEqual(['a', 'b', 'c', 'd']);
    // The taker's word was lost, came again at the next number, and counts once.
    expect(dropped).toHaveLength(1);
    lose(/clusters/);
    expect(await store.claimCluster('uid', 'r')).toBeUndefined();
    expect(await store.claimCluster('uid', 'other')).toEqual({ heldBy: 'r' });
    lose(/blobs/);
    const digest = await store.blobs.put('text');
    expect(await store.blobs.get(digest)).toBe('text');
  });

  it('loses the answer to an append while another takes over: the lines count, and the driver is fenced', async () => {
    const journal = await store.create('r', place.living);
    await journal.append([began('a')]);
    lose(/log\/0000000003/);
    const taken = place.open().store.take('r', { ...place.living, account: 'taker' }, { takeOver: true });
    const [late, taker] = await Promise.allSettled([journal.append([began('b')]), taken]);
    if (taker.status === 'rejected') throw taker.reason;
    await expect(journal.append([began('c')])).rejects.toMatchObject({ code: 'Fenced' });
    // Whatever the order, what was acknowledged is there, and both see one journal.
    expect(taker.value.lines().length).toBeGreaterThanOrEqual(late.status === 'fulfilled' ? 2 : 1);
    expect((await place.open().store.read('r')).lines).toEqual(taker.value.lines());
  });

  it('slows down, breaks and asks to try again: it is waited out', async () => {
    const journal = await store.create('r', place.living);
    proxy.fault({ method: 'PUT', times: 2, does: { status: 409, code: 'ConditionalRequestConflict' } });
    for (const does of [
      { status: 503, code: 'SlowDown' },
      { status: 500, code: 'InternalError' },
    ])
      for (const method of ['PUT', 'GET']) proxy.fault({ method, does });
    for (const step of ['a', 'b', 'c']) await journal.append([began(step)]);
    expect((await place.open().store.read('r')).lines).toHaveLength(3);
  });

  it.each<readonly [string, Fault['does'], string]>([
    ['StoreForbidden', { status: 403, code: 'AccessDenied' }, 's3:PutObject'],
    ['StoreCredentialsExpired', { status: 400, code: 'ExpiredToken' }, 'aws sso login --profile admin'],
    ['StoreCredentialsRefused', { status: 403, code: 'InvalidAccessKeyId' }, 'get-caller-identity'],
    ['StoreClockSkew', { status: 403, code: 'RequestTimeTooSkewed' }, 'set the clock'],
    ['StoreNoBucket', { status: 404, code: 'NoSuchBucket' }, 'aws s3 mb'],
    ['StoreWrongRegion', { status: 400, code: 'AuthorizationHeaderMalformed' }, 'get-bucket-location'],
    ['StoreUnsafe', { status: 501, code: 'NotImplemented' }, '--state DIR'],
    ['StoreFailed', { status: 400, code: 'EntityTooLarge' }, 'drctl resume'],
  ])('is told as %s, in one sentence with a next step', async (code, does, next) => {
    proxy.fault({ times: 1_000, does });
    for (const attempt of [() => store.create('r', place.living), () => store.runs(), () => store.blobs.put('x')]) {
      const error = await attempt().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(DrctlError);
      expect(error).toMatchObject({ code });
      const { message, nextSteps } = error as DrctlError;
      expect(message).toMatch(/^cannot [^\n]+$/);
      expect(nextSteps.join('\n')).toContain(next);
    }
  });

  it('is slow for ever, or not there: said after some tries', { timeout: 120_000 }, async () => {
    proxy.fault({ times: 1_000, does: { status: 503, code: 'SlowDown' } });
    await expect(store.runs()).rejects.toMatchObject({ code: 'StoreThrottled' });
    const nobody = place.where.replace(/endpoint=[^&]*/, `endpoint=${encodeURIComponent('http://127.0.0.1:9')}`);
    await expect(openS3(nobody).store.runs()).rejects.toMatchObject({ code: 'StoreUnreachable' });
    const nowhere = place.where.replace(/endpoint=[^&]*/, `endpoint=${encodeURIComponent('http://s3.invalid')}`);
    await expect(openS3(nowhere).store.runs()).rejects.toMatchObject({ code: 'StoreUnreachable' });
  });

  it('does not keep two drivers apart: an S3 without conditional writes is refused before the first word', async () => {
    // It answers as if it had written, the second time too: moto would notice a request whose signed headers were changed.
    proxy.fault({ method: 'PUT', times: 2, does: { status: 200, code: '' } });
    await expect(store.create('r', place.living)).rejects.toMatchObject({ code: 'StoreUnsafe' });
  });

  it(
    'lets credentials expire under a driver: it says so, waits for a login, and goes on',
    { timeout: 90_000 },
    async () => {
      const { store: patient, notices } = place.open();
      const journal = await patient.create('r', place.living);
      proxy.fault({ method: 'PUT', times: 2, does: { status: 400, code: 'ExpiredToken' } });
      await journal.append([began('a')]);
      expect(notices).toMatchObject([{ code: 'trouble', level: 'warning' }]);
      expect(notices[0]?.data['because']).toContain('aws sso login --profile admin');
      expect((await patient.read('r')).lines).toHaveLength(1);
    },
  );

  it('throttles longer than the SDK tries: the driver says so and tries on', { timeout: 90_000 }, async () => {
    const { store: patient, notices } = place.open();
    const journal = await patient.create('r', place.living);
    proxy.fault({ method: 'PUT', times: 7, does: { status: 503, code: 'SlowDown' } });
    await journal.append([began('a')]);
    expect(notices).toMatchObject([{ code: 'trouble', level: 'warning' }]);
    expect(notices[0]?.data['because']).toContain('waiting up to 1m 30s');
    expect((await patient.read('r')).lines).toHaveLength(1);
  });

  it('is cut while a lease runs: checks pass until it has run out, then nothing may be sent', async () => {
    let passed = 0;
    const clock = { ...systemClock, monotonic: () => passed, now: () => 1_763_700_000_000 + passed };
    const journal = await openS3(place.where, clock).store.create('r', place.living);
    await openS3(place.where).store.take('r', { ...place.living, account: 'taker' }, { takeOver: true });
    const before = proxy.asked.length;
    passed = 4_900;
    await journal.check();
    expect(proxy.asked).toHaveLength(before);
    passed = 5_100;
    await expect(journal.check()).rejects.toMatchObject({ code: 'Fenced' });
  });

  it('a laptop that slept has no lease, whatever its monotonic clock says', async () => {
    let now = 1_763_700_000_000;
    const clock = { ...systemClock, monotonic: () => 1, now: () => now };
    const journal = await openS3(place.where, clock).store.create('r', place.living);
    await openS3(place.where).store.take('r', place.living, { takeOver: true });
    await journal.check();
    now += 60_000;
    await expect(journal.check()).rejects.toMatchObject({ code: 'Fenced' });
    await expect(journal.append([began('late')])).rejects.toMatchObject({ code: 'Fenced' });
  });
});

describe('a prefix in S3', () => {
  let place: S3Place;
  let store: RunStore;
  beforeEach(async () => {
    place = await s3Place();
    ({ store } = place.open());
  });
  afterEach(() => place.dispose());
  const keyOf = (name: string): string => `${new URL(place.where).pathname.slice(1)}/${name}`;
  const put = (name: string, Body: string) =>
    place.client.send(new PutObjectCommand({ Bucket: place.bucket, Key: keyOf(name), Body: Buffer.from(Body) }));

  it('holds thousands of appends: listed by pages, read in order, and only once by a watcher', async () => {
    const journal = await store.create('r', place.living);
    const appends = 1_020;
    for (let index = 0; index < appends; index += 1) await journal.append([began(`${index}`)]);
    const watcher = place.open().store;
    const { lines } = await watcher.read('r');
    expect(lines.map(({ event }) => (event as { step: string }).step)).toEqual(
      Array.from({ length: appends }, (_, index) => `${index}`),
    );
    await journal.append([began('last')]);
    expect((await watcher.read('r')).lines).toHaveLength(appends + 1);
    for (let index = 0; index < 5; index += 1) await store.create(`other-${index}`, place.living);
    expect(await watcher.runs()).toHaveLength(6);
  }, 120_000);

  it('that was tampered with is named by object and line', async () => {
    const journal = await store.create('r', place.living);
    for (const step of ['a', 'b']) await journal.append([began(step)]);
    await journal.append([began('c'), began('d')]);
    await journal.release();
    const { lines } = await store.read('r');
    const listed = await place.client.send(
      new ListObjectsV2Command({ Bucket: place.bucket, Prefix: keyOf('runs/r/log/') }),
    );
    expect(listed.Contents).toHaveLength(5);
    const word = '{"is":"lines","epoch":1,"token":"t"}\n';
    await put('runs/r/log/0000000003', `${JSON.stringify({ ...lines[1], event: began('x') })}\n${word}`);
    await expect(place.open().store.read('r')).rejects.toMatchObject({
      code: 'JournalBroken',
      at: { file: `s3://${place.bucket}/${keyOf('runs/r/log/0000000003')}`, line: 1 },
    });
    await put('runs/r/log/0000000003', 'not a word');
    await expect(place.open().store.read('r')).rejects.toThrow('does not end with a word that drctl knows');
    await place.client.send(new DeleteObjectCommand({ Bucket: place.bucket, Key: keyOf('runs/r/log/0000000003') }));
    const taking = place.open().store.take('r', place.living, { takeOver: true });
    await expect(taking).rejects.toThrow('0000000003, line 1: this object is missing');
  });

  it('whose last lines were removed is noticed: the sign of life knows how many there were', async () => {
    const journal = await store.create('r', place.living);
    for (const step of ['a', 'b']) await journal.append([began(step)]);
    await journal.release();
    for (const number of [3, 4])
      await place.client.send(
        new DeleteObjectCommand({ Bucket: place.bucket, Key: keyOf(`runs/r/log/000000000${number}`) }),
      );
    await expect(place.open().store.read('r')).rejects.toThrow('the end is missing');
  });

  it('holds nothing of what the address or the credentials say', async () => {
    const journal = await store.create('r', place.living);
    await journal.append([began('a')]);
    await journal.release();
    expect(store.where).toBe(place.where.replace(/\?.*/, ''));
    const first = await place.client.send(new ListObjectsV2Command({ Bucket: place.bucket, Prefix: keyOf('') }));
    expect(first.Contents?.map((one) => one.Key?.slice(keyOf('').length)).toSorted()).toEqual([
      'runs/r/alive.json',
      'runs/r/log/0000000001',
      'runs/r/log/0000000002',
      'runs/r/log/0000000003',
    ]);
  });

  it('in a bucket that is not there, without a profile, without a region: each is said', async () => {
    const elsewhere = place.where.replace(place.bucket, 'drctl-no-such-bucket');
    await expect(openS3(elsewhere).store.create('r', place.living)).rejects.toMatchObject({ code: 'StoreNoBucket' });
    const profile = place.where.replace(/profile=[^&]*/, 'profile=nobody-has-this');
    await expect(openS3(profile).store.runs()).rejects.toMatchObject({ code: 'StoreNoCredentials' });
    const before = { ...process.env };
    const files = mkdtempSync(join(tmpdir(), 'drctl-no-region-'));
    writeFileSync(join(files, 'credentials'), '[admin]\naws_access_key_id = a\naws_secret_access_key = b\n');
    writeFileSync(join(files, 'config'), '');
    process.env['AWS_SHARED_CREDENTIALS_FILE'] = join(files, 'credentials');
    process.env['AWS_CONFIG_FILE'] = join(files, 'config');
    const region = place.where.replace(/region=[^&]*&/, '').replace(/profile=[^&]*/, 'profile=admin');
    await expect(openS3(region).store.runs()).rejects.toMatchObject({ code: 'StoreNoRegion', exit: 'usage' });
    process.env = before;
    rmSync(files, { recursive: true });
  });
});
