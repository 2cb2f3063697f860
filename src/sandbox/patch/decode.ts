import type { Json, JsonObject } from '../types.ts';
import { isObject } from './field-path.ts';
import { goType } from './go-json.ts';
import { isOmittedZero } from './go-zero.ts';
import { nullTimesOf, type SchemaNode } from './schema-node.ts';

/** A value that cannot be what its field is; the message is encoding/json's. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

export interface Decoded {
  value: Json;
  /** Paths of fields that the schema does not know, in the order they were met: `spec.containers[0].imagePullPolice`. */
  unknown: string[];
}

/**
 * What a Go struct keeps of a JSON object and writes again: unknown fields are gone, nulls and empty lists and maps are
 * left out, a null in a map of strings is the empty string. Throws DecodeError for a wrong type, as the recorded
 * `json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32`.
 */
export function decodeBuiltIn(object: JsonObject, type: SchemaNode): Decoded {
  const unknown: string[] = [];
  const value = decode(object, { type, path: '', fields: [], struct: type.structName, unknown }) ?? {};
  return { value, unknown };
}

interface Place {
  type: SchemaNode;
  /** With indexes, for unknown fields. */
  path: string;
  /** Without indexes, for type errors, as encoding/json joins them. */
  fields: string[];
  struct: string;
  unknown: string[];
}

function decode(value: Json, at: Place): Json | undefined {
  if (value === null) return undefined;
  switch (at.type.shape) {
    case 'untyped':
      return value;
    case 'scalar':
      return decodeScalar(value, at);
    case 'list':
      return Array.isArray(value) ? decodeItems(value, at) : mismatch(value, at);
    case 'map':
      return isObject(value) ? decodeEntries(value, at) : mismatch(value, at);
    case 'struct':
      break;
  }
  return isObject(value) ? decodeFields(value, at) : mismatch(value, at);
}

function decodeFields(object: JsonObject, at: Place): JsonObject {
  const out: [string, Json][] = [];
  for (const [name, value] of Object.entries(object)) {
    const path = at.path === '' ? name : `${at.path}.${name}`;
    const type = at.type.field(name);
    if (!type) {
      at.unknown.push(path);
      continue;
    }
    const struct = at.type.structName;
    const decoded = decode(value, { ...at, type, path, fields: [...at.fields, name], struct });
    if (decoded !== undefined && !isOmittedZero(decoded, at.type, name)) out.push([name, decoded]);
  }
  for (const name of nullTimesOf(at.type.owner)) if (!out.some(([known]) => known === name)) out.push([name, null]);
  return Object.fromEntries(out);
}

function decodeEntries(object: JsonObject, at: Place): JsonObject {
  const entries = Object.entries(object).map(([key, value]): [string, Json] => {
    const type = at.type.field(key) ?? at.type;
    const place = { ...at, type, path: `${at.path}.${key}` };
    return [key, decode(value, place) ?? zeroOf(type)];
  });
  return Object.fromEntries(entries);
}

function decodeItems(items: Json[], at: Place): Json[] {
  const type = at.type.element;
  return items.map((item, index) => decode(item, { ...at, type, path: `${at.path}[${index}]` }) ?? zeroOf(type));
}

function zeroOf(type: SchemaNode): Json {
  if (isQuantity(type)) return '0';
  switch (type.source.type) {
    case 'string':
      return '';
    case 'integer':
    case 'number':
      return 0;
    case 'boolean':
      return false;
    case 'array':
      return [];
    case undefined:
    default:
      return {};
  }
}

function decodeScalar(value: Json, at: Place): Json {
  const { type } = at;
  if (isQuantity(type)) return decodeQuantity(value);
  switch (type.source.type) {
    case 'string':
      if (typeof value !== 'string') return mismatch(value, at);
      if (type.source.format === 'byte') return decodeBytes(value);
      if (type.source.format === 'date-time') return decodeTime(value, type);
      return value;
    case 'integer':
      if (typeof value !== 'number') return mismatch(value, at);
      if (!Number.isInteger(value)) throw typeError(`number ${value}`, at);
      return value;
    case 'number':
      return typeof value === 'number' ? value : mismatch(value, at);
    case 'boolean':
      return typeof value === 'boolean' ? value : mismatch(value, at);
    case undefined:
    default:
      return value;
  }
}

const QUANTITY = '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$';

function decodeQuantity(value: Json): Json {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !new RegExp(QUANTITY).test(text)) {
    throw new DecodeError(`quantities must match the regular expression '${QUANTITY}'`);
  }
  return text;
}

/** A []byte is base64; Go names the first byte that is not, or where the last whole group ends. */
function decodeBytes(text: string): string {
  const stray = text.search(/[^A-Za-z0-9+/=]/);
  const groups = text.length % 4;
  if (stray < 0 && groups === 0) return text;
  throw new DecodeError(`illegal base64 data at input byte ${stray < 0 ? text.length - groups : stray}`);
}

/** Go names the layout of the type and the first part that does not fit; here that is the year or the whole. */
function decodeTime(text: string, type: SchemaNode): string {
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text)) return text;
  const layout = type.structName === 'MicroTime' ? '2006-01-02T15:04:05.000000Z07:00' : '2006-01-02T15:04:05Z07:00';
  const [given, wanted] = [JSON.stringify(text), JSON.stringify(layout)];
  throw new DecodeError(`parsing time ${given} as ${wanted}: cannot parse ${given} as "2006"`);
}

function isQuantity(type: SchemaNode): boolean {
  return type.owner.endsWith('.resource.Quantity');
}

function mismatch(value: Json, at: Place): never {
  throw typeError(goType(value), at);
}

function typeError(found: string, at: Place): DecodeError {
  const field = at.fields.length === 0 ? '' : `struct field ${at.struct}.${at.fields.join('.')}`;
  return new DecodeError(`json: cannot unmarshal ${found} into Go ${field || 'value'} of type ${goTypeOf(at.type)}`);
}

/** The Go type that the field most likely has: `int32`, `[]v1.Container`, `map[string]string`. */
function goTypeOf(type: SchemaNode): string {
  switch (type.shape) {
    case 'list':
      return type.source.items ? `[]${goTypeOf(type.element)}` : '[]interface {}';
    case 'map':
      return `map[string]${goTypeOf(type.field('') ?? type)}`;
    case 'struct':
      return `${type.owner.split('.').at(-2) ?? 'v1'}.${type.structName}`;
    case 'untyped':
      return 'interface {}';
    case 'scalar':
      break;
  }
  return goScalar(type);
}

function goScalar(type: SchemaNode): string {
  if (isQuantity(type)) return 'resource.Quantity';
  switch (type.source.type) {
    case 'integer':
      return type.source.format ?? 'int64';
    case 'number':
      return 'float64';
    case 'boolean':
      return 'bool';
    case undefined:
    default:
      return type.source.format === 'byte' ? '[]uint8' : 'string';
  }
}
