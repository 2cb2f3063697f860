import { isHole, type Change } from '../../model/change.ts';
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts';
import stringWidth from 'string-width';
import { flowed, wrapped } from './layout.ts';

/** One written field: `spec.persistentVolumeReclaimPolicy`, from and to, as a person reads them. */
export interface FieldChange {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** Field by field, what differs. List entries that carry a name are matched by it, not by where they stand. */
export function fieldChangesOf(before: Json, after: Json): FieldChange[] {
  return walk(before, after, '');
}

function walk(before: Json | undefined, after: Json | undefined, path: string): FieldChange[] {
  const [from, to] = [namedOf(before), namedOf(after)];
  // What is not there on one side is gone through on the other, so that a new map is shown by its fields.
  if ((from && (to || isAbsent(after))) || (to && isAbsent(before))) {
    const keys = new Set([...Object.keys(from ?? {}), ...Object.keys(to ?? {})]);
    if (keys.size > 0) return [...keys].flatMap((key) => walk(from?.[key], to?.[key], joined(path, key)));
  }
  const [was, becomes] = [wordOf(before), wordOf(after)];
  return was === becomes ? [] : [{ path, before: was, after: becomes }];
}

function isAbsent(value: Json | undefined): boolean {
  return value === undefined || value === null;
}

/** An object, or a list of named things as one: `[web]`. */
function namedOf(value: Json | undefined): JsonObject | undefined {
  if (value === undefined || isHole(value)) return undefined;
  if (isJsonObject(value)) return value;
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const entries = value.map((one: Json) => {
    const name = isJsonObject(one) ? one['name'] : undefined;
    return typeof name === 'string' ? ([`[${name}]`, one] as const) : undefined;
  });
  const named = entries.filter((one) => one !== undefined);
  return named.length === entries.length ? Object.fromEntries(named) : undefined;
}

function joined(path: string, key: string): string {
  if (key.startsWith('[') || path === '') return `${path}${key}`;
  return key.includes('.') || key.includes('/') ? `${path}["${key}"]` : `${path}.${key}`;
}

function wordOf(value: Json | undefined): string {
  if (value === undefined || value === null) return 'none';
  if (isHole(value)) return `known after ${value.$knownAfter}`;
  return typeof value === 'string' ? value.replaceAll('\n', '\\n') : JSON.stringify(value);
}

/** The lines of one Change below its headline: the fields, at most `most` of them, then how many more there are. */
export function diffLines(
  change: Pick<Change, 'before' | 'after'>,
  width: number,
  indent: string,
  most: number,
): string[] {
  const fields = fieldChangesOf(change.before, change.after).filter((one) => !isSaid(one.path));
  const [made, gone] = [change.before === null, change.after === null];
  const ordered = made || gone ? fields.toSorted((a, b) => weightOf(a.path) - weightOf(b.path)) : fields;
  const shown = ordered.slice(0, ordered.length <= most + 1 ? ordered.length : most);
  const more = ordered.length - shown.length;
  const rest = more > 0 ? [`… ${more} more fields`] : [];
  // Nothing to compare with: the fields of a whole object stand side by side.
  if (made || gone) return flowed([...shown.map((one) => wholeField(one, made)), ...rest], width, indent);
  return [...shown.flatMap((one) => fieldLines(one, width, indent)), ...rest.map((line) => `${indent}${line}`)];
}

function isSaid(path: string): boolean {
  return IN_THE_LABEL.has(path) || path.includes('["drctl/');
}

function wholeField({ path, before, after }: FieldChange, made: boolean): string {
  return shortened(`${path}: ${made ? after : before}`);
}

/** Said by the name of the object already; drctl's own marks say nothing to a reader. */
const IN_THE_LABEL: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata.name', 'metadata.namespace']);

/** Of a whole object, what it is comes before what is written on it. */
function weightOf(path: string): number {
  if (path.startsWith('metadata')) return 2;
  return path.startsWith('spec') ? 0 : 1;
}

/** On one line where it fits; a long pair stands one above the other, so that the eye can compare. */
function fieldLines({ path, before, after }: FieldChange, width: number, indent: string): string[] {
  const one = `${path}: ${before} → ${after}`;
  if (indent.length + stringWidth(one) <= width) return [`${indent}${one}`];
  return [
    ...wrapped(`${path}:`, width, indent, `${indent}  `),
    ...wrapped(shortened(before), width, `${indent}  - `, `${indent}    `),
    ...wrapped(shortened(after), width, `${indent}  + `, `${indent}    `),
  ];
}

/** A certificate or a script is not compared on a plan; all of it is in `--format json`. */
function shortened(text: string): string {
  return text.length > 300 ? `${text.slice(0, 280)}… (${text.length} characters)` : text;
}
