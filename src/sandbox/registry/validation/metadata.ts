import type { KubeObject } from '../../types.ts';
import type { Kind } from '../kind.ts';
import type { Cause } from '../status.ts';
import { disallowed, required, tooLong, wrong } from './causes.ts';
import { dnsSubdomain, labelValue, qualifiedName } from './names.ts';

export function validateMetadata(kind: Kind, object: KubeObject): Cause[] {
  const { name, finalizers } = object.metadata;
  if (name === undefined) return [required('metadata.name', 'name or generateName is required')];
  const rule = kind.strategy.nameRule ?? dnsSubdomain;
  const message = rule(name);
  return [
    ...(message === undefined ? [] : [wrong('metadata.name', name, message)]),
    ...labelsAndAnnotations(object),
    ...owners(object),
    ...(finalizers ?? []).flatMap((finalizer, index) => finalizerCauses(finalizer, `metadata.finalizers[${index}]`)),
  ];
}

export function validateMetadataUpdate(kind: Kind, object: KubeObject, old: KubeObject): Cause[] {
  const causes = validateMetadata(kind, object);
  if (old.metadata.deletionTimestamp === undefined) return causes;
  const before = new Set(old.metadata.finalizers);
  const added = (object.metadata.finalizers ?? []).filter((each) => !before.has(each));
  if (added.length === 0) return causes;
  const shown = added.map((each) => JSON.stringify(each)).join(', ');
  const cause = disallowed(
    'metadata.finalizers',
    `no new finalizers can be added if the object is being deleted, found new finalizers []string{${shown}}`,
  );
  // A real server checks this twice, and lists it twice.
  return [...causes, cause, cause];
}

function labelsAndAnnotations({ metadata }: KubeObject): Cause[] {
  const { labels = {}, annotations = {} } = metadata;
  const size = Object.entries(annotations).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  return [
    ...Object.entries(labels).flatMap(([key, value]) => [
      ...named('metadata.labels', key, qualifiedName(key)),
      ...named('metadata.labels', value, labelValue(value)),
    ]),
    ...Object.keys(annotations).flatMap((key) => named('metadata.annotations', key, qualifiedName(key.toLowerCase()))),
    ...(size > 262_144 ? [tooLong('metadata.annotations', 262_144)] : []),
  ];
}

function named(field: string, value: string, message: string | undefined): Cause[] {
  return message === undefined ? [] : [wrong(field, value, message)];
}

function owners({ metadata }: KubeObject): Cause[] {
  return (metadata.ownerReferences ?? []).flatMap((owner) =>
    (['apiVersion', 'kind', 'name', 'uid'] as const)
      .filter((field) => !owner[field])
      .map((field) => wrong(`metadata.ownerReferences.${field}`, '', 'must not be empty')),
  );
}

const standardFinalizers = ['kubernetes', 'orphan', 'foregroundDeletion'];

function finalizerCauses(finalizer: string, field: string): Cause[] {
  if (standardFinalizers.includes(finalizer) || finalizer.includes('/')) return [];
  return [wrong(field, finalizer, 'name is neither a standard finalizer name nor is it fully qualified')];
}
