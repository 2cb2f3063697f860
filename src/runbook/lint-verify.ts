import { compile } from '../expr/compile.ts';
import type { Declared } from '../expr/declared.ts';
import { ExpressionError } from '../expr/expression-error.ts';
import type { Json } from '../model/json.ts';
import { bareOf, listOf, mapOf, type DraftStep } from './draft.ts';
import { valueAt } from './issues.ts';
import type { Problem } from './problem.ts';

/** Things that a check may look at and that have nothing in common: what is true of all of them is true of anything. */
const PROBES: readonly Json[] = [null, {}, [], 0, 1.5, '', 'x', true, { metadata: {}, status: {}, spec: {} }];

/** A verification that cannot fail is none, and one that cannot pass holds a recovery up for ever. */
export function verifyProblems(draft: DraftStep, declared: Declared): Problem[] {
  const { source, path } = draft;
  const names = { ...declared, each: draft.step.forEach !== undefined, self: true };
  const checks = listOf(valueAt(source.value, [...path, 'verify']) as Json | undefined).map(mapOf);
  return checks.flatMap((check, index) => {
    const expect = bareOf(check['expect']);
    if (expect === undefined) return [];
    const at = [...path, 'verify', index, 'expect'];
    const verdicts = verdictsOf(expect, names);
    if (verdicts === undefined) return [];
    if (verdicts.every((verdict) => verdict === false))
      return source.problem('CannotPass', 'the condition is false whatever it looks at', at);
    if (check['count'] === undefined && verdicts.every((verdict) => verdict === true))
      return source.problem('CannotFail', 'the condition is true whatever it looks at', at, 'value', {
        expected: 'a condition over self',
      });
    return [];
  });
}

/** Undefined where it depends on what is known only in a run (a parameter without self is a constant of the run). */
function verdictsOf(expect: string, names: Declared): Json[] | undefined {
  try {
    const expression = compile(expect, names);
    if (expression.references.some((one) => one !== 'self'))
      return expression.references.includes('self') ? undefined : [true];
    return PROBES.map((self) => verdictOf(expression, self));
  } catch {
    // it was told where expressions are checked
    return undefined;
  }
}

function verdictOf(expression: ReturnType<typeof compile>, self: Json): Json {
  try {
    return expression.evaluate({ self });
  } catch (error) {
    if (error instanceof ExpressionError) return null;
    throw error;
  }
}
