import type { z } from 'zod';
import { nearest, type Problem } from './problem.ts';
import type { Path, Source } from './source.ts';

type Issue = z.core.$ZodIssue;

/** Problems of a value against a schema, each at the key or value at fault. `base` is where the value stands in the file. */
export function problemsOf(issues: readonly Issue[], schema: z.ZodType, source: Source, base: Path): Problem[] {
  return issues.flatMap((issue) => problemsOfIssue(issue, schema, source, base));
}

function problemsOfIssue(issue: Issue, schema: z.ZodType, source: Source, base: Path): Problem[] {
  const inner = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  const path = [...base, ...inner];
  const name = nameOf(path);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = keysAt(schema, inner);
      return issue.keys.map((key) => unknownKey(key, known, source, path));
    }
    case 'invalid_key':
      return [
        source.problem('InvalidKey', `"${name}" cannot be a name here`, path, 'key', {
          expected: 'letters, digits and _',
        }),
      ];
    case 'invalid_union':
      return [unionProblem(issue, name, source, path)];
    case 'invalid_type':
      return [typeProblem(issue, name, source, path)];
    case 'invalid_value':
      return [valueProblem(issue, name, source, path)];
    default:
      return [limitProblem(issue, name, source, path)];
  }
}

/** `rollout[1]` for an item of a list. */
function nameOf(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return 'the file';
  return typeof last === 'number' ? `${path.at(-2) ?? ''}[${last}]` : last;
}

/** The library's own words on sizes and lengths say what is wrong; a schema's own message says what is expected. */
function limitProblem(issue: Issue, name: string, source: Source, path: Path): Problem {
  if (/^(?:Too |Invalid )/.test(issue.message))
    return source.problem('InvalidValue', `"${name}": ${lowered(issue.message)}`, path);
  const given = JSON.stringify(valueAt(source.value, path)) ?? 'that';
  return source.problem('InvalidValue', `"${name}" cannot be ${given}`, path, 'value', { expected: issue.message });
}

function unknownKey(key: string, known: readonly string[], source: Source, path: Path): Problem {
  const didYouMean = nearest(key, known);
  const details = {
    ...(known.length > 0 && { expected: oneOf(known) }),
    ...(didYouMean !== undefined && { didYouMean }),
  };
  return source.problem('UnknownKey', `unknown key "${key}"`, [...path, key], 'key', details);
}

function typeProblem(
  issue: Extract<Issue, { code: 'invalid_type' }>,
  name: string,
  source: Source,
  path: Path,
): Problem {
  const expected = issue.message.startsWith('Invalid input') ? typeName(issue.expected) : issue.message;
  if (valueAt(source.value, path) === undefined)
    return source.problem('MissingValue', `"${name}" is missing`, path, 'value', { expected });
  const given = typeOf(valueAt(source.value, path));
  return source.problem('WrongType', `"${name}" is ${given}`, path, 'value', { expected });
}

function unionProblem(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  name: string,
  source: Source,
  path: Path,
): Problem {
  const given = valueAt(source.value, path);
  if (given === undefined) return source.problem('MissingValue', `"${name}" is missing`, path);
  const details = issue.message.startsWith('Invalid input') ? {} : { expected: issue.message };
  const shown = typeof given === 'object' ? typeOf(given) : JSON.stringify(given);
  return source.problem('InvalidValue', `"${name}" cannot be ${shown}`, path, 'value', details);
}

function valueProblem(
  issue: Extract<Issue, { code: 'invalid_value' }>,
  name: string,
  source: Source,
  path: Path,
): Problem {
  const words = issue.values.map((value) => String(value));
  const given = valueAt(source.value, path);
  if (given === undefined)
    return source.problem('MissingValue', `"${name}" is missing`, path, 'value', { expected: oneOf(words) });
  const didYouMean = typeof given === 'string' ? nearest(given, words) : undefined;
  const shown = typeof given === 'object' ? typeOf(given) : JSON.stringify(given);
  return source.problem('InvalidValue', `"${name}" cannot be ${shown}`, path, 'value', {
    expected: oneOf(words),
    ...(didYouMean !== undefined && { didYouMean }),
  });
}

function lowered(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}

function oneOf(words: readonly string[]): string {
  return words.length === 1 ? `${words[0]}` : `one of ${words.join(', ')}`;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  record: 'a map',
  object: 'a map',
  array: 'a list',
  int: 'a whole number',
};

function typeName(type: string): string {
  return TYPE_NAMES[type] ?? (type === 'string' ? 'text' : `a ${type}`);
}

function typeOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  return typeof value === 'string' ? 'text' : `a ${typeof value}`;
}

export function valueAt(value: unknown, path: Path): unknown {
  let at: unknown = value;
  for (const step of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as Record<string | number, unknown>)[step];
  }
  return at;
}

/** The keys that a schema knows at a path, through whatever wraps it: for "did you mean". */
function keysAt(schema: unknown, path: Path): string[] {
  const def = (schema as { _zod?: { def?: Definition } } | undefined)?._zod?.def;
  if (!def) return [];
  if (def.options) return [...new Set(def.options.flatMap((option) => keysAt(option, path)))];
  if (def.innerType) return keysAt(def.innerType, path);
  if (def.type === 'pipe') return keysAt(def.in, path);
  const [first, ...rest] = path;
  if (first === undefined) return def.shape ? Object.keys(def.shape) : [];
  return keysAt(def.shape?.[String(first)] ?? def.element ?? def.valueType, rest);
}

interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly element?: unknown;
  readonly valueType?: unknown;
  readonly innerType?: unknown;
  readonly in?: unknown;
  readonly options?: readonly unknown[];
}
