import { setTimeout as sleep } from 'node:timers/promises';
import type { Cloud, CloudVolume, VolumeContent } from '../types.ts';
import type { VolumeRecord } from './state.ts';
import { createSnapshot, snapshotStateOf } from './snapshots.ts';
import type { CloudStore } from './store.ts';
import { attachmentStateOf, attachVolume, createVolume, deleteVolume, detachVolume, stateOf } from './volumes.ts';

/**
 * The cloud as the simulated CSI driver uses it: the same store, without credentials and audit. Each call returns when
 * the cloud is done, or fails after `patience`, as the driver's own deadline would; asking again is safe.
 */
export function cloudOf(store: CloudStore, patience = 1000): Cloud {
  return {
    async createVolume({ sizeGiB, zone, tags, type }) {
      const volume = createVolume(store, { sizeGiB, zone, tags, type: type ?? 'gp3' });
      await until(store, patience, `volume ${volume.id} to be created`, () => stateOf(store, volume) !== 'creating');
      return describe(store, volume);
    },
    async deleteVolume(id) {
      deleteVolume(store, id);
    },
    async attach(id, instance, device) {
      const volume = store.volume(id);
      const there = volume.attachment?.instance === instance && volume.attachment.detachedAt === undefined;
      if (!there) attachVolume(store, id, instance, device);
      await until(
        store,
        patience,
        `volume ${id} to be attached`,
        () => attachmentStateOf(store, store.volume(id)) === 'attached',
      );
    },
    async detach(id) {
      if (store.volume(id).attachment) detachVolume(store, id);
      await until(store, patience, `volume ${id} to be detached`, () => !store.findVolume(id)?.attachment);
    },
    async describe(id) {
      const volume = store.findVolume(id);
      return volume && describe(store, volume);
    },
    content: (id): VolumeContent => store.volume(id).content,
  };
}

/** Snapshots of disks as a backup tool inside of the cluster takes them, and disks made from them. */
export function snapshotterOf(
  store: CloudStore,
  patience = 5000,
): {
  snapshot(volumeId: string, tags: Readonly<Record<string, string>>): Promise<string>;
  restore(snapshotId: string, zone: string, tags: Readonly<Record<string, string>>): Promise<CloudVolume>;
} {
  return {
    async snapshot(volumeId, tags) {
      return createSnapshot(store, { volumeId, tags: { ...tags } }).id;
    },
    async restore(snapshotId, zone, tags) {
      const taken = store.snapshot(snapshotId);
      await until(store, patience, `snapshot ${snapshotId}`, () => snapshotStateOf(store, taken) === 'completed');
      const volume = createVolume(store, { zone, snapshotId, tags: { ...tags }, type: 'gp3' });
      await until(store, patience, `volume ${volume.id} to be created`, () => stateOf(store, volume) !== 'creating');
      return describe(store, volume);
    },
  };
}

function describe(store: CloudStore, volume: VolumeRecord): CloudVolume {
  const { attachment } = volume;
  return {
    id: volume.id,
    state: stateOf(store, volume),
    sizeGiB: volume.sizeGiB,
    zone: volume.zone,
    createTime: new Date(volume.createdAt).toISOString(),
    tags: { ...volume.tags },
    attachments: attachment
      ? [{ instance: attachment.instance, device: attachment.device, state: attachmentStateOf(store, volume) }]
      : [],
  };
}

async function until(store: CloudStore, patience: number, what: string, done: () => boolean): Promise<void> {
  const deadline = store.now() + patience;
  while (!done()) {
    if (store.now() > deadline) throw new Error(`The cloud was not done after ${patience} ms: waiting for ${what}.`);
    await sleep(5);
  }
}
