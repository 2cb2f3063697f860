import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../types.ts';
import { fieldsAt, isFields, textsAt } from '../fields.ts';
import type { Fields } from '../fields.ts';
import { bytesOf } from '../quantity.ts';
import type { Cause } from '../status.ts';
import { disallowed, immutable, oneOf, required, unsupported, wrong } from './causes.ts';
import { dnsSubdomain } from './names.ts';

export const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

/** Fields of a PersistentVolume's spec that are not its source: all others name the kind of volume. */
const notSources = new Set([
  ...['capacity', 'accessModes', 'claimRef', 'persistentVolumeReclaimPolicy', 'storageClassName', 'mountOptions'],
  ...['volumeMode', 'nodeAffinity', 'volumeAttributesClassName'],
]);

export function validateVolume(object: KubeObject): Cause[] {
  const spec = fieldsAt(object, 'spec');
  return [
    ...modes(spec),
    ...capacity(spec),
    ...oneOf('spec.persistentVolumeReclaimPolicy', spec.persistentVolumeReclaimPolicy, ['Delete', 'Recycle', 'Retain']),
    ...sources(spec),
    ...className(spec),
    ...oneOf('spec.volumeMode', spec.volumeMode, ['Block', 'Filesystem']),
  ];
}

/** Source and volumeMode never change; nodeAffinity only once, while absent (pkg/apis/core/validation). */
export function validateVolumeUpdate(object: KubeObject, old: KubeObject): Cause[] {
  const [spec, before] = [fieldsAt(object, 'spec'), fieldsAt(old, 'spec')];
  // A source is looked at twice in an update, by the rules for a volume and by those for its change.
  const causes = [...validateVolume(object), ...(Object.keys(sourceOf(spec)).length === 0 ? sources(spec) : [])];
  if (!isDeepStrictEqual(sourceOf(spec), sourceOf(before))) {
    causes.push(disallowed('spec.persistentvolumesource', 'spec.persistentvolumesource is immutable after creation'));
  }
  if (spec.volumeMode !== before.volumeMode) causes.push(immutable('volumeMode', spec.volumeMode));
  if (before.nodeAffinity !== undefined && !isDeepStrictEqual(spec.nodeAffinity, before.nodeAffinity)) {
    causes.push(immutable('spec.nodeAffinity', spec.nodeAffinity));
  }
  return causes;
}

function modes(spec: Fields): Cause[] {
  const sent = textsAt(spec, 'accessModes');
  if (sent.length === 0) return [required('spec.accessModes')];
  const alone = sent.includes('ReadWriteOncePod') && sent.length > 1;
  return [
    ...sent
      .filter((mode) => !accessModes.includes(mode))
      .map((mode) => unsupported('spec.accessModes', mode, accessModes)),
    ...(alone ? [disallowed('spec.accessModes', 'may not use ReadWriteOncePod with other access modes')] : []),
  ];
}

function className(spec: Fields): Cause[] {
  const name = typeof spec.storageClassName === 'string' ? spec.storageClassName : '';
  const message = name === '' ? undefined : dnsSubdomain(name);
  return message === undefined ? [] : [wrong('spec.storageClassName', name, message)];
}

function capacity(spec: Fields): Cause[] {
  const field = 'spec.capacity';
  const sent = spec.capacity;
  if (!isFields(sent)) return [required(field), unsupported(field, null, ['storage'])];
  const causes: Cause[] = [];
  if (Object.keys(sent).length !== 1 || sent.storage === undefined)
    causes.push(unsupported(field, inOrder(sent), ['storage']));
  const bytes = bytesOf(sent.storage);
  if (sent.storage === undefined || bytes > 0) return causes;
  if (bytes < 0) causes.push(wrong(`${field}[storage]`, bytes, 'must be a valid resource quantity'));
  return [...causes, wrong(`${field}[storage]`, sent.storage, 'must be greater than zero')];
}

/** Go prints maps by key. */
function inOrder(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function sources(spec: Fields): Cause[] {
  const [first, ...others] = Object.keys(sourceOf(spec)).toSorted((a, b) => rank(a) - rank(b));
  if (first === undefined) return [required('spec', 'must specify a volume type')];
  const csi = spec.csi;
  return [
    ...(first === 'csi' && isFields(csi) ? csiCauses(csi) : []),
    ...others.map((name) => disallowed(`spec.${name}`, 'may not specify more than 1 volume type')),
  ];
}

const rank = (name: string): number => (name === 'csi' ? 1 : 0);

function csiCauses(csi: Fields): Cause[] {
  const driver = typeof csi.driver === 'string' ? csi.driver : '';
  const message = driver === '' ? undefined : dnsSubdomain(driver.toLowerCase());
  return [
    ...(driver === '' ? [required('spec.csi.driver')] : []),
    ...(message === undefined ? [] : [wrong('spec.csi.driver', driver, message)]),
    ...(csi.volumeHandle ? [] : [required('spec.csi.volumeHandle')]),
  ];
}

function sourceOf(spec: Fields): Fields {
  return Object.fromEntries(Object.entries(spec).filter(([name]) => !notSources.has(name)));
}
