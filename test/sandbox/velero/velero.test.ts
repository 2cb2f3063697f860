import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Sandbox } from '../../../src/sandbox/sandbox.ts';
import {
  BACKUPS,
  type Backup,
  LOCATIONS,
  type Restore,
  RESTORES,
  type RestoreSpec,
} from '../../../src/sandbox/velero/kinds.ts';
import type { ApiClient } from '../../../src/sandbox/types.ts';
import { core, until, VeleroPlace } from './place.ts';

const VOLUMES = core('persistentvolumes');
const CLAIMS = core('persistentvolumeclaims');

let sandbox: Sandbox;
let api: ApiClient;
let place: VeleroPlace;

beforeEach(async () => {
  sandbox = await Sandbox.start();
  place = await VeleroPlace.install(sandbox);
  ({ api } = place);
});
afterEach(() => sandbox.close());

async function backUp(name: string, spec: object = { includedNamespaces: ['shop'] }): Promise<Backup> {
  await api.create(BACKUPS, {
    apiVersion: 'velero.io/v1',
    kind: 'Backup',
    metadata: { name, namespace: 'velero' },
    spec,
  });
  return until(`backup ${name} to end`, async () => {
    const backup = (await api.get(BACKUPS, name, 'velero')) as Backup;
    return /Completed|Failed/.test(backup.status?.phase ?? '') && backup;
  });
}

async function restore(name: string, spec: RestoreSpec): Promise<Restore> {
  await api.create(RESTORES, {
    apiVersion: 'velero.io/v1',
    kind: 'Restore',
    metadata: { name, namespace: 'velero' },
    spec,
  });
  return until(`restore ${name} to end`, async () => {
    const found = (await api.get(RESTORES, name, 'velero')) as Restore;
    return /^(Completed|PartiallyFailed|Failed|FailedValidation)$/.test(found.status?.phase ?? '') && found;
  });
}

/** A claim with a bound volume of this policy, with a text on it. */
async function claimWithData(policy: 'Retain' | 'Delete', text = 'old'): Promise<string> {
  await place.apply(`
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: shop}
spec: {accessModes: [ReadWriteOnce], storageClassName: gp3-now, resources: {requests: {storage: 4Gi}}}`);
  const volume = await until('the claim to be bound', async () => {
    const claim = await api.get(CLAIMS, 'data', 'shop');
    const name = (claim['spec'] as { volumeName?: string }).volumeName;
    return name !== undefined && (await api.get(VOLUMES, name));
  });
  await api.patch(VOLUMES, volume.metadata.name ?? '', undefined, 'merge', {
    spec: { persistentVolumeReclaimPolicy: policy },
  });
  const id = (volume['spec'] as { csi: { volumeHandle: string } }).csi.volumeHandle;
  sandbox.cloud.volume(id).content.files['records'] = text;
  return id;
}

async function volumeOfClaim(): Promise<{ id: string; text: string | undefined }> {
  return until('the claim to be bound again', async () => {
    const claim = await api.get(CLAIMS, 'data', 'shop');
    if ((claim['status'] as { phase?: string } | undefined)?.phase !== 'Bound') return undefined;
    const volume = await api.get(VOLUMES, (claim['spec'] as { volumeName: string }).volumeName);
    const id = (volume['spec'] as { csi: { volumeHandle: string } }).csi.volumeHandle;
    return { id, text: sandbox.cloud.volume(id).content.files['records'] };
  });
}

describe('a backup', () => {
  it('is complete, says how much is in it and until when it is kept, and comes back from the bucket when its object is deleted', async () => {
    const backup = await backUp('one');
    expect(backup.status).toMatchObject({ phase: 'Completed', progress: { totalItems: expect.any(Number) as number } });
    expect(Date.parse(backup.status?.expiration ?? '')).toBeGreaterThan(Date.now() + 29 * 86_400_000);
    await api.delete(BACKUPS, 'one', 'velero');
    await until('the backup to be known again', () => api.get(BACKUPS, 'one', 'velero'));
  });

  it('of an empty namespace is complete as well: nothing but its size tells', async () => {
    const full = await backUp('full');
    await api.delete(core('configmaps'), 'settings', 'shop');
    const empty = await backUp('empty');
    expect(empty.status?.phase).toBe('Completed');
    expect(empty.status?.progress?.totalItems).toBeLessThan(full.status?.progress?.totalItems ?? 0);
  });

  it('is refused while its location may only be read', async () => {
    await api.patch(LOCATIONS, 'default', 'velero', 'merge', { spec: { accessMode: 'ReadOnly' } });
    const backup = await until('refused', async () => backUp('one'));
    expect(backup.status).toMatchObject({ phase: 'FailedValidation' });
  });

  it('that a schedule made in the past carries the name of the schedule and its time', async () => {
    const name = await sandbox.backUp('hourly', new Date('2026-11-20T10:00:00Z'));
    expect(name).toBe('hourly-20261120100000');
    const backup = (await until('known', () => api.get(BACKUPS, name, 'velero'))) as Backup;
    expect(backup.metadata.labels).toMatchObject({ 'velero.io/schedule-name': 'hourly' });
    expect(backup.status?.startTimestamp).toBe('2026-11-20T10:00:00Z');
  });
});

