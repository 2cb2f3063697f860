import jsonPatch, { JsonPatchError, unescapePathComponent, type Operation } from 'fast-json-patch';
import { isDeepStrictEqual } from 'node:util';
import type { Json, JsonObject } from '../types.ts';
import { badRequest, patchDoesNotApply, tooManyOperations } from './errors.ts';
import { isObject } from './field-path.ts';
import { goType } from './go-json.ts';

/**
 * A JSON patch as the API server applies it (evanphx/json-patch), which differs from RFC 6902, and so from the library
 * that performs the operations here: replacing a member that is missing adds it, a missing member equals null in a
 * test, and a path without its leading slash loses its first element instead of being refused. Changes `document`.
 */
export function applyJsonPatch(document: JsonObject, patch: Json): Json {
  const operations = readOperations(patch);
  return operations.reduce<Json>((current, operation) => applyOperation(current, operation), document);
}

/** The limit that Kubernetes sets on operations in one patch (apiserver handlers/patch.go). */
const MOST_OPERATIONS = 10_000;

function readOperations(patch: Json): JsonObject[] {
  if (!Array.isArray(patch)) {
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${goType(patch)} into Go value of type []handlers.jsonPatchOp`,
    );
  }
  if (patch.length > MOST_OPERATIONS) throw tooManyOperations(MOST_OPERATIONS, patch.length);
  return patch.map((operation) => {
    if (isObject(operation)) return operation;
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${goType(operation)} into Go value of type handlers.jsonPatchOp`,
    );
  });
}

function applyOperation(document: Json, operation: JsonObject): Json {
  const { op, value } = operation;
  const path = rooted(operation['path']);
  if (op === 'test') return testHolds(document, path, value) ? document : refuse();
  if (path === '' && op === 'replace') return isObject(value) || Array.isArray(value) ? value : refuse();
  const before = parentOf(document, path);
  if (before === undefined) return refuse();
  switch (typeof op === 'string' ? op : '') {
    case 'add':
    case 'replace':
      return perform(document, {
        op: writeOf(op === 'add', before, path),
        path,
        value: structuredClone(value ?? null),
      });
    case 'remove':
      return has(before, path) ? perform(document, { op: 'remove', path }) : refuse();
    case 'move':
    case 'copy': {
      const from = rooted(operation['from']);
      const source = parentOf(document, from);
      return source && has(source, from)
        ? perform(document, { op: op === 'move' ? 'move' : 'copy', path, from })
        : refuse();
    }
    default:
      return refuse();
  }
}

/** What is left to the library: moving and copying values, array indexes, `-`, escapes in pointers. */
function perform(document: Json, operation: Operation): Json {
  try {
    return jsonPatch.applyOperation<Json>(document, operation, true).newDocument;
  } catch (error) {
    if (error instanceof JsonPatchError || error instanceof TypeError) return refuse();
    throw error;
  }
}

/** A missing member may be replaced; an index out of range may not. */
function writeOf(adds: boolean, parent: Json[] | JsonObject, path: string): 'add' | 'replace' {
  if (adds) return 'add';
  if (has(parent, path)) return 'replace';
  return Array.isArray(parent) ? refuse() : 'add';
}

function testHolds(document: Json, path: string, expected: Json | undefined): boolean {
  if (path === '') return isDeepStrictEqual(document, expected);
  const parent = parentOf(document, path);
  if (parent === undefined) return false;
  if (Array.isArray(parent) && !has(parent, path)) return false;
  return isDeepStrictEqual((has(parent, path) ? valueAt(parent, path) : null) ?? null, expected ?? null);
}

function parentOf(document: Json, path: string): Json[] | JsonObject | undefined {
  if (path === '') return undefined;
  const parents = path.split('/').slice(1, -1).map(unescapePathComponent);
  let at: Json | undefined = document;
  for (const name of parents) at = member(at, name);
  return Array.isArray(at) || isObject(at) ? at : undefined;
}

function has(parent: Json[] | JsonObject, path: string): boolean {
  return member(parent, lastOf(path)) !== undefined;
}

function valueAt(parent: Json[] | JsonObject, path: string): Json | undefined {
  return member(parent, lastOf(path));
}

function member(value: Json | undefined, name: string): Json | undefined {
  if (Array.isArray(value)) return /^(0|[1-9]\d*)$/.test(name) ? value[Number(name)] : undefined;
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function lastOf(path: string): string {
  return unescapePathComponent(path.slice(path.lastIndexOf('/') + 1));
}

/** `data/x` is read as `/x`: recorded, with the warning `unknown field "x"`. */
function rooted(path: Json | undefined): string {
  if (typeof path !== 'string') return refuse();
  if (path === '' || path.startsWith('/')) return path;
  const slash = path.indexOf('/');
  return slash < 0 ? refuse() : path.slice(slash);
}

function refuse(): never {
  throw patchDoesNotApply();
}
