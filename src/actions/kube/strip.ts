import { fieldOf } from '../../inventory/fields.ts';
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts';
import type { KubeObject } from '../../ports/read-world.ts';
import { BINDING_ANNOTATIONS } from '../pv/expected-claims.ts';

/** What a server writes and an export carries along; an owner's uid of another life makes the object be collected (A2). */
const SERVER_META = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
  'managedFields',
  'ownerReferences',
];
const ANYWHERE = ['kubectl.kubernetes.io/last-applied-configuration', 'deployment.kubernetes.io/revision'];
const TOKEN_TYPE = 'kubernetes.io/service-account-token';
const PROTECTION = ['kubernetes.io/pvc-protection', 'kubernetes.io/pv-protection'];

/** The object as a person would have written it: nothing of its former life (recovery-facts A2, E). */
export function strippedOf(object: KubeObject): KubeObject {
  const { status: _, metadata, ...rest } = object;
  const stripped = { ...rest, metadata: strippedMeta(object, metadata) } as KubeObject;
  const strip = BY_KIND[object.kind];
  return strip && !object.apiVersion.includes('/') ? strip(stripped) : stripped;
}

function strippedMeta(object: KubeObject, metadata: KubeObject['metadata']): KubeObject['metadata'] {
  const kept = Object.fromEntries(Object.entries(metadata).filter(([key]) => !SERVER_META.includes(key)));
  const annotations = without(metadata.annotations, annotationsToDrop(object));
  const finalizers = metadata.finalizers?.filter((finalizer) => !PROTECTION.includes(finalizer));
  delete kept['annotations'];
  delete kept['finalizers'];
  return {
    ...kept,
    name: metadata.name,
    ...(annotations && { annotations }),
    ...(finalizers && finalizers.length > 0 && { finalizers }),
  };
}

function annotationsToDrop(object: KubeObject): readonly string[] {
  if (object.kind === 'PersistentVolumeClaim' || object.kind === 'PersistentVolume')
    return [...ANYWHERE, ...BINDING_ANNOTATIONS];
  return isTokenSecret(object) ? [...ANYWHERE, 'kubernetes.io/service-account.uid'] : ANYWHERE;
}

export function isTokenSecret(object: KubeObject): boolean {
  return object.kind === 'Secret' && object['type'] === TOKEN_TYPE;
}

const BY_KIND: Readonly<Record<string, (object: KubeObject) => KubeObject>> = {
  /** An address of the old cluster may be taken by now; `None` is a choice and stays. */
  Service: (object) =>
    fieldOf(object, 'spec', 'clusterIP') === 'None' ? object : specWithout(object, ['clusterIP', 'clusterIPs']),
  /** A PV made with a dead claim's uid is Released at once (trap 3). */
  PersistentVolume: (object) => {
    const claimRef = fieldOf(object, 'spec', 'claimRef');
    if (!isJsonObject(claimRef)) return object;
    const { uid: _uid, resourceVersion: _version, ...kept } = claimRef;
    return { ...object, spec: { ...(object['spec'] as JsonObject), claimRef: kept } };
  },
  /** The old token would be kept and is dead: the controller fills in a new one (trap 27). */
  Secret: (object) => {
    if (!isTokenSecret(object)) return object;
    const data = without(object['data'] as JsonObject | undefined, ['token', 'ca.crt', 'namespace']);
    const { data: _, ...rest } = object;
    return { ...rest, ...(data && { data }) };
  },
};

function specWithout(object: KubeObject, keys: readonly string[]): KubeObject {
  const spec = without(object['spec'] as JsonObject | undefined, keys);
  return { ...object, ...(spec && { spec }) };
}

/** undefined when nothing is left. */
function without<V extends Json>(
  record: Readonly<Record<string, V>> | undefined,
  keys: readonly string[],
): Record<string, V> | undefined {
  const kept = Object.entries(record ?? {}).filter(([key]) => !keys.includes(key));
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}
