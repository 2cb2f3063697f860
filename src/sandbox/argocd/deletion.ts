import { isNotFound } from '../controllers/failures.ts';
import { draftOf, isTerminating } from '../controllers/objects.ts';
import type { KubeObject } from '../types.ts';
import { hasSyncOption } from './compare.ts';
import {
  type Application,
  APPLICATIONS,
  BACKGROUND_FINALIZER,
  DELETION_APPROVED,
  RESOURCES_FINALIZER,
} from './kinds.ts';
import type { SyncParts } from './sync.ts';
import { servedAs } from './targets.ts';

/**
 * The cascade of an Application that is being deleted: whatever lives of it is deleted, and when nothing is left its
 * finalizer goes. True when it is over. No sync window stops this. [argo-cd finalizeApplicationDeletion]
 */
export async function cascade(
  application: Application,
  live: ReadonlyMap<string, KubeObject>,
  parts: SyncParts,
): Promise<boolean> {
  const held = (application.metadata.finalizers ?? []).filter(isCascading);
  if (held.length === 0) return true;
  const own = [...live.values()].filter(mayBeDeleted);
  if (own.some(isTerminating)) return false;
  if (own.some((object) => hasSyncOption(object, 'Delete=confirm')) && !isApproved(application)) return false;
  const propagationPolicy = held.includes(BACKGROUND_FINALIZER) ? 'Background' : 'Foreground';
  for (const object of own) await remove(object, propagationPolicy, parts);
  if (own.length > 0) return false;
  const draft = draftOf(application);
  draft.metadata.finalizers = (draft.metadata.finalizers ?? []).filter((finalizer) => !isCascading(finalizer));
  await parts.client.update(APPLICATIONS, draft);
  return true;
}

export function isCascading(finalizer: string): boolean {
  return finalizer === RESOURCES_FINALIZER || finalizer.startsWith(`${RESOURCES_FINALIZER}/`);
}

/** CRDs would take all of their objects along; the rest is kept by its own word. */
function mayBeDeleted(object: KubeObject): boolean {
  if (object.kind === 'CustomResourceDefinition') return false;
  return !hasSyncOption(object, 'Delete=false') && object.metadata.annotations?.['helm.sh/resource-policy'] !== 'keep';
}

function isApproved({ metadata }: Application): boolean {
  const at = Date.parse(metadata.annotations?.[DELETION_APPROVED] ?? '');
  return !Number.isNaN(at) && at >= Date.parse(metadata.deletionTimestamp ?? '');
}

async function remove(
  object: KubeObject,
  propagationPolicy: 'Background' | 'Foreground',
  { client, served }: SyncParts,
): Promise<void> {
  const known = servedAs(object, served);
  if (known === undefined) return;
  const { name = '', namespace, uid } = object.metadata;
  try {
    await client.delete(known.resource, name, namespace, { ...(uid !== undefined && { uid }), propagationPolicy });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
