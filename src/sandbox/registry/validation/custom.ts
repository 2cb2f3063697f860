import type { KubeObject } from '../../types.ts';
import { fieldsAt, isFields, textAt, textsAt } from '../fields.ts';
import type { Fields } from '../fields.ts';
import type { Cause } from '../status.ts';
import { required, unsupported, wrong } from './causes.ts';

/** What is wrong with a custom resource by its OpenAPI schema: types, required fields, enums, patterns and bounds. */
export function validateBySchema(schema: Fields, object: KubeObject): Cause[] {
  const { apiVersion: _apiVersion, kind: _kind, metadata: _metadata, ...content } = object;
  return check(schema, content, '').toSorted((a, b) => (a.field < b.field ? -1 : a.field > b.field ? 1 : 0));
}

function check(schema: Fields, value: unknown, path: string): Cause[] {
  if (value === null && schema.nullable === true) return [];
  const mismatch = typeCause(schema, value, path);
  if (mismatch) return [mismatch];
  return [...enumCauses(schema, value, path), ...boundCauses(schema, value, path), ...childCauses(schema, value, path)];
}

function childCauses(schema: Fields, value: unknown, path: string): Cause[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => check(fieldsAt(schema, 'items'), item, `${path}[${index}]`));
  }
  if (!isFields(value)) return [];
  const properties = fieldsAt(schema, 'properties');
  const others = fieldsAt(schema, 'additionalProperties');
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
  const ignored = path === '' ? ['apiVersion', 'kind', 'metadata'] : [];
  const absent = textsAt(schema, 'required').filter((name) => value[name] === undefined && !ignored.includes(name));
  return [
    ...absent.map((name) => required(at(name))),
    ...Object.entries(value).flatMap(([name, inner]) =>
      check(isFields(properties[name]) ? properties[name] : others, inner, at(name)),
    ),
  ];
}

function typeCause(schema: Fields, value: unknown, path: string): Cause | undefined {
  if (value === undefined || schema.type === undefined || schema['x-kubernetes-int-or-string'] === true)
    return undefined;
  const actual = typeOf(value);
  if (actual === schema.type || (schema.type === 'number' && actual === 'integer')) return undefined;
  const detail = `${path} in body must be of type ${textAt(schema, 'type')}: "${actual}"`;
  return { reason: 'FieldValueTypeInvalid', message: `Invalid value: "${actual}": ${detail}`, field: path };
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function enumCauses(schema: Fields, value: unknown, path: string): Cause[] {
  const allowed = textsAt(schema, 'enum');
  if (allowed.length === 0 || allowed.includes(String(value))) return [];
  return [unsupported(path, value, allowed)];
}

function boundCauses(schema: Fields, value: unknown, path: string): Cause[] {
  const causes: Cause[] = [];
  if (typeof value === 'number') {
    if (typeof schema.minimum === 'number' && value < schema.minimum) {
      causes.push(wrong(path, value, `${path} in body should be greater than or equal to ${schema.minimum}`));
    }
    if (typeof schema.maximum === 'number' && value > schema.maximum) {
      causes.push(wrong(path, value, `${path} in body should be less than or equal to ${schema.maximum}`));
    }
  }
  if (typeof value === 'string' && typeof schema.pattern === 'string' && !new RegExp(schema.pattern).test(value)) {
    causes.push(wrong(path, value, `${path} in body should match '${schema.pattern}'`));
  }
  return causes;
}
