import { assertAllowed } from '../../src/changes/index.ts';
import type { Change } from '../../src/model/change.ts';
import { DrctlError } from '../../src/model/errors.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';
import type { ObjectRef } from '../../src/model/object-ref.ts';

export const API: Readonly<Record<string, string>> = {
  StorageClass: 'storage.k8s.io/v1',
  VolumeSnapshot: 'snapshot.storage.k8s.io/v1',
  VolumeSnapshotContent: 'snapshot.storage.k8s.io/v1',
  VolumeSnapshotClass: 'snapshot.storage.k8s.io/v1',
  StatefulSet: 'apps/v1',
  PodDisruptionBudget: 'policy/v1',
};

export function refOf(kind: string, name = 'a'): ObjectRef & { uid: string } {
  return { endpoint: 'cluster', apiVersion: API[kind] ?? 'v1', kind, name, uid: 'u' };
}

export function patching(kind: string, type: 'json' | 'merge' | 'strategic', patch: Json, before: Json = {}): Change {
  return { kind: 'kube/patch', object: refOf(kind), before, after: {}, risk: 'safe', body: { type, patch } };
}

export function making(kind: 'kube/create' | 'kube/apply', manifest: JsonObject, before: Json = null): Change {
  const object = {
    apiVersion: API[manifest['kind'] as string] ?? 'v1',
    ...manifest,
    metadata: { name: 'a', ...(manifest['metadata'] as JsonObject) },
  };
  const { apiVersion } = object;
  return {
    kind,
    object: { endpoint: 'cluster', apiVersion, kind: manifest['kind'] as string, name: 'a' },
    before,
    after: object,
    risk: 'safe',
    body: kind === 'kube/create' ? { object } : { object, force: false },
  };
}

/** `allowed`, or the code of the refusal. */
export function codeOf(change: Change): string {
  try {
    assertAllowed(change);
    return 'allowed';
  } catch (error) {
    if (error instanceof DrctlError) return error.code;
    throw error;
  }
}
