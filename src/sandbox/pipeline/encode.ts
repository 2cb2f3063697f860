import { badRequest } from '../registry/status.ts';
import type { Column, Kind } from '../registry/kind.ts';
import type { KubeObject, WatchEvent } from '../types.ts';
import type { ApiContext, Target } from './context.ts';
import { formOf } from './negotiate.ts';
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
  const { form, isYaml } = formOf(request.headers.accept, 'single');
  if (isYaml) return yamlResult(object, status);
  if (form === 'object' || isStatus(object)) return objectResult(object, status);
  const kubeObject = object as KubeObject;
  if (form === 'partial') return objectResult(partial(kubeObject), status);
  const metadata = { resourceVersion: kubeObject.metadata.resourceVersion };
  return objectResult(table(api, target.kind, [kubeObject], metadata, request, true), status);
}

export function answerList(api: ApiContext, target: Target, request: ApiRequest, page: ListPage): Result {
  const { form, isYaml } = formOf(request.headers.accept, 'list');
  if (isYaml) return yamlResult(listBody(target.kind, page), 200);
  if (form === 'object') return objectResult(listBody(target.kind, page));
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
  const { form } = formOf(request.headers.accept, 'single');
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
    throw badRequest(`unrecognized includeObject value: "${include}"`);
  }
  const now = api.now();
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: withHeader ? kind.columns.map(definitionOf) : null,
    rows: objects.map((object) => ({
      cells: kind.columns.map((column) => column.cell(object, now)),
      ...(include !== 'None' && { object: include === 'Object' ? object : partial(object) }),
    })),
  };
}

function definitionOf({ name, type, format, description, priority }: Column): unknown {
  return { name, type, format: format ?? '', description: description ?? '', priority: priority ?? 0 };
}
