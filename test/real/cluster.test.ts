import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AttachVolumeCommand,
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DescribeInstancesCommand,
  DetachVolumeCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { UserName } from '../cluster/access.ts';
import { ec2Client, readKeys } from '../cluster/aws.ts';
import { clientOf, type Client } from '../cluster/client.ts';

const cluster = inject('cluster');
const clients = new Map<UserName, Client>();
const clouds = new Map<UserName, EC2Client>();
const namespace = `cluster-${Math.random().toString(36).slice(2, 8)}`;

function as(user: UserName): Client {
  const client = clients.get(user) ?? clientOf(cluster, user);
  clients.set(user, client);
  return client;
}

function cloudAs(user: UserName): EC2Client {
  const client = clouds.get(user) ?? ec2Client(cluster.aws.endpoint, readKeys(cluster.aws.credentialsFile, user));
  clouds.set(user, client);
  return client;
}

beforeAll(async () => {
  await as('admin').expect('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
});

afterAll(async () => {
  await as('admin').request('DELETE', `/api/v1/namespaces/${namespace}`);
  for (const client of clients.values()) await client.close();
  for (const cloud of clouds.values()) cloud.destroy();
});

describe('the control plane', () => {
  test('is the Kubernetes that go.mod names, and says so', async () => {
    const wanted = /k8s\.io\/kubernetes (v\S+)/.exec(readFileSync('test/cluster/go.mod', 'utf8'))?.[1];
    expect(cluster.version).toBe(process.env['KUBEBUILDER_ASSETS'] === undefined ? wanted : cluster.version);
    expect((await as('viewer').expect<{ gitVersion: string }>('GET', '/version')).gitVersion).toBe(cluster.version);
  });

  test('pods become Running and Ready, spread over three zones', async () => {
    const labels = { app: 'web' };
    const spread = { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'DoNotSchedule' };
    const pods = {
      topologySpreadConstraints: [{ ...spread, labelSelector: { matchLabels: labels } }],
      containers: [{ name: 'main', image: 'nobody-pulls-this' }],
    };
    await as('admin').expect('POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, {
      metadata: { name: 'web' },
      spec: { replicas: 3, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pods } },
    });
    const ready = await eventually(async () => {
      const { items } = await as('viewer').expect<{ items: readonly Pod[] }>(
        'GET',
        `/api/v1/namespaces/${namespace}/pods`,
      );
      const running = items.filter(
        ({ status }) =>
          status.phase === 'Running' &&
          status.conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True'),
      );
      return running.length === 3 ? running : undefined;
    });
    expect(new Set(ready.map(({ spec }) => spec.nodeName)).size).toBe(3);
  });

  test('writes every request of a user into the audit log, one JSON document a line', async () => {
    await as('viewer').request('GET', `/api/v1/namespaces/${namespace}/configmaps/asked-for-the-audit`);
    const seen = await eventually(async () =>
      readFileSync(`${cluster.directory}/audit.jsonl`, 'utf8')
        .split('\n')
        .find((line) => line.includes('asked-for-the-audit')),
    );
    expect(JSON.parse(seen)).toMatchObject({
      verb: 'get',
      user: { username: 'viewer' },
      responseStatus: { code: 404 },
    });
  });
});

interface Pod {
  readonly spec: { readonly nodeName: string };
  readonly status: {
    readonly phase: string;
    readonly conditions: readonly { readonly type: string; readonly status: string }[];
  };
}

