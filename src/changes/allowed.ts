import { z } from 'zod';
import type { Change } from '../model/change.ts';
import { DrctlError } from '../model/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts';
import { labelOf, type ObjectRef } from '../model/object-ref.ts';
import { BODIES, bodyOf, type ChangeKindName } from './bodies.ts';
import { jsonPatchWrites, mergeWrites, type FieldWrite } from './field-writes.ts';
import { lossByCreating, lossByDeleting } from './protected-kinds.ts';
import { lossByManifest, lossByWriting } from './protected-fields.ts';

/** The Change, if it may exist at all: what every builder returns. */
export function allowed(change: Change): Change {
  assertAllowed(change);
  return change;
}

/**
 * Promise 4, in one place: no Change deletes a cloud volume or snapshot, sets a reclaim policy to Delete, or removes an
 * object or policy that protects data. Judged by the body, which is what is sent, and not by what the Change says of itself.
 * Asked when a Change is made and once more right before it is performed. Throws `DataWouldBeDestroyed`, or
 * `ChangeMalformed` for one that is not what its kind says.
 */
export function assertAllowed(change: Change): void {
  if (!Object.hasOwn(BODIES, change.kind)) throw malformed(change, 'there is no such kind of Change');
  if (isOwnLease(change.object)) throw malformed(change, "drctl's own Lease is not for a runbook to write");
  const kind = change.kind as ChangeKindName;
  try {
    bodyOf(kind, change);
  } catch (error) {
    throw error instanceof z.ZodError ? malformed(change, z.prettifyError(error)) : error;
  }
  const refused = lossOf(kind, change);
  if (refused !== undefined) throw refused;
}

/** It keeps two runs apart (`engine/lease.ts`), and the door sends it for nothing else. */
function isOwnLease({ kind, namespace, name }: ObjectRef): boolean {
  return kind === 'Lease' && namespace === 'kube-system' && name === 'drctl';
}

function lossOf(kind: ChangeKindName, change: Change): DrctlError | undefined {
  const { object, risk } = change;
  switch (kind) {
    case 'kube/create':
    case 'kube/apply':
      return manifestLoss(change, bodyOf(kind, change).object);
    case 'kube/patch':
      return patchLoss(change);
    case 'kube/delete':
      return deletionLoss(change);
    case 'kube/scale':
    case 'ec2/create-snapshot':
    case 'human/task':
      return undefined;
    case 'ec2/tag':
      return tagLoss(change);
    case 'http/request':
      return bodyOf(kind, change).method !== 'POST' && risk !== 'opaque'
        ? malformed(change, 'what a PUT or PATCH does cannot be known here: its risk is "opaque"')
        : undefined;
    case 'kube/exec':
      if (object.kind !== 'Pod' || object.apiVersion !== 'v1' || object.uid === undefined)
        return malformed(change, 'a command runs in one pod, known by its uid');
      return risk === 'opaque'
        ? undefined
        : malformed(change, `what a command in ${labelOf(object)} does cannot be known: its risk is "opaque"`);
    case 'shell/command':
      return risk === 'opaque'
        ? undefined
        : malformed(change, `what ${labelOf(object)} does cannot be known: its risk is "opaque"`);
  }
}

function manifestLoss(change: Change, manifest: JsonObject): DrctlError | undefined {
  const { object, before } = change;
  if (!isOf(object, manifest)) return malformed(change, 'its manifest is of another object');
  if (object.kind === 'Secret' && !isSealed(manifest))
    return malformed(change, 'its values are not sealed, and secrets stay out of plans');
  const created = lossByCreating(object);
  if (created !== undefined) return lost(change, `making it deletes ${created}`);
  const isNew = before === null;
  const defaulted = lossByManifest(object.kind, manifest, isNew);
  if (defaulted !== undefined) return lost(change, defaulted);
  // what is made cannot lose a protection that it never had: finalizers given to it protect it
  const writes = mergeWrites(manifest)?.filter(({ path }) => path.at(-1) !== 'finalizers');
  if (!writes) return malformed(change, 'its manifest holds a patch directive');
  return writesLoss(change, isNew ? writes.filter((write) => !isRetentionPolicy(object.kind, write)) : writes);
}

