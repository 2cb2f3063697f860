import { readFile, readdir, stat } from 'node:fs/promises';
import { DeleteVolumeCommand, DescribeInstancesCommand, DescribeVolumesCommand } from '@aws-sdk/client-ec2';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createVolume } from '../../../src/sandbox/ec2/volumes.ts';
import { Sandbox } from '../../../src/sandbox/sandbox.ts';
import type { SandboxOptions } from '../../../src/sandbox/sandbox.ts';
import { awsOf, kubernetesOf, until, withDirectory } from './clients.ts';

const running: Sandbox[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((sandbox) => sandbox.close()));
});

async function start(options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await Sandbox.start({ ...options, periods: { cloud: { creating: 0 } } });
  running.push(sandbox);
  return sandbox;
}

const claim = (name: string, spec = {}) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '4Gi' } }, ...spec },
});
const claims = '/api/v1/namespaces/default/persistentvolumeclaims';
const volumes = '/api/v1/persistentvolumes';

const staticVolume = (name: string, volumeHandle: string, reclaim = 'Retain') => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name },
  spec: {
    capacity: { storage: '4Gi' },
    accessModes: ['ReadWriteOnce'],
    storageClassName: 'gp3',
    persistentVolumeReclaimPolicy: reclaim,
    claimRef: { namespace: 'default', name: 'data' },
    csi: { driver: 'ebs.csi.aws.com', volumeHandle, fsType: 'ext4' },
  },
});

/** A claim bound to a volume with something on it. */
async function withData(sandbox: Sandbox): Promise<string> {
  const call = kubernetesOf(sandbox.access);
  const { id } = createVolume(sandbox.cloud, { zone: 'eu-central-1a', sizeGiB: 4, tags: {} });
  sandbox.cloud.volume(id).content.files.identity = 'kafka-0';
  expect((await call('POST', volumes, staticVolume('pv-data', id))).status).toBe(201);
  expect((await call('POST', claims, claim('data', { volumeName: 'pv-data', storageClassName: 'gp3' }))).status).toBe(
    201,
  );
  await until(() => sandbox.data().claims[0]?.phase === 'Bound');
  return id;
}

