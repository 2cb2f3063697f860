import { isHole } from '../model/change.ts';
import { isJsonObject, type Json } from '../model/json.ts';

/** What stands at a place after a write, as far as the write alone tells. `merged`: a map that keeps what else it holds. */
export type Written = { readonly value: Json } | 'gone' | 'unknown' | 'merged';

/** One place of an object that a patch or manifest writes, and what stands there afterwards. */
export interface FieldWrite {
  /** Keys from the root, unescaped; [] is the whole object. */
  readonly path: readonly string[];
  readonly after: Written;
}

/** What a JSON patch writes; undefined where it cannot be told, which is then not allowed on anything. */
export function jsonPatchWrites(patch: Json): readonly FieldWrite[] | undefined {
  if (!Array.isArray(patch)) return undefined;
  const writes: FieldWrite[] = [];
  for (const op of patch as readonly Json[]) {
    const found = isJsonObject(op) ? operationWrites(op) : undefined;
    if (!found) return undefined;
    writes.push(...found);
  }
  return writes;
}

function operationWrites(op: { readonly [key: string]: Json }): readonly FieldWrite[] | undefined {
  const path = pointerOf(op['path']);
  if (!path) return undefined;
  switch (op['op']) {
    case 'test':
      return [];
    case 'add':
    case 'replace':
      return op['value'] === undefined ? undefined : [{ path, after: { value: op['value'] } }];
    case 'remove':
      return [{ path, after: 'gone' }];
    case 'copy':
      return [{ path, after: 'unknown' }];
    case 'move': {
      const from = pointerOf(op['from']);
      return (
        from && [
          { path: from, after: 'gone' },
          { path, after: 'unknown' },
        ]
      );
    }
    default:
      return undefined;
  }
}

/**
 * A JSON pointer's keys. Only what starts with a slash: the API server's own library leaves out whatever stands before the
 * first one, so that `x/spec/a` would write `/spec/a` (evanphx/json-patch, findObject).
 */
export function pointerOf(pointer: Json | undefined): string[] | undefined {
  if (pointer === '') return [];
  if (typeof pointer !== 'string' || !pointer.startsWith('/')) return undefined;
  const keys = pointer.slice(1).split('/');
  // a tilde that escapes nothing means something else to each library
  if (keys.some((key) => /~(?![01])/.test(key))) return undefined;
  return keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/**
 * What a merge patch, a strategic one or a manifest writes: its leaves, and that there are maps above them (an empty map
 * replaces what is none). A key that is a directive (`$patch`) makes of the
 * rest something else: undefined.
 */
export function mergeWrites(patch: Json, path: readonly string[] = []): readonly FieldWrite[] | undefined {
  if (patch === null) return [{ path, after: 'gone' }];
  if (isHole(patch)) return [{ path, after: 'unknown' }];
  if (!isJsonObject(patch)) return [{ path, after: { value: patch } }];
  const writes: FieldWrite[] = [{ path, after: 'merged' }];
  for (const [key, value] of Object.entries(patch)) {
    const found = key.startsWith('$') ? undefined : mergeWrites(value, [...path, key]);
    if (!found) return undefined;
    writes.push(...found);
  }
  return writes;
}
