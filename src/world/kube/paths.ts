import { DrctlError } from '../../model/errors.ts';
import type { KubeResource } from '../../ports/read-world.ts';

/** `/api/v1/namespaces/shop/persistentvolumeclaims`; all namespaces where none is given. */
export function collectionPath({ apiVersion, resource, namespaced }: KubeResource, namespace?: string): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const within = namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${within}/${resource}`;
}

/** Throws `NamespaceMissing` for a namespaced kind without one: there is no default namespace in a recovery. */
export function objectPath(resource: KubeResource, name: string, namespace?: string, subresource?: string): string {
  if (name === '') throw new DrctlError('NameMissing', 'user', `a ${resource.kind} is named by an empty name`);
  if (resource.namespaced && (namespace === undefined || namespace === ''))
    throw new DrctlError(
      'NamespaceMissing',
      'user',
      `${resource.kind} ${name} lives in a namespace, and none is given`,
    );
  const path = `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}
