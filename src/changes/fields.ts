import { isHole } from '../model/change.ts';
import { isJsonObject, type Json } from '../model/json.ts';

/**
 * Whether an object shows these fields. `null` stands for "not there"; a list must be equal; what is only known later says
 * nothing. Quantities that the API rewrites (1024Mi → 1Gi) count as equal where `lenient` says so.
 */
export function showsFields(fields: Json | undefined, live: unknown, lenient = false): boolean {
  if (fields === undefined || isHole(fields)) return true;
  if (fields === null) return live === null || live === undefined;
  if (Array.isArray(fields))
    return (
      Array.isArray(live) &&
      live.length === fields.length &&
      fields.every((one: Json, at) => showsFields(one, live[at], lenient))
    );
  if (isJsonObject(fields)) {
    const entries = Object.entries(fields);
    // an empty or all-null map is shown by one that is not there at all
    if (live === undefined || live === null)
      return entries.every(([, value]) => showsFields(value, undefined, lenient));
    return isJsonObject(live) && entries.every(([key, value]) => showsFields(value, live[key], lenient));
  }
  return fields === live || (lenient && sameQuantity(fields, live));
}

const QUANTITY = /^(\d+(?:\.\d+)?)(m|[kMGTPE]i?|Ki)?$/;
const FACTORS: Readonly<Record<string, number>> = {
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

function sameQuantity(a: Json, b: unknown): boolean {
  const [one, other] = [amountOf(a), amountOf(b)];
  return one !== undefined && one === other;
}

function amountOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  const [, digits, unit] = (typeof value === 'string' && QUANTITY.exec(value)) || [];
  return digits === undefined ? undefined : Number(digits) * (unit === undefined ? 1 : (FACTORS[unit] ?? Number.NaN));
}

/** Whether something in it is only known after an earlier Change: then it cannot be sent yet. */
export function hasHole(value: Json): boolean {
  if (isHole(value)) return true;
  if (Array.isArray(value)) return value.some((one: Json) => hasHole(one));
  return isJsonObject(value) && Object.values(value).some(hasHole);
}

/** Every field by its JSON pointer (RFC 6901); a list is one value. */
export function leavesOf(fields: Json, path = ''): (readonly [string, Json])[] {
  if (!isJsonObject(fields)) return [[path, fields]];
  return Object.entries(fields).flatMap(([key, value]) =>
    leavesOf(value, `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
}

/** `spec.replicas: 3 → 0`, field by field, for one line of text. */
export function fieldDiff(before: Json, after: Json, path = ''): string[] {
  if (isJsonObject(after) && !isHole(after)) {
    const from = isJsonObject(before) ? before : {};
    const keys = Object.keys(after);
    return keys.flatMap((key) =>
      fieldDiff(from[key] ?? null, after[key] ?? null, path === '' ? key : `${path}.${key}`),
    );
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [`${path}: ${wordOf(before)} → ${wordOf(after)}`];
}

function wordOf(value: Json): string {
  if (value === null) return 'none';
  if (isHole(value)) return `known after ${value.$knownAfter}`;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
