import { core, until, VeleroPlace } from '../../sandbox/velero/place.ts';
import type { LawWorld } from '../law-worlds.ts';

const lay: LawWorld['lay'] = async (sandbox) => {
  await VeleroPlace.install(sandbox);
};
const NOTE = { metadata: { annotations: { 'drctl/held': '{"paused":false,"accessMode":"ReadWrite","by":"x"}' } } };

export const DATA = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name: 'data' };

/** A claim of shop that is given a new, empty volume; the answer is its PersistentVolume. */
export async function layClaim(place: VeleroPlace, policy = 'Delete'): Promise<string> {
  await place.apply(`
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: shop}
spec: {accessModes: [ReadWriteOnce], storageClassName: gp3-now, resources: {requests: {storage: 4Gi}}}`);
  const pv = await until('bound', async () => {
    const { spec, status } = await place.api.get(core('persistentvolumeclaims'), 'data', 'shop');
    return (status as { phase?: string }).phase === 'Bound' && (spec as { volumeName: string }).volumeName;
  });
  await place.api.patch(core('persistentvolumes'), pv, undefined, 'merge', {
    spec: { persistentVolumeReclaimPolicy: policy },
  });
  return pv;
}

/** The old volume is lost with its namespace; the one of a hasty claim, made since, was set aside and is kept. */
export async function layLostAndSetAside(place: VeleroPlace): Promise<string> {
  await layClaim(place);
  await place.backUp('2026-11-20T11:00:00Z');
  await place.deleteShop();
  await until('the old volume to be gone', () =>
    Promise.resolve(Object.keys(place.sandbox.cloud.state.volumes).length === 0),
  );
  await place.apply('{apiVersion: v1, kind: Namespace, metadata: {name: shop}}');
  const kept = await layClaim(place, 'Retain');
  await place.api.delete(core('persistentvolumeclaims'), 'data', 'shop');
  await phaseOf(place, kept, 'Released');
  return kept;
}

export async function phaseOf({ api }: VeleroPlace, pv: string, phase: string): Promise<void> {
  await until(`${pv} to be ${phase}`, async () => {
    const { status } = await api.get(core('persistentvolumes'), pv);
    return (status as { phase?: string }).phase === phase;
  });
}

export const SETTINGS = { apiVersion: 'v1', kind: 'ConfigMap', name: 'settings' };

export const VELERO_WORLDS: readonly LawWorld[] = [
  { action: 'velero/schedule', name: 'paused', input: { namespace: 'shop', state: 'paused' }, lay },
  {
    action: 'velero/schedule',
    name: 'as it was before',
    input: { namespace: 'shop', state: 'as-before' },
    lay: async (sandbox) => {
      const { api } = await VeleroPlace.install(sandbox);
      const schedules = { group: 'velero.io', version: 'v1', resource: 'schedules' };
      await api.patch(schedules, 'hourly', 'velero', 'merge', { ...NOTE, spec: { paused: true } });
    },
  },
  { action: 'velero/location', name: 'read-only', input: { state: 'read-only' }, lay },
  {
    action: 'velero/backup',
    name: 'a namespace, now',
    input: { namespace: 'shop' },
    situation: { impactAt: '2026-11-20T12:00:00Z' },
    lay,
  },
  {
    action: 'velero/restore',
    name: 'objects that were deleted',
    input: { namespace: 'shop', expect: [SETTINGS] },
    situation: { impactAt: '2026-11-20T12:00:00Z' },
    lay: async (sandbox) => {
      const place = await VeleroPlace.install(sandbox);
      await place.backUp('2026-11-20T11:00:00Z');
      await place.deleteShop();
    },
  },
  {
    action: 'velero/restore',
    name: 'data of a volume that is lost, beside one that was set aside',
    input: { namespace: 'shop', expect: [SETTINGS, DATA], volumes: 'restore-data' },
    situation: { impactAt: '2026-11-20T12:00:00Z' },
    lay: async (sandbox) => {
      await layLostAndSetAside(await VeleroPlace.install(sandbox));
    },
  },
];
