import { patchObject, validateFields } from '../patch/index.ts';
import { fieldsAt, isFields, madeAt, numberAt, textAt, valueAt } from '../registry/fields.ts';
import type { Kind } from '../registry/kind.ts';
import { badRequest, invalid } from '../registry/status.ts';
import type { Json, KubeObject } from '../types.ts';
import type { ApiContext, Target } from './context.ts';
import { decodeBody } from './decode.ts';
import { mustFind } from './read.ts';
import type { ApiRequest } from './request.ts';
import { objectResult } from './result.ts';
import type { Result } from './result.ts';
import { updateObject } from './write.ts';
import type { WriteOptions } from './write.ts';

export function readScale(api: ApiContext, target: Target): Result {
  return objectResult(scaleOf(target.kind, mustFind(api, target)));
}

export function writeScale(api: ApiContext, target: Target, request: ApiRequest, options: WriteOptions): Result {
  const scale = decodeBody(request, 'Scale');
  if (!isFields(scale)) throw badRequest('the object provided is unrecognized (must be of type Scale)');
  return store(api, target, scale as unknown as KubeObject, options);
}

export function patchScale(
  api: ApiContext,
  target: Target,
  { type, patch }: { type: 'json' | 'merge' | 'strategic'; patch: Json },
  options: WriteOptions,
): Result {
  const live = scaleOf(target.kind, mustFind(api, target));
  const raw = patchObject({ type, live, patch, schemas: api.schemas });
  const { object } = validateFields({ raw, schemas: api.schemas, mode: 'Ignore', source: 'patch' });
  return store(api, target, object, options);
}

function store(api: ApiContext, target: Target, scale: KubeObject, options: WriteOptions): Result {
  const wanted = valueAt(scale, 'spec', 'replicas') ?? 0;
  const name = target.info.name ?? '';
  if (typeof wanted !== 'number') {
    throw badRequest('Scale in version "v1" cannot be handled as a Scale: spec.replicas must be an integer');
  }
  if (wanted < 0) {
    const message = `Invalid value: ${wanted}: must be greater than or equal to 0`;
    const cause = { reason: 'FieldValueInvalid', message, field: 'spec.replicas' } as const;
    throw invalid({ group: 'autoscaling', kind: 'Scale' }, name, [cause]);
  }
  const live = mustFind(api, target);
  const object = structuredClone(live);
  const path = pathOf(target.kind.custom?.scale?.specReplicasPath ?? '.spec.replicas');
  madeAt(object, ...path.slice(0, -1))[path.at(-1) ?? 'replicas'] = wanted;
  // A resourceVersion in the Scale is a condition; without one the write is unconditional.
  const { resourceVersion } = scale.metadata ?? {};
  if (resourceVersion) object.metadata.resourceVersion = resourceVersion;
  const { subresource: _subresource, ...info } = target.info;
  return objectResult(scaleOf(target.kind, updateObject(api, { ...target, info }, object, options)));
}

/** autoscaling/v1 Scale of a workload; of a custom kind by the paths its definition names. */
function scaleOf(kind: Kind, object: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const metadata = { name, namespace, uid, resourceVersion, creationTimestamp } as KubeObject['metadata'];
  const paths = kind.custom?.scale;
  const replicas = numberAt(object, ...pathOf(paths?.specReplicasPath ?? '.spec.replicas'));
  const current = numberAt(object, ...pathOf(paths?.statusReplicasPath ?? '.status.replicas'));
  const selector = paths?.labelSelectorPath
    ? textAt(object, ...pathOf(paths.labelSelectorPath))
    : selectorText(fieldsAt(object, 'spec', 'selector'));
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata,
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: current, ...(selector !== '' && { selector }) },
  };
}

function selectorText(selector: Record<string, unknown>): string {
  const labels = Object.entries(fieldsAt(selector, 'matchLabels')).map(([key, value]) => `${key}=${String(value)}`);
  return labels.toSorted().join(',');
}

function pathOf(path: string): string[] {
  return path.split('.').filter((part) => part !== '');
}
