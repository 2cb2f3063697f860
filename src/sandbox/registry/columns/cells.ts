import type { KubeObject } from '../../types.ts';
import { numberAt, textAt, textsAt, valueAt } from '../fields.ts';

/** `5d3h`, as kubectl's tables say an age (k8s.io/apimachinery/pkg/util/duration HumanDuration). */
export function age(object: KubeObject, now: number): string {
  const created = Date.parse(object.metadata.creationTimestamp ?? '');
  return Number.isNaN(created) ? '<unknown>' : humanDuration(now - created);
}

export function humanDuration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return pair(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return pair(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  if (hours < 192) return pair(Math.floor(hours / 24), 'd', hours % 24, 'h');
  if (hours < 24 * 365 * 2) return `${Math.floor(hours / 24)}d`;
  if (hours < 24 * 365 * 8) return pair(Math.floor(hours / 8760), 'y', Math.floor((hours % 8760) / 24), 'd');
  return `${Math.floor(hours / 8760)}y`;
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}

export type Cell = (object: KubeObject, now: number) => string | number | boolean | null;

export const name: Cell = (object) => object.metadata.name ?? '';
export const created: Cell = (object) => object.metadata.creationTimestamp ?? null;
export const none = '<none>';

/** The text at a path, or what stands for its absence. */
export const text =
  (path: string, absent = ''): Cell =>
  (object) =>
    textAt(object, ...path.split('.')) || absent;

export const number =
  (path: string): Cell =>
  (object) =>
    numberAt(object, ...path.split('.'));

export const flag =
  (path: string): Cell =>
  (object) =>
    valueAt(object, ...path.split('.')) === true;

/** `RWO,ROX`. */
export const accessModes =
  (path: string): Cell =>
  (object) =>
    textsAt(object, ...path.split('.'))
      .map((mode) => shortModes[mode] ?? mode)
      .join(',');

const shortModes: Record<string, string> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

/** How long ago a time in the object was. */
export function since(time: unknown, now: number): string {
  const at = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  return Number.isNaN(at) ? '<unknown>' : humanDuration(now - at);
}
