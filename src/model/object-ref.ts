/** Where a thing lives. `cluster` and `argocd` are Kubernetes APIs, `aws` is EC2/STS, `http` and `host` are the rest. */
export type Endpoint = 'cluster' | 'argocd' | 'aws' | 'http' | 'host' | 'person';

/**
 * One thing in the world, by identity. For Kubernetes: apiVersion, kind, namespace, name, and the uid where the very
 * object matters (an object deleted and made again under its name is another one). For EC2: kind `Volume`, name `vol-…`.
 */
export interface ObjectRef {
  readonly endpoint: Endpoint;
  readonly apiVersion?: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly uid?: string;
}

/** `PersistentVolumeClaim shop/data-0`, `PersistentVolume pv-1`, `Volume vol-0a1`: what a person reads. */
export function labelOf(ref: ObjectRef): string {
  return `${ref.kind} ${ref.namespace === undefined ? '' : `${ref.namespace}/`}${ref.name}`;
}

/** Kubernetes' group of an apiVersion: `apps` of `apps/v1`, `` of `v1`. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

/** Equal for one object by group, kind, namespace and name: neither the version a client asked for nor the uid matters. */
export function objectKeyOf(ref: ObjectRef): string {
  return [ref.endpoint, groupOf(ref.apiVersion ?? ''), ref.kind, ref.namespace ?? '', ref.name].join('|');
}
