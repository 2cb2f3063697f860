import { setTimeout as sleep } from 'node:timers/promises';
import { type ControllerOptions, startControllers } from '../../../src/sandbox/controllers/index.ts';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../../src/sandbox/controllers/kinds.ts';
import { RESOURCES } from '../../../src/sandbox/controllers/resources.ts';
import { cloudOf } from '../../../src/sandbox/ec2/cloud.ts';
import { CloudStore, emptyCloud } from '../../../src/sandbox/ec2/store.ts';
import { ApiServer } from '../../../src/sandbox/server/api-server.ts';
import {
  type ApiClient,
  type Cloud,
  type KubeObject,
  type ResourceName,
  StatusError,
} from '../../../src/sandbox/types.ts';

export const ZONES = ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'] as const;
export const NODES = ZONES.map((zone, index) => ({ name: `node-${index}`, zone, instance: `i-0${index}` }));

/** A whole cluster in this process: the API server, the cloud, and all controllers as clients of both. */
export class Cluster {
  readonly api: ApiClient;
  readonly server: ApiServer;
  readonly store: CloudStore;
  readonly cloud: Cloud;
  readonly #stops: (() => Promise<void>)[] = [];

  private constructor(server: ApiServer, store: CloudStore) {
    this.server = server;
    this.api = server.client('a-person');
    this.store = store;
    this.cloud = cloudOf(store);
  }

  static async start(options: Partial<ControllerOptions> = {}): Promise<Cluster> {
    const server = await ApiServer.start({ port: 'none' });
    const store = new CloudStore(emptyCloud({ account: '111122223333', region: 'eu-west-1', zones: [...ZONES] }), {
      periods: { creating: 2, attaching: 2, detaching: 2 },
    });
    for (const { instance, zone } of options.nodes ?? NODES) {
      store.state.instances[instance] = {
        id: instance,
        zone,
        type: 'm7i.large',
        state: 'running',
        privateDnsName: `${instance}.internal`,
        launchedAt: 0,
        tags: {},
      };
    }
    const cluster = new Cluster(server, store);
    cluster.#stops.push(() => server.close());
    await cluster.#control(options);
    return cluster;
  }

  /** Stops the controllers and starts new ones, which know only what the API and the cloud tell them. */
  async restart(): Promise<void> {
    await this.#stops.shift()?.();
    await this.#control({});
  }

  async #control(options: Partial<ControllerOptions>): Promise<void> {
    const running = await startControllers({
      api: (name) => this.server.client(name),
      cloud: this.cloud,
      nodes: NODES,
      ...options,
    });
    this.#stops.unshift(() => running.stop());
  }

  addStop(stop: () => Promise<void>): void {
    this.#stops.unshift(stop);
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops) await stop();
  }

  async classes(): Promise<void> {
    for (const [name, volumeBindingMode] of [
      ['gp3', 'Immediate'],
      ['gp3-wffc', 'WaitForFirstConsumer'],
    ] as const) {
      await this.api.create(RESOURCES.storageClasses, {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'StorageClass',
        metadata: { name },
        provisioner: 'ebs.csi.aws.com',
        reclaimPolicy: 'Delete',
        volumeBindingMode,
      });
    }
  }

  async namespace(name: string): Promise<KubeObject> {
    return this.api.create(RESOURCES.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }

  /** A static volume with a real disk behind it. */
  async volume(
    name: string,
    spec: Partial<PersistentVolume['spec']> = {},
    annotations?: Record<string, string>,
  ): Promise<KubeObject> {
    const disk = await this.cloud.createVolume({ sizeGiB: 10, zone: ZONES[0], tags: {} });
    return this.api.create(RESOURCES.volumes, {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name, ...(annotations === undefined ? {} : { annotations }) },
      spec: {
        capacity: { storage: '10Gi' },
        accessModes: ['ReadWriteOnce'],
        persistentVolumeReclaimPolicy: 'Retain',
        storageClassName: 'gp3',
        csi: { driver: 'ebs.csi.aws.com', volumeHandle: disk.id, fsType: 'ext4' },
        ...spec,
      },
    });
  }

  async claim(
    namespace: string,
    name: string,
    spec: Partial<PersistentVolumeClaim['spec']> = {},
    annotations?: Record<string, string>,
  ): Promise<KubeObject> {
    return this.api.create(RESOURCES.claims, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name, namespace, ...(annotations === undefined ? {} : { annotations }) },
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'gp3',
        resources: { requests: { storage: '10Gi' } },
        ...spec,
      },
    });
  }

  async pod(namespace: string, name: string, claims: string[], spec: Partial<Pod['spec']> = {}): Promise<KubeObject> {
    return this.api.create(RESOURCES.pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace },
      spec: {
        containers: [{ name: 'c', image: 'nginx' }],
        volumes: claims.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } })),
        ...spec,
      },
    });
  }

  async find<T extends KubeObject>(resource: ResourceName, name: string, namespace?: string): Promise<T | undefined> {
    try {
      return (await this.api.get(resource, name, namespace)) as T;
    } catch (error) {
      if (error instanceof StatusError && error.status.code === 404) return undefined;
      throw error;
    }
  }

  async phase(resource: ResourceName, name: string, namespace?: string): Promise<string> {
    const object = await this.find<KubeObject & { status?: { phase?: string } }>(resource, name, namespace);
    return object === undefined ? 'gone' : (object.status?.phase ?? 'none');
  }

  async volumePhase(name: string): Promise<string> {
    return this.phase(RESOURCES.volumes, name);
  }

  async claimPhase(namespace: string, name: string): Promise<string> {
    return this.phase(RESOURCES.claims, name, namespace);
  }

  /** Clears only claimRef.uid and resourceVersion: what a careful person types. */
  async clearUid(name: string): Promise<void> {
    await this.api.patch(RESOURCES.volumes, name, undefined, 'merge', {
      spec: { claimRef: { uid: null, resourceVersion: null } },
    });
  }

  async eventsAbout(namespace: string, name: string): Promise<string[]> {
    const { items } = await this.api.list(RESOURCES.events, { namespace });
    return items
      .filter((event) => (event['involvedObject'] as { name?: string }).name === name)
      .map((event) => `${String(event['type'])} ${String(event['reason'])}: ${String(event['message'])}`);
  }
}

/** Waits until `look` answers `wanted`; says what it answered last when it never does. Returns the milliseconds it took. */
export async function eventually<T>(look: () => Promise<T> | T, wanted: T, withinMs = 30_000): Promise<number> {
  const began = performance.now();
  for (;;) {
    const seen = await look();
    if (Object.is(seen, wanted)) return performance.now() - began;
    if (performance.now() - began > withinMs) {
      throw new Error(`Expected ${String(wanted)} within ${withinMs} ms, saw ${String(seen)} last.`);
    }
    await sleep(5);
  }
}
