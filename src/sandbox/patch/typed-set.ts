import type { Json, JsonObject } from '../types.ts';
import { fieldElement, fieldNameOf, isObject, itemElement, pathText, elementText } from './field-path.ts';
import { FieldSet } from './field-set.ts';
import { UNTYPED, type SchemaNode } from './schema-node.ts';

/**
 * Every place that a value sets, by structured-merge-diff's rules (typed/tofieldset.go): leaves, list items, keys of
 * maps, and fields that are empty or null; not the declared fields that merely hold others.
 */
export function fieldSetOf(value: Json, type: SchemaNode | undefined): FieldSet {
  const at = type ?? UNTYPED;
  if (at.atomic || at.shape === 'scalar') return LEAF;
  if (Array.isArray(value)) return at.shape === 'list' ? setOfItems(value, at) : LEAF;
  if (isObject(value)) return setOfFields(value, at);
  return value === null && at.shape !== 'untyped' ? FieldSet.EMPTY : LEAF;
}

/** Declared fields that hold members become members, so that taking them away takes the field itself. */
export function withNamedFields(set: FieldSet, type: SchemaNode | undefined): FieldSet {
  const children = new Map<string, FieldSet>();
  for (const [element, child] of set.children) {
    const below = withNamedFields(child, typeBelow(type, element));
    children.set(element, isDeclared(type, element) ? new FieldSet(true, below.children) : below);
  }
  return new FieldSet(set.member, children);
}

/** The value without the items and fields of the set; undefined when nothing is left of it. */
export function removeItems(value: Json, set: FieldSet, type: SchemaNode | undefined): Json | undefined {
  const at = type ?? UNTYPED;
  if (at.atomic || set.children.size === 0) return value;
  if (Array.isArray(value)) {
    if (at.shape !== 'list') return value;
    const kept = value.flatMap((item) => {
      const element = itemElement(at, item);
      if (set.has(element)) return [];
      return removeItems(item, set.below(element), at.element) ?? [];
    });
    return kept.length > 0 ? kept : undefined;
  }
  if (!isObject(value)) return value;
  const kept = Object.entries(value).flatMap(([name, inner]): [string, Json][] => {
    const element = fieldElement(name);
    if (set.has(element)) return [];
    const left = removeItems(inner, set.below(element), at.field(name));
    return left === undefined ? [] : [[name, left]];
  });
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

/** Why a value does not fit its schema, in the API server's words, or undefined: unknown fields, types, list keys. */
export function misfitOf(value: Json, type: SchemaNode, path: string[] = []): string | undefined {
  if (value === null) return undefined;
  const wrong = (expected: string): string => `${pathText(path)}: expected ${expected}, got ${goValue(value)}`;
  switch (type.shape) {
    case 'untyped':
      return undefined;
    case 'scalar':
      return scalarFits(value, type) ? undefined : wrong(scalarName(type));
    case 'list':
      return Array.isArray(value) ? misfitOfItems(value, type, path) : wrong('list');
    case 'map':
    case 'struct':
      break;
  }
  return isObject(value) ? misfitOfFields(value, type, path) : wrong('map');
}

const LEAF = new FieldSet(true, new Map());

function setOfItems(items: Json[], type: SchemaNode): FieldSet {
  const children = items.map((item): [string, FieldSet] => {
    const below = fieldSetOf(item, type.element);
    return [itemElement(type, item), new FieldSet(true, below.children)];
  });
  return new FieldSet(false, new Map(children));
}

function setOfFields(fields: JsonObject, type: SchemaNode): FieldSet {
  const children = new Map<string, FieldSet>();
  for (const [name, value] of Object.entries(fields)) {
    const element = fieldElement(name);
    const below = fieldSetOf(value, type.field(name));
    const empty = value === null || (isObject(value) && Object.keys(value).length === 0);
    const member = below.member || empty || !isDeclared(type, element);
    const child = new FieldSet(member, below.children);
    if (!child.isEmpty) children.set(element, child);
  }
  return new FieldSet(false, children);
}

function isDeclared(type: SchemaNode | undefined, element: string): boolean {
  const name = fieldNameOf(element);
  return name !== undefined && type?.shape === 'struct' && Object.hasOwn(type.source.properties ?? {}, name);
}

function typeBelow(type: SchemaNode | undefined, element: string): SchemaNode | undefined {
  const name = fieldNameOf(element);
  return name === undefined ? type?.element : type?.field(name);
}

function misfitOfItems(items: Json[], type: SchemaNode, path: string[]): string | undefined {
  if (type.atomic)
    return firstOf(items.map((item, index) => () => misfitOf(item, type.element, [...path, `i:${index}`])));
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    let element: string;
    try {
      element = itemElement(type, item);
    } catch (error) {
      return `${pathText(path)}: element ${index}: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (seen.has(element)) return `${pathText(path)}: duplicate entries for key ${elementText(element)}`;
    seen.add(element);
    const misfit = misfitOf(item, type.element, [...path, element]);
    if (misfit !== undefined) return misfit;
  }
  return undefined;
}

function misfitOfFields(fields: JsonObject, type: SchemaNode, path: string[]): string | undefined {
  return firstOf(
    Object.entries(fields).map(([name, value]) => () => {
      const below = [...path, fieldElement(name)];
      const declared = type.field(name);
      return declared ? misfitOf(value, declared, below) : `${pathText(below)}: field not declared in schema`;
    }),
  );
}

function firstOf(checks: (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const found = check();
    if (found !== undefined) return found;
  }
  return undefined;
}

function scalarName(type: SchemaNode): string {
  if (type.source.type === 'integer' || type.source.type === 'number') return 'numeric (int or float)';
  return type.source.type ?? 'string';
}

function scalarFits(value: Json, type: SchemaNode): boolean {
  switch (type.source.type) {
    case 'string':
      return typeof value === 'string';
    case 'integer':
    case 'number':
      return typeof value === 'number';
    case 'boolean':
      return typeof value === 'boolean';
    case undefined:
    default:
      return !isObject(value) && !Array.isArray(value);
  }
}

function goValue(value: Json): string {
  return `&value.valueUnstructured{Value:${JSON.stringify(value)}}`;
}
