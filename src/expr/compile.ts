import type { Environment } from '@marcbachmann/cel-js';
import type { Json } from '../model/json.ts';
import type { Parameter } from '../model/runbook.ts';
import { adapt } from './adapt.ts';
import { countCosts, runBounded } from './bounds.ts';
import { celOf, celParameter, jsonOf } from './convert.ts';
import { rootsOf, type Declared, type Values } from './declared.ts';
import { ExpressionError, expressionErrorOf } from './expression-error.ts';
import { baseEnvironment } from './functions.ts';
import { aliasOf, referencesOf } from './names.ts';
import type { Node } from './syntax-tree.ts';

export interface Expression {
  readonly text: string;
  /** What it reads, as far as the roots: `params.namespace`, `steps.rebind.outputs`, `each.key`, `self`. */
  readonly references: readonly string[];
  /** CEL's name of the type: `bool`, `string`, `int`, `dyn`, `list<string>` … */
  readonly type: string;
  /** Throws ExpressionError: `MissingKey` where something is not there (yet). */
  evaluate(values: Values): Json;
}

const MAX_LENGTH = 10_000;

/**
 * Reads and checks one CEL expression. Throws ExpressionError with the offset of what is wrong. An expression is bounded
 * by its length, depth and nodes when it is read; by the turns of its loops, the size of what it builds and, as a last
 * resort, the clock when it is evaluated.
 */
export function compile(text: string, declared: Declared): Expression {
  if (text.trim() === '') throw new ExpressionError('ExpressionSyntax', 'the expression is empty');
  if (text.length > MAX_LENGTH)
    throw new ExpressionError('ExpressionTooCostly', `the expression is longer than ${MAX_LENGTH} characters`);
  const source = underscored(text, declared.steps);
  const parsed = parse(source, declared);
  const root = parsed.ast as unknown as Node;
  adapt(root);
  const checked = parsed.check();
  // a name that does not exist is a better message than the type error that follows from it
  const references = referencesOf(root, declared, text);
  if (!checked.valid) throw expressionErrorOf(checked.error, 'compile');
  const costly = countCosts(root);
  const evaluate = (values: Values): Json => {
    try {
      const context = contextOf(values, declared, references);
      return jsonOf(runBounded(() => parsed(context) as unknown, costly));
    } catch (error) {
      throw missingWords(expressionErrorOf(error, 'evaluate'));
    }
  };
  return { text, references, type: checked.type ?? 'dyn', evaluate };
}

function parse(source: string, declared: Declared): ReturnType<Environment['parse']> {
  try {
    return environmentOf(declared).parse(source);
  } catch (error) {
    throw expressionErrorOf(error, 'compile');
  }
}

/** The syntax tree alone, of a text that is known to compile; its offsets are those of the text. */
export function parseTree(text: string, declared: Declared): Node {
  return parse(underscored(text, declared.steps), declared).ast as unknown as Node;
}

const STEP_REFERENCE = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?<=\bsteps\.)[A-Za-z_][\w-]*/g;

/**
 * The dashes of a step's id become underscores, of the same length, so that offsets stay true. `steps.a-1` with no step
 * `a-1` remains a subtraction.
 */
function underscored(text: string, steps: readonly string[]): string {
  return text.replace(STEP_REFERENCE, (all: string, at: number) => {
    if (all.startsWith('"') || all.startsWith("'")) return all;
    const member = /^\.(?:outputs|answer)\b/.test(text.slice(at + all.length, at + all.length + 9));
    return member || steps.includes(all) ? aliasOf(all) : all;
  });
}

let base: Environment | undefined;
const environments = new WeakMap<Declared['parameters'], Map<string, Environment>>();

/** Building an environment costs more than reading an expression: one per set of parameters and names in reach. */
function environmentOf(declared: Declared): Environment {
  const known = environments.get(declared.parameters) ?? new Map<string, Environment>();
  environments.set(declared.parameters, known);
  const key = rootsOf(declared).join();
  const found = known.get(key);
  if (found) return found;
  base ??= baseEnvironment();
  const made = declareNames(base.clone(), declared);
  known.set(key, made);
  return made;
}

const CEL_TYPES: Readonly<Record<Parameter['type'], string>> = {
  string: 'string',
  integer: 'int',
  number: 'double',
  boolean: 'bool',
  list: 'list',
  map: 'map',
};

function declareNames(cel: Environment, declared: Declared): Environment {
  const parameters = Object.entries(declared.parameters).map(([name, one]) => [name, CEL_TYPES[one.type]] as const);
  if (parameters.length === 0) cel.registerVariable('params', 'map');
  else cel.registerVariable({ name: 'params', schema: Object.fromEntries(parameters) });
  cel.registerVariable('steps', 'map<string, map<string, dyn>>');
  cel.registerVariable({ name: 'target', schema: { name: 'string', class: 'string' } });
  cel.registerVariable('impact', 'google.protobuf.Timestamp');
  cel.registerVariable('each', 'map<string, dyn>');
  cel.registerVariable('self', 'dyn');
  return cel;
}

/** Only what the expression reads is converted: `self` may be large, and so may the outputs of other steps. */
function contextOf(values: Values, declared: Declared, references: readonly string[]): Record<string, unknown> {
  const reads = (root: string): boolean => references.some((one) => one === root || one.startsWith(`${root}.`));
  const context: Record<string, unknown> = {};
  if (reads('params')) context['params'] = parametersOf(values, declared);
  if (reads('steps')) context['steps'] = stepsOf(values, references);
  if (reads('each') && values.each) context['each'] = celOf({ key: values.each.key, value: values.each.value });
  if (reads('target') && values.target) context['target'] = { name: values.target.name, class: values.target.class };
  if (reads('impact') && values.impact !== undefined) context['impact'] = timeOf(values.impact);
  if (reads('self') && values.self !== undefined) context['self'] = celOf(values.self);
  return context;
}

function parametersOf(values: Values, declared: Declared): Record<string, unknown> {
  const entries = Object.entries(values.params ?? {}).filter(([name]) => Object.hasOwn(declared.parameters, name));
  return Object.fromEntries(entries.map(([name, value]) => [name, celParameter(declared.parameters[name], value)]));
}

function stepsOf(values: Values, references: readonly string[]): Map<string, unknown> {
  const steps = new Map<string, unknown>();
  for (const reference of references) {
    const id = stepOf(reference);
    const known = id === undefined ? undefined : values.steps?.[id];
    if (id === undefined || !known) continue;
    const fields = new Map<string, unknown>();
    if (known.outputs !== undefined) fields.set('outputs', celOf(known.outputs));
    if (known.answer !== undefined) fields.set('answer', known.answer);
    steps.set(id, fields).set(aliasOf(id), fields);
  }
  return steps;
}

/** The step's id in `steps.rebind.outputs`. */
export function stepOf(reference: string): string | undefined {
  return /^steps\.(.+)\.(?:outputs|answer)$/.exec(reference)?.[1];
}

function timeOf(text: string): Date {
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time;
  throw new ExpressionError('ExpressionFailed', `impact "${text}" is no RFC 3339 time`);
}

function missingWords(error: ExpressionError): ExpressionError {
  if (error.code !== 'MissingKey' || !error.message.includes('Unknown variable: impact')) return error;
  const message = 'the time of the impact is not known: give it with --impact-at';
  return new ExpressionError('MissingKey', message, { offset: error.offset, length: error.length, cause: error });
}
