import { setTimeout as sleep } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';
import type { Playground } from '../../../src/drill/playground.ts';
import { isNotFound } from '../../../src/sandbox/controllers/failures.ts';
import { RESOURCES } from '../../../src/sandbox/controllers/resources.ts';
import type { ApiClient, KubeObject, ResourceName } from '../../../src/sandbox/types.ts';
import {
  differencesOf,
  stateOfApplication,
  URL_ANNOTATION,
  type ClaimState,
} from '../../../src/sandbox/workloads/index.ts';
import type { CsiFixture } from './csi.ts';
import type { Platform } from './platform.ts';

/**
 * A real cluster as a scenario sees it: what the person did who caused the outage, by requests of an admin. Without a
 * platform there is neither Argo CD nor Velero, and nothing but the kinds of an ordinary application.
 */
export function playgroundOf({ api, cloud, holdDetach }: CsiFixture, platform?: Platform): Playground {
  const resource = async ({ apiVersion, kind }: KubeObject): Promise<ResourceName> =>
    platform === undefined ? resourceOf(kind) : (await platform.find(apiVersion, kind)).resource;
  const volumesIn = (namespace: string): Promise<VolumeView[]> => volumesOf(api, namespace);
  const state = (namespace: string): Promise<ClaimState[]> => applicationState({ api, cloud }, namespace);
  const gone = (namespace: string): Promise<void> =>
    until(`namespace ${namespace} to be gone`, async () => {
      const there = await api.get(RESOURCES.namespaces, namespace).catch(ifNotFound);
      return there === undefined && (await volumesIn(namespace)).every(({ phase }) => phase === 'Released');
    });
  return {
    async apply(manifests) {
      for (const object of manifests.flatMap((text) => parseAllDocuments(text)).map((one) => one.toJS() as KubeObject))
        await api.patch(await resource(object), nameOf(object), object.metadata.namespace, 'apply', object as never, {
          fieldManager: 'shop-team',
        });
    },
    settled: (namespace, records) =>
      until(`the application in ${namespace} to come up`, async () => {
        const { items: pods } = await api.list(RESOURCES.pods, { namespace });
        const claims = await state(namespace);
        const written = claims.length > 0 && claims.every((one) => one.records >= records);
        return pods.length > 0 && pods.every(isReady) && written;
      }),
    async retainAllBut(namespace, claims) {
      for (const { name, claim } of await volumesIn(namespace))
        if (!claims.includes(claim))
          await api.patch(RESOURCES.volumes, name, undefined, 'merge', {
            spec: { persistentVolumeReclaimPolicy: 'Retain' },
          });
    },
    async holdDetach(namespace, claim) {
      const volume = (await volumesIn(namespace)).find((one) => one.claim === claim);
      if (volume === undefined) throw new Error(`no volume belongs to the claim ${claim}`);
      holdDetach(volume.name);
    },
    async deleteNamespace(namespace) {
      await api.delete(RESOURCES.namespaces, namespace);
      await gone(namespace);
    },
    gone,
    commit: async (message, folders) => {
      if (platform === undefined) throw new Error('no Argo CD is installed here');
      platform.commit(message, folders);
    },
    backUp: async (schedule, at) => {
      if (platform === undefined) throw new Error('no Velero is installed here');
      await platform.backUp(schedule, at);
    },
    async serviceUrl(namespace, service) {
      const found = await api.get(RESOURCES.services, service, namespace);
      return found.metadata.annotations?.[URL_ANNOTATION] ?? '';
    },
    state,
    differences: (before, after, restored) => differencesOf(before as ClaimState[], after as ClaimState[], restored),
  };
}

export interface VolumeView {
  readonly name: string;
  readonly claim: string;
  readonly handle: string;
  readonly phase: string;
  readonly policy: string;
}

/** The PersistentVolumes whose claimRef names the namespace. */
export async function volumesOf(api: ApiClient, namespace: string): Promise<VolumeView[]> {
  const { items } = await api.list(RESOURCES.volumes);
  return items.flatMap((item) => {
    const { spec, status } = item as unknown as RawVolume;
    if (spec.claimRef?.namespace !== namespace) return [];
    const { csi, claimRef, persistentVolumeReclaimPolicy: policy } = spec;
    return [
      {
        name: nameOf(item),
        claim: claimRef.name,
        handle: csi?.volumeHandle ?? '',
        phase: status?.phase ?? 'Pending',
        policy,
      },
    ];
  });
}

interface RawVolume {
  readonly spec: {
    readonly claimRef?: { readonly namespace: string; readonly name: string };
    readonly csi?: { readonly volumeHandle: string };
    readonly persistentVolumeReclaimPolicy: string;
  };
  readonly status?: { readonly phase?: string };
}

async function applicationState(
  { api, cloud }: Pick<CsiFixture, 'api' | 'cloud'>,
  namespace: string,
): Promise<ClaimState[]> {
  const { items: claims } = await api.list(RESOURCES.claims, { namespace });
  const { items: volumes } = await api.list(RESOURCES.volumes);
  return stateOfApplication({ claims, volumes, contentOf: (id) => cloud.findContent(id) });
}

export function resourceOf(kind: string): ResourceName {
  const apps = ['StatefulSet', 'Deployment'].includes(kind);
  return { group: apps ? 'apps' : '', version: 'v1', resource: `${kind.toLowerCase()}s` };
}

/** The controllers of a real cluster take their time: half a minute for what takes a second in the sandbox. */
export async function until(what: string, done: () => Promise<boolean>, within = 120_000): Promise<void> {
  const deadline = performance.now() + within;
  while (!(await done())) {
    if (performance.now() > deadline) throw new Error(`the cluster did not get ${what} within ${within / 1000} s`);
    await sleep(200);
  }
}

export function ifNotFound(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
}

function nameOf(object: KubeObject): string {
  return object.metadata.name ?? '';
}

function isReady(pod: KubeObject): boolean {
  const status = pod['status'] as { conditions?: { type: string; status: string }[] } | undefined;
  return status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false;
}
