import { parseDocument } from 'yaml';
import { matchesWhole } from '../expr/functions.ts';
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts';
import type { Parameter, Runbook } from '../model/runbook.ts';
import { nearest } from './problem.ts';

/** A parameter that was not given, is not known or is ill-typed. */
export interface ParameterProblem {
  readonly code: 'UnknownParameter' | 'MissingParameter' | 'InvalidParameter';
  readonly parameter: string;
  readonly message: string;
  readonly expected?: string;
  readonly didYouMean?: string;
}

/**
 * The values that a run works with: from the command line (text, read as the declared type says), else from a file, else
 * the default. Everything that is wrong with them at once.
 */
export function parametersOf(
  runbook: Pick<Runbook, 'name' | 'parameters'>,
  given: Readonly<Record<string, Json>>,
  file: Json = {},
): { readonly values: JsonObject } | { readonly problems: readonly ParameterProblem[] } {
  if (!isJsonObject(file))
    return {
      problems: [
        {
          code: 'InvalidParameter',
          parameter: '',
          message: 'the parameter file holds no map',
          expected: 'name: value',
        },
      ],
    };
  const problems = [...unknownOf(runbook, given), ...unknownOf(runbook, file)];
  const values: [string, Json][] = [];
  for (const [name, parameter] of Object.entries(runbook.parameters)) {
    const value = Object.hasOwn(given, name)
      ? typedOf(parameter, given[name])
      : Object.hasOwn(file, name)
        ? file[name]
        : parameter.default;
    if (value === undefined) {
      const expected = expectedOf(parameter);
      if (Object.hasOwn(given, name)) problems.push(invalid(name, JSON.stringify(given[name]), expected));
      else if (parameter.required) problems.push(missing(runbook.name, name, parameter));
      continue;
    }
    const expected = misfitOf(parameter, value);
    if (expected === undefined) values.push([name, value]);
    else problems.push(invalid(name, JSON.stringify(value), expected));
  }
  return problems.length > 0 ? { problems } : { values: Object.fromEntries(values) };
}

function unknownOf(runbook: Pick<Runbook, 'name' | 'parameters'>, given: JsonObject): ParameterProblem[] {
  const names = Object.keys(runbook.parameters);
  const unknown = Object.keys(given).filter((name) => !names.includes(name));
  return unknown.map((parameter) => {
    const didYouMean = nearest(parameter, names);
    return {
      code: 'UnknownParameter',
      parameter,
      message: `runbook ${runbook.name} has no parameter "${parameter}"`,
      expected: names.length === 0 ? 'no parameters' : names.join(', '),
      ...(didYouMean !== undefined && { didYouMean }),
    };
  });
}

function missing(runbook: string, name: string, parameter: Parameter): ParameterProblem {
  const about = parameter.description === '' ? '' : ` (${parameter.description})`;
  return {
    code: 'MissingParameter',
    parameter: name,
    message: `runbook ${runbook} needs parameter "${name}"${about}: give --param ${name}=…`,
    expected: expectedOf(parameter),
  };
}

function invalid(parameter: string, given: string, expected: string): ParameterProblem {
  const shown = given.length > 60 ? `${given.slice(0, 60)}…` : given;
  return { code: 'InvalidParameter', parameter, message: `parameter "${parameter}" cannot be ${shown}`, expected };
}

const EXPECTED: Readonly<Record<Parameter['type'], string>> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  list: 'a list: a,b or [a, b]',
  map: 'a map: {a: 1, b: 2}',
};

function expectedOf(parameter: Parameter): string {
  if (parameter.enum)
    return `one of ${parameter.enum.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join(', ')}`;
  return EXPECTED[parameter.type];
}

/** Undefined when a value suits its parameter; else what would. */
export function misfitOf(parameter: Parameter, value: Json): string | undefined {
  if (!isOfType(parameter.type, value)) return EXPECTED[parameter.type];
  if (parameter.enum && !parameter.enum.some((one) => JSON.stringify(one) === JSON.stringify(value)))
    return expectedOf(parameter);
  if (parameter.pattern !== undefined && typeof value === 'string' && !matchesWhole(value, parameter.pattern))
    return `text that matches ${parameter.pattern}`;
  return undefined;
}

function isOfType(type: Parameter['type'], value: Json): boolean {
  switch (type) {
    case 'integer':
      return Number.isSafeInteger(value);
    case 'list':
      return Array.isArray(value);
    case 'map':
      return isJsonObject(value);
    default:
      return typeof value === type;
  }
}

/** Text from a command line as the declared type; undefined when it is none. */
function typedOf(parameter: Parameter, given: Json | undefined): Json | undefined {
  if (typeof given !== 'string' || parameter.type === 'string') return given;
  const text = given.trim();
  switch (parameter.type) {
    case 'integer':
      return /^[+-]?\d+$/.test(text) ? Number(text) : undefined;
    case 'number':
      return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : undefined;
    case 'boolean':
      return { true: true, false: false }[text];
    case 'list':
      return text.startsWith('[') ? yamlOf(text) : text.split(',').flatMap((one) => one.trim() || []);
    default:
      return yamlOf(text);
  }
}

function yamlOf(text: string): Json | undefined {
  const document = parseDocument(text, { prettyErrors: false });
  if (document.errors.length > 0 || document.warnings.length > 0) return undefined;
  try {
    return document.toJS({ maxAliasCount: 0 }) as Json;
  } catch {
    // an alias: nobody means one on a command line
    return undefined;
  }
}
