import type { Declared } from '../expr/declared.ts';
import type { ActionSignature } from '../model/action.ts';
import type { Scope } from '../model/change.ts';
import type { Json } from '../model/json.ts';
import type { DraftStep } from './draft.ts';
import { problemsOf } from './issues.ts';
import { nearest, type Problem } from './problem.ts';
import { sampleOf, type Sample } from './sample.ts';

/** The `with` of a step against the schema of its action; templates count as what they will give. */
export function withProblems(
  draft: DraftStep,
  actions: ReadonlyMap<string, ActionSignature>,
  declared: Declared,
): Problem[] {
  const { source, path, step } = draft;
  if (draft.include !== undefined || step.uses === '') return [];
  const action = actions.get(step.uses);
  if (!action) return [unknownAction(draft, [...actions.keys()])];
  const sample = sampleOf(step.with, declared);
  const result = action.input.safeParse(sample.value);
  if (result.success) return [];
  const issues = result.error.issues.filter((issue) => !isOpen(issue, sample));
  const at = [...path, 'with'];
  return problemsOf(issues, action.input, source, at).map((problem, index) =>
    typed(problem, issues[index]?.path ?? [], sample),
  );
}

function unknownAction({ source, path, step }: DraftStep, names: readonly string[]): Problem {
  const didYouMean = nearest(step.uses, names);
  const family = names.filter((name) => name.split('/')[0] === step.uses.split('/')[0]);
  const shown = family.length > 0 ? family : names.slice(0, 12);
  return source.problem('UnknownAction', `unknown action "${step.uses}"`, [...path, 'uses'], 'value', {
    expected: `one of ${shown.join(', ')}`,
    ...(didYouMean !== undefined && { didYouMean }),
  });
}

interface Issue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
}

/** Whether the fault may be one of the stand-in only. A type that is known before is judged; a value is not. */
function isOpen(issue: Issue, { open }: Sample): boolean {
  const under = open.find(({ path }) => startsWith(issue.path, path));
  if (under) return under.type === 'dyn' || issue.code !== 'invalid_type' || under.path.length !== issue.path.length;
  const above = open.some(({ path }) => startsWith(path, issue.path));
  return above && (issue.code === 'custom' || issue.code === 'invalid_union');
}

function startsWith(path: readonly PropertyKey[], start: readonly PropertyKey[]): boolean {
  return start.every((step, index) => path[index] === step);
}

function typed(problem: Problem, path: readonly PropertyKey[], { open }: Sample): Problem {
  const here = open.find((one) => one.path.length === path.length && startsWith(path, one.path));
  return here ? { ...problem, message: `"${String(path.at(-1))}": the expression gives ${here.type}` } : problem;
}

/** What a step may touch, as far as it can be said before it is rendered; undefined when its `with` is at fault. */
export function scopesOf(
  step: { readonly with: Json },
  action: ActionSignature,
  declared: Declared,
): readonly Scope[] | undefined {
  const { value } = sampleOf(step.with, declared);
  if (!action.input.safeParse(value).success) return undefined;
  return action.touches(value);
}
