import type { Parameter, Runbook } from '../model/runbook.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { TargetClass } from '../model/target.ts';

/** Which names an expression may use, and of which type: what `compile` checks against. */
export interface Declared {
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** Ids of the steps whose `outputs` and `answer` may be read. */
  readonly steps: readonly string[];
  /** Inside a step with `forEach`: `each.key`, `each.value`. */
  readonly each?: boolean;
  /** In a check: the object, the answer or the query result that is judged. */
  readonly self?: boolean;
}

/** What the expressions of a runbook's steps may name: `each` inside a step with `forEach`, `self` inside a check. */
export function declaredOf(
  runbook: Pick<Runbook, 'parameters' | 'phases'>,
  reach: Pick<Declared, 'each' | 'self'> = {},
): Declared {
  const steps = runbook.phases.flatMap((phase) => phase.steps.map((step) => step.id));
  return { parameters: runbook.parameters, steps, ...reach };
}

/** What the names stand for when an expression is evaluated. What is absent raises `MissingKey` where it is read. */
export interface Values {
  readonly params?: JsonObject;
  readonly steps?: Readonly<Record<string, { readonly outputs?: Json; readonly answer?: string }>>;
  readonly each?: { readonly key: Json; readonly value: Json };
  readonly target?: { readonly name: string; readonly class: TargetClass };
  /** RFC 3339: when the disaster began. */
  readonly impact?: string;
  readonly self?: Json;
}

/** The names that these expressions know at all, whether or not they are in reach at some place. */
export const ROOTS = ['params', 'steps', 'each', 'target', 'impact', 'self'] as const;

export function rootsOf(declared: Declared): string[] {
  return ROOTS.filter((root) => (root !== 'each' || declared.each) && (root !== 'self' || declared.self));
}
