import type { SourcePosition } from '../model/errors.ts';
import type { Problem } from './problem.ts';

const WIDTH = 100;

/** The list as a person reads it: place, what is wrong, the line with a caret, what was expected. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems.map(formatProblem).join('\n\n');
}

function formatProblem(problem: Problem): string {
  const lines = [`${placeOf(problem.at)}: ${problem.message} [${problem.code}]`];
  if (problem.line !== undefined && problem.line.trim() !== '') lines.push(...frameOf(problem.line, problem.at));
  if (problem.expected !== undefined) lines.push(`  expected: ${problem.expected}`);
  if (problem.didYouMean !== undefined) lines.push(`  did you mean "${problem.didYouMean}"?`);
  for (const from of problem.includedFrom ?? []) lines.push(`  included from ${placeOf(from)}`);
  return lines.join('\n');
}

function placeOf(at: SourcePosition): string {
  return `${at.file}:${at.line}:${at.column}`;
}

/** A long line is cut so that the caret stays on the screen; tabs become one space so that it stays under its column. */
function frameOf(line: string, at: SourcePosition): string[] {
  const from = at.column > WIDTH - 20 ? at.column - 40 : 0;
  const shown = line
    .slice(from, from + WIDTH)
    .replaceAll('\t', ' ')
    .trimEnd();
  const number = String(at.line).padStart(5);
  const caret = ' '.repeat(Math.max(0, at.column - 1 - from));
  return [`${number} | ${from > 0 ? '…' : ''}${shown}`, `${' '.repeat(5)} | ${from > 0 ? ' ' : ''}${caret}^`];
}
