import { compile, type Expression } from '../expr/compile.ts';
import type { Declared } from '../expr/declared.ts';
import { ExpressionError } from '../expr/expression-error.ts';
import { splitTemplate } from '../expr/template.ts';
import type { Json } from '../model/json.ts';
import { bareOf, bareOffset, listOf, mapOf, type DraftStep } from './draft.ts';
import { nearest, type Problem } from './problem.ts';
import type { Path, Source } from './source.ts';

/** One expression of a step, compiled, and where it stands. */
export interface Found {
  readonly expression: Expression;
  readonly path: Path;
  /** Offset of the expression in the text at `path`. */
  readonly offset: number;
}

/** Every expression of a step: those that are wrong as problems at their very place, the others compiled. */
export function expressionsOfStep(draft: DraftStep, declared: Declared): { found: Found[]; problems: Problem[] } {
  const found: Found[] = [];
  const problems: Problem[] = [];
  const { source, path } = draft;
  const raw = mapOf(rawAt(source.value, path));
  const inside = { ...declared, each: draft.step.forEach !== undefined };
  const template = (value: Json | undefined, at: Path, names: Declared = inside): void =>
    eachText(value, at, (text, where) => collect(source, text, where, names, found, problems));
  const bare = (value: Json | undefined, at: Path, types: readonly string[], names: Declared = inside): void => {
    if (typeof value !== 'string') return;
    const one = compileAt(source, bareOf(value) ?? '', at, bareOffset(value), names, problems);
    if (!one) return;
    found.push(one);
    if (!fits(one.expression.type, types)) problems.push(wrongType(source, one, types));
  };
  template(raw['with'], [...path, 'with']);
  template(raw['gate'], [...path, 'gate']);
  bare(raw['when'], [...path, 'when'], ['bool'], declared);
  if (typeof raw['forEach'] === 'string') bare(raw['forEach'], [...path, 'forEach'], ['list', 'map'], declared);
  else template(raw['forEach'], [...path, 'forEach'], declared);
  for (const [index, check] of listOf(raw['verify']).entries()) {
    const at = [...path, 'verify', index];
    const { expect, progress, ...rest } = mapOf(check);
    for (const [key, value] of Object.entries(rest)) template(value, [...at, key]);
    bare(expect, [...at, 'expect'], ['bool'], { ...inside, self: true });
    bare(progress, [...at, 'progress'], ['int', 'double', 'uint'], { ...inside, self: true });
  }
  return { found, problems };
}

function rawAt(value: Json, path: Path): Json | undefined {
  let at: Json | undefined = value;
  for (const step of path) at = Array.isArray(at) ? at[Number(step)] : mapOf(at)[step];
  return at;
}

function eachText(value: Json | undefined, path: Path, see: (text: string, path: Path) => void): void {
  if (typeof value === 'string') return see(value, path);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, one] of Object.entries<Json>(value))
    eachText(one, [...path, Array.isArray(value) ? Number(key) : key], see);
}

function collect(source: Source, text: string, path: Path, names: Declared, found: Found[], problems: Problem[]): void {
  if (!text.includes('${{')) return;
  try {
    for (const part of splitTemplate(text)) {
      if (part.kind === 'text') continue;
      const one = compileAt(source, part.text, path, part.offset, names, problems);
      if (one) found.push(one);
    }
  } catch (error) {
    problems.push(problemOf(source, error, path, 0));
  }
}

function compileAt(
  source: Source,
  text: string,
  path: Path,
  offset: number,
  names: Declared,
  problems: Problem[],
): Found | undefined {
  try {
    return { expression: compile(text, names), path, offset };
  } catch (error) {
    problems.push(problemOf(source, error, path, offset));
    return undefined;
  }
}

/** A fault inside an expression as a problem that points into the scalar. */
function problemOf(source: Source, error: unknown, path: Path, offset: number): Problem {
  if (!(error instanceof ExpressionError)) throw error;
  const didYouMean = error.word === undefined ? undefined : nearest(error.word, error.candidates);
  return source.problem(error.code, error.message, path, offset + error.offset, {
    ...(error.candidates.length > 0 && { expected: listed(error.candidates) }),
    ...(didYouMean !== undefined && { didYouMean }),
  });
}

function listed(words: readonly string[]): string {
  const shown = words.slice(0, 12).join(', ');
  return words.length > 12 ? `one of ${shown}, …` : words.length > 1 ? `one of ${shown}` : shown;
}

/** `dyn` is known at run time only. */
export function fits(type: string, types: readonly string[]): boolean {
  return type === 'dyn' || types.some((one) => type === one || type.startsWith(`${one}<`));
}

const NAMES: Readonly<Record<string, string>> = {
  bool: 'true or false',
  list: 'a list',
  map: 'a map',
  int: 'a number',
};

function wrongType(source: Source, found: Found, types: readonly string[]): Problem {
  const code = types[0] === 'bool' ? 'NotBoolean' : 'WrongType';
  const expected = types.flatMap((type) => NAMES[type] ?? []).join(' or ');
  return source.problem(code, `the expression gives ${found.expression.type}`, found.path, found.offset, { expected });
}
