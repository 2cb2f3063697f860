import { ARGOCD_WORLDS } from './argocd/worlds.ts';
import { KUBE_WORLDS } from './kube/worlds.ts';
import { VELERO_WORLDS } from './velero/worlds.ts';
import type { Json } from '../../src/model/json.ts';
import type { Situation } from '../../src/model/action.ts';
import { createVolume } from '../../src/sandbox/ec2/volumes.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import type { KubeObject, ResourceName } from '../../src/sandbox/types.ts';

/** A world in which an action has something to do: how it is laid out in a sandbox, and what the step says. */
export interface LawWorld {
  readonly action: string;
  readonly name: string;
  readonly input: { readonly [key: string]: Json };
  readonly situation?: Partial<Situation>;
  /** Manifest files by path below the runbook's directory. */
  readonly files?: Readonly<Record<string, string>>;
  lay(sandbox: Sandbox): Promise<void>;
  /** Something that happens elsewhere meanwhile, for actions that wait for it. */
  meanwhile?(sandbox: Sandbox): Promise<void>;
}

const core = (resource: string): ResourceName => ({ group: '', version: 'v1', resource });
const apps = (resource: string): ResourceName => ({ group: 'apps', version: 'v1', resource });
const ZONE = 'eu-central-1a';
const OWNER = 'kubernetes.io/created-for/pvc';

/** A volume in EC2 that the driver made for a claim of namespace shop, and its PV. */
async function layVolume(sandbox: Sandbox, pv: string, claim: string, policy = 'Retain'): Promise<string> {
  const tags = { [`${OWNER}/namespace`]: 'shop', [`${OWNER}/name`]: claim, 'ebs.csi.aws.com/cluster': 'true' };
  const { id } = createVolume(sandbox.cloud, { zone: ZONE, sizeGiB: 4, tags });
  await sandbox.api('layout').create(core('persistentvolumes'), {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: pv, annotations: { 'pv.kubernetes.io/bound-by-controller': 'yes' } },
    spec: {
      capacity: { storage: '4Gi' },
      accessModes: ['ReadWriteOnce'],
      volumeMode: 'Filesystem',
      storageClassName: 'gp3',
      persistentVolumeReclaimPolicy: policy,
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: 'shop', name: claim },
      csi: { driver: 'ebs.csi.aws.com', volumeHandle: id, fsType: 'ext4' },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: [ZONE] }] },
          ],
        },
      },
    },
  });
  return id;
}

function claimOf(name: string, volumeName?: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: 'shop' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'gp3',
      resources: { requests: { storage: '4Gi' } },
      ...(volumeName !== undefined && { volumeName }),
    },
  };
}

async function layNamespace(sandbox: Sandbox, name = 'shop'): Promise<void> {
  await sandbox.api('layout').create(core('namespaces'), { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
}

async function layBound(sandbox: Sandbox, count: number, policy?: string): Promise<void> {
  await layNamespace(sandbox);
  for (let index = 0; index < count; index += 1) {
    await layVolume(sandbox, `pv-${index}`, `data-kafka-${index}`, policy);
    await sandbox.api('layout').create(core('persistentvolumeclaims'), claimOf(`data-kafka-${index}`, `pv-${index}`));
  }
  await allVolumes(sandbox, 'Bound');
}

/** What AcoustID saw: the namespace deleted and made again, the volumes Released. */
async function layReleased(sandbox: Sandbox, count: number): Promise<void> {
  await layBound(sandbox, count);
  const api = sandbox.api('layout');
  await api.delete(core('namespaces'), 'shop');
  await until(async () => !(await api.list(core('namespaces'))).items.some(({ metadata }) => metadata.name === 'shop'));
  await allVolumes(sandbox, 'Released');
  await layNamespace(sandbox);
}

const LONG_AGO = '2023-01-01T00:00:00Z';
const IMPACT = '2024-01-01T00:00:00Z';

/** Then somebody applied the StatefulSet before the volumes were pointed back: new, empty volumes, and pods that write. */
async function layHasty(sandbox: Sandbox, released: number, spec: { [key: string]: Json } = {}): Promise<void> {
  await layReleased(sandbox, released);
  for (const volume of Object.values(sandbox.cloud.state.volumes)) volume.createdAt = Date.parse(LONG_AGO);
  await sandbox.api('layout').create(apps('statefulsets'), {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'kafka', namespace: 'shop' },
    spec: {
      serviceName: 'kafka',
      replicas: 3,
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: { app: 'kafka' } },
      template: {
        metadata: { labels: { app: 'kafka' } },
        spec: {
          containers: [
            { name: 'kafka', image: 'sandbox/kafka:1', volumeMounts: [{ name: 'data', mountPath: '/data' }] },
          ],
        },
      },
      volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claimOf('data')['spec'] }],
      ...spec,
    },
  });
  await until(async () => {
    const { items } = await sandbox.api('layout').list(core('pods'), { namespace: 'shop' });
    const running = items.filter(({ status }) => (status as { phase?: string } | undefined)?.phase === 'Running');
    return running.length === 3;
  });
}