describe('a fresh sandbox', () => {
  it('is a cluster on AWS: nodes in three zones whose instances exist, classes, the driver, its namespaces', async () => {
    const sandbox = await start();
    const call = kubernetesOf(sandbox.access);
    const nodes = (await call('GET', '/api/v1/nodes')).body.items!;
    const named = nodes.map(({ spec }) =>
      /^aws:\/\/\/(eu-central-1[abc])\/(i-[0-9a-f]{17})$/.exec((spec as { providerID: string }).providerID)!,
    );
    const { Reservations } = await awsOf(sandbox.access).ec2.send(
      new DescribeInstancesCommand({ InstanceIds: named.map(([, , id]) => id!) }),
    );
    const zones = Reservations!.map(({ Instances }) => [
      Instances![0]!.InstanceId,
      Instances![0]!.Placement!.AvailabilityZone,
    ]);
    expect(new Map(zones as [string, string][])).toEqual(new Map(named.map(([, zone, id]) => [id, zone])));
    expect(nodes[0]!.status).toMatchObject({ conditions: [{ type: 'Ready', status: 'True' }] });
    const classes = (await call('GET', '/apis/storage.k8s.io/v1/storageclasses')).body.items!;
    expect(classes.find(({ metadata }) => metadata.name === 'gp3')).toMatchObject({
      provisioner: 'ebs.csi.aws.com',
      volumeBindingMode: 'WaitForFirstConsumer',
      metadata: { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    });
    expect((await call('GET', '/apis/storage.k8s.io/v1/csidrivers/ebs.csi.aws.com')).body.spec).toMatchObject({
      attachRequired: true,
    });
    const namespaces = (await call('GET', '/api/v1/namespaces')).body.items!.map(({ metadata }) => metadata.name);
    expect(namespaces).toEqual(['default', 'kube-node-lease', 'kube-public', 'kube-system']);
  });

  it('binds a claim to a static volume and knows what is on it', async () => {
    const sandbox = await start();
    const id = await withData(sandbox);
    expect(sandbox.data()).toMatchObject({
      claims: [{ claim: 'default/data', phase: 'Bound', volumeName: 'pv-data', volumeId: id, identity: 'kafka-0' }],
      volumes: [{ id, state: 'available', content: { files: { identity: 'kafka-0' } } }],
    });
  });

  it('has controllers that call themselves as real ones do, in the audit log and in managedFields', async () => {
    const sandbox = await start();
    const clients = new Set<string>();
    sandbox.audit.listen(({ client, verb }) => void (verb === 'patch' || verb === 'update' ? clients.add(client) : 0));
    await withData(sandbox);
    const writers = async (path: string): Promise<unknown[]> => {
      const { metadata } = (await kubernetesOf(sandbox.access)('GET', path)).body as {
        metadata: { managedFields: { manager: string; subresource?: string }[] };
      };
      return metadata.managedFields.map(({ manager, subresource }) => [manager, subresource]);
    };
    expect(await writers(`${volumes}/pv-data`)).toEqual(
      expect.arrayContaining([
        ['kube-controller-manager', undefined],
        ['kube-controller-manager', 'status'],
      ]),
    );
    const node = (await kubernetesOf(sandbox.access)('GET', '/api/v1/nodes')).body.items![0]!;
    expect(await writers(`/api/v1/nodes/${node.metadata.name}`)).toContainEqual(['kubelet', 'status']);
    expect(clients).toContain('kube-controller-manager/persistentvolume-controller');
  });

  it('writes one audit line for every request to either endpoint', async () => {
    await withDirectory(async (dir) => {
      const sandbox = await start({ dir });
      await kubernetesOf(sandbox.access)('GET', '/api/v1/nodes?limit=2');
      await awsOf(sandbox.access).ec2.send(new DescribeVolumesCommand({}));
      const lines = (await readFile(`${dir}/audit.jsonl`, 'utf8'))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(lines).toContainEqual(
        expect.objectContaining({
          client: 'drctl/test',
          verb: 'list',
          path: '/api/v1/nodes?limit=2',
          status: 200,
          dryRun: false,
        }),
      );
      expect(lines.at(-1)).toMatchObject({ verb: 'DescribeVolumes', status: 200 });
    });
  });

  it('writes files that only their owner can read', async () => {
    await withDirectory(async (dir) => {
      const sandbox = await start({ dir });
      const config = parse(await readFile(`${dir}/kubeconfig`, 'utf8'));
      expect(config.clusters[0].cluster.server).toBe(sandbox.access.kubernetes);
      expect(config.contexts.map(({ name }: { name: string }) => name)).toEqual([
        'sandbox',
        'sandbox-admin',
        'sandbox-operator',
        'sandbox-viewer',
      ]);
      expect(await readFile(`${dir}/aws/config`, 'utf8')).toContain(`endpoint_url = ${sandbox.access.aws}`);
      for (const file of ['kubeconfig', 'aws/config', 'aws/credentials'])
        expect((await stat(`${dir}/${file}`)).mode & 0o777).toBe(0o600);
      expect((await readdir(dir)).toSorted()).toEqual(['audit.jsonl', 'aws', 'kubeconfig']);
    });
  });
});

describe('users', () => {
  it('differ in what they may do, at both endpoints', async () => {
    const { access } = await start();
    const patch = (user: string) =>
      kubernetesOf(access, user)(
        'PATCH',
        '/api/v1/namespaces/default',
        { metadata: { labels: { a: 'b' } } },
        'application/merge-patch+json',
      );
    expect((await patch('viewer')).status).toBe(403);
    expect((await patch('operator')).status).toBe(200);
    expect((await kubernetesOf(access, 'viewer')('GET', '/api/v1/secrets')).status).toBe(403);
    expect((await kubernetesOf(access, 'operator')('DELETE', `${volumes}/pv-data`)).status).toBe(403);
    const remove = new DeleteVolumeCommand({ VolumeId: 'vol-00000000000000000', DryRun: true });
    await expect(awsOf(access, 'operator').ec2.send(remove)).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
    await expect(awsOf(access).ec2.send(remove)).rejects.toMatchObject({ name: 'DryRunOperation' });
  });

  it('are locked out at both endpoints once expired, and come back with new credentials only', async () => {
    await withDirectory(async (dir) => {
      const sandbox = await start({ dir });
      const before = sandbox.access;
      sandbox.expireCredentials('operator');
      expect((await kubernetesOf(before, 'operator')('GET', '/api/v1/nodes')).status).toBe(401);
      await expect(awsOf(before, 'operator').sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
        name: 'ExpiredToken',
      });
      expect((await kubernetesOf(before)('GET', '/api/v1/nodes')).status).toBe(200);
      sandbox.renewCredentials('operator');
      expect((await kubernetesOf(before, 'operator')('GET', '/api/v1/nodes')).status).toBe(401);
      expect((await kubernetesOf(sandbox.access, 'operator')('GET', '/api/v1/nodes')).status).toBe(200);
      await awsOf(sandbox.access, 'operator').sts.send(new GetCallerIdentityCommand({}));
      const token = sandbox.access.users.find(({ name }) => name === 'operator')!.token;
      expect(await readFile(`${dir}/kubeconfig`, 'utf8')).toContain(token);
      expect(() => sandbox.expireCredentials('nobody')).toThrow(/no user nobody; it has admin, operator, viewer/);
    });
  });

  it('can lack one single EC2 permission', async () => {
    const sandbox = await start();
    sandbox.setRights('operator', { deny: ['DescribeVolumes'] });
    await expect(awsOf(sandbox.access, 'operator').ec2.send(new DescribeVolumesCommand({}))).rejects.toMatchObject({
      name: 'UnauthorizedOperation',
    });
  });

  it('can be others than the usual three', async () => {
    const { access } = await start({ users: { auditor: { allow: [] } } });
    expect(access.users.map(({ name }) => name)).toEqual(['auditor']);
    expect((await kubernetesOf(access, 'auditor')('GET', '/api/v1/nodes')).status).toBe(403);
  });
});

