import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSandbox, stopSandbox } from '../../../src/sandbox/control/process.ts';
import { temporaryDirectory } from './clients.ts';
import { runTool, whyNot } from './tools.ts';
import type { Outcome } from './tools.ts';

const missing = whyNot('aws', ['--version']);
if (missing !== undefined) console.warn(`Skipped, the aws command line against the sandbox: ${missing}`);

let dir: string;

function aws(line: string): Promise<Outcome> {
  const env = {
    PATH: process.env.PATH,
    HOME: dir,
    AWS_CONFIG_FILE: join(dir, 'aws', 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(dir, 'aws', 'credentials'),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_MAX_ATTEMPTS: '1',
  };
  return runTool('aws', line.split(' '), { env: { ...process.env, ...env } });
}

async function answered<T>(line: string): Promise<T> {
  const { code, out, err } = await aws(line);
  expect({ line, code, err }).toEqual({ line, code: 0, err: '' });
  return JSON.parse(out) as T;
}

describe.skipIf(missing !== undefined)('the aws command line against the sandbox', () => {
  beforeAll(async () => {
    dir = await temporaryDirectory();
    await startSandbox(dir);
  }, 60_000);
  afterAll(async () => {
    if (dir === undefined) return;
    await stopSandbox(dir);
    await rm(dir, { recursive: true, force: true });
  });

  it('says who calls, by profile', async () => {
    expect(await answered('sts get-caller-identity')).toEqual({
      UserId: 'AROAADMINSANDBOX:admin',
      Account: '111122223333',
      Arn: 'arn:aws:sts::111122223333:assumed-role/sandbox-admin/admin',
    });
    expect(await answered('sts get-caller-identity --profile viewer')).toMatchObject({
      UserId: 'AROAVIEWERSANDBOX:viewer',
    });
  });

  it('creates a volume, finds it by tag, snapshots it, waits for the snapshot, and tags that', async () => {
    const tags = 'ResourceType=volume,Tags=[{Key=app,Value=kafka}]';
    const { VolumeId } = await answered<{ VolumeId: string }>(
      `ec2 create-volume --availability-zone eu-central-1a --size 10 --volume-type gp3 --tag-specifications ${tags}`,
    );
    const found = await answered<{ Volumes: object[] }>('ec2 describe-volumes --filters Name=tag:app,Values=kafka');
    expect(found.Volumes).toMatchObject([{ VolumeId, Size: 10, Tags: [{ Key: 'app', Value: 'kafka' }] }]);
    const made = await answered<{ SnapshotId: string }>(
      `ec2 create-snapshot --volume-id ${VolumeId} --tag-specifications ResourceType=snapshot,Tags=[{Key=step,Value=s1}]`,
    );
    expect(made).toMatchObject({ VolumeId, State: 'pending', Tags: [{ Key: 'step', Value: 's1' }] });
    expect((await aws(`ec2 wait snapshot-completed --snapshot-ids ${made.SnapshotId}`)).code).toBe(0);
    expect((await aws(`ec2 create-tags --resources ${made.SnapshotId} --tags Key=kept,Value=yes`)).code).toBe(0);
    const shown = await answered<{ Snapshots: object[] }>('ec2 describe-snapshots --owner-ids self');
    expect(shown.Snapshots).toMatchObject([{ SnapshotId: made.SnapshotId, State: 'completed', Progress: '100%' }]);
  }, 60_000);

  it('pages by itself and by hand', async () => {
    const page = await answered<{ NextToken?: string }>('ec2 describe-instances --page-size 5');
    expect(page.NextToken).toBeUndefined();
    const zones = await answered<{ AvailabilityZones: { ZoneName: string }[] }>('ec2 describe-availability-zones');
    expect(zones.AvailabilityZones.map(({ ZoneName }) => ZoneName)).toEqual([
      'eu-central-1a',
      'eu-central-1b',
      'eu-central-1c',
    ]);
  });

  it('says what a dry run says, and refuses what is not allowed or not simulated', async () => {
    const volume = '--volume-id vol-00000000000000000';
    expect((await aws(`ec2 create-snapshot ${volume} --dry-run`)).err).toContain('(DryRunOperation)');
    expect((await aws(`ec2 create-snapshot ${volume} --dry-run --profile viewer`)).err).toContain(
      '(UnauthorizedOperation)',
    );
    expect((await aws(`ec2 create-snapshot ${volume}`)).err).toContain(
      "(InvalidVolume.NotFound) when calling the CreateSnapshot operation: The volume 'vol-00000000000000000' does not exist.",
    );
    const modified = await aws(`ec2 modify-volume ${volume} --size 20`);
    expect(modified.code).not.toBe(0);
    expect(modified.err).toContain('The sandbox does not simulate the EC2 action ModifyVolume.');
  }, 60_000);
});
