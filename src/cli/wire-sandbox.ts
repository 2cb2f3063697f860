import { setTimeout as sleep } from 'node:timers/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import type { ApplicationState, Playground } from '../drill/playground.ts';
import { DrctlError } from '../model/errors.ts';
import { packageRoot } from './package-root.ts';
import { SandboxControl } from '../sandbox/control/client.ts';
import { sandboxStatus, startSandbox, stopSandbox } from '../sandbox/control/process.ts';
import type { Status } from '../sandbox/control/protocol.ts';
import { HttpClient } from '../sandbox/http-client.ts';
import type { ApiClient, KubeObject, ResourceName } from '../sandbox/types.ts';
import { differencesOf, stateOfApplication, URL_ANNOTATION, type ClaimState } from '../sandbox/workloads/index.ts';

const RESOURCES: Readonly<Record<string, ResourceName>> = {
  Namespace: { group: '', version: 'v1', resource: 'namespaces' },
  ServiceAccount: { group: '', version: 'v1', resource: 'serviceaccounts' },
  ConfigMap: { group: '', version: 'v1', resource: 'configmaps' },
  Secret: { group: '', version: 'v1', resource: 'secrets' },
  Service: { group: '', version: 'v1', resource: 'services' },
  PersistentVolume: { group: '', version: 'v1', resource: 'persistentvolumes' },
  PersistentVolumeClaim: { group: '', version: 'v1', resource: 'persistentvolumeclaims' },
  Pod: { group: '', version: 'v1', resource: 'pods' },
  StatefulSet: { group: 'apps', version: 'v1', resource: 'statefulsets' },
  Deployment: { group: 'apps', version: 'v1', resource: 'deployments' },
  CustomResourceDefinition: { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' },
  Application: { group: 'argoproj.io', version: 'v1alpha1', resource: 'applications' },
  AppProject: { group: 'argoproj.io', version: 'v1alpha1', resource: 'appprojects' },
  BackupStorageLocation: { group: 'velero.io', version: 'v1', resource: 'backupstoragelocations' },
  Schedule: { group: 'velero.io', version: 'v1', resource: 'schedules' },
};

function resource(kind: string): ResourceName {
  const found = RESOURCES[kind];
  if (!found) throw new DrctlError('ScenarioKind', 'tool', `the sandbox's scenarios cannot use kind ${kind}`);
  return found;
}

/** How long the application may take to come up, or the damage to settle, before the drill gives up. */
const PATIENCE = 60_000;

/** The sandbox as a scenario sees it: over its API, as whoever caused the outage, and over its control socket. */
function createPlayground(kubeconfig: string, control: SandboxControl): Playground {
  const api = clientOf(kubeconfig);
  const state = (namespace: string): Promise<ClaimState[]> => readState(api, control, namespace);
  const repository: Record<string, string> = {};
  const gone = (namespace: string): Promise<void> =>
    until(`namespace ${namespace} to be gone`, async () => {
      const { items } = await api.list(resource('Namespace'));
      const volumes = await volumesOf(api, namespace);
      const released = volumes.every(
        (volume) => (volume['status'] as { phase?: string } | undefined)?.phase === 'Released',
      );
      return !items.some((one) => nameOf(one) === namespace) && released;
    });
  return {
    apply: (manifests) => apply(api, manifests),
    settled: (namespace, records) =>
      until(`the application in ${namespace} to come up`, async () => {
        const { items } = await api.list(resource('Pod'), { namespace });
        const claims = await state(namespace);
        return (
          items.length > 0 &&
          items.every(isReady) &&
          claims.length > 0 &&
          claims.every((claim) => claim.records >= records)
        );
      }),
    retainAllBut: async (namespace, claims) => {
      for (const volume of await volumesOf(api, namespace))
        if (!claims.includes(claimRefOf(volume)?.name ?? ''))
          await api.patch(resource('PersistentVolume'), nameOf(volume), undefined, 'merge', {
            spec: { persistentVolumeReclaimPolicy: 'Retain' },
          });
    },
    holdDetach: async (namespace, claim) => {
      const volume = (await volumesOf(api, namespace)).find((one) => claimRefOf(one)?.name === claim);
      if (!volume) throw new DrctlError('ScenarioVolume', 'tool', `the scenario's claim ${claim} has no volume`);
      await control.call('detach.hold', { volume: nameOf(volume), until: 'Retain' });
    },
    deleteNamespace: async (namespace) => {
      await api.delete(resource('Namespace'), namespace);
      await gone(namespace);
    },
    gone,
    commit: async (message, folders) => {
      for (const [folder, files] of Object.entries(folders)) {
        for (const path of Object.keys(repository)) if (path.startsWith(`${folder}/`)) delete repository[path];
        for (const [name, text] of Object.entries(files)) repository[`${folder}/${name}`] = text;
      }
      await control.call('repository.commit', { message, files: { ...repository } });
    },
    backUp: async (schedule, at) => {
      await control.call('velero.backup', { schedule, at: new Date(at).toISOString() });
    },
    serviceUrl: async (namespace, service) => {
      const found = await api.get(resource('Service'), service, namespace);
      return found.metadata.annotations?.[URL_ANNOTATION] ?? '';
    },
    state,
    differences: (before: ApplicationState, after: ApplicationState, restored?: readonly string[]) =>
      differencesOf(before as ClaimState[], after as ClaimState[], restored),
  };
}

async function apply(api: ApiClient, manifests: readonly string[]): Promise<void> {
  for (const text of manifests)
    for (const document of parseAllDocuments(text)) {
      const object = document.toJS() as KubeObject;
      await api.patch(
        resource(object.kind),
        nameOf(object),
        object.metadata.namespace,
        'apply',
        JSON.parse(JSON.stringify(object)),
        { fieldManager: 'shop-team' },
      );
    }
}

async function readState(api: ApiClient, control: SandboxControl, namespace: string): Promise<ClaimState[]> {
  const { volumes } = await control.call('state');
  const contents = new Map(volumes.map((volume) => [volume.id, volume.content]));
  return stateOfApplication({
    claims: (await api.list(resource('PersistentVolumeClaim'), { namespace })).items,
    volumes: (await api.list(resource('PersistentVolume'))).items,
    contentOf: (id) => contents.get(id),
  });
}

async function volumesOf(api: ApiClient, namespace: string): Promise<KubeObject[]> {
  return (await api.list(resource('PersistentVolume'))).items.filter(
    (volume) => claimRefOf(volume)?.namespace === namespace,
  );
}

function claimRefOf(volume: KubeObject): { namespace?: string; name?: string } | undefined {
  return (volume['spec'] as { claimRef?: { namespace?: string; name?: string } } | undefined)?.claimRef;
}

function nameOf(object: KubeObject): string {
  return object.metadata.name ?? '';
}

function isReady(pod: KubeObject): boolean {
  const status = pod['status'] as { conditions?: { type: string; status: string }[] } | undefined;
  return status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false;
}

async function until(what: string, done: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  while (!(await done())) {
    if (performance.now() > deadline)
      throw new DrctlError('ScenarioStuck', 'tool', `the sandbox did not get ${what} within ${PATIENCE / 1_000} s`);
    await sleep(50);
  }
}

interface Kubeconfig {
  readonly clusters: readonly { cluster: { server: string; 'certificate-authority-data'?: string } }[];
  readonly users: readonly { user: { token: string } }[];
}

/** As the first user of the sandbox's kubeconfig: an administrator, as whoever caused the outage was. */
function clientOf(kubeconfig: string): ApiClient {
  const { clusters, users } = parse(readFileSync(kubeconfig, 'utf8')) as Kubeconfig;
  const cluster = clusters[0]?.cluster;
  const ca = cluster?.['certificate-authority-data'];
  return new HttpClient({
    url: cluster?.server ?? '',
    token: users[0]?.user.token ?? '',
    userAgent: 'sandbox-scenario',
    ...(ca !== undefined && { ca: Buffer.from(ca, 'base64').toString('utf8') }),
  });
}

export type SandboxStatus = Status;

/** The program of the sandbox, as a process of its own: from the bundle, or from source when drctl runs from source. */
export function startSandboxProgram(directory: string): Promise<Status> {
  const bundled = join(packageRoot(), 'dist', 'sandbox.js');
  return startSandbox(directory, import.meta.url.endsWith('.ts') ? {} : { program: bundled });
}

export function stopSandboxProgram(directory: string): Promise<boolean> {
  return stopSandbox(directory);
}

export function sandboxProgramStatus(directory: string): Promise<Status> {
  return sandboxStatus(directory);
}

export async function openPlayground(directory: string): Promise<{ playground: Playground; close: () => void }> {
  const status = await sandboxStatus(directory);
  if (!status.running)
    throw new DrctlError('NoSandbox', 'user', `no sandbox is running in ${directory}`, {
      nextSteps: ['drctl sandbox start'],
    });
  const control = await SandboxControl.connect(directory);
  return { playground: createPlayground(status.kubeconfig, control), close: () => control.close() };
}