describe('its users', () => {
  test('nobody is let in without a token, or with a wrong one', async () => {
    const wrong = clientOf(
      { ...cluster, users: { ...cluster.users, admin: { ...cluster.users.admin, token: 'x' } } },
      'admin',
    );
    expect((await wrong.request('GET', '/api/v1/namespaces')).status).toBe(401);
    await wrong.close();
  });

  test('the admin has every right by RBAC, and is no member of system:masters', async () => {
    const review = await as('admin').expect<{ status: { userInfo: { username: string; groups: readonly string[] } } }>(
      'POST',
      '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      {},
    );
    expect(review.status.userInfo).toMatchObject({ username: 'admin', groups: ['system:authenticated'] });
    expect(await mayI('admin', 'delete', 'nodes')).toBe(true);
  });

  test('the viewer reads volumes and claims, and may write nothing at all', async () => {
    for (const path of ['/api/v1/persistentvolumes', '/api/v1/persistentvolumeclaims', '/apis/apps/v1/statefulsets'])
      expect(await as('viewer').request('GET', path)).toMatchObject({ status: 200 });
    const made = await as('viewer').request('POST', '/api/v1/namespaces', { metadata: { name: 'of-a-viewer' } });
    expect(made).toMatchObject({ status: 403, body: { kind: 'Status', reason: 'Forbidden' } });
    expect((await as('viewer').request('GET', '/api/v1/secrets')).status).toBe(403);
    const { status } = await as('viewer').expect<RulesReview>(
      'POST',
      '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
      { spec: { namespace } },
    );
    const more = status.resourceRules
      .filter(({ verbs }) => verbs.some((verb) => !['get', 'list', 'watch'].includes(verb)))
      .flatMap(({ resources }) => resources);
    // what everybody may ask about himself
    expect(more.filter((resource) => !/^selfsubject.*reviews$/.test(resource))).toEqual([]);
  });

  test('the operator has what `target rbac` prints: patching a volume, and not deleting it', async () => {
    const volume = `/api/v1/persistentvolumes/${namespace}`;
    await as('admin').expect('POST', '/api/v1/persistentvolumes', {
      metadata: { name: namespace },
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        persistentVolumeReclaimPolicy: 'Retain',
        storageClassName: 'none',
        csi: { driver: 'ebs.csi.aws.com', volumeHandle: 'vol-00000000000000000' },
      },
    });
    const labelled = { metadata: { labels: { seen: 'yes' } } };
    const patched = await as('operator').request('PATCH', volume, labelled, 'application/merge-patch+json');
    expect(patched).toMatchObject({ status: 200, body: labelled });
    expect((await as('operator').request('DELETE', volume)).status).toBe(403);
    await as('admin').expect('DELETE', volume);
  });

  test('each kubeconfig names its user, and no other file of the cluster is needed with it', () => {
    for (const [name, { kubeconfig, token }] of Object.entries(cluster.users)) {
      const text = readFileSync(kubeconfig, 'utf8');
      expect(text).toContain(`current-context: ${name}\n`);
      expect(text).toContain(token);
    }
  });
});

interface RulesReview {
  readonly status: { readonly resourceRules: readonly { readonly verbs: string[]; readonly resources: string[] }[] };
}

async function mayI(user: UserName, verb: string, resource: string): Promise<boolean> {
  const review = await as(user).expect<{ status: { allowed: boolean } }>(
    'POST',
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    { spec: { resourceAttributes: { verb, resource } } },
  );
  return review.status.allowed;
}

