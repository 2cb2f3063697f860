import { StatusError } from './types.ts';
import type { DeleteOptions, KubeObject, KubeStatus, PatchType, ResourceName } from './types.ts';

/** How the clients of the sandbox spell a request, in process or over HTTP. */
export function pathOf(
  { group, version, resource }: ResourceName,
  namespace?: string,
  name?: string,
  subresource?: string,
): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const place = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  const object = name === undefined ? '' : `/${encodeURIComponent(name)}`;
  return `${root}${place}/${resource}${object}${subresource === undefined ? '' : `/${subresource}`}`;
}

/** A POST goes to the collection, one about an object (a binding) to that object's subresource. */
export function creationPath(resource: ResourceName, { metadata }: KubeObject, subresource?: string): string {
  const { namespace, name } = metadata;
  return subresource === undefined ? pathOf(resource, namespace) : pathOf(resource, namespace, name, subresource);
}

interface Options {
  labelSelector?: string;
  fieldSelector?: string;
  resourceVersion?: string;
  watch?: boolean;
  fieldManager?: string;
  dryRun?: boolean;
  force?: boolean;
}

export function queryOf(options: Options): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of ['labelSelector', 'fieldSelector', 'resourceVersion', 'fieldManager'] as const) {
    if (options[name] !== undefined) query.set(name, options[name]);
  }
  if (options.watch) {
    query.set('watch', 'true');
    query.set('allowWatchBookmarks', 'true');
  }
  if (options.dryRun) query.set('dryRun', 'All');
  if (options.force) query.set('force', 'true');
  return query;
}

export const patchMediaTypes: Record<PatchType, string> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

export function deleteBody({ uid, resourceVersion, ...options }: DeleteOptions): unknown {
  const preconditions = {
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }),
  };
  return {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    ...options,
    ...(Object.keys(preconditions).length > 0 && { preconditions }),
  };
}

/**
 * The failure of an answer that is no Status, as a path in an unknown group (`404 page not found`) or what a proxy said:
 * client-go makes a Status of the code alone too (apimachinery api/errors NewGenericServerResponse).
 */
export function failureOfText(code: number, text: string): StatusError {
  const reason = code === 404 ? { reason: 'NotFound' } : {};
  const message = text.trim() || `the server answered ${code} and nothing else`;
  const status: KubeStatus = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, code };
  return new StatusError({ ...status, ...reason });
}
