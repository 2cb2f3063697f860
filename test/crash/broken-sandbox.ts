import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';
import { breakScenario, type Broken } from '../../src/drill/break.ts';
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
  /** Of the moment after the damage has settled: every stage starts from a copy of it. */
  readonly snapshot: SandboxSnapshot;
  /** Where the services of the original answered, as the parameters name it. */
  readonly workloadsPort: number;
}

const FOLDER = join(import.meta.dirname, '..', '..', 'runbooks', 'scenarios');

/** Lays the application of a scenario out in a sandbox in this process, lets it work, breaks it, and keeps a copy. */
export async function breakSandbox(name: string): Promise<Disaster> {
  const folder = join(FOLDER, name);
  const file = join(folder, 'scenario.yaml');
  const scenario = parseScenario(file, readFileSync(file, 'utf8'));
  const manifests = join(folder, scenario.application.manifests);
  const texts = readdirSync(manifests)
    .toSorted()
    .map((one) => readFileSync(join(manifests, one), 'utf8'));
  const dir = mkdtempSync(join(tmpdir(), 'drctl-crash-'));
  const sandbox = await Sandbox.start({ dir });
  try {
    const resolve = (path: string): string => join(folder, path);
    const broken = await breakScenario(scenario, texts, playgroundOf(sandbox), Date.now, resolve);
    return { scenario, broken, snapshot: sandbox.snapshot(), workloadsPort: sandbox.ports.workloads };
  } finally {
    await sandbox.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

const GROUPS: Readonly<Record<string, string>> = {
  StatefulSet: 'apps',
  Deployment: 'apps',
  Lease: 'coordination.k8s.io',
};

export function resourceOf(kind: string): ResourceName {
  return { group: GROUPS[kind] ?? '', version: 'v1', resource: `${kind.toLowerCase()}s` };
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
      await until(`namespace ${namespace} to be gone`, async () => {
        const there = (await listOf(sandbox, 'Namespace')).some((one) => named(one) === namespace);
        return !there && (await volumesIn(namespace)).every((one) => volumeOf(one).status?.phase === 'Released');
      });
    },
    async serviceUrl(namespace, service) {
      const found = await api.get(resourceOf('Service'), service, namespace);
      return found.metadata.annotations?.[URL_ANNOTATION] ?? '';
    },
    state: (namespace) => applicationState(sandbox, namespace),
    differences: (before, after) => differencesOf(before as ClaimState[], after as ClaimState[]),
  };
}

function isReady(pod: KubeObject): boolean {
  const status = pod['status'] as { conditions?: { type: string; status: string }[] } | undefined;
  return status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false;
}
