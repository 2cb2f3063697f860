import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { ClusterAccess } from '../access.ts';
import { readKeys } from '../aws.ts';
import { clientOf } from '../client.ts';
import { startProgram } from '../processes.ts';
import { announced, install, manifestsIn, namespace, soon } from './install.ts';

const BUCKET = 'backups';

/**
 * Velero's own server beside the cluster, with the AWS plugin and a bucket of moto as its default storage location; returns
 * when that is available. Its periods are seconds instead of minutes, nothing else differs from an installation.
 */
export async function startVelero(cluster: ClusterAccess, folder: string): Promise<void> {
  const { directory, aws, users } = cluster;
  await makeBucket(cluster);
  const client = clientOf(cluster, 'admin');
  const location = {
    apiVersion: 'velero.io/v1',
    kind: 'BackupStorageLocation',
    metadata: { name: 'default', namespace: 'velero' },
    spec: {
      provider: 'aws',
      default: true,
      objectStorage: { bucket: BUCKET },
      config: { region: aws.region, s3ForcePathStyle: 'true', s3Url: aws.endpoint, profile: users.admin.awsProfile },
    },
  };
  // A restore asks for the Deployment: without it each ends PartiallyFailed (`deployments.apps "velero" not found`).
  const objects = [namespace('velero'), location, announced('Deployment', 'velero', 'velero')];
  await install(client, manifestsIn(join(folder, 'crds')), objects);
  startProgram(directory, {
    name: 'velero',
    file: join(folder, 'velero'),
    args: [
      'server',
      '--namespace=velero',
      `--plugin-dir=${join(folder, 'plugins')}`,
      '--metrics-address=127.0.0.1:0',
      '--garbage-collection-frequency=5s',
      '--backup-sync-period=5s',
      '--store-validation-frequency=5s',
    ],
    env: {
      KUBECONFIG: users.admin.kubeconfig,
      AWS_SHARED_CREDENTIALS_FILE: aws.credentialsFile,
      AWS_PROFILE: users.admin.awsProfile,
      AWS_REGION: aws.region,
    },
  });
  const path = '/apis/velero.io/v1/namespaces/velero/backupstoragelocations/default';
  const available = async (): Promise<boolean> => {
    const { status } = await client.expect<{ status?: { phase?: string } }>('GET', path);
    return status?.phase === 'Available';
  };
  await soon('the storage location to be available', available, { directory, program: 'velero' });
  await client.close();
}

async function makeBucket({ aws, users }: ClusterAccess): Promise<void> {
  const credentials = readKeys(aws.credentialsFile, users.admin.awsProfile);
  const s3 = new S3Client({ endpoint: aws.endpoint, region: aws.region, credentials, forcePathStyle: true });
  const CreateBucketConfiguration = { LocationConstraint: 'eu-central-1' } as const;
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET, CreateBucketConfiguration }));
  s3.destroy();
}
