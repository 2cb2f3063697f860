import type { DeleteOptions, KubeObject, OwnerReference } from '../../types.ts';
import { hasFinalizer, isTerminating } from '../objects.ts';

export const FOREGROUND = 'foregroundDeletion';
export const ORPHAN = 'orphan';

/** How an owner that a reference names was found, by uid: alive, gone, or waiting (foreground) for its dependents to go. */
export type OwnerState = 'alive' | 'gone' | 'waiting' | 'unknown';

type CollectDecision =
  | { do: 'nothing' }
  | { do: 'delete'; propagationPolicy: NonNullable<DeleteOptions['propagationPolicy']> }
  | { do: 'dropOwners'; keep: OwnerReference[] };

/**
 * What becomes of an object whose owners are such. An owner is known by its uid: a reference to a uid that no longer exists
 * makes the object garbage, even if a new object has the owner's name. [garbagecollector.go attemptToDeleteItem]
 */
export function decideCollect(object: KubeObject, states: ReadonlyMap<string, OwnerState>): CollectDecision {
  const owners = object.metadata.ownerReferences ?? [];
  if (owners.length === 0 || isTerminating(object)) return { do: 'nothing' };
  const inState = (state: OwnerState): OwnerReference[] => owners.filter(({ uid }) => states.get(uid) === state);
  if (inState('unknown').length > 0) return { do: 'nothing' };
  const keep = inState('alive');
  if (keep.length === owners.length) return { do: 'nothing' };
  if (keep.length > 0) return { do: 'dropOwners', keep };
  return { do: 'delete', propagationPolicy: policyOf(object, inState('waiting').length > 0) };
}

/** Whether a Terminating owner may go: foreground waits for the dependents that block it, orphan for none that name it. */
export function mayRelease(owner: KubeObject, dependents: readonly KubeObject[]): boolean {
  if (!hasFinalizer(owner, FOREGROUND)) return false;
  return !dependents.some((dependent) =>
    (dependent.metadata.ownerReferences ?? []).some(
      (reference) => reference.uid === owner.metadata.uid && reference['blockOwnerDeletion'] === true,
    ),
  );
}

export function withoutOwner(object: KubeObject, ownerUid: string): OwnerReference[] {
  return (object.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== ownerUid);
}

function policyOf(object: KubeObject, ownerWaits: boolean): NonNullable<DeleteOptions['propagationPolicy']> {
  if (hasFinalizer(object, ORPHAN)) return 'Orphan';
  return ownerWaits || hasFinalizer(object, FOREGROUND) ? 'Foreground' : 'Background';
}
