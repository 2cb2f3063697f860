import { compile } from '../expr/compile.ts';
import { isMissingKey } from '../expr/expression-error.ts';
import { renderTemplate } from '../expr/template.ts';
import type { Declared, Values } from '../expr/declared.ts';
import { messageOf } from '../model/errors.ts';
import type { Json } from '../model/json.ts';
import type { CheckEnvironment } from './index.ts';

export interface Judged {
  readonly state: 'passed' | 'not-yet' | 'failed';
  readonly because: string;
  readonly progress?: { readonly value: number; readonly total?: number };
}

/** Whether `expect` is true of one thing; a missing key is "not yet", never an error. */
export function judge(expect: string, self: Json, env: CheckEnvironment): Judged {
  try {
    const value = compile(expect, declaredFor(env)).evaluate({ ...valuesOf(env), self });
    return value === true
      ? { state: 'passed', because: expect }
      : { state: 'not-yet', because: `${expect} is ${JSON.stringify(value)}` };
  } catch (error) {
    if (isMissingKey(error)) return { state: 'not-yet', because: messageOf(error) };
    throw error;
  }
}

/** `${{ }}` in the addresses of a check. What it needs of steps is there: its own step has ended its Changes. */
export function rendered<T extends Json>(value: T, env: CheckEnvironment): T {
  const found = renderTemplate(value, valuesOf(env), declaredFor(env), () => true);
  return ('value' in found ? found.value : value) as T;
}

/** One object of types for one object of parameters: compiled expressions are kept by it. */
const TYPES = new WeakMap<CheckEnvironment['params'], Declared['parameters']>();

function declaredFor(env: CheckEnvironment): Declared {
  // The types of parameters were checked with the runbook; here their values are what they are.
  const parameters =
    TYPES.get(env.params) ??
    Object.fromEntries(Object.keys(env.params).map((name) => [name, parameterOf(env.params[name])]));
  TYPES.set(env.params, parameters);
  return { parameters, steps: Object.keys(env.steps), each: true, self: true };
}

function parameterOf(value: Json | undefined) {
  const type = Array.isArray(value)
    ? 'list'
    : typeof value === 'object'
      ? 'map'
      : typeof value === 'boolean'
        ? 'boolean'
        : typeof value === 'string'
          ? 'string'
          : Number.isInteger(value)
            ? 'integer'
            : 'number';
  return { type, description: '', required: false } as const;
}

function valuesOf(env: CheckEnvironment): Values {
  return {
    params: env.params,
    steps: env.steps,
    target: env.target,
    ...(env.impact !== undefined && { impact: env.impact }),
    ...(env.each && { each: env.each }),
  };
}
