import type { KubeObject } from '../../types.ts';
import type { Condition, Namespace } from '../kinds.ts';
import { withCondition } from '../objects.ts';
import { type ServedResource, groupResourceOf } from '../resources.ts';

/** What of a kind is still in the namespace. */
export interface Remaining {
  resource: ServedResource;
  objects: readonly KubeObject[];
}

/**
 * The five conditions of a namespace that is being deleted, in the words of pkg/controller/namespace/deletion
 * (status_condition_utils.go). `blocked` lists kinds that could not be deleted, with the reason.
 */
export function deletionConditions(
  namespace: Namespace,
  remaining: readonly Remaining[],
  failures: readonly string[],
  at: string,
): Condition[] {
  const present = remaining.filter(({ objects }) => objects.length > 0);
  const finalizers = countFinalizers(present.flatMap(({ objects }) => objects));
  const said: Omit<Condition, 'lastTransitionTime'>[] = [
    {
      type: 'NamespaceDeletionDiscoveryFailure',
      status: 'False',
      reason: 'ResourcesDiscovered',
      message: 'All resources successfully discovered',
    },
    {
      type: 'NamespaceDeletionGroupVersionParsingFailure',
      status: 'False',
      reason: 'ParsedGroupVersions',
      message: 'All legacy kube types successfully parsed',
    },
    contentFailure(failures),
    contentRemaining(present),
    finalizersRemaining(finalizers),
  ];
  return said.reduce<Condition[]>(
    (conditions, condition) => withCondition(conditions, { ...condition, lastTransitionTime: at }),
    namespace.status?.conditions ?? [],
  );
}

function contentFailure(failures: readonly string[]): Omit<Condition, 'lastTransitionTime'> {
  const type = 'NamespaceDeletionContentFailure';
  return failures.length === 0
    ? {
        type,
        status: 'False',
        reason: 'ContentDeleted',
        message: 'All content successfully deleted, may be waiting on finalization',
      }
    : {
        type,
        status: 'True',
        reason: 'ContentDeletionFailed',
        message: `Failed to delete all resource types, ${failures.length} remaining: ${failures.join(', ')}`,
      };
}

function contentRemaining(present: readonly Remaining[]): Omit<Condition, 'lastTransitionTime'> {
  const type = 'NamespaceContentRemaining';
  if (present.length === 0)
    return { type, status: 'False', reason: 'ContentRemoved', message: 'All content successfully removed' };
  const parts = present.map(
    ({ resource, objects }) => `${groupResourceOf(resource.resource)} has ${objects.length} resource instances`,
  );
  return {
    type,
    status: 'True',
    reason: 'SomeResourcesRemain',
    message: `Some resources are remaining: ${parts.toSorted().join(', ')}`,
  };
}

function finalizersRemaining(finalizers: ReadonlyMap<string, number>): Omit<Condition, 'lastTransitionTime'> {
  const type = 'NamespaceFinalizersRemaining';
  if (finalizers.size === 0) {
    return {
      type,
      status: 'False',
      reason: 'ContentHasNoFinalizers',
      message: 'All content-preserving finalizers finished',
    };
  }
  const parts = [...finalizers].map(([finalizer, count]) => `${finalizer} in ${count} resource instances`).toSorted();
  return {
    type,
    status: 'True',
    reason: 'SomeFinalizersRemain',
    message: `Some content in the namespace has finalizers remaining: ${parts.join(', ')}`,
  };
}

function countFinalizers(objects: readonly KubeObject[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const finalizer of objects.flatMap(({ metadata }) => metadata.finalizers ?? [])) {
    counts.set(finalizer, (counts.get(finalizer) ?? 0) + 1);
  }
  return counts;
}
