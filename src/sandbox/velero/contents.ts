import { matchesSelector } from '../controllers/objects.ts';
import type { ServedResource } from '../controllers/resources.ts';
import type { KubeObject } from '../types.ts';
import type { BackupSpec, LabelSelector } from './kinds.ts';

/** Never in a backup, and never restored: they belong to the cluster of the moment, or to Velero itself. */
export const NEVER: ReadonlySet<string> = new Set([
  'nodes',
  'events',
  'events.events.k8s.io',
  'backups.velero.io',
  'restores.velero.io',
  'backuprepositories.velero.io',
  'deletebackuprequests.velero.io',
  'downloadrequests.velero.io',
  'csinodes.storage.k8s.io',
  'volumeattachments.storage.k8s.io',
]);

interface Selection {
  includedNamespaces?: string[];
  excludedNamespaces?: string[];
  includedResources?: string[];
  excludedResources?: string[];
  labelSelector?: LabelSelector;
  orLabelSelectors?: LabelSelector[];
}

/** `pods`, `statefulsets.apps`: how Velero names resources. */
export function resourceName({ resource: { group, resource } }: ServedResource): string {
  return group === '' ? resource : `${resource}.${group}`;
}

/** Whether a spec of a backup, or of a restore, means this object. */
export function isSelected(object: KubeObject, served: ServedResource, spec: Selection): boolean {
  const name = resourceName(served);
  if (NEVER.has(name) || isNamed(spec.excludedResources, served)) return false;
  if (!isAll(spec.includedResources) && !isNamed(spec.includedResources, served)) return false;
  const namespace = served.kind === 'Namespace' ? object.metadata.name : object.metadata.namespace;
  if (namespace !== undefined) {
    if (spec.excludedNamespaces?.includes(namespace)) return false;
    if (!isAll(spec.includedNamespaces) && !spec.includedNamespaces?.includes(namespace)) return false;
  }
  const selectors = spec.orLabelSelectors ?? (spec.labelSelector ? [spec.labelSelector] : []);
  return selectors.length === 0 || selectors.some((selector) => matchesSelector(selector, object.metadata.labels));
}

function isAll(list: readonly string[] | undefined): boolean {
  return list === undefined || list.length === 0 || list.includes('*');
}

function isNamed(list: readonly string[] | undefined, served: ServedResource): boolean {
  const { resource } = served.resource;
  return list?.some((one) => [resource, resourceName(served), served.kind.toLowerCase()].includes(one)) === true;
}

/** The volumes of a backup are those that the claims in it are bound to: volumes themselves have no namespace. */
export function selectContents(
  all: readonly { readonly served: ServedResource; readonly object: KubeObject }[],
  spec: BackupSpec,
): KubeObject[] {
  const chosen = all.filter(({ served, object }) => isSelected(object, served, spec));
  const wantsAllNamespaces = isAll(spec.includedNamespaces);
  const claimed = new Set(
    chosen
      .filter(({ served }) => served.kind === 'PersistentVolumeClaim')
      .map(({ object }) => (object['spec'] as { volumeName?: string } | undefined)?.volumeName),
  );
  return chosen
    .filter(({ served, object }) => {
      if (served.namespaced || served.kind === 'Namespace' || wantsAllNamespaces) return true;
      return served.kind === 'PersistentVolume' && claimed.has(object.metadata.name);
    })
    .map(({ object }) => structuredClone(object));
}