/** Stopped by drctl, its claims on their volumes: it waits for its turn. */
async function layStopped(sandbox: Sandbox, name: string, members: string): Promise<void> {
  await sandbox.api('layout').create(apps('statefulsets'), {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name, namespace: 'shop', annotations: { 'drctl/rebind-replicas': members } },
    spec: {
      serviceName: name,
      replicas: 0,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name, image: 'example.com/member:1' }] },
      },
      volumeClaimTemplates: name === 'kafka' ? [{ metadata: { name: 'data' }, spec: claimOf('data')['spec'] }] : [],
    },
  });
}

async function allVolumes(sandbox: Sandbox, phase: string): Promise<void> {
  const api = sandbox.api('layout');
  await until(async () => {
    const { items } = await api.list(core('persistentvolumes'));
    return items.every(({ status }) => (status as { phase?: string } | undefined)?.phase === phase);
  });
}

export async function until(holds: () => Promise<boolean>, within = 30_000): Promise<void> {
  const deadline = Date.now() + within;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('the sandbox did not get there in time');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const DEPLOYMENT: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop' },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'example.com/web:1' }] },
    },
  },
};

async function layWeb(sandbox: Sandbox, replicas: number, annotations: Record<string, string> = {}): Promise<void> {
  await layNamespace(sandbox);
  const spec = { ...(DEPLOYMENT['spec'] as object), replicas };
  const metadata = { ...DEPLOYMENT.metadata, annotations };
  await sandbox.api('layout').create(apps('deployments'), { ...DEPLOYMENT, metadata, spec });
}

async function layDeployment(sandbox: Sandbox): Promise<void> {
  await layNamespace(sandbox);
  await sandbox.api('layout').create(apps('deployments'), DEPLOYMENT);
}

const three = { namespace: 'shop', statefulSets: { kafka: { data: 3 } } };
const web = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
const MANIFESTS = {
  'm/app.yaml': `
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: cfg, uid: dead, resourceVersion: "1"}
data: {brokers: "3"}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 10.96.0.99, selector: {app: web}, ports: [{port: 80}]}
`,
  'm/web.yaml': JSON.stringify({ ...DEPLOYMENT, metadata: { name: 'web' } }),
};

