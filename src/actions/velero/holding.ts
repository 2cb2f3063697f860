import { patchObject } from '../../changes/index.ts';
import type { Change, Item } from '../../model/change.ts';
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts';
import { HELD, VELERO_API } from './survey.ts';

/** One field of one of Velero's objects that a step holds at a value, and gives back as it was. */
export interface Held {
  readonly kind: 'Schedule' | 'BackupStorageLocation';
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly field: 'paused' | 'accessMode';
  /** As it reads now; null where it is not there. */
  readonly now: Json;
  readonly note?: string | undefined;
}

type At = 'cluster' | 'argocd';

/** Sets the field, and notes what it was on the object. */
export function holdItem(held: Held, value: Json, because: string, endpoint: At, address: string): Item {
  const note = JSON.stringify({ [held.field]: held.now, by: address });
  return itemOf(held, [write(held, value, note, because, endpoint)], because);
}

/** Puts back what the note says, and takes the note away. */
export function releaseItem(held: Held, endpoint: At): Item {
  const note = noteOf(held.note);
  // What it was is not guessed.
  if (!(held.field in note))
    return itemOf(
      held,
      [],
      `its annotation ${HELD} cannot be read: set spec.${held.field} as it was, and take it away`,
    );
  const because = 'as it was before';
  return itemOf(held, [write(held, note[held.field] ?? null, null, because, endpoint)], because);
}

function itemOf({ kind, name }: Held, changes: readonly Change[], because: string): Item {
  return { key: `${kind} ${name}`, changes, ready: changes.length, because };
}

function write(held: Held, value: Json, note: string | null, because: string, endpoint: At): Change {
  const { kind, namespace, name, uid, field } = held;
  return patchObject({
    object: { endpoint, apiVersion: VELERO_API, kind, namespace, name, uid },
    type: 'merge',
    patch: { metadata: { uid, annotations: { [HELD]: note } }, spec: { [field]: value } },
    before: { metadata: { annotations: { [HELD]: held.note ?? null } }, spec: { [field]: held.now } },
    after: { metadata: { annotations: { [HELD]: note } }, spec: { [field]: value } },
    risk: 'safe',
    because,
  });
}

function noteOf(text: string | undefined): JsonObject {
  try {
    const note = JSON.parse(text ?? '') as Json;
    return isJsonObject(note) ? note : {};
  } catch {
    return {};
  }
}