/** Promise 11: only the door knows what a seal stands for (world/vault). Of any group: a name alone makes it suspect. */
function isSealed({ data, stringData }: JsonObject): boolean {
  if (stringData !== undefined) return false;
  return data === undefined || (isJsonObject(data) && Object.values(data).every(isSeal));
}

function isSeal(value: Json): boolean {
  return typeof value === 'string' && value.startsWith('sealed:');
}

/** The claims of a set that is made are those of its application: what its manifest says of them was so before. */
function isRetentionPolicy(kind: string, { path }: FieldWrite): boolean {
  return kind === 'StatefulSet' && path[1] === 'persistentVolumeClaimRetentionPolicy';
}

function patchLoss(change: Change): DrctlError | undefined {
  const { type, patch } = bodyOf('kube/patch', change);
  const writes = type === 'json' ? jsonPatchWrites(patch) : mergeWrites(patch);
  if (!writes) return malformed(change, 'what its patch writes cannot be told');
  return writesLoss(change, writes);
}

function writesLoss(change: Change, writes: readonly FieldWrite[]): DrctlError | undefined {
  for (const write of writes) {
    const loss = lossByWriting(change.object.kind, write, change.before);
    if (loss !== undefined) return lost(change, loss);
  }
  return undefined;
}

function deletionLoss(change: Change): DrctlError | undefined {
  const { object, risk } = change;
  const { uid, proof } = bodyOf('kube/delete', change);
  const loss = lossByDeleting(object);
  if (loss !== undefined) return lost(change, `deleting it deletes ${loss}`);
  if (risk !== 'destructive') return malformed(change, 'a delete is "destructive"');
  if (object.uid !== uid) return malformed(change, 'it deletes by another uid than that of its object');
  if (object.kind === 'PersistentVolumeClaim' && proof === undefined)
    return lost(change, 'a claim is deleted only while its volume was read as Retain, and nothing says so');
  return undefined;
}

/** Tags of the CSI driver and of what made a volume say whose it is: they may be added where missing, never changed. */
const OWNER_TAG = /^(?:aws:|kubernetes\.io\/|ebs\.csi\.aws\.com\/|CSIVolumeName$|KubernetesCluster$|Name$)/;

function tagLoss(change: Change): DrctlError | undefined {
  const { set, remove } = bodyOf('ec2/tag', change);
  const before = isJsonObject(change.before) && isJsonObject(change.before['tags']) ? change.before['tags'] : {};
  const removed = Object.keys(remove).find((key) => !key.startsWith('drctl/'));
  if (removed !== undefined) return lost(change, `tag ${removed} is not drctl's own to remove`);
  const changed = Object.keys(set).find((key) => OWNER_TAG.test(key) && (before[key] ?? null) !== null);
  return changed === undefined ? undefined : lost(change, `tag ${changed} says whose it is`);
}

function isOf({ apiVersion, kind, name, namespace }: ObjectRef, manifest: JsonObject): boolean {
  const metadata: Json = manifest['metadata'] ?? null;
  if (!isJsonObject(metadata)) return false;
  return (
    manifest['apiVersion'] === apiVersion &&
    manifest['kind'] === kind &&
    metadata['name'] === name &&
    metadata['namespace'] === namespace
  );
}

function lost(change: Change, why: string): DrctlError {
  return new DrctlError(
    'DataWouldBeDestroyed',
    'tool',
    `${change.kind} of ${labelOf(change.object)} is never done: ${why}`,
    {
      exit: 'refused',
      nextSteps: ['if it is really wanted, do it by hand: drctl has no way to allow it'],
    },
  );
}

function malformed(change: Change, why: string): DrctlError {
  return new DrctlError('ChangeMalformed', 'tool', `${change.kind} of ${labelOf(change.object)}: ${why}`);
}
