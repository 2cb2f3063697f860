import { matchesWhole } from '../expr/functions.ts';
import { messageOf } from '../model/errors.ts';
import type { Parameter } from '../model/runbook.ts';
import { misfitOf } from './parameters.ts';
import type { Problem } from './problem.ts';
import type { Path, Source } from './source.ts';

/** A parameter's declaration that contradicts itself. */
export function parameterProblems(source: Source, parameters: Readonly<Record<string, Parameter>>): Problem[] {
  return Object.entries(parameters).flatMap(([name, parameter]) => {
    const path: Path = ['parameters', name];
    const pattern = patternProblem(source, path, parameter);
    if (pattern) return [pattern];
    const problems: Problem[] = [];
    const { default: fallback, enum: choices, ...bare } = parameter;
    for (const [index, value] of (choices ?? []).entries()) {
      const expected = misfitOf(bare, value);
      if (expected !== undefined)
        problems.push(
          source.problem('WrongType', 'the value does not suit the parameter', [...path, 'enum', index], 'value', {
            expected,
          }),
        );
    }
    const expected = fallback === undefined ? undefined : misfitOf(parameter, fallback);
    if (expected !== undefined)
      problems.push(
        source.problem('WrongType', 'the default does not suit the parameter', [...path, 'default'], 'value', {
          expected,
        }),
      );
    return problems;
  });
}

function patternProblem(source: Source, path: Path, { pattern, type }: Parameter): Problem | undefined {
  if (pattern === undefined) return undefined;
  if (type !== 'string')
    return source.problem('InvalidValue', `"pattern" is for text, not for type ${type}`, [...path, 'pattern'], 'key');
  try {
    matchesWhole('', pattern);
    return undefined;
  } catch (error) {
    return source.problem('InvalidValue', messageOf(error), [...path, 'pattern']);
  }
}
