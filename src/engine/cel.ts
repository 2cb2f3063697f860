import { compile, stepOf } from '../expr/compile.ts';
import type { Declared, Values } from '../expr/declared.ts';
import { renderTemplate } from '../expr/template.ts';
import type { Runbook } from '../model/runbook.ts';
import type { Environment, Expressions } from './environment.ts';

/** The expressions of one runbook, over what its steps have given so far. */
export function expressionsOf(runbook: Pick<Runbook, 'parameters' | 'phases'>): Expressions {
  const declared: Declared = {
    parameters: runbook.parameters,
    steps: runbook.phases.flatMap((phase) => phase.steps.map((step) => step.id)),
    each: true,
  };
  return {
    render: (value, env) => renderTemplate(value, valuesOf(env), declared, knownIn(env)),
    evaluate: (text, env) => {
      const expression = compile(text, declared);
      const known = knownIn(env);
      const waitsFor = expression.references
        .filter((reference) => !known(reference))
        .flatMap((reference) => stepOf(reference) ?? []);
      return waitsFor.length > 0 ? { waitsFor } : { value: expression.evaluate(valuesOf(env)) };
    },
  };
}

/** A step's outputs are known once it ended, its answer once it was given; everything else always is. */
function knownIn(env: Environment): (reference: string) => boolean {
  return (reference) => {
    const id = stepOf(reference);
    if (id === undefined) return true;
    const step = env.steps[id];
    return reference.endsWith('.answer') ? step?.answer !== undefined : step !== undefined && 'outputs' in step;
  };
}

function valuesOf(env: Environment): Values {
  return {
    params: env.params,
    steps: env.steps,
    target: { name: env.target.name, class: env.target.class },
    ...(env.impact !== undefined && { impact: env.impact }),
    ...(env.each && { each: env.each }),
  };
}
