import { isJsonObject, type JsonObject } from '../../model/json.ts';
import type { KubeListOptions, KubeObject, KubeResource } from '../../ports/read-world.ts';
import { CannotSee, type Failure } from '../trouble.ts';
import type { KubeApi } from './api.ts';
import { collectionPath } from './paths.ts';

const PAGE = 500;
/** A list that expires again and again is slower than the server's history: then it cannot be had consistently. */
const RESTARTS = 3;

/**
 * What `reduce` makes of all objects, or CannotSee: never of some of them. An expired page token starts over, for a
 * consistent list (facts H).
 */
export async function listAll<T>(
  api: KubeApi,
  resource: KubeResource,
  options: KubeListOptions,
  reduce: (object: KubeObject) => T,
): Promise<T[]> {
  const what = `all ${resource.resource}${options.namespace === undefined ? '' : ` in ${options.namespace}`}`;
  for (let attempt = 0; attempt <= RESTARTS; attempt += 1) {
    const items = await listOnce(api, resource, options, what, reduce);
    if (items) return items;
  }
  throw new CannotSee(what, broken('the list expired before its last page, several times'));
}

/** undefined when the token expired half-way. */
async function listOnce<T>(
  api: KubeApi,
  resource: KubeResource,
  options: KubeListOptions,
  what: string,
  reduce: (object: KubeObject) => T,
): Promise<T[] | undefined> {
  const items: T[] = [];
  const seen = new Set<string>();
  for (let token = ''; ;) {
    const query = { ...selectorsOf(options), limit: String(PAGE), ...(token !== '' && { continue: token }) };
    const answer = await api.ask({ what, method: 'GET', path: collectionPath(resource, options.namespace), query });
    if ('failure' in answer) {
      if (answer.failure.status === 410) return undefined;
      throw new CannotSee(what, answer.failure);
    }
    for (const item of itemsOf(answer.object, resource, what)) items.push(reduce(item));
    token = tokenOf(answer.object);
    if (token === '') return items;
    if (seen.has(token)) throw new CannotSee(what, broken('the server gave the same page token twice'));
    seen.add(token);
  }
}

function selectorsOf({ labelSelector, fieldSelector }: KubeListOptions): Record<string, string> {
  return {
    ...(labelSelector !== undefined && { labelSelector }),
    ...(fieldSelector !== undefined && { fieldSelector }),
  };
}

/**
 * Items of a list carry neither apiVersion nor kind: they get the list's. Who wrote which field is half of many an object
 * and nothing that a planner looks at in a list: it is left behind.
 */
function* itemsOf(list: JsonObject, { apiVersion, kind }: KubeResource, what: string): Generator<KubeObject> {
  const { items, kind: listKind } = list;
  const isList = typeof listKind === 'string' && listKind.endsWith('List') && isJsonObject(list['metadata']);
  // Go writes a list that was never filled as null
  if (!isList || (items !== null && !Array.isArray(items)))
    throw new CannotSee(what, broken('the answer is not a list'));
  for (const item of items ?? []) {
    const named = isJsonObject(item) && isJsonObject(item['metadata']) && typeof item['metadata']['name'] === 'string';
    if (!named) throw new CannotSee(what, broken('an item of the list has no name'));
    const { managedFields: _, ...metadata } = item['metadata'] as JsonObject;
    yield { ...item, apiVersion, kind, metadata } as unknown as KubeObject;
  }
}

function tokenOf({ metadata }: JsonObject): string {
  const token = isJsonObject(metadata) ? metadata['continue'] : undefined;
  return typeof token === 'string' ? token : '';
}

function broken(reason: string): Failure {
  return { trouble: 'unreachable', effect: 'not-performed', again: false, reason };
}
