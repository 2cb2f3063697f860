import type { Json, JsonObject, KubeObject } from '../types.ts';
import { isObject } from './field-path.ts';
import { goType } from './go-json.ts';
import type { SchemaNode } from './schema-node.ts';
import type { Schemas } from './schemas.ts';

export interface FieldCause {
  reason:
    | 'FieldValueRequired'
    | 'FieldValueTypeInvalid'
    | 'FieldValueNotSupported'
    | 'FieldValueInvalid'
    | 'FieldValueTooLong'
    | 'FieldValueDuplicate';
  message: string;
  field: string;
}

/**
 * What is wrong with a custom resource by its CRD's schema, as the causes of a 422 in the order the API server gives
 * them (by field): required fields, types, enumerations, patterns. Built-in kinds answer none: their types are checked
 * when they are decoded and their rules are code.
 */
export function validateCustomResource(object: KubeObject, schemas: Schemas): FieldCause[] {
  const schema = schemas.of(object.apiVersion, object.kind);
  if (!schema?.custom) return [];
  const { metadata: _checkedElsewhere, ...fields } = object;
  const causes = causesOf(fields as JsonObject, schema.root, '', new Set(['metadata']));
  return causes.toSorted((a, b) => (a.field < b.field ? -1 : 1));
}

function causesOf(value: Json, type: SchemaNode, path: string, skip: ReadonlySet<string> = new Set()): FieldCause[] {
  const expected = type.source.type;
  if (value === null && type.source.nullable === true) return [];
  if (expected !== undefined && !fits(value, expected)) return [wrongType(value, expected, path)];
  if (Array.isArray(value)) {
    const below = value.flatMap((item, index) => causesOf(item, type.element, `${path}[${index}]`));
    return [...below, ...repeated(value, type, path)];
  }
  if (!isObject(value)) return causesOfScalar(value, type, path);
  const missing = type.required
    .filter((name) => !(name in value) && !skip.has(name))
    .map((name): FieldCause => ({ reason: 'FieldValueRequired', message: 'Required value', field: join(path, name) }));
  const below = Object.entries(value).flatMap(([name, inner]) => {
    const field = type.field(name);
    return field ? causesOf(inner, field, join(path, name)) : [];
  });
  return [...missing, ...below];
}

function causesOfScalar(value: Json, type: SchemaNode, path: string): FieldCause[] {
  const { enum: allowed, pattern } = type.source as { enum?: Json[]; pattern?: string };
  const outside = [...tooLong(value, type, path), ...outOfRange(value, type, path)];
  if (outside.length > 0) return outside;
  if (allowed && !allowed.includes(value)) {
    const supported = allowed.map((one) => JSON.stringify(one)).join(', ');
    const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported}`;
    return [{ reason: 'FieldValueNotSupported', message, field: path }];
  }
  if (pattern !== undefined && typeof value === 'string' && !new RegExp(pattern).test(value)) {
    const message = `Invalid value: ${JSON.stringify(value)}: ${path} in body should match '${pattern}'`;
    return [{ reason: 'FieldValueInvalid', message, field: path }];
  }
  return [];
}

function tooLong(value: Json, { source }: SchemaNode, path: string): FieldCause[] {
  const { maxLength } = source as { maxLength?: number };
  if (maxLength === undefined || typeof value !== 'string' || Array.from(value).length <= maxLength) return [];
  return [{ reason: 'FieldValueTooLong', message: `Too long: may not be more than ${maxLength} bytes`, field: path }];
}

function outOfRange(value: Json, { source }: SchemaNode, path: string): FieldCause[] {
  const { minimum, maximum } = source as { minimum?: number; maximum?: number };
  if (typeof value !== 'number') return [];
  const refuse = (rule: string): FieldCause[] => {
    const message = `Invalid value: ${value}: ${path} in body should be ${rule}`;
    return [{ reason: 'FieldValueInvalid', message, field: path }];
  };
  if (minimum !== undefined && value < minimum) return refuse(`greater than or equal to ${minimum}`);
  return maximum !== undefined && value > maximum ? refuse(`less than or equal to ${maximum}`) : [];
}

/** Items of a list that is a map or a set stand in it once. */
function repeated(items: readonly Json[], { semantics }: SchemaNode, path: string): FieldCause[] {
  const keys = semantics?.listType === 'map' ? semantics.mapKeys : semantics?.listType === 'set' ? [] : undefined;
  if (!keys) return [];
  const shown = items.map((item) => JSON.stringify(keys.length > 0 && isObject(item) ? keyOf(item, keys) : item));
  return shown.flatMap((text, index): FieldCause[] =>
    shown.indexOf(text) === index
      ? []
      : [{ reason: 'FieldValueDuplicate', message: `Duplicate value: ${text}`, field: `${path}[${index}]` }],
  );
}

function keyOf(item: JsonObject, keys: readonly string[]): Json {
  return Object.fromEntries(keys.map((key) => [key, item[key] ?? null]));
}

function wrongType(value: Json, expected: string, path: string): FieldCause {
  const found = openApiType(value);
  const message = `Invalid value: "${found}": ${path} in body must be of type ${expected}: "${found}"`;
  return { reason: 'FieldValueTypeInvalid', message, field: path };
}

function fits(value: Json, expected: string): boolean {
  const found = openApiType(value);
  return found === expected || (expected === 'number' && found === 'integer');
}

function openApiType(value: Json): string {
  if (Number.isInteger(value)) return 'integer';
  const type = goType(value);
  return type === 'bool' ? 'boolean' : type;
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
