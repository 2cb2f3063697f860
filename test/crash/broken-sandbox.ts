import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';
import { breakScenario, type Broken, type ScenarioFiles } from '../../src/drill/break.ts';
import type { Playground } from '../../src/drill/playground.ts';
import { parseScenario, type Scenario } from '../../src/drill/scenario.ts';
import { Sandbox } from '../../src/sandbox/sandbox.ts';
import type { SandboxSnapshot } from '../../src/sandbox/control/snapshot.ts';
import type { KubeObject, ResourceName } from '../../src/sandbox/types.ts';
import {
  differencesOf,
  stateOfApplication,
  URL_ANNOTATION,
  type ClaimState,
} from '../../src/sandbox/workloads/index.ts';

export interface Disaster {
  readonly scenario: Scenario;
  readonly broken: Broken;
  /** EC2 ids of all volumes that there are. */
  readonly volumes: readonly string[];
  /** Of the moment after the damage has settled: every stage starts from a copy of it. */
  readonly snapshot: SandboxSnapshot;
  /** Where the services of the original answered, as the parameters name it. */
  readonly workloadsPort: number;
}

const FOLDER = join(import.meta.dirname, '..', '..', 'runbooks', 'scenarios');

function scenarioFilesIn(folder: string): ScenarioFiles {
  return {
    resolve: (path) => join(folder, path),
    text: (path) => readFileSync(join(folder, path), 'utf8'),
    folder: (path) => {
      const names = readdirSync(join(folder, path)).toSorted();
      return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, path, name), 'utf8')]));
    },
  };
}

/** Lays the application of a scenario out in a sandbox in this process, lets it work, breaks it, and keeps a copy. */
export async function breakSandbox(name: string): Promise<Disaster> {
  const folder = join(FOLDER, name);
  const file = join(folder, 'scenario.yaml');
  const scenario = parseScenario(file, readFileSync(file, 'utf8'));
  const dir = mkdtempSync(join(tmpdir(), 'drctl-crash-'));
  const sandbox = await Sandbox.start({ dir });
  try {
    const broken = await breakScenario(scenario, scenarioFilesIn(folder), playgroundOf(sandbox), Date.now);
    const volumes = sandbox.data().volumes.map(({ id }) => id);
    return { scenario, broken, volumes, snapshot: sandbox.snapshot(), workloadsPort: sandbox.ports.workloads };
  } finally {
    await sandbox.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

const GROUPS: Readonly<Record<string, Omit<ResourceName, 'resource'>>> = {
  StatefulSet: { group: 'apps', version: 'v1' },
  Deployment: { group: 'apps', version: 'v1' },
  CustomResourceDefinition: { group: 'apiextensions.k8s.io', version: 'v1' },
  Application: { group: 'argoproj.io', version: 'v1alpha1' },
  AppProject: { group: 'argoproj.io', version: 'v1alpha1' },
  BackupStorageLocation: { group: 'velero.io', version: 'v1' },
  Schedule: { group: 'velero.io', version: 'v1' },
  Lease: { group: 'coordination.k8s.io', version: 'v1' },
};

export function resourceOf(kind: string): ResourceName {
  return { ...(GROUPS[kind] ?? { group: '', version: 'v1' }), resource: `${kind.toLowerCase()}s` };
}

export async function listOf(sandbox: Sandbox, kind: string, namespace?: string): Promise<KubeObject[]> {
  const { items } = await sandbox.api('harness').list(resourceOf(kind), namespace === undefined ? {} : { namespace });
  return items;
}

export async function applicationState(sandbox: Sandbox, namespace: string): Promise<ClaimState[]> {
  const contents = new Map(sandbox.data().volumes.map((volume) => [volume.id, volume.content]));
  return stateOfApplication({
    claims: await listOf(sandbox, 'PersistentVolumeClaim', namespace),
    volumes: await listOf(sandbox, 'PersistentVolume'),
    contentOf: (id) => contents.get(id),
  });
}

export async function until(what: string, done: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await done())) {
    if (performance.now() > deadline) throw new Error(`the sandbox did not get ${what}`);
    await sleep(20);
  }
}

interface Volume {
  readonly spec: { readonly claimRef?: { readonly namespace: string; readonly name: string } };
  readonly status?: { readonly phase?: string };
}

const volumeOf = (object: KubeObject): Volume => object as unknown as Volume;

function playgroundOf(sandbox: Sandbox): Playground {
  const api = sandbox.api('whoever-broke-it');
  const volumesIn = async (namespace: string): Promise<KubeObject[]> =>
    (await listOf(sandbox, 'PersistentVolume')).filter((one) => volumeOf(one).spec.claimRef?.namespace === namespace);
  const named = (object: KubeObject): string => object.metadata.name ?? '';
  let files: Record<string, string> = {};
  const gone = (namespace: string): Promise<void> =>
    until(`namespace ${namespace} to be gone`, async () => {
      const there = (await listOf(sandbox, 'Namespace')).some((one) => named(one) === namespace);
      return !there && (await volumesIn(namespace)).every((one) => volumeOf(one).status?.phase === 'Released');
    });
  return {
    async apply(manifests) {
      for (const object of manifests.flatMap((text) => parseAllDocuments(text)).map((one) => one.toJS() as KubeObject))
        await api.patch(resourceOf(object.kind), named(object), object.metadata.namespace, 'apply', object as never, {
          fieldManager: 'shop-team',
        });
    },
    settled: (namespace, records) =>
      until(`the application in ${namespace} to come up`, async () => {
        const pods = await listOf(sandbox, 'Pod', namespace);
        const claims = await applicationState(sandbox, namespace);
        return (
          pods.length > 0 && pods.every(isReady) && claims.length > 0 && claims.every((one) => one.records >= records)
        );
      }),
    async retainAllBut(namespace, claims) {
      for (const volume of await volumesIn(namespace))
        if (!claims.includes(volumeOf(volume).spec.claimRef?.name ?? ''))
          await api.patch(resourceOf('PersistentVolume'), named(volume), undefined, 'merge', {
            spec: { persistentVolumeReclaimPolicy: 'Retain' },
          });
    },
    async holdDetach(namespace, claim) {
      const volume = (await volumesIn(namespace)).find((one) => volumeOf(one).spec.claimRef?.name === claim);
      sandbox.holdDetach({ volume: volume ? named(volume) : '', until: 'Retain' });
    },
    async deleteNamespace(namespace) {
      await api.delete(resourceOf('Namespace'), namespace);
      await gone(namespace);
    },
    gone,
    async commit(message, folders) {
      const kept = Object.entries(files).filter(([path]) => !Object.hasOwn(folders, path.split('/')[0] ?? ''));
      const fresh = Object.entries(folders).flatMap(([folder, texts]) =>
        Object.entries(texts).map(([name, text]): [string, string] => [`${folder}/${name}`, text]),
      );
      files = Object.fromEntries([...kept, ...fresh]);
      sandbox.repository.commit(message, files);
    },
    async backUp(schedule, at) {
      await sandbox.backUp(schedule, new Date(at));
    },
    async serviceUrl(namespace, service) {
      const found = await api.get(resourceOf('Service'), service, namespace);
      return found.metadata.annotations?.[URL_ANNOTATION] ?? '';
    },
    state: (namespace) => applicationState(sandbox, namespace),
    differences: (before, after, restored) => differencesOf(before as ClaimState[], after as ClaimState[], restored),
  };
}

function isReady(pod: KubeObject): boolean {
  const status = pod['status'] as { conditions?: { type: string; status: string }[] } | undefined;
  return status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false;
}
