import type { Declared } from '../expr/declared.ts';
import { ExpressionError } from '../expr/expression-error.ts';
import type { ActionSignature } from '../model/action.ts';
import type { Parameter } from '../model/runbook.ts';
import { draftParameters, draftPhases, mapOf, type DraftPhase, type DraftStep } from './draft.ts';
import { expressionsOfStep, type Found } from './expressions.ts';
import { expandPhase, includePaths } from './include.ts';
import { includeProblems } from './include-problems.ts';
import { problemsOf } from './issues.ts';
import { verifyProblems } from './lint-verify.ts';
import { orderOf } from './order.ts';
import { parameterProblems } from './parameter-problems.ts';
import type { Problem } from './problem.ts';
import { readYaml } from './read-yaml.ts';
import { referenceProblems, useProblems } from './references.ts';
import { runbookSchema } from './schema.ts';
import { shapeProblems } from './shape.ts';
import type { Source } from './source.ts';
import { withProblems } from './with.ts';

/** One file and what it includes, expanded; absent `source`: it could not be read as YAML at all. */
export interface FileRead {
  readonly source?: Source;
  readonly phases: readonly DraftPhase[];
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly budget: Readonly<Record<string, number>>;
  readonly declared: Declared;
  /** Of this file and of everything it includes, in order. */
  readonly texts: readonly string[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

interface Surroundings {
  readonly read: (path: string) => string | undefined;
  readonly actions: ReadonlyMap<string, ActionSignature>;
  /** The files that are being read, outermost first. */
  readonly stack: readonly string[];
}

const MAX_INCLUDES = 5;

export function readFile(file: string, text: string, around: Surroundings): FileRead {
  const { source, problems: unreadable } = readYaml(file, text);
  const nothing = { phases: [], parameters: {}, budget: {}, declared: { parameters: {}, steps: [] } };
  if (!source) return { ...nothing, texts: [text], problems: unreadable, warnings: [] };
  const checked = runbookSchema.safeParse(source.value);
  const shape = checked.success ? [] : problemsOf(checked.error.issues, runbookSchema, source, []);
  const own = draftPhases(source);
  const parameters = draftParameters(source);
  const problems = [...unreadable, ...shape, ...shapeProblems(own), ...parameterProblems(source, parameters)];
  const includes = readIncludes(own, source, around, problems);
  const phases = expandAll(own, includes);
  const declared: Declared = { parameters, steps: phases.flatMap((phase) => phase.steps.map((one) => one.step.id)) };
  const found = checkSteps(own, phases, declared, includes, around, problems);
  const texts = [text, ...[...includes.values()].flatMap((one) => one.texts)];
  const warnings = [
    ...unusedParameters(source, parameters, found),
    ...[...includes.values()].flatMap((one) => one.warnings),
  ];
  return { source, phases, parameters, budget: budgetOf(source), declared, texts, problems, warnings };
}

type Includes = ReadonlyMap<DraftStep, FileRead>;

/** An include whose file is at fault brings that file's problems, with the way by which it was reached. */
function readIncludes(own: readonly DraftPhase[], source: Source, around: Surroundings, problems: Problem[]): Includes {
  const includes = new Map<DraftStep, FileRead>();
  const stack = [...around.stack, source.file];
  for (const step of own.flatMap((phase) => phase.steps)) {
    if (step.include === undefined) continue;
    const at = [...step.path, 'include'];
    const candidates = includePaths(source.file, step.include);
    const circle = candidates.find((one) => stack.includes(one));
    if (circle !== undefined) {
      problems.push(
        source.problem('IncludeCycle', `runbooks include each other: ${[...stack, circle].join(' includes ')}`, at),
      );
      continue;
    }
    if (stack.length > MAX_INCLUDES) {
      problems.push(source.problem('IncludeTooDeep', `includes are nested more than ${MAX_INCLUDES} deep`, at));
      continue;
    }
    const path = candidates.find((one) => around.read(one) !== undefined);
    const text = path === undefined ? undefined : around.read(path);
    if (path === undefined || text === undefined) {
      problems.push(source.problem('IncludeNotFound', `there is no runbook ${candidates.join(' or ')}`, at));
      continue;
    }
    const read = readFile(path, text, { ...around, stack });
    const from = source.at(at);
    problems.push(...read.problems.map((one) => ({ ...one, includedFrom: [...(one.includedFrom ?? []), from] })));
    if (read.source) includes.set(step, read);
  }
  return includes;
}

/** What cannot be expanded because an expression in its `with` is at fault is left out: that is told where it stands. */
function expandAll(own: readonly DraftPhase[], includes: Includes): DraftPhase[] {
  const sound = (step: DraftStep): FileRead | undefined => {
    const read = includes.get(step);
    return read && read.problems.length === 0 ? read : undefined;
  };
  try {
    return own.flatMap((phase) => expandPhase(phase, sound));
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return own.flatMap((phase) => expandPhase(phase, () => undefined));
  }
}

function checkSteps(
  own: readonly DraftPhase[],
  phases: readonly DraftPhase[],
  declared: Declared,
  includes: Includes,
  { actions }: Surroundings,
  problems: Problem[],
): Found[] {
  const order = orderOf(phases);
  problems.push(...referenceProblems(own, phases, order, actions));
  const all: Found[] = [];
  for (const step of own.flatMap((phase) => phase.steps)) {
    const { found, problems: wrong } = expressionsOfStep(step, declared);
    all.push(...found);
    const names = { ...declared, each: step.step.forEach !== undefined };
    const included = includes.get(step);
    problems.push(...wrong, ...withProblems(step, actions, names), ...verifyProblems(step, declared));
    problems.push(...useProblems(step, found, order, actions));
    if (included) problems.push(...includeProblems(step, included, declared));
  }
  return all;
}

function unusedParameters(source: Source, parameters: FileRead['parameters'], found: readonly Found[]): Problem[] {
  const used = new Set(found.flatMap((one) => one.expression.references));
  const unused = Object.keys(parameters).filter((name) => !used.has(`params.${name}`));
  return unused.map((name) =>
    source.problem('UnusedParameter', `no step reads parameter "${name}"`, ['parameters', name], 'key'),
  );
}

function budgetOf(source: Source): Record<string, number> {
  const entries = Object.entries(mapOf(mapOf(source.value)['budget']));
  return Object.fromEntries(entries.filter((one): one is [string, number] => typeof one[1] === 'number'));
}
