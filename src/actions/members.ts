import type { SetFacts } from '../inventory/workloads.ts';
import type { Situation } from '../model/action.ts';
import type { Change } from '../model/change.ts';
import { patchObject } from '../changes/index.ts';

/** How many replicas a set had before drctl stopped it: on the object, so that it survives a lost journal. */
export const REPLICAS_NOTE = 'drctl/rebind-replicas';

/** Undefined: drctl has not stopped it, or has started it again; or nobody can read what is noted. */
export function notedReplicas({ annotations }: SetFacts): number | undefined {
  const text = annotations[REPLICAS_NOTE];
  return text !== undefined && /^[1-9]\d{0,5}$/.test(text) ? Number(text) : undefined;
}

/**
 * No members, what there was noted on it, and no claim that goes with a member (trap 12): in one request, so that the
 * controller never sees one without the other.
 */
export function stopSet(
  set: SetFacts,
  { endpoint, namespace, kind }: Where,
  because = 'stop what writes into the empty volumes, and what would make the claims again',
): Change {
  const noted = notedReplicas(set);
  const deletes = set.whenScaled === 'Delete';
  const fields = (note: string | null, replicas: number, whenScaled: string) => ({
    metadata: { annotations: { [REPLICAS_NOTE]: note } },
    spec: { replicas, ...(deletes && { persistentVolumeClaimRetentionPolicy: { whenScaled } }) },
  });
  return patchSet(set, {
    endpoint,
    namespace,
    ...(kind && { kind }),
    before: fields(set.annotations[REPLICAS_NOTE] ?? null, set.replicas, 'Delete'),
    after: fields(String(noted ?? set.replicas), 0, 'Retain'),
    because,
  });
}

/** As many members as before, and the note taken off: only after every claim of the set stands where it should. */
export function startSet(set: SetFacts, { endpoint, namespace, kind }: Where, because: string): Change {
  const noted = notedReplicas(set);
  // somebody else has started it meanwhile: only the note is taken off
  const started = noted !== undefined && set.replicas > 0;
  const replicas = started || noted === undefined ? set.replicas : noted;
  const fields = (note: string | null, count: number) => ({
    metadata: { annotations: { [REPLICAS_NOTE]: note } },
    spec: { replicas: count },
  });
  return patchSet(set, {
    endpoint,
    namespace,
    ...(kind && { kind }),
    before: fields(String(noted ?? set.replicas), started ? set.replicas : 0),
    after: fields(null, replicas),
    because,
  });
}

export interface Where extends Pick<Situation, 'endpoint'> {
  readonly namespace: string;
  /** A StatefulSet, where nothing else is said. */
  readonly kind?: 'StatefulSet' | 'Deployment';
}

interface SetFields {
  readonly metadata: { readonly annotations: Readonly<Record<string, string | null>> };
  readonly spec: { readonly replicas: number };
}

function patchSet(
  { name, uid }: SetFacts,
  {
    endpoint,
    namespace,
    kind = 'StatefulSet',
    before,
    after,
    because,
  }: Where & { before: SetFields; after: SetFields; because: string },
): Change {
  return patchObject({
    object: { endpoint, apiVersion: 'apps/v1', kind, namespace, name, uid },
    type: 'merge',
    patch: { ...after, metadata: { ...after.metadata, uid } },
    before: { ...before },
    after: { ...after },
    risk: 'disruptive',
    // started while claims are gone, the set would make new ones; stopped again, nobody would start it
    final: true,
    because,
  });
}