describe('a copy', () => {
  it('is the same cluster and account with the same data, and goes its own way', async () => {
    const original = await start();
    const id = await withData(original);
    const copy = await start({ snapshot: original.snapshot() });
    expect(copy.identity).toBe(original.identity);
    expect(copy.access.ca).toBe(original.access.ca);
    expect(copy.access.users).toEqual(original.access.users);
    expect(copy.data()).toEqual(original.data());
    const [there, here] = await Promise.all([copy, original].map((each) => kubernetesOf(each.access)('GET', volumes)));
    expect(there!.body.items).toEqual(here!.body.items);

    copy.cloud.volume(id).content.files.identity = 'somebody else';
    await kubernetesOf(copy.access)('DELETE', `${claims}/data`);
    await until(() => copy.data().claims.length === 0);
    expect(original.data().claims).toMatchObject([{ phase: 'Bound', identity: 'kafka-0' }]);
  });

  it('goes on from the revision of the original, with controllers that work', async () => {
    const original = await start();
    const copy = await start({ snapshot: original.snapshot() });
    await withData(copy);
    expect(copy.kubernetes.store.revision).toBeGreaterThan(original.kubernetes.store.revision);
    expect(original.data().claims).toEqual([]);
  });

  it('keeps expired credentials expired and held detaches held', async () => {
    const original = await start();
    original.expireCredentials('viewer');
    original.holdDetach({ volume: 'pv-data' });
    const copy = await start({ snapshot: original.snapshot() });
    expect((await kubernetesOf(copy.access, 'viewer')('GET', '/api/v1/nodes')).status).toBe(401);
    expect(copy.snapshot().holds).toEqual([{ volume: 'pv-data' }]);
  });

  it('starts again and again, and each leaves nothing behind', async () => {
    const original = await start();
    await withData(original);
    const snapshot = original.snapshot();
    const handlesBefore = process.getActiveResourcesInfo().length;
    for (let n = 0; n < 20; n++) {
      const copy = await Sandbox.start({ snapshot });
      expect((await kubernetesOf(copy.access)('GET', '/api/v1/nodes')).status).toBe(200);
      await copy.close();
    }
    await until(() => process.getActiveResourcesInfo().length <= handlesBefore);
  });
});

