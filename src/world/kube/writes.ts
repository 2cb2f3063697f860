import type { KubeName, KubeResource, KubeWrite } from '../../ports/read-world.ts';
import type { KubeCall } from './api.ts';
import { collectionPath, objectPath } from './paths.ts';

export const FIELD_MANAGER = 'drctl';

/** What a write is about. */
export function targetOf(write: KubeWrite): KubeName {
  if (write.verb === 'patch' || write.verb === 'delete') return write.target;
  const { apiVersion, kind, metadata } = write.object;
  return {
    apiVersion,
    kind,
    name: metadata.name,
    ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
  };
}

/** The request that performs a write, or with `dryRun` tries it. The door and the dry run send the very same. */
export function callOf(write: KubeWrite, resource: KubeResource, dryRun: boolean): KubeCall {
  const { kind, name, namespace } = targetOf(write);
  const path = (subresource?: string): string => objectPath(resource, name, namespace, subresource);
  const what = `${write.verb} ${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
  // unknown fields would otherwise be dropped with no more than a warning (recovery-facts H)
  const query = { fieldManager: FIELD_MANAGER, fieldValidation: 'Strict', ...(dryRun && { dryRun: 'All' }) };
  switch (write.verb) {
    case 'create':
      path(); // a namespaced kind without a namespace is refused before anything is asked
      return { what, method: 'POST', path: collectionPath(resource, namespace), query, body: write.object };
    case 'apply':
      return {
        what,
        method: 'PATCH',
        path: path(),
        query: { ...query, ...(write.force && { force: 'true' }) },
        body: write.object,
        contentType: 'application/apply-patch+yaml',
      };
    case 'patch':
      return {
        what,
        method: 'PATCH',
        path: path(write.subresource),
        query,
        body: write.patch,
        contentType: PATCH_TYPES[write.type],
      };
    case 'delete':
      return {
        what,
        method: 'DELETE',
        path: path(),
        body: deleteOptions(write),
        query: dryRun ? { dryRun: 'All' } : {},
      };
  }
}

const PATCH_TYPES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const;

function deleteOptions({ preconditions, propagation }: Extract<KubeWrite, { verb: 'delete' }>): object {
  return {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    preconditions,
    ...(propagation !== undefined && { propagationPolicy: propagation }),
  };
}
