import type { KubeObject, OwnerReference } from '../types.ts';
import type { Condition, LabelSelector, ObjectReference } from './kinds.ts';

/** `namespace/name`, or the bare name of a cluster-scoped object. */
export function keyOf(object: KubeObject): string {
  return keyFor(object.metadata.name ?? '', object.metadata.namespace);
}

export function keyFor(name: string, namespace?: string): string {
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}

export function splitKey(key: string): { namespace?: string; name: string } {
  const slash = key.indexOf('/');
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

export function nameOf(object: KubeObject): string {
  return object.metadata.name ?? '';
}

export function uidOf(object: KubeObject): string {
  return object.metadata.uid ?? '';
}

export function isTerminating(object: KubeObject): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

export function annotationOf(object: KubeObject, name: string): string | undefined {
  return object.metadata.annotations?.[name];
}

export function hasFinalizer(object: KubeObject, finalizer: string): boolean {
  return object.metadata.finalizers?.includes(finalizer) ?? false;
}

export function referenceTo(object: KubeObject): ObjectReference {
  const { name, namespace, uid, resourceVersion } = object.metadata;
  const { apiVersion, kind } = object;
  return {
    apiVersion,
    kind,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
}

export function ownedBy(owner: KubeObject): OwnerReference {
  const { apiVersion, kind } = owner;
  return { apiVersion, kind, name: nameOf(owner), uid: uidOf(owner), controller: true, blockOwnerDeletion: true };
}

export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner['controller'] === true);
}

/** For an index: the uid of the object's controller, if it has one. */
export function controllerUids(object: KubeObject): string[] {
  const owner = controllerOf(object);
  return owner === undefined ? [] : [owner.uid];
}

/** A copy that may be changed: what an informer or a client hands out is shared. */
export function draftOf<T extends KubeObject>(object: T): T {
  return structuredClone(object);
}

export function withAnnotations<T extends KubeObject>(object: T, added: Record<string, string>): T {
  const draft = draftOf(object);
  draft.metadata.annotations = { ...draft.metadata.annotations, ...added };
  return draft;
}

export function withFinalizer<T extends KubeObject>(object: T, finalizer: string): T {
  const draft = draftOf(object);
  draft.metadata.finalizers = [...(draft.metadata.finalizers ?? []), finalizer];
  return draft;
}

export function withoutFinalizer<T extends KubeObject>(object: T, finalizer: string): T {
  const draft = draftOf(object);
  draft.metadata.finalizers = (draft.metadata.finalizers ?? []).filter((held) => held !== finalizer);
  return draft;
}

/** Kubernetes keeps whole seconds. */
export function timestamp(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** Replaces the condition of that type; its lastTransitionTime moves only when its status does. */
export function withCondition(conditions: readonly Condition[] | undefined, next: Condition): Condition[] {
  const before = conditions?.find((condition) => condition.type === next.type);
  const kept =
    before?.status === next.status && before.lastTransitionTime !== undefined
      ? { ...next, lastTransitionTime: before.lastTransitionTime }
      : next;
  if (before === undefined) return [...(conditions ?? []), kept];
  return (conditions ?? []).map((condition) => (condition === before ? kept : condition));
}

export function matchesSelector(selector: LabelSelector, labels: Record<string, string> = {}): boolean {
  const byLabel = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return byLabel && (selector.matchExpressions ?? []).every((expression) => matchesExpression(expression, labels));
}

/** The operators that label selectors and node selectors share. */
export function matchesExpression(
  { key, operator, values = [] }: { key: string; operator: string; values?: string[] },
  labels: Record<string, string>,
): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}