export const LAW_WORLDS: readonly LawWorld[] = [
  ...ARGOCD_WORLDS,
  ...VELERO_WORLDS,
  ...KUBE_WORLDS,
  {
    action: 'ebs/hold',
    name: 'volumes whose claims are gone',
    input: { namespace: 'shop' },
    lay: (sandbox) => layReleased(sandbox, 2),
  },
  {
    action: 'pv/retain',
    name: 'bound volumes with policy Delete',
    input: { namespace: 'shop' },
    lay: (sandbox) => layBound(sandbox, 3, 'Delete'),
  },
  {
    action: 'pv/retain',
    name: 'by name',
    input: { names: ['pv-0', 'pv-1'] },
    lay: (sandbox) => layBound(sandbox, 2, 'Delete'),
  },
  {
    action: 'pv/rebind',
    name: 'released volumes of a StatefulSet',
    input: three,
    lay: (sandbox) => layReleased(sandbox, 3),
  },
  {
    action: 'pv/rebind',
    name: 'one claim waits already without a volume, one names its volume',
    input: three,
    lay: async (sandbox) => {
      await layReleased(sandbox, 3);
      await sandbox.api('layout').create(core('persistentvolumeclaims'), claimOf('data-kafka-0'));
      await sandbox.api('layout').create(core('persistentvolumeclaims'), claimOf('data-kafka-1', 'pv-1'));
    },
  },
  {
    action: 'pv/rebind',
    name: 'hasty claims of a StatefulSet whose pods run on new volumes',
    input: { ...three, hasty: 'swap' },
    situation: { impactAt: IMPACT },
    lay: (sandbox) => layHasty(sandbox, 3),
  },
  {
    action: 'pv/rebind',
    name: 'hasty claims of a StatefulSet that deletes the claims of members that go',
    input: { ...three, hasty: 'swap' },
    situation: { impactAt: IMPACT },
    lay: (sandbox) =>
      layHasty(sandbox, 3, { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Delete' } }),
  },
  {
    action: 'pv/rebind',
    name: 'hasty claims of a StatefulSet whose members stay stopped',
    input: { ...three, hasty: 'swap', members: 'leave-stopped' },
    situation: { impactAt: IMPACT },
    lay: (sandbox) => layHasty(sandbox, 3),
  },
  {
    action: 'pv/set-aside',
    name: 'claims that were made too early, their old volumes lost',
    input: three,
    situation: { impactAt: IMPACT },
    lay: (sandbox) => layHasty(sandbox, 0),
  },
  {
    action: 'pv/set-aside',
    name: 'of a StatefulSet that deletes the claims of members that go',
    input: three,
    situation: { impactAt: IMPACT },
    lay: (sandbox) => layHasty(sandbox, 0, { persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete' } }),
  },
  {
    action: 'ebs/snapshot',
    name: 'every volume of the namespace',
    input: { namespace: 'shop' },
    lay: (sandbox) => layReleased(sandbox, 2),
  },
  {
    action: 'ebs/snapshot',
    name: 'after an impact',
    input: { namespace: 'shop' },
    situation: { impactAt: '2020-01-01T00:00:00Z' },
    lay: (sandbox) => layReleased(sandbox, 1),
  },
  {
    action: 'kube/apply',
    name: 'a namespace and all that is in it',
    input: { path: 'm', namespace: 'shop' },
    files: MANIFESTS,
    lay: () => Promise.resolve(),
  },
  {
    action: 'kube/apply',
    name: 'what differs is brought into line',
    input: { path: 'm', namespace: 'shop', force: true },
    files: MANIFESTS,
    lay: async (sandbox) => {
      await layDeployment(sandbox);
      await sandbox.api('layout').create(core('configmaps'), {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'cfg', namespace: 'shop' },
        data: { brokers: '1', kept: 'yes' },
      });
    },
  },
  {
    action: 'kube/apply',
    name: 'only what is missing',
    input: { path: 'm', namespace: 'shop', mode: 'create' },
    files: MANIFESTS,
    lay: layDeployment,
  },
  {
    action: 'kube/patch',
    name: 'fields set and removed',
    input: { ...web, patch: { metadata: { annotations: { paused: 'yes' } }, spec: { minReadySeconds: 5 } } },
    lay: layDeployment,
  },
  { action: 'kube/scale', name: 'up', input: { ...web, replicas: 2 }, lay: layDeployment },
  {
    action: 'kube/start',
    name: 'StatefulSets that were stopped',
    input: { namespace: 'shop', statefulSets: ['kafka', 'exporter'] },
    lay: async (sandbox) => {
      await layBound(sandbox, 3);
      await layStopped(sandbox, 'kafka', '3');
      await layStopped(sandbox, 'exporter', '1');
    },
  },
  {
    action: 'kube/wait',
    name: 'for an object that somebody else makes',
    input: { objects: [web], expect: 'self.spec.replicas == 0' },
    lay: (sandbox) => layNamespace(sandbox),
    meanwhile: async (sandbox) => {
      await sandbox.api('layout').create(apps('deployments'), DEPLOYMENT);
    },
  },
  {
    action: 'kube/wait',
    name: 'until a namespace is really gone',
    input: { objects: [{ apiVersion: 'v1', kind: 'Namespace', name: 'shop' }], gone: true },
    lay: (sandbox) => layNamespace(sandbox),
    meanwhile: (sandbox) => sandbox.api('layout').delete(core('namespaces'), 'shop'),
  },
  {
    action: 'kube/stop',
    name: 'a Deployment that runs, and one that is not there',
    input: { namespace: 'shop', deployments: ['web', 'gone'] },
    lay: (sandbox) => layWeb(sandbox, 2),
  },
  {
    action: 'kube/start',
    name: 'a Deployment that was stopped',
    input: { namespace: 'shop', deployments: ['web'] },
    lay: (sandbox) => layWeb(sandbox, 0, { 'drctl/rebind-replicas': '2' }),
  },
  {
    action: 'quorum/check',
    name: 'claims that are not there yet',
    input: { namespace: 'shop', service: 'kafka', statefulSet: 'kafka', members: 3, stage: 'volumes' },
    situation: { impactAt: '2999-01-01T00:00:00Z' },
    lay: (sandbox) => layBound(sandbox, 2),
    meanwhile: async (sandbox) => {
      await layVolume(sandbox, 'pv-2', 'data-kafka-2');
      await sandbox.api('layout').create(core('persistentvolumeclaims'), claimOf('data-kafka-2', 'pv-2'));
    },
  },
  {
    action: 'human/task',
    name: 'a word of a person',
    input: { instruction: 'Call the customer', evidence: ['ticket'] },
    lay: () => Promise.resolve(),
  },
  { action: 'shell/run', name: 'a program', input: { argv: ['true'] }, lay: () => Promise.resolve() },
  {
    action: 'notify/webhook',
    name: 'a message',
    input: { url: 'http://127.0.0.1:9/relay', body: { text: 'x' } },
    lay: () => Promise.resolve(),
  },
];
