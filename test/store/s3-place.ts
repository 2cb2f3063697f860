import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { Clock } from '../../src/ports/clock.ts';
import type { Notice } from '../../src/ports/host.ts';
import type { RunStore } from '../../src/ports/run-store.ts';
import { createS3Store } from '../../src/store/s3.ts';
import { systemClock } from '../../src/world/clock.ts';
import type { ReachablePlace } from './contract-processes.ts';
import { goneDriver } from './place.ts';
import { thisDriver } from '../../src/store/driver.ts';

export interface S3Place extends ReachablePlace {
  readonly bucket: string;
  readonly client: S3Client;
}

/** One bucket for a test file; every test has a prefix of its own there. */
const BUCKET = `drctl-state-${randomUUID().slice(0, 8)}`;
let isThere: Promise<unknown> | undefined;

export function s3Client(endpoint = inject('cluster').aws.endpoint): S3Client {
  useCredentials();
  const { region, users } = { ...inject('cluster').aws, ...inject('cluster') };
  return new S3Client({ endpoint, region, forcePathStyle: true, profile: users.admin.awsProfile });
}

/** The SDK finds profiles where it is told to look for them, as it does for a person. */
function useCredentials(): void {
  process.env['AWS_SHARED_CREDENTIALS_FILE'] = inject('cluster').aws.credentialsFile;
}

export async function s3Place(endpoint = inject('cluster').aws.endpoint): Promise<S3Place> {
  const { aws, users } = inject('cluster');
  const client = s3Client();
  await (isThere ??= client.send(
    new CreateBucketCommand({
      Bucket: BUCKET,
      ...(aws.region !== 'us-east-1' && {
        CreateBucketConfiguration: { LocationConstraint: aws.region as 'eu-central-1' },
      }),
    }),
  ));
  const query = new URLSearchParams({
    region: aws.region,
    endpoint,
    profile: users.admin.awsProfile,
  });
  const where = `s3://${BUCKET}/${randomUUID().slice(0, 8)}?${query.toString()}`;
  return {
    bucket: BUCKET,
    where,
    client,
    open: (now) => openS3(where, { ...systemClock, ...(now && { now }) }),
    living: thisDriver(Date.now()),
    gone: goneDriver(),
    dispose: async () => client.destroy(),
  };
}

export function openS3(
  address: string,
  clock: Clock = systemClock,
): { readonly store: RunStore; readonly notices: readonly Notice[] } {
  const notices: Notice[] = [];
  return { store: createS3Store({ address, clock, tell: (notice) => notices.push(notice) }), notices };
}

/** A clock by which every lease has run out when it is looked at. */
export function hastyClock(): Clock {
  let passed = 0;
  return { ...systemClock, monotonic: () => (passed += 60_000) };
}
