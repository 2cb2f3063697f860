import { setTimeout as sleep } from 'node:timers/promises';
import { isNotFound } from '../controllers/failures.ts';
import { isTerminating } from '../controllers/objects.ts';
import { RESOURCES } from '../controllers/resources.ts';
import type { ApiClient, KubeObject } from '../types.ts';
import type { StoredBackup } from './bucket.ts';
import type { VeleroContext } from './context.ts';
import { fateOf } from './decide-restore.ts';

interface VolumeSpec {
  claimRef?: { namespace?: string; name?: string; uid?: string; resourceVersion?: string };
  csi?: { volumeHandle: string };
}

/** The volumes of one restore: which were given back, and which claims must get a new one. */
export class RestoredVolumes {
  readonly #made = new Map<string, string>();
  readonly #provision = new Set<string>();
  readonly #client: ApiClient;
  readonly #context: VeleroContext;
  readonly #stored: StoredBackup;

  constructor(client: ApiClient, context: VeleroContext, stored: StoredBackup) {
    this.#client = client;
    this.#context = context;
    this.#stored = stored;
  }

  /** The object to create; undefined where the volume is left to be provisioned. Throws when it waited in vain. */
  async prepare(volume: KubeObject): Promise<KubeObject | undefined> {
    const name = volume.metadata.name ?? '';
    const fate = fateOf(volume, this.#stored);
    if (fate === 'new') {
      this.#provision.add(name);
      return undefined;
    }
    const spec = withoutClaim(volume['spec'] ?? {});
    if (fate === 'as-is') return { ...volume, spec };
    const taken = this.#stored.snapshots[name];
    if (!taken) return { ...volume, spec };
    await this.#waitFor(name);
    const disk = await this.#context.snapshotter.restore(taken.snapshotId, taken.zone, tagsOf(volume));
    const renamed = (await this.#exists(name)) ? `velero-clone-${disk.id}` : name;
    this.#made.set(name, renamed);
    return {
      ...volume,
      metadata: { ...volume.metadata, name: renamed },
      spec: { ...spec, csi: { ...spec.csi, volumeHandle: disk.id } },
    };
  }

  /** A claim names its volume only where that was restored, under the name that it got. */
  claim(claim: KubeObject): KubeObject {
    const spec = (claim['spec'] ?? {}) as { volumeName?: string };
    const { volumeName, ...rest } = spec;
    if (volumeName === undefined || this.#provision.has(volumeName)) return { ...claim, spec: rest };
    const restored = this.#made.get(volumeName) ?? volumeName;
    return { ...claim, spec: { ...rest, volumeName: restored } };
  }

  /** A volume that is Released, or whose claim or namespace is going away, is waited for (trap 24). */
  async #waitFor(name: string): Promise<void> {
    const deadline = performance.now() + this.#context.periods.terminating;
    for (;;) {
      const volume = await read(this.#client, name);
      if (volume === undefined) return;
      const phase = (volume['status'] as { phase?: string } | undefined)?.phase;
      if (phase !== 'Released' && !isTerminating(volume)) return;
      if (performance.now() > deadline)
        throw new Error(
          `timed out waiting for persistent volume ${name} to be released or deleted: it is ${phase ?? '?'}`,
        );
      await sleep(50);
    }
  }

  async #exists(name: string): Promise<boolean> {
    return (await read(this.#client, name)) !== undefined;
  }
}

function withoutClaim(spec: VolumeSpec): VolumeSpec {
  if (spec.claimRef === undefined) return spec;
  const { uid: _, resourceVersion: __, ...claimRef } = spec.claimRef;
  return { ...spec, claimRef };
}

function tagsOf(volume: KubeObject): Record<string, string> {
  const { claimRef } = (volume['spec'] ?? {}) as VolumeSpec;
  return {
    'ebs.csi.aws.com/cluster': 'true',
    'kubernetes.io/created-for/pvc/namespace': claimRef?.namespace ?? '',
    'kubernetes.io/created-for/pvc/name': claimRef?.name ?? '',
    'kubernetes.io/created-for/pv/name': volume.metadata.name ?? '',
  };
}

async function read(client: ApiClient, name: string): Promise<KubeObject | undefined> {
  try {
    return await client.get(RESOURCES.volumes, name);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
