import { unsupportedMediaType } from './errors.ts';
import type { Json, JsonObject, KubeObject } from '../types.ts';
import { applyJsonPatch } from './json-patch.ts';
import { applyMergePatch } from './merge-patch.ts';
import type { Schemas } from './schemas.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';

export interface PatchObjectInput {
  type: 'json' | 'merge' | 'strategic';
  live: KubeObject;
  patch: Json;
  schemas: Schemas;
}

/**
 * The patched object, not yet decoded: unknown fields, nulls and wrong types are still in it, so it goes through
 * `validateFields` next. `live` is not changed. Throws StatusError as a real API server answers: 400 for a patch that is
 * not one, 422 for a JSON patch that does not apply, 415 for a strategic patch of a custom resource, 500 for a
 * strategic patch that contradicts the list semantics.
 */
export function patchObject({ type, live, patch, schemas }: PatchObjectInput): KubeObject {
  const document = structuredClone(live) as unknown as JsonObject;
  switch (type) {
    case 'json':
      return applyJsonPatch(document, patch) as unknown as KubeObject;
    case 'merge':
      return applyMergePatch(document, patch) as unknown as KubeObject;
    case 'strategic':
      break;
  }
  if (schemas.of(live.apiVersion, live.kind)?.custom) throw unsupportedMediaType(CUSTOM_ACCEPTS);
  const root = schemas.rootOf(live.apiVersion, live.kind);
  return applyStrategicMergePatch(document, patch, root) as unknown as KubeObject;
}

/** A custom resource has no merge keys and strategies. */
const CUSTOM_ACCEPTS = ['json-patch+json', 'merge-patch+json', 'apply-patch+yaml'].map((type) => `application/${type}`);
