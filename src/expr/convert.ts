import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator';
import type { Json } from '../model/json.ts';
import type { Parameter } from '../model/runbook.ts';
import { ExpressionError } from './expression-error.ts';

/** How much data an expression may look at or give back. A Kubernetes object is at most 1.5 MiB in etcd. */
const MAX_NODES = 300_000;
const MAX_DEPTH = 200;

/**
 * JSON as CEL values. JavaScript's numbers are CEL doubles, and CEL adds no int to a double: whole numbers become int,
 * as they are in a Kubernetes object.
 */
export function celOf(value: Json | undefined, budget = { left: MAX_NODES }, depth = 0): unknown {
  budget.left -= 1;
  if (budget.left < 0 || depth > MAX_DEPTH)
    throw new ExpressionError('ExpressionTooCostly', 'the data to look at is too large or too deep for an expression');
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one: Json) => celOf(one, budget, depth + 1));
  const members: [string, unknown][] = Object.entries(value).map(([key, one]) => [key, celOf(one, budget, depth + 1)]);
  // a Map, because an object literal would take a key `__proto__` for more than a key
  return new Map(members);
}

/** A parameter as its declared type has it: a `number` stays a double although somebody wrote `2`. */
export function celParameter(parameter: Parameter | undefined, value: Json): unknown {
  return parameter?.type === 'number' && typeof value === 'number' ? value : celOf(value);
}

/** A CEL result as JSON: int as number, timestamp as RFC 3339, duration in seconds as Kubernetes writes it. */
export function jsonOf(value: unknown, budget = { left: MAX_NODES }, depth = 0): Json {
  budget.left -= 1;
  if (budget.left < 0 || depth > MAX_DEPTH)
    throw new ExpressionError('ExpressionTooCostly', 'the result of the expression is too large');
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return numberOf(value);
  if (typeof value !== 'number') return objectOf(value, budget, depth + 1);
  if (Number.isFinite(value)) return value;
  throw new ExpressionError('ExpressionFailed', `the result is ${value}, which JSON cannot say`);
}

function numberOf(value: bigint): number {
  if (value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value);
  throw new ExpressionError('ExpressionFailed', `the result ${value} is too large to be kept exactly`);
}

function objectOf(value: unknown, budget: { left: number }, depth: number): Json {
  if (Array.isArray(value)) return value.map((one) => jsonOf(one, budget, depth));
  if (value instanceof Date) return timeOf(value);
  if (value instanceof Duration) return `${value.valueOf() / 1_000}s`;
  if (value instanceof UnsignedInt) return numberOf(value.value);
  if (value instanceof Map) return Object.fromEntries([...value].map(([k, v]) => [keyOf(k), jsonOf(v, budget, depth)]));
  if (isPlain(value)) return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, jsonOf(v, budget, depth)]));
  throw new ExpressionError('ExpressionFailed', 'the result is neither text, number, boolean, list, map nor time');
}

function keyOf(key: unknown): string {
  return typeof key === 'string' ? key : String(key);
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function timeOf(time: Date): string {
  return time.toISOString().replace('.000Z', 'Z');
}
