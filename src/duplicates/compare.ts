import { isJsonObject } from '../model/json.ts';
import { Spelled } from './spelled.ts';

/** One place in which objects differ, with what each of them has there; `undefined` where one has nothing. */
export interface Difference {
  /** `spec.source.path`, `spec.containers[0].image`. */
  readonly path: string;
  readonly values: readonly (string | undefined)[];
}

export interface Comparison {
  /** All of them the same to the last field. */
  readonly same: boolean;
  readonly differences: readonly Difference[];
  /** Whether there are more than were noted. */
  readonly more: boolean;
}

/** What an alias bomb or a value that holds itself would make endless. */
const MAX_VISITS = 200_000;
const MAX_DEPTH = 300;
const MAX_DIFFERENCES = 50;
const SHOWN = 60;

/** Compares the content of objects, whatever the layout, the order of keys or the way a number is spelled. */
export function compare(values: readonly unknown[]): Comparison {
  const found: Difference[] = [];
  let visits = 0;
  let more = false;
  const visit = (path: string, at: readonly unknown[], depth: number): void => {
    visits += 1;
    if (visits > MAX_VISITS || depth > MAX_DEPTH || found.length >= MAX_DIFFERENCES) {
      more = true;
      return;
    }
    const [first] = at;
    if (at.every((one) => one === first)) return;
    if (at.every(isPlainMap))
      for (const key of new Set(at.flatMap(Object.keys))) {
        const members = at.map((one) => (Object.hasOwn(one, key) ? one[key] : undefined));
        visit(joined(path, key), members, depth + 1);
      }
    else if (at.every((one) => Array.isArray(one)))
      for (let index = 0; index < Math.max(...at.map((one) => one.length)); index += 1) {
        const members = at.map((one): unknown => one[index]);
        visit(`${path}[${index}]`, members, depth + 1);
      }
    else note(path, at);
  };
  const note = (path: string, at: readonly unknown[]): void => {
    const exact = at.map(scalarOf);
    if (exact[0] !== undefined && new Set(exact).size === 1) return;
    const values = at.map(shown);
    // `1` and `"1"` look the same and are not
    found.push({ path, values: new Set(values).size === 1 ? exact : values });
  };
  visit('', values, 0);
  return { same: found.length === 0 && !more, differences: found, more };
}

function isPlainMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return isJsonObject(value) && !(value instanceof Spelled);
}

function joined(path: string, key: string): string {
  const plain = /^[\w-]+$/.test(key) ? key : JSON.stringify(key);
  return path === '' ? plain : `${path}.${plain}`;
}

/** A scalar as a text that is equal exactly when the scalars are; undefined for lists, maps and nothing. */
function scalarOf(value: unknown): string | undefined {
  const plain = value instanceof Spelled ? value.value : value;
  if (plain === null) return 'null';
  switch (typeof plain) {
    case 'string':
      return JSON.stringify(plain);
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(plain);
    default:
      return undefined;
  }
}

function shown(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (Array.isArray(value)) return `[${value.length} ${value.length === 1 ? 'member' : 'members'}]`;
  if (isPlainMap(value))
    return `{${Object.keys(value).length} ${Object.keys(value).length === 1 ? 'field' : 'fields'}}`;
  const text = typeof value === 'string' ? value : (scalarOf(value) ?? '');
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > SHOWN ? `${line.slice(0, SHOWN - 1)}…` : line;
}
