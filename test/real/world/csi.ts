import { startControllers } from '../../../src/sandbox/controllers/index.ts';
import { Informers } from '../../../src/sandbox/controllers/informers.ts';
import { userAgentOf } from '../../../src/sandbox/controllers/program.ts';
import { HttpClient } from '../../../src/sandbox/http-client.ts';
import type { ApiClient, Running } from '../../../src/sandbox/types.ts';
import { startWorkloads } from '../../../src/sandbox/workloads/index.ts';
import type { ClusterAccess } from '../../cluster/access.ts';
import { ec2Client, readKeys } from '../../cluster/aws.ts';
import { Ec2Cloud } from './ec2-cloud.ts';
import { ScopedClient } from './scoped-client.ts';

/** What a real control plane does itself. What is left: the EBS driver's sidecars, and the kubelets. */
const realOnes = [
  'persistentvolume-binder',
  'pvc-protection',
  'pv-protection',
  'attach-detach',
  'namespaces',
  'namespace-defaults',
  'token-secrets',
  'garbage-collector',
  'stateful-sets',
  'replica-sets',
  'deployments',
  'scheduler',
] as const;

export interface CsiFixture extends Running {
  readonly cloud: Ec2Cloud;
  /** As an admin of the cluster, over everything. */
  readonly api: ApiClient;
  /** Where the services of the workloads answer. */
  readonly url: string;
  /** The detach of this PersistentVolume fails as busy until its policy is Retain. */
  readonly holdDetach: (volumeName: string) => void;
  /** No detach is held any more. */
  readonly letGo: () => void;
}

/**
 * The EBS CSI driver, the kubelets and the services of one namespace, played by the sandbox's own controllers against the
 * real API server and an EC2 that nobody here wrote. Pods of other images than `sandbox/…` are kwok's.
 */
export async function startCsi(cluster: ClusterAccess, namespace: string): Promise<CsiFixture> {
  const clients: HttpClient[] = [];
  const options = (userAgent: string) => ({
    url: cluster.kubernetes,
    ca: cluster.ca,
    token: cluster.users.admin.token,
    userAgent,
  });
  const scoped = (name: string): ApiClient => {
    const client = new ScopedClient(namespace, options(userAgentOf(name)));
    clients.push(client);
    return client;
  };
  const api = new HttpClient(options('test'));
  const ec2 = ec2Client(cluster.aws.endpoint, readKeys(cluster.aws.credentialsFile, cluster.users.admin.awsProfile));
  const cloud = new Ec2Cloud(ec2);
  const abort = new AbortController();
  const { volumes } = new Informers(scoped('detach-holder'), abort.signal);
  const held = new Set<string>();
  const holdDetach = (name: string): boolean =>
    held.has(name) && volumes.get(name)?.spec.persistentVolumeReclaimPolicy !== 'Retain';

  await putStorageClass(api);
  const controllers = await startControllers({ api: scoped, cloud, holdDetach, without: realOnes });
  const workloads = await startWorkloads({ api: scoped, cloud });
  return {
    cloud,
    api,
    url: workloads.url,
    holdDetach: (name) => held.add(name),
    letGo: () => held.clear(),
    stop: async () => {
      await workloads.stop();
      await controllers.stop();
      abort.abort();
      for (const client of [api, ...clients]) await client.close();
      ec2.destroy();
    },
  };
}

/** As `sandbox start` has it. Several suites may put it at once. */
async function putStorageClass(api: ApiClient): Promise<void> {
  const name = 'gp3';
  const storageClass = {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name },
    provisioner: 'ebs.csi.aws.com',
    parameters: { type: 'gp3' },
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'WaitForFirstConsumer',
    allowVolumeExpansion: true,
  };
  const resource = { group: 'storage.k8s.io', version: 'v1', resource: 'storageclasses' };
  await api.patch(resource, name, undefined, 'apply', storageClass, { fieldManager: 'ebs-csi-driver' });
}
