import { expired, notFound } from '../registry/status.ts';
import { apiVersionOf } from '../registry/registry.ts';
import type { Kind } from '../registry/kind.ts';
import type { KubeObject } from '../types.ts';
import { keyOf } from './context.ts';
import type { ApiContext, Target } from './context.ts';
import { decodeToken, encodeToken } from './paging.ts';
import type { ApiRequest } from './request.ts';
import { refuseFuture, revisionOf, validateListOptions } from './revision.ts';
import { selectorOf } from './selectors.ts';
import { badRequest } from '../registry/status.ts';

export interface ListPage {
  items: KubeObject[];
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
}

export function readObject(api: ApiContext, target: Target, query: URLSearchParams): KubeObject {
  const wanted = revisionOf(query.get('resourceVersion'), 'get');
  refuseFuture(wanted, api.store.revision);
  return mustFind(api, target);
}

/** The stored object in the form of the target's kind, or 404. */
export function mustFind(api: ApiContext, { kind, info }: Target): KubeObject {
  const name = info.name ?? '';
  const stored = api.store.get(kind.table, keyOf(kind, info.namespace, name));
  if (!stored) throw notFound(kind, name);
  return shown(kind, stored);
}

export function shown(kind: Kind, stored: KubeObject): KubeObject {
  return kind.view ? kind.view.read(stored) : stored;
}

export function readList(api: ApiContext, { kind, info }: Target, request: ApiRequest): ListPage {
  const { query } = request;
  const limit = limitOf(query);
  validateListOptions(query, false);
  const select = selectorOf(kind, query);
  const prefix = info.namespace === undefined ? '' : `${info.namespace}/`;
  const view = viewOf(api, kind, query, prefix, limit);
  const from = view.start === '' ? view.rows : view.rows.filter(([key]) => key.slice(prefix.length) >= view.start);
  const { page, hasMore } = firstOf(from, view.limit, select && ((object) => select(shown(kind, object))));
  const last = page.at(-1);
  const metadata: ListPage['metadata'] = { resourceVersion: String(view.revision) };
  if (hasMore && last) {
    const start = `${prefix === '' ? '' : '/'}${last[0].slice(prefix.length)}\u0000`;
    metadata.continue = encodeToken({ rv: view.revision, start });
    if (!select) metadata.remainingItemCount = from.length - page.length;
  }
  return { items: page.map(([, object]) => shown(kind, object)), metadata };
}

/** A page is full as soon as the limit is reached: whether what follows would match, nobody has looked. */
function firstOf(
  rows: Row[],
  limit: number,
  select: ((object: KubeObject) => boolean) | undefined,
): { page: Row[]; hasMore: boolean } {
  const page: Row[] = [];
  for (const [index, row] of rows.entries()) {
    if (!select || select(row[1])) page.push(row);
    if (limit > 0 && page.length === limit) return { page, hasMore: index < rows.length - 1 };
  }
  return { page, hasMore: false };
}

type Row = [key: string, object: KubeObject];

interface View {
  rows: Row[];
  revision: number;
  start: string;
  limit: number;
}

function viewOf(api: ApiContext, kind: Kind, query: URLSearchParams, prefix: string, limit: number): View {
  const { store } = api;
  const token = query.get('continue') ?? '';
  // From the watch cache (resourceVersion=0) a real server ignores the limit and gives everything.
  const fromCache = query.get('resourceVersion') === '0';
  if (token !== '') {
    if (!['', '0'].includes(query.get('resourceVersion') ?? ''))
      throw badRequest('specifying resource version is not allowed when using continue');
    return pageOf(api, kind, token, prefix, fromCache ? 0 : limit);
  }

  const wanted = revisionOf(query.get('resourceVersion'), 'list');
  refuseFuture(wanted, store.revision);
  const now: View = { rows: store.list(kind.table, prefix), revision: store.revision, start: '', limit };
  if (fromCache) return { ...now, limit: 0 };
  const match = query.get('resourceVersionMatch') ?? '';
  const exact = match === 'Exact' || (match === '' && wanted > 0 && limit > 0);
  if (!exact) return now;
  const rows = store.listAt(kind.table, wanted, prefix);
  if (!rows) throw expired('The resourceVersion for the provided list is too old.');
  return { rows, revision: wanted, start: '', limit };
}

function pageOf(api: ApiContext, kind: Kind, text: string, prefix: string, limit: number): View {
  const token = decodeToken(text);
  const start = token.start.replace(/^\//, '');
  const { store } = api;
  if (token.rv < 0) {
    return { rows: store.list(kind.table, prefix), revision: store.revision, start, limit };
  }
  refuseFuture(token.rv, store.revision);
  const rows = store.listAt(kind.table, token.rv, prefix);
  if (rows) return { rows, revision: token.rv, start, limit };
  throw expired(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without ' +
      'the continue parameter, or use the continue token in this response to retrieve the remainder of the results. ' +
      'Continuing with the provided token results in an inconsistent list - objects that were created, modified, or ' +
      'deleted between the time the first chunk was returned and now may show up in the list.',
    { continue: encodeToken({ rv: -1, start }) },
  );
}

function limitOf(query: URLSearchParams): number {
  const text = query.get('limit') ?? '';
  if (text === '') return 0;
  if (!/^-?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Math.max(0, Number(text));
}

/** `{kind: ConfigMapList, …}`; items of built-in kinds carry no apiVersion and kind, custom ones do. */
export function listBody(kind: Kind, page: ListPage): Record<string, unknown> {
  return {
    kind: `${kind.kind}List`,
    apiVersion: apiVersionOf(kind),
    // Lists of custom resources are built without a type, and say an empty token at their end.
    metadata: kind.custom ? { continue: '', ...page.metadata } : page.metadata,
    items: kind.custom ? page.items : page.items.map(({ apiVersion: _apiVersion, kind: _kind, ...rest }) => rest),
  };
}