describe('the cloud under it', () => {
  const zone = { AvailabilityZone: `${cluster.aws.region}a`, Size: 1 };

  test('every node is a running instance of its zone, and its CSINode registers the EBS driver under that name', async () => {
    const { items: nodes } = await as('viewer').expect<{ items: readonly Node[] }>('GET', '/api/v1/nodes');
    const { items: csiNodes } = await as('viewer').expect<{ items: readonly CsiNode[] }>(
      'GET',
      '/apis/storage.k8s.io/v1/csinodes',
    );
    const { Reservations = [] } = await cloudAs('viewer').send(new DescribeInstancesCommand({}));
    const instances = Reservations.flatMap(({ Instances = [] }) => Instances);
    expect(nodes).toHaveLength(3);
    for (const { metadata, spec } of nodes) {
      const inZone = metadata.labels['topology.kubernetes.io/zone'];
      const instance = instances.find(({ InstanceId }) => spec.providerID === `aws:///${inZone}/${InstanceId}`);
      expect(instance).toMatchObject({ State: { Name: 'running' }, Placement: { AvailabilityZone: inZone } });
      const registered = csiNodes.find((one) => one.metadata.name === metadata.name)?.spec.drivers[0];
      expect(registered).toMatchObject({ name: 'ebs.csi.aws.com', nodeID: instance?.InstanceId });
      expect(registered?.topologyKeys).toContain('topology.ebs.csi.aws.com/zone');
    }
    expect(new Set(nodes.map(({ metadata }) => metadata.labels['topology.kubernetes.io/zone'])).size).toBe(3);
  });

  test('a volume can be attached to the instance of a node of its zone', async () => {
    const { Reservations = [] } = await cloudAs('admin').send(new DescribeInstancesCommand({}));
    const InstanceId = Reservations.flatMap(({ Instances = [] }) => Instances).find(
      ({ Placement }) => Placement?.AvailabilityZone === zone.AvailabilityZone,
    )?.InstanceId;
    const { VolumeId } = await cloudAs('admin').send(new CreateVolumeCommand(zone));
    const attached = await cloudAs('admin').send(
      new AttachVolumeCommand({ VolumeId, InstanceId, Device: '/dev/xvdz' }),
    );
    expect(attached).toMatchObject({ VolumeId, InstanceId });
    await cloudAs('admin').send(new DetachVolumeCommand({ VolumeId, InstanceId, Device: '/dev/xvdz' }));
    await cloudAs('admin').send(new DeleteVolumeCommand({ VolumeId }));
  });

  test('it knows its callers, and every one by its own name', async () => {
    for (const user of ['admin', 'operator', 'viewer'] as const) {
      const { endpoint, region, credentialsFile, account } = cluster.aws;
      const sts = new STSClient({ endpoint, region, credentials: readKeys(credentialsFile, user) });
      const caller = await sts.send(new GetCallerIdentityCommand({}));
      expect(caller).toMatchObject({ Account: account, Arn: `arn:aws:iam::${account}:user/${user}` });
      sts.destroy();
    }
  });

  test('a dry run tells who may and who may not, by the names that EC2 has for that', async () => {
    const dryRun = async (user: UserName) =>
      cloudAs(user)
        .send(new CreateVolumeCommand({ ...zone, DryRun: true }))
        .catch((error: unknown) => error);
    expect(await dryRun('admin')).toMatchObject({ name: 'DryRunOperation' });
    expect(await dryRun('viewer')).toMatchObject({ name: 'UnauthorizedOperation', $metadata: { httpStatusCode: 403 } });
    expect(await dryRun('operator')).toMatchObject({ name: 'UnauthorizedOperation' });
  });

  test('of many that create one object, one is told that it did', async () => {
    const { endpoint, region, credentialsFile } = cluster.aws;
    const credentials = readKeys(credentialsFile, 'operator');
    const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1 });
    const Bucket = `drctl-${namespace}`;
    await s3.send(new CreateBucketCommand({ Bucket }));
    for (let round = 0; round < 25; round += 1) {
      const writers = Array.from({ length: 8 }, async (_, writer) =>
        s3.send(new PutObjectCommand({ Bucket, Key: 'one', Body: `${writer}`, IfNoneMatch: '*' })).then(
          () => 'won',
          (error: unknown) => (error as Error).name,
        ),
      );
      expect((await Promise.all(writers)).toSorted()).toEqual([...Array(7).fill('PreconditionFailed'), 'won']);
      await s3.send(new DeleteObjectCommand({ Bucket, Key: 'one' }));
    }
    await s3.send(new DeleteBucketCommand({ Bucket }));
    s3.destroy();
  });

  test('a wrong secret is refused', async () => {
    const { endpoint, credentialsFile } = cluster.aws;
    const liar = ec2Client(endpoint, { ...readKeys(credentialsFile, 'admin'), secretAccessKey: 'guessed' });
    await expect(liar.send(new DescribeInstancesCommand({}))).rejects.toMatchObject({ name: 'AuthFailure' });
    liar.destroy();
  });
});

interface Node {
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: { readonly providerID: string };
}

interface CsiNode {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly drivers: readonly { readonly nodeID: string; readonly topologyKeys: readonly string[] }[] };
}

async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await sleep(100);
  }
  throw new Error('it did not happen within 30 s');
}
