/** Reading and filling objects whose shape nobody has checked yet. */
export type Fields = Record<string, unknown>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object at the path, or an empty one that is not part of it: for reading only. */
export function fieldsAt(object: unknown, ...path: string[]): Fields {
  const value = valueAt(object, ...path);
  return isFields(value) ? value : {};
}

export function valueAt(object: unknown, ...path: string[]): unknown {
  let value = object;
  for (const name of path) {
    if (!isFields(value)) return undefined;
    value = value[name];
  }
  return value;
}

export function textAt(object: unknown, ...path: string[]): string {
  const value = valueAt(object, ...path);
  return typeof value === 'string' ? value : '';
}

export function numberAt(object: unknown, ...path: string[]): number {
  const value = valueAt(object, ...path);
  return typeof value === 'number' ? value : 0;
}

export function listAt(object: unknown, ...path: string[]): Fields[] {
  const value = valueAt(object, ...path);
  return Array.isArray(value) ? value.filter(isFields) : [];
}

export function textsAt(object: unknown, ...path: string[]): string[] {
  const value = valueAt(object, ...path);
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

/** The object in this field, made when it is not there: for writing. */
export function madeAt(object: Fields, ...path: string[]): Fields {
  let value = object;
  for (const name of path) {
    const next = value[name];
    if (isFields(next)) value = next;
    else value = value[name] = {};
  }
  return value;
}

/** Sets each field that is absent (undefined, null, or "" for a default that is text), as Go's defaulting functions do. */
export function setDefaults(object: Fields, defaults: Fields): void {
  for (const [name, value] of Object.entries(defaults)) {
    const present = object[name];
    if (present === undefined || present === null || (present === '' && typeof value === 'string'))
      object[name] = value;
  }
}
