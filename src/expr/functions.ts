import { Environment } from '@marcbachmann/cel-js';
import { RE2JS } from 're2js';
import { messageOf } from '../model/errors.ts';
import { ExpressionError } from './expression-error.ts';
import { findQuantity, floatOf, integerOf, Quantity, quantityOf } from './quantity.ts';

/** The longest text that an expression may build. */
export const MAX_TEXT = 256 * 1_024;

/** Limits that hold while an expression is read: a person's condition has a few dozen nodes. */
const LIMITS = { maxAstNodes: 2_000, maxDepth: 48, maxListElements: 500, maxMapEntries: 500, maxCallArguments: 8 };

/**
 * CEL as Kubernetes has it in admission policies, as far as it is cheap: optional types, quantities, the string functions.
 * The library's own `matches` is JavaScript's RegExp, which a pattern can hang, and its `join` is unbounded: both are
 * renamed before they run (compile.ts).
 */
export function baseEnvironment(): Environment {
  const cel = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false, limits: LIMITS });
  registerText(cel);
  registerQuantity(cel);
  return cel;
}

/** What `compile` calls instead of the library's own method, by name and number of arguments. */
export const REPLACED: Readonly<Record<string, string>> = { matches: 're2Matches', join: 'boundedJoin' };

function registerText(cel: Environment): void {
  cel.registerFunction('string.re2Matches(string): bool', matches);
  cel.registerFunction('matches(string, string): bool', matches);
  cel.registerFunction('string.find(string): string', find);
  cel.registerFunction('list.boundedJoin(): string', (list: readonly unknown[]) => join(list, ''));
  cel.registerFunction('list.boundedJoin(string): string', join);
  cel.registerFunction('string.replace(string, string): string', replace);
}

const patterns = new Map<string, RE2JS>();

/** RE2 runs in time linear to the text, whatever the pattern. */
function patternOf(pattern: string): RE2JS {
  const known = patterns.get(pattern);
  if (known) return known;
  if (pattern.length > 1_000) throw new ExpressionError('ExpressionTooCostly', 'the pattern is longer than 1000');
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern);
  } catch (error) {
    throw new ExpressionError('ExpressionFailed', `no valid RE2 pattern: ${messageOf(error)}`, { cause: error });
  }
  if (patterns.size > 500) patterns.clear();
  patterns.set(pattern, compiled);
  return compiled;
}

function matches(text: string, pattern: string): boolean {
  return patternOf(pattern).matcher(text).find();
}

/** Whether the whole text matches an RE2 pattern. Throws ExpressionError for what is no pattern. */
export function matchesWhole(text: string, pattern: string): boolean {
  return patternOf(pattern).matches(text);
}

function find(text: string, pattern: string): string {
  const matcher = patternOf(pattern).matcher(text);
  return matcher.find() ? (matcher.group() ?? '') : '';
}

function replace(text: string, from: string, to: string): string {
  const parts = text.split(from);
  bounded(text.length + (parts.length - 1) * Math.max(0, to.length - from.length));
  return parts.join(to);
}

function join(list: readonly unknown[], separator = ''): string {
  let length = 0;
  for (const one of list) {
    if (typeof one !== 'string')
      throw new ExpressionError('ExpressionFailed', 'join() needs a list of strings: use .map(x, string(x))');
    length += one.length + separator.length;
    bounded(length);
  }
  return list.join(separator);
}

function bounded(length: number): void {
  if (length > MAX_TEXT)
    throw new ExpressionError('ExpressionTooCostly', 'the text that the expression builds is too long');
}

function registerQuantity(cel: Environment): void {
  cel.registerType('Quantity', { ctor: Quantity, fields: {} });
  cel.registerFunction('isQuantity(string): bool', (text: string) => findQuantity(text) !== undefined);
  cel.registerFunction('quantity(string): Quantity', quantityOf);
  // `cpu: 2` in YAML is an int, and Kubernetes takes it for a quantity all the same
  cel.registerFunction('quantity(int): Quantity', (whole: bigint) => quantityOf(String(whole)));
  cel.registerFunction('quantity(double): Quantity', (value: number) => quantityOf(String(value)));
  cel.registerFunction('Quantity.isGreaterThan(Quantity): bool', (a: Quantity, b: Quantity) => a.nanos > b.nanos);
  cel.registerFunction('Quantity.isLessThan(Quantity): bool', (a: Quantity, b: Quantity) => a.nanos < b.nanos);
  cel.registerFunction('Quantity.compareTo(Quantity): int', compare);
  cel.registerFunction(
    'Quantity.add(Quantity): Quantity',
    (a: Quantity, b: Quantity) => new Quantity(a.nanos + b.nanos),
  );
  cel.registerFunction(
    'Quantity.sub(Quantity): Quantity',
    (a: Quantity, b: Quantity) => new Quantity(a.nanos - b.nanos),
  );
  cel.registerFunction('Quantity.asInteger(): int', integerOf);
  cel.registerFunction('Quantity.asApproximateFloat(): double', floatOf);
  cel.registerOperator('Quantity == Quantity', (a: Quantity, b: Quantity) => a.nanos === b.nanos);
  cel.registerOperator('Quantity > Quantity', (a: Quantity, b: Quantity) => a.nanos > b.nanos);
  cel.registerOperator('Quantity >= Quantity', (a: Quantity, b: Quantity) => a.nanos >= b.nanos);
  cel.registerOperator('Quantity < Quantity', (a: Quantity, b: Quantity) => a.nanos < b.nanos);
  cel.registerOperator('Quantity <= Quantity', (a: Quantity, b: Quantity) => a.nanos <= b.nanos);
}

function compare(a: Quantity, b: Quantity): bigint {
  if (a.nanos === b.nanos) return 0n;
  return a.nanos > b.nanos ? 1n : -1n;
}
