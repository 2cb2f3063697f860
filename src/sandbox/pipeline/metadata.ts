import { badRequest } from '../registry/status.ts';
import type { Kind } from '../registry/kind.ts';
import type { KubeObject } from '../types.ts';
import { timestamp } from './context.ts';
import type { ApiContext, Target } from './context.ts';

/** In the order in which a real server writes them. */
const known = [
  ...['name', 'generateName', 'namespace', 'uid', 'resourceVersion', 'generation', 'creationTimestamp'],
  ...['deletionTimestamp', 'deletionGracePeriodSeconds', 'labels', 'annotations', 'ownerReferences', 'finalizers'],
  'managedFields',
] as const;

/** Drops what ObjectMeta does not have or leaves out when empty. */
export function tidyMetadata(object: KubeObject): void {
  const from: Record<string, unknown> = { ...object.metadata };
  const metadata: Record<string, unknown> = {};
  for (const name of known) {
    // Zero seconds of grace is a statement, other zeros are absence.
    if (!isEmpty(from[name]) || (name === 'deletionGracePeriodSeconds' && from[name] === 0))
      metadata[name] = from[name];
  }
  object.metadata = metadata;
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === 0) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** The name and namespace of the URL win; a body that says otherwise is refused. */
export function placeObject(object: KubeObject, { kind, info }: Target): void {
  const { metadata } = object;
  if (!kind.namespaced) delete metadata.namespace;
  else if (metadata.namespace === undefined || metadata.namespace === '') metadata.namespace = info.namespace ?? '';
  else if (metadata.namespace !== info.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  if (info.name === undefined) return;
  if (metadata.name === undefined || metadata.name === '') {
    throw badRequest(`the name of the object (${info.name} based on URL) was undeterminable: name must be provided`);
  } else if (metadata.name !== info.name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${info.name})`);
  }
}

export function beginLife(api: ApiContext, kind: Kind, object: KubeObject): void {
  const { metadata } = object;
  if (metadata.name === undefined && metadata.generateName !== undefined) {
    metadata.name = `${metadata.generateName}${randomSuffix()}`;
  }
  metadata.uid = api.newUid();
  metadata.creationTimestamp = timestamp(api.now());
  if (kind.strategy.generation || kind.custom) metadata.generation = 1;
}

/** What the server wrote stays, whatever the client sends. */
export function continueLife(object: KubeObject, old: KubeObject): void {
  const fixed = ['uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'generation'] as const;
  const from = old.metadata as Record<string, unknown>;
  const to = object.metadata as Record<string, unknown>;
  for (const name of fixed) {
    if (from[name] === undefined) delete to[name];
    else to[name] = from[name];
  }
}

const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

function randomSuffix(): string {
  return Array.from({ length: 5 }, () => alphabet[Math.floor(Math.random() * alphabet.length)]).join('');
}
