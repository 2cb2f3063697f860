import { isDeepStrictEqual } from 'node:util';
import type { Json, JsonObject } from '../types.ts';
import { fieldElement, isObject, itemElement, ListKeyError } from './field-path.ts';
import { FieldSet } from './field-set.ts';
import { UNTYPED, type SchemaNode } from './schema-node.ts';

export interface Comparison {
  added: FieldSet;
  modified: FieldSet;
  removed: FieldSet;
}

/**
 * Which places differ between two values of one type, by the rules of sigs.k8s.io/structured-merge-diff (typed/compare.go):
 * atomic values are leaves, an object that appears is a member besides its fields, and a place where both sides are
 * empty but not the same is a leaf too.
 */
export function compare(before: Json | undefined, after: Json | undefined, type: SchemaNode | undefined): Comparison {
  const found: { change: Change; path: string[] }[] = [];
  visit({ before, after, type: type ?? UNTYPED, path: [], found });
  const pick = (change: Change): FieldSet =>
    FieldSet.of(...found.filter((one) => one.change === change && one.path.length > 0).map((one) => one.path));
  return { added: pick('added'), modified: pick('modified'), removed: pick('removed') };
}

type Change = 'added' | 'modified' | 'removed';
interface Visit {
  before: Json | undefined;
  after: Json | undefined;
  type: SchemaNode;
  path: string[];
  found: { change: Change; path: string[] }[];
}

function visit(at: Visit): void {
  const { before, after, type, path, found } = at;
  if (before === undefined && after === undefined) return;
  if (isLeaf(before, after, type)) {
    if (before === undefined) found.push({ change: 'added', path });
    else if (after === undefined) found.push({ change: 'removed', path });
    else if (!isDeepStrictEqual(before, after)) found.push({ change: 'modified', path });
    return;
  }
  if (Array.isArray(before) || Array.isArray(after)) visitItems(at);
  else visitFields(at);
  if (before === undefined) found.push({ change: 'added', path });
  else if (after === undefined) found.push({ change: 'removed', path });
}

function isLeaf(before: Json | undefined, after: Json | undefined, type: SchemaNode): boolean {
  if (type.atomic || type.shape === 'scalar') return true;
  const sides = [before, after].filter((side) => side !== undefined && side !== null);
  if (sides.every(isBlank)) return true;
  if (sides.every(isObject)) return false;
  return type.shape === 'list' ? !sides.every(Array.isArray) : true;
}

/** An object may be empty only as far as its JSON goes; fields that are always there do not count, as in Go. */
function isBlank(side: Json | undefined): boolean {
  return Array.isArray(side) ? side.length === 0 : isObject(side) && Object.keys(side).length === 0;
}

function visitFields({ before, after, type, path, found }: Visit): void {
  const left = isObject(before) ? before : undefined;
  const right = isObject(after) ? after : undefined;
  const implied = type.fieldNames.filter((name) => type.implied(name) !== undefined);
  for (const name of new Set([...Object.keys(left ?? {}), ...Object.keys(right ?? {}), ...implied])) {
    const child = type.field(name) ?? UNTYPED;
    const of = (side: JsonObject | undefined): Json | undefined => {
      const value = side && (side[name] ?? type.implied(name));
      return value === undefined ? side?.[name] : value;
    };
    visit({ before: of(left), after: of(right), type: child, path: [...path, fieldElement(name)], found });
  }
}

function visitItems({ before, after, type, path, found }: Visit): void {
  const left = itemsByElement(type, before);
  const right = itemsByElement(type, after);
  for (const element of new Set([...left.keys(), ...right.keys()])) {
    const from = left.get(element) ?? [];
    const to = right.get(element) ?? [];
    const itemPath = [...path, element];
    const one = (a: Json | undefined, b: Json | undefined): void =>
      visit({ before: a, after: b, type: type.element, path: itemPath, found });
    if (from.length <= 1 && to.length <= 1) one(from[0], to[0]);
    else if (from.length >= 2 && to.length >= 2) {
      if (!isDeepStrictEqual(from, to)) found.push({ change: 'modified', path: itemPath });
    } else if (from.length >= 2) {
      if (to.length === 1) one(undefined, to[0]);
      found.push({ change: 'removed', path: itemPath });
    } else {
      if (from.length === 1) one(from[0], undefined);
      found.push({ change: 'added', path: itemPath });
    }
  }
}

/** Live objects may hold duplicates, and items without their key, from before the list was associative. */
function itemsByElement(type: SchemaNode, list: Json | undefined): Map<string, Json[]> {
  const items = new Map<string, Json[]>();
  for (const item of Array.isArray(list) ? list : []) {
    try {
      const element = itemElement(type, item);
      items.set(element, [...(items.get(element) ?? []), item]);
    } catch (error) {
      if (!(error instanceof ListKeyError)) throw error;
    }
  }
  return items;
}
