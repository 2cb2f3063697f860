import { VeleroPlace } from '../../sandbox/velero/place.ts';
import type { LawWorld } from '../law-worlds.ts';

const lay: LawWorld['lay'] = async (sandbox) => {
  await VeleroPlace.install(sandbox);
};
const NOTE = { metadata: { annotations: { 'drctl/held': '{"paused":false,"accessMode":"ReadWrite","by":"x"}' } } };

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
];
