import type { Json, JsonObject } from '../model/json.ts';
import type { Step } from '../model/runbook.ts';
import type { Target, TargetClass } from '../model/target.ts';

/** What expressions may name. Outputs and answers are there once their step has ended. */
export interface Environment {
  readonly params: JsonObject;
  readonly target: { readonly name: string; readonly class: TargetClass };
  readonly impact?: string;
  readonly steps: Readonly<Record<string, { readonly outputs?: Json; readonly answer?: string }>>;
  readonly each?: { readonly key: string; readonly value: Json };
}

/** What the engine needs of expressions; CEL lives behind it. `waitsFor` names steps whose outputs are not there yet. */
export interface Expressions {
  render(value: Json, env: Environment): { readonly value: Json } | { readonly waitsFor: readonly string[] };
  evaluate(text: string, env: Environment): { readonly value: Json } | { readonly waitsFor: readonly string[] };
}

export function environmentOf(
  parameters: JsonObject,
  target: Pick<Target, 'name' | 'class'>,
  impactAt: string | undefined,
): Environment {
  return {
    params: parameters,
    target: { name: target.name, class: target.class },
    ...(impactAt !== undefined && { impact: impactAt }),
    steps: {},
  };
}

/** One step as it is worked on: itself, or one of its `forEach` keys. Everything is known by `id`, never by position. */
export interface Instance {
  readonly id: string;
  readonly step: Step;
  readonly each?: { readonly key: string; readonly value: Json };
}

/** A step's instances, or the steps it must wait for before its keys can be known. `fixed` are keys of an earlier start. */
export function instancesOf(
  step: Step,
  env: Environment,
  expressions: Expressions,
  fixed?: readonly string[],
): readonly Instance[] | { readonly waitsFor: readonly string[] } {
  if (step.forEach === undefined) return [{ id: step.id, step }];
  const evaluated = expressions.evaluate(step.forEach, env);
  if ('waitsFor' in evaluated) return evaluated;
  const entries = entriesOf(evaluated.value);
  const wanted = fixed ?? entries.map(([key]) => key);
  return wanted.map((key) => {
    const value = entries.find(([one]) => one === key)?.[1] ?? key;
    return { id: `${step.id}[${key}]`, step, each: { key, value } };
  });
}

/** A list of names is its own keys; a map gives keys and values. */
function entriesOf(value: Json): [string, Json][] {
  if (Array.isArray(value)) return value.map((one: Json) => [typeof one === 'string' ? one : JSON.stringify(one), one]);
  if (typeof value === 'object' && value !== null) return Object.entries(value as JsonObject);
  return [];
}