describe('a restore', () => {
  it('brings back what was deleted, and names where it came from', async () => {
    await backUp('one');
    await place.deleteShop();
    const done = await restore('back', { backupName: 'one' });
    expect(done.status).toMatchObject({ phase: 'Completed', errors: 0 });
    const settings = await api.get(core('configmaps'), 'settings', 'shop');
    expect(settings['data']).toEqual({ x: '1' });
    expect(settings.metadata.labels).toMatchObject({
      'velero.io/restore-name': 'back',
      'velero.io/backup-name': 'one',
    });
  });

  it('of a schedule takes its newest complete backup by start, though it is the empty one after the impact', async () => {
    await sandbox.backUp('hourly', new Date('2026-11-20T10:00:00Z'));
    await place.deleteShop();
    await sandbox.backUp('hourly', new Date('2026-11-20T11:00:00Z'));
    await until('both known', async () => (await api.list(BACKUPS)).items.length === 2);
    await restore('back', { scheduleName: 'hourly' });
    expect(
      (await api.list(core('configmaps'), { namespace: 'shop' })).items.map((one) => one.metadata.name),
    ).not.toContain('settings');
  });

  it('skips what is there with a warning, and is complete all the same (trap 26)', async () => {
    await backUp('one');
    await api.patch(core('configmaps'), 'settings', 'shop', 'merge', { data: { x: '2' } });
    const done = await restore('back', { backupName: 'one', includedResources: ['configmaps'] });
    expect(done.status?.phase).toBe('Completed');
    expect(done.status?.warnings).toBeGreaterThan(0);
    expect((await api.get(core('configmaps'), 'settings', 'shop'))['data']).toEqual({ x: '2' });
  });

  it('is not begun without a source, with two, or of a backup that is not there', async () => {
    for (const spec of [{}, { backupName: 'a', scheduleName: 'b' }, { backupName: 'nowhere' }]) {
      const failed = await restore(`back-${Object.values(spec).join('-') || 'none'}`, spec);
      expect(failed.status?.phase).toBe('FailedValidation');
    }
  });

  it('of a volume with a snapshot makes a new volume with the data of that time; the kept one waits beside it, and makes it wait (traps 23, 24)', async () => {
    const old = await claimWithData('Retain', 'at the backup');
    await backUp('one');
    sandbox.cloud.volume(old).content.files['records'] = 'since the backup';
    await place.deleteShop();
    const done = await restore('back', { backupName: 'one' });
    expect(done.status?.phase).toBe('PartiallyFailed');
    const kept = (await api.list(VOLUMES)).items.find(
      (one) => (one['spec'] as { csi?: { volumeHandle: string } }).csi?.volumeHandle === old,
    );
    expect(kept?.['status']).toMatchObject({ phase: 'Released' });
  });

  it('of a volume that was destroyed gives the data of the backup on a new one', async () => {
    const old = await claimWithData('Delete', 'at the backup');
    await backUp('one');
    await sleep(500);
    await place.deleteShop();
    await until('the volume to be destroyed', async () => sandbox.cloud.findVolume(old) === undefined);
    await restore('back', { backupName: 'one' });
    const { id, text } = await volumeOfClaim();
    expect(id).not.toBe(old);
    expect(text).toBe('at the backup');
  });

  it.each([
    ['that it selects', 'zookeeper', 1],
    ['that it does not select', 'kafka', 0],
  ])('by label brings the volume of a claim %s, whatever the labels of the volume', async (_, app, count) => {
    const old = await claimWithData('Delete', 'at the backup');
    await api.patch(CLAIMS, 'data', 'shop', 'merge', { metadata: { labels: { app: 'zookeeper' } } });
    await backUp('one');
    await place.deleteShop();
    await until('the volume to be destroyed', async () => sandbox.cloud.findVolume(old) === undefined);
    await restore('back', { backupName: 'one', labelSelector: { matchLabels: { app } } });
    expect((await api.list(VOLUMES)).items).toHaveLength(count);
  });

  it('without a snapshot, of a volume with policy Delete, gives an empty one; with Retain the very volume (trap 23)', async () => {
    const old = await claimWithData('Retain');
    await backUp('kept', { includedNamespaces: ['shop'], snapshotVolumes: false });
    await place.deleteShop();
    const name = (await api.list(VOLUMES)).items.find(
      (one) => (one['spec'] as { csi?: { volumeHandle: string } }).csi?.volumeHandle === old,
    )?.metadata.name;
    await api.delete(VOLUMES, name ?? '');
    await until('the object to be gone', async () =>
      (await api.list(VOLUMES)).items.every((one) => one.metadata.name !== name),
    );
    await restore('back', { backupName: 'kept' });
    expect(await volumeOfClaim()).toEqual({ id: old, text: 'old' });
  });

  it('that leaves out volumes and claims touches none', async () => {
    await claimWithData('Retain');
    await backUp('one');
    await place.deleteShop();
    const done = await restore('back', {
      backupName: 'one',
      excludedResources: ['persistentvolumes', 'persistentvolumeclaims'],
    });
    expect(done.status?.phase).toBe('Completed');
    expect((await api.list(CLAIMS, { namespace: 'shop' })).items).toEqual([]);
  });
});
