import type { KubeObject } from '../types.ts';

/** How an Application recognises what is its own: by label until 2.14, by annotation from 3.0 on. */
export type TrackingMethod = 'label' | 'annotation';

export const INSTANCE_LABEL = 'app.kubernetes.io/instance';
export const TRACKING_ANNOTATION = 'argocd.argoproj.io/tracking-id';

export interface Identity {
  group: string;
  kind: string;
  namespace: string;
  name: string;
}

export function identityOf(object: KubeObject): Identity {
  const { namespace = '', name = '' } = object.metadata;
  return { group: groupOf(object.apiVersion), kind: object.kind, namespace, name };
}

export function identityKey({ group, kind, namespace, name }: Identity): string {
  return `${group}/${kind}:${namespace}/${name}`;
}

export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

/** The mark that a sync leaves on what it applies. */
export function withTracking(object: KubeObject, application: string, method: TrackingMethod): KubeObject {
  const { metadata } = object;
  if (method === 'label')
    return {
      ...object,
      metadata: { ...metadata, labels: { ...metadata.labels, [INSTANCE_LABEL]: application } },
    };
  const id = `${application}:${identityKey(identityOf(object))}`;
  return {
    ...object,
    metadata: { ...metadata, annotations: { ...metadata.annotations, [TRACKING_ANNOTATION]: id } },
  };
}

/**
 * The Application that an object says it belongs to. An annotation counts only on the object that it names: what was copied
 * with its annotations (a claim from a template, for one) is nobody's.
 */
export function applicationOf(object: KubeObject, method: TrackingMethod): string | undefined {
  if (method === 'label') return object.metadata.labels?.[INSTANCE_LABEL];
  const id = object.metadata.annotations?.[TRACKING_ANNOTATION];
  if (id === undefined) return undefined;
  const colon = id.indexOf(':');
  return id.slice(colon + 1) === identityKey(identityOf(object)) ? id.slice(0, colon) : undefined;
}
