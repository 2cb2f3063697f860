import type { Declared } from '../expr/declared.ts';
import type { DraftStep } from './draft.ts';
import type { Included } from './include.ts';
import { fits } from './expressions.ts';
import { misfitOf } from './parameters.ts';
import { nearest, type Problem } from './problem.ts';
import { sampleOf } from './sample.ts';

const CEL_TYPES = {
  string: 'string',
  integer: 'int',
  number: 'double',
  boolean: 'bool',
  list: 'list',
  map: 'map',
} as const;

/** The `with` of an include against the parameters of the runbook that it includes. */
export function includeProblems(draft: DraftStep, included: Included, declared: Declared): Problem[] {
  const { source, path, step } = draft;
  const at = [...path, 'with'];
  const problems: Problem[] = [];
  const names = Object.keys(included.parameters);
  const sample = sampleOf(step.with, declared);
  for (const [name, value] of Object.entries(sample.value as Record<string, never>)) {
    const parameter = included.parameters[name];
    if (!parameter) {
      const didYouMean = nearest(name, names);
      const details = {
        expected: names.join(', ') || 'no parameters',
        ...(didYouMean !== undefined && { didYouMean }),
      };
      problems.push(
        source.problem(
          'UnknownParameter',
          `${draft.include} has no parameter "${name}"`,
          [...at, name],
          'key',
          details,
        ),
      );
      continue;
    }
    const open = sample.open.find((one) => one.path[0] === name && one.path.length === 1);
    const inside = sample.open.some((one) => one.path[0] === name);
    const expected = inside ? undefined : misfitOf(parameter, value);
    if (open && !fits(open.type, [CEL_TYPES[parameter.type]]))
      problems.push(
        source.problem('WrongType', `"${name}": the expression gives ${open.type}`, [...at, name], 'value', {
          expected: parameter.type,
        }),
      );
    if (expected !== undefined)
      problems.push(
        source.problem('WrongType', `"${name}" does not suit the parameter`, [...at, name], 'value', { expected }),
      );
  }
  problems.push(...holdProblems(draft, included));
  for (const [name, parameter] of Object.entries(included.parameters))
    if (parameter.default === undefined && !Object.hasOwn(step.with, name))
      problems.push(
        source.problem('MissingParameter', `${draft.include} needs parameter "${name}"`, at, 'key', {
          expected: parameter.type,
        }),
      );
  return problems;
}

function holdProblems({ source, path, include, holds = {} }: DraftStep, included: Included): Problem[] {
  const ids = included.phases.flatMap(({ steps }) => steps.map(({ step }) => step.id));
  return Object.keys(holds)
    .filter((inner) => !ids.includes(inner))
    .map((inner) => {
      const didYouMean = nearest(inner, ids);
      return source.problem('UnknownStep', `${include} has no step "${inner}"`, [...path, 'holds', inner], 'key', {
        expected: ids.join(', '),
        ...(didYouMean !== undefined && { didYouMean }),
      });
    });
}
