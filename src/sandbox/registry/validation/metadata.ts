import type { KubeObject, ObjectMeta } from '../../types.ts';
import type { Kind } from '../kind.ts';
import type { Cause } from '../status.ts';
import { disallowed, immutable, required, tooLong, wrong } from './causes.ts';
import { dnsSubdomain, labelValue, qualifiedName, qualifiedNames } from './names.ts';

export function validateMetadata(kind: Kind, object: KubeObject): Cause[] {
  const { name, finalizers } = object.metadata;
  if (name === undefined) return [required('metadata.name', 'name or generateName is required')];
  const rule = kind.strategy.nameRule ?? dnsSubdomain;
  const message = rule(name);
  return [
    ...(message === undefined ? [] : [wrong('metadata.name', name, message)]),
    ...described(object),
    ...(finalizers ?? []).flatMap((each, index) => finalizerCauses(kind, each, `metadata.finalizers[${index}]`)),
    ...contradiction(finalizers ?? []),
  ];
}

/**
 * An update is looked at by what all kinds share and by the kind's own rules, and each looks at the new metadata and at
 * the change: so causes repeat, as recorded (apiserver rest/update.go validateCommonFields; a custom kind's own rules
 * look at the change alone).
 */
export function validateMetadataUpdate(
  kind: Kind,
  object: KubeObject,
  old: KubeObject,
  sent: ServerFields = {},
): Cause[] {
  const change = [...newFinalizers(object, old), ...frozen(sent, old), ...described(object)];
  return [...validateMetadata(kind, object), ...change, ...change, ...(kind.custom ? [] : described(object))];
}

/** What of a client's metadata only the server may say; the rest of it is ignored in silence. */
export type ServerFields = Pick<ObjectMeta, 'uid' | 'deletionTimestamp' | 'deletionGracePeriodSeconds'>;

function newFinalizers(object: KubeObject, old: KubeObject): Cause[] {
  if (old.metadata.deletionTimestamp === undefined) return [];
  const before = new Set(old.metadata.finalizers);
  const added = (object.metadata.finalizers ?? []).filter((each) => !before.has(each));
  if (added.length === 0) return [];
  const shown = added.map((each) => JSON.stringify(each)).join(', ');
  const why = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${shown}}`;
  return [disallowed('metadata.finalizers', why)];
}

/** A deletion once begun stays as it is, whatever is sent (apimachinery validation/objectmeta.go). */
function frozen(sent: ServerFields, { metadata }: KubeObject): Cause[] {
  const isDeleted = metadata.deletionTimestamp !== undefined;
  const { uid, deletionTimestamp, deletionGracePeriodSeconds: seconds } = sent;
  return [
    ...(uid && uid !== metadata.uid ? [immutable('metadata.uid', uid)] : []),
    ...(deletionTimestamp && !isDeleted ? [immutable('metadata.deletionTimestamp', deletionTimestamp)] : []),
    ...(typeof seconds === 'number' && seconds !== metadata.deletionGracePeriodSeconds
      ? [immutable('metadata.deletionGracePeriodSeconds', seconds)]
      : []),
  ];
}

function described(object: KubeObject): Cause[] {
  return [...labelsAndAnnotations(object), ...owners(object)];
}

function labelsAndAnnotations({ metadata }: KubeObject): Cause[] {
  const { labels = {}, annotations = {} } = metadata;
  const size = Object.entries(annotations).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  return [
    ...Object.entries(labels).flatMap(([key, value]) => [
      ...qualifiedNames(key).map((message) => wrong('metadata.labels', key, message)),
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
  const references = metadata.ownerReferences ?? [];
  return [...references.flatMap(ownerCauses), ...oneController(references)];
}

type Owner = NonNullable<ObjectMeta['ownerReferences']>[number];

function ownerCauses(owner: Owner): Cause[] {
  const field = 'metadata.ownerReferences';
  const isEvent = owner.kind === 'Event' && ['v1', 'events.k8s.io/v1'].includes(owner.apiVersion);
  const group = owner.apiVersion.includes('/') ? owner.apiVersion : `/${owner.apiVersion}`;
  return [
    ...(owner.apiVersion ? [] : [wrong(`${field}.apiVersion`, '', 'version must not be empty')]),
    ...(['kind', 'name', 'uid'] as const)
      .filter((name) => !owner[name])
      .map((name) => wrong(`${field}.${name}`, '', 'must not be empty')),
    ...(isEvent ? [wrong(field, owner, `${group}, Kind=Event is disallowed from being an owner`)] : []),
  ];
}

function oneController(references: readonly Owner[]): Cause[] {
  const [first, second] = references.filter(({ controller }) => controller === true);
  if (!first || !second) return [];
  const shown = [first, second].map(({ kind, name }) => `${kind}/${name}`).join(' and ');
  const why = `Only one reference can have Controller set to true. Found "true" in references for ${shown}`;
  return [wrong('metadata.ownerReferences', references, why)];
}

function contradiction(finalizers: readonly string[]): Cause[] {
  if (!finalizers.includes('orphan') || !finalizers.includes('foregroundDeletion')) return [];
  const why = 'finalizer orphan and foregroundDeletion cannot be both set';
  return [wrong('metadata.finalizers', finalizers, why)];
}

const standardFinalizers = ['kubernetes', 'orphan', 'foregroundDeletion'];

/** Built-in kinds want a finalizer to name its domain; custom ones need not (Argo CD's has no slash). */
function finalizerCauses(kind: Kind, finalizer: string, field: string): Cause[] {
  const message = qualifiedName(finalizer);
  // A name that is none is told of the list, one without a domain of its place in it.
  if (message !== undefined) return [wrong('metadata.finalizers', finalizer, message)];
  if (kind.custom || standardFinalizers.includes(finalizer) || finalizer.includes('/')) return [];
  return [wrong(field, finalizer, 'name is neither a standard finalizer name nor is it fully qualified')];
}