describe('disturbances', () => {
  it('become another cluster behind the same address', async () => {
    const sandbox = await start();
    const before = sandbox.identity;
    const uid = sandbox.changeIdentity();
    expect(uid).not.toBe(before);
    expect((await kubernetesOf(sandbox.access)('GET', '/api/v1/namespaces/kube-system')).body.metadata.uid).toBe(uid);
  });

  it('refuse connections during an outage and serve at the same address afterwards', async () => {
    const sandbox = await start();
    const call = kubernetesOf(sandbox.access);
    const look = () => awsOf(sandbox.access).ec2.send(new DescribeVolumesCommand({}));
    await sandbox.setOutage(true, ['kubernetes']);
    await expect(call('GET', '/readyz')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await look();
    await sandbox.setOutage(true);
    await expect(look()).rejects.toThrow(/ECONNREFUSED/);
    await sandbox.setOutage(false);
    await sandbox.setOutage(false);
    expect((await call('GET', '/api/v1/nodes')).status).toBe(200);
    await look();
  });

  it('meet one client and not the controllers', async () => {
    const sandbox = await start();
    sandbox.faults.add({ match: { client: 'drctl/', verb: 'create' }, action: { dropAfter: true } });
    await expect(kubernetesOf(sandbox.access)('POST', claims, claim('data'))).rejects.toThrow(
      /socket hang up|ECONNRESET/,
    );
    expect(sandbox.data().claims).toHaveLength(1);
  });

  it('hold the detach of a volume until its policy is Retain', async () => {
    const sandbox = await start();
    const call = kubernetesOf(sandbox.access);
    await withData(sandbox);
    await call(
      'PATCH',
      `${volumes}/pv-data`,
      { spec: { persistentVolumeReclaimPolicy: 'Delete' } },
      'application/merge-patch+json',
    );
    const container = { name: 'kafka', image: 'kafka:3', volumeMounts: [{ name: 'data', mountPath: '/data' }] };
    const spec = { containers: [container], volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] };
    const pods = '/api/v1/namespaces/default/pods';
    await call('POST', pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'kafka-0' }, spec });
    const attached = () => sandbox.data().volumes[0]!.state === 'in-use';
    await until(
      async () => ((await call('GET', `${pods}/kafka-0`)).body.status as { phase: string }).phase === 'Running',
    );
    expect(attached()).toBe(true);
    sandbox.holdDetach({ volume: 'pv-data', until: 'Retain' });
    await call('DELETE', `${pods}/kafka-0`);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(attached()).toBe(true);
    await call(
      'PATCH',
      `${volumes}/pv-data`,
      { spec: { persistentVolumeReclaimPolicy: 'Retain' } },
      'application/merge-patch+json',
    );
    await until(() => !attached());
    expect(sandbox.snapshot().holds).toEqual([]);
  });
});

it('gives service-account tokens that identify the account, and stop when their Secret goes', async () => {
  const sandbox = await start();
  const call = kubernetesOf(sandbox.access);
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'kafka' } };
  await call('POST', '/api/v1/namespaces/default/serviceaccounts', account);
  const annotations = { 'kubernetes.io/service-account.name': 'kafka' };
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'kafka-token', annotations },
    type: 'kubernetes.io/service-account-token',
  };
  const secrets = '/api/v1/namespaces/default/secrets';
  await call('POST', secrets, secret);
  const read = async () =>
    ((await call('GET', `${secrets}/kafka-token`)).body.data as { token?: string } | undefined)?.token;
  await until(async () => (await read()) !== undefined);
  const token = Buffer.from((await read())!, 'base64').toString();
  const review = async (on: Sandbox) => {
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } };
    return (await kubernetesOf(on.access)('POST', '/apis/authentication.k8s.io/v1/tokenreviews', body)).body.status;
  };
  expect(await review(sandbox)).toMatchObject({
    authenticated: true,
    user: { username: 'system:serviceaccount:default:kafka' },
  });
  const copy = await start({ snapshot: sandbox.snapshot() });
  expect(await review(copy)).toMatchObject({ authenticated: true });
  await call('DELETE', `${secrets}/kafka-token`);
  expect(await review(sandbox)).not.toMatchObject({ authenticated: true });
  await call('POST', secrets, {
    ...secret,
    metadata: { name: 'forged', annotations },
    data: { token: Buffer.from('a.b.c').toString('base64') },
  });
  const asForged = kubernetesOf({ ...sandbox.access, users: [{ ...sandbox.access.users[0]!, token: 'a.b.c' }] });
  expect((await asForged('GET', '/api/v1/nodes')).status).toBe(401);
});

it('fails to start on a taken port, and leaves nothing listening', async () => {
  const first = await start();
  await expect(Sandbox.start({ ports: { aws: first.ports.kubernetes } })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
