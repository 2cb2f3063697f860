import { isJsonObject } from '../model/json.ts';

/** What stands at a path of an untyped object; undefined where the path ends early. An array is entered by index. */
export function fieldOf(object: unknown, ...path: readonly (string | number)[]): unknown {
  let value = object;
  for (const key of path) {
    if (Array.isArray(value) && typeof key === 'number') value = value[key];
    else if (isJsonObject(value) && Object.hasOwn(value, key)) value = value[key];
    else return undefined;
  }
  return value;
}

/** A non-empty text at the path. Kubernetes writes an unset text as absent or as `""`; both read as undefined. */
export function textAt(object: unknown, ...path: readonly (string | number)[]): string | undefined {
  const value = fieldOf(object, ...path);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function numberAt(object: unknown, ...path: readonly (string | number)[]): number | undefined {
  const value = fieldOf(object, ...path);
  return typeof value === 'number' ? value : undefined;
}

export function listAt(object: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const value = fieldOf(object, ...path);
  return Array.isArray(value) ? value : [];
}

export function textsAt(object: unknown, ...path: readonly (string | number)[]): readonly string[] {
  return listAt(object, ...path).filter((value) => typeof value === 'string');
}
