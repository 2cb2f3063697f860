import { compile, stepOf } from '../expr/compile.ts';
import type { Declared, Values } from '../expr/declared.ts';
import { ExpressionError, isMissingKey } from '../expr/expression-error.ts';
import { renderTemplate } from '../expr/template.ts';
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts';
import type { CheckSpec, Parameter } from '../model/runbook.ts';
import type { TargetClass } from '../model/target.ts';

/** What a check's expressions may name, beside `self`. */
export interface CheckEnvironment {
  readonly params: JsonObject;
  readonly target: { readonly name: string; readonly class: string };
  readonly impact?: string;
  readonly steps: Readonly<Record<string, { readonly outputs?: Json; readonly answer?: string }>>;
  readonly each?: { readonly key: string; readonly value: Json };
}

export interface Judge {
  /** `missing`: a key is not there yet. `broken`: it can never be evaluated. */
  of(self: Json): { readonly is: 'true' | 'false' | 'missing' | 'broken'; readonly because: string };
  /** The number that `progress` gives, where it gives one. */
  progress(self: Json): number | undefined;
}

/** The check's two expressions over `self`. */
export function judgeOf({ expect, progress }: CheckSpec, env: CheckEnvironment): Judge {
  const declared = declaredOf(env, true);
  const values = valuesOf(env);
  const evaluate = (text: string, self: Json): Json => compile(text, declared).evaluate({ ...values, self });
  return {
    of(self) {
      try {
        const result = evaluate(expect, self);
        if (typeof result !== 'boolean') return { is: 'broken', because: `${expect} gives no yes or no` };
        return { is: result ? 'true' : 'false', because: result ? `${expect} holds` : `${expect} does not hold` };
      } catch (error) {
        if (isMissingKey(error)) return { is: 'missing', because: `${expect}: not there yet` };
        if (error instanceof ExpressionError) return { is: 'broken', because: `${expect}: ${error.message}` };
        throw error;
      }
    },
    progress(self) {
      if (progress === undefined) return undefined;
      try {
        const value = evaluate(progress, self);
        return typeof value === 'number' ? value : undefined;
      } catch (error) {
        if (error instanceof ExpressionError) return undefined; // how far it is must not decide whether it is there
        throw error;
      }
    },
  };
}

/** The check with every `${{ }}` in it filled in, or the steps whose outputs it waits for. */
export function renderedCheck(
  check: CheckSpec['check'],
  env: CheckEnvironment,
): CheckSpec['check'] | { waitsFor: readonly string[] } {
  const known = (reference: string): boolean => {
    const step = stepOf(reference);
    return step === undefined || env.steps[step] !== undefined;
  };
  const rendered = renderTemplate(check, valuesOf(env), declaredOf(env, false), known);
  return 'waitsFor' in rendered ? { waitsFor: rendered.waitsFor } : (rendered.value as unknown as CheckSpec['check']);
}

function valuesOf(env: CheckEnvironment): Values {
  return {
    params: env.params,
    steps: env.steps,
    target: { name: env.target.name, class: env.target.class as TargetClass },
    ...(env.impact !== undefined && { impact: env.impact }),
    ...(env.each && { each: env.each }),
  };
}

/** The runbook was checked against its own declarations when it was read: here the values say enough. */
function declaredOf(env: CheckEnvironment, self: boolean): Declared {
  const parameters = Object.entries(env.params).map(([name, value]) => [name, parameterOf(value)] as const);
  return {
    parameters: Object.fromEntries(parameters),
    steps: Object.keys(env.steps),
    each: env.each !== undefined,
    self,
  };
}

function parameterOf(value: Json): Parameter {
  return { type: typeOf(value), description: '', required: true };
}

function typeOf(value: Json): Parameter['type'] {
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  if (Array.isArray(value)) return 'list';
  return isJsonObject(value) ? 'map' : 'string';
}
