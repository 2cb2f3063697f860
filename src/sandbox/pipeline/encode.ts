import { textAt } from '../registry/fields.ts';
import { badRequest } from '../registry/status.ts';
import type { Column, Kind } from '../registry/kind.ts';
import type { KubeObject, WatchEvent } from '../types.ts';
import type { ApiContext, Target } from './context.ts';
import { formOf, refuseMisfit } from './negotiate.ts';
import { listBody } from './read.ts';
import type { ListPage } from './read.ts';
import type { ApiRequest } from './request.ts';
import { isStatus, objectResult, yamlResult } from './result.ts';
import type { Result, WatchStream } from './result.ts';

/** An object, as the form that the client asked for; a Status goes out as it is. */
export function answerObject(
  api: ApiContext,
  target: Target,
  request: ApiRequest,
  object: unknown,
  status: number,
): Result {
  const { form, isYaml } = formOf(request.headers.accept);
  if (isYaml) return yamlResult(object, status);
  if (form === 'object' || isStatus(object)) return objectResult(object, status);
  refuseMisfit(form, target.kind, 'single');
  const kubeObject = object as KubeObject;
  if (form === 'partial') return objectResult(partial(kubeObject), status);
  const isGone = target.info.verb === 'delete';
  const metadata = isGone ? {} : { resourceVersion: kubeObject.metadata.resourceVersion };
  return objectResult(table(api, target.kind, [kubeObject], metadata, request, true), status);
}

export function answerList(api: ApiContext, target: Target, request: ApiRequest, page: ListPage): Result {
  const { form, isYaml } = formOf(request.headers.accept);
  if (isYaml) return yamlResult(listBody(target.kind, page), 200);
  if (form === 'object') return objectResult(listBody(target.kind, page));
  refuseMisfit(form, target.kind, 'list');
  if (form === 'table') return objectResult(table(api, target.kind, page.items, page.metadata, request, true));
  const items = page.items.map(partial);
  return objectResult({
    kind: 'PartialObjectMetadataList',
    apiVersion: 'meta.k8s.io/v1',
    metadata: page.metadata,
    items,
  });
}

export function answerWatch(api: ApiContext, target: Target, request: ApiRequest, open: () => WatchStream): Result {
  const { form } = formOf(request.headers.accept);
  const stream = open();
  let isFirst = true;
  const encode = ({ type, object }: WatchEvent): unknown => {
    if (form === 'object' || type === 'ERROR' || isStatus(object)) return { type, object };
    if (form === 'partial') return { type, object: partial(object) };
    const rows = type === 'BOOKMARK' ? [] : [object];
    const metadata = { resourceVersion: object.metadata.resourceVersion };
    const whole = table(api, target.kind, rows, metadata, request, isFirst);
    isFirst = false;
    return { type, object: whole };
  };
  return { status: 200, headers: { 'content-type': 'application/json' }, content: { type: 'watch', stream, encode } };
}

function partial(object: KubeObject): KubeObject {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}

function table(
  api: ApiContext,
  kind: Kind,
  objects: KubeObject[],
  metadata: unknown,
  request: ApiRequest,
  withHeader: boolean,
): unknown {
  const include = request.query.get('includeObject') ?? 'Metadata';
  if (!['', 'None', 'Metadata', 'Object'].includes(include)) {
    throw badRequest(
      `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(include)}: must be 'Metadata', 'Object', 'None', or empty`,
    );
  }
  const now = api.now();
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: withHeader ? kind.columns.map(definitionOf) : null,
    rows: objects.map((object) => ({
      cells: kind.columns.map((column) => column.cell(object, now)),
      ...conditionsOf(object),
      object: include === 'None' ? null : include === 'Object' ? object : partial(object),
    })),
  };
}

/** Rows of pods that have ended say so, so that a client may leave them out. */
function conditionsOf(object: KubeObject): { conditions?: unknown[] } {
  const phase = object.kind === 'Pod' ? textAt(object, 'status', 'phase') : '';
  const messages: Record<string, string> = {
    Succeeded: 'The pod has completed successfully.',
    Failed: 'The pod failed.',
  };
  const message = messages[phase];
  return message === undefined ? {} : { conditions: [{ type: 'Completed', status: 'True', reason: phase, message }] };
}

function definitionOf({ name, type, format, description, priority }: Column): unknown {
  return { name, type, format: format ?? '', description: description ?? '', priority: priority ?? 0 };
}
