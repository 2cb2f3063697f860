import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '../kinds.ts';
import type { EventType } from '../events.ts';
import { annotationOf, nameOf, uidOf } from '../objects.ts';
import {
  BIND_COMPLETED,
  BOUND_BY_CONTROLLER,
  SELECTED_NODE,
  classOf,
  defaultClassOf,
  findMatch,
  isReservedFor,
  mismatchOf,
  waitsForConsumer,
} from './match.ts';

/** What the binder sees when it looks at one claim. */
export interface ClaimView {
  /** The volume that spec.volumeName names, if it exists. */
  named?: PersistentVolume;
  /** Volumes reserved for this claim's name, and volumes reserved for nobody. */
  candidates: readonly PersistentVolume[];
  classes: readonly StorageClass[];
}

export interface Said {
  type: EventType;
  reason: string;
  message: string;
}

export type ClaimDecision =
  | { do: 'bind'; volume: PersistentVolume }
  | { do: 'pending'; event?: Said }
  | { do: 'lost'; event: Said }
  | { do: 'assignClass'; className: string }
  | { do: 'provision'; provisioner: string }
  | { do: 'tell'; event: Said };

/** What the binder does with a claim; the cases and messages are those of pv_controller.go syncClaim (Kubernetes 1.36). */
export function decideClaim(claim: PersistentVolumeClaim, view: ClaimView): ClaimDecision {
  if (annotationOf(claim, BIND_COMPLETED) !== undefined) return decideBoundClaim(claim, view.named);
  return claim.spec.volumeName ? decideNamedClaim(claim, view.named) : decideOpenClaim(claim, view);
}

/**
 * A claim that says it was bound before. It is believed, so a manifest exported with this annotation is Lost at once unless
 * its volume names its uid or has no claimRef at all. Lost is not looked at again until then.
 */
function decideBoundClaim(claim: PersistentVolumeClaim, named: PersistentVolume | undefined): ClaimDecision {
  if (!claim.spec.volumeName) {
    return lost('ClaimLost', 'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!');
  }
  if (named === undefined) {
    return lost('ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!');
  }
  const ref = named.spec.claimRef;
  if (ref === undefined || ref.uid === uidOf(claim)) return { do: 'bind', volume: named };
  return lost('ClaimMisbound', 'Two claims are bound to the same volume, this one is bound incorrectly');
}

/** spec.volumeName is set: nothing is ever provisioned. Size, class and modes are checked only while nobody has the volume. */
function decideNamedClaim(claim: PersistentVolumeClaim, named: PersistentVolume | undefined): ClaimDecision {
  if (named === undefined) return { do: 'pending' };
  if (named.spec.claimRef === undefined) {
    const mismatch = mismatchOf(named, claim);
    if (mismatch === undefined) return { do: 'bind', volume: named };
    const message = `Cannot bind to requested volume "${nameOf(named)}": ${mismatch}`;
    return { do: 'pending', event: { type: 'Warning', reason: 'VolumeMismatch', message } };
  }
  if (isReservedFor(named, claim)) return { do: 'bind', volume: named };
  const byController = annotationOf(claim, BOUND_BY_CONTROLLER) !== undefined ? ' by the controller' : '';
  const message = `volume "${nameOf(named)}" already bound to a different claim${byController}.`;
  return { do: 'pending', event: { type: 'Warning', reason: 'FailedBinding', message } };
}

function decideOpenClaim(claim: PersistentVolumeClaim, { candidates, classes }: ClaimView): ClaimDecision {
  const className = classOf(claim);
  const storageClass = classes.find((known) => nameOf(known) === className);
  const waits = waitsForConsumer(storageClass);
  const volume = findMatch(claim, candidates, waits);
  if (volume !== undefined) return { do: 'bind', volume };
  const assigned = claim.spec.storageClassName === undefined ? defaultClassOf(classes) : undefined;
  if (assigned !== undefined) return { do: 'assignClass', className: nameOf(assigned) };
  if (waits && annotationOf(claim, SELECTED_NODE) === undefined) {
    const message = 'waiting for first consumer to be created before binding';
    return { do: 'pending', event: { type: 'Normal', reason: 'WaitForFirstConsumer', message } };
  }
  if (className === '') {
    const message = 'no persistent volumes available for this claim and no storage class is set';
    return { do: 'pending', event: { type: 'Normal', reason: 'FailedBinding', message } };
  }
  return storageClass === undefined
    ? missingClass(className)
    : { do: 'provision', provisioner: storageClass.provisioner };
}

function missingClass(className: string): ClaimDecision {
  const message = `storageclass.storage.k8s.io "${className}" not found`;
  return { do: 'tell', event: { type: 'Warning', reason: 'ProvisioningFailed', message } };
}

function lost(reason: string, message: string): ClaimDecision {
  return { do: 'lost', event: { type: 'Warning', reason, message } };
}
