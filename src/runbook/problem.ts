import { distance } from 'fastest-levenshtein';
import type { SourcePosition } from '../model/errors.ts';

/** One thing that is wrong (or, in `warnings`, odd) in a runbook file. `code` is PascalCase and stable. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly at: SourcePosition;
  readonly expected?: string;
  readonly didYouMean?: string;
  /** The line at fault, for a code frame. */
  readonly line?: string;
  /** Where the file at fault is included from, outermost last. */
  readonly includedFrom?: readonly SourcePosition[];
}

/** The candidate that a mistyped word most likely means; none when nothing is near. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(word.length / 3)) + 1;
  const lower = word.toLowerCase();
  for (const candidate of candidates) {
    const far = distance(lower, candidate.toLowerCase());
    if (far < least && far < Math.max(word.length, candidate.length)) [best, least] = [candidate, far];
  }
  return best;
}

/** In the order in which a reader meets them, each once. */
export function inOrder(problems: readonly Problem[]): Problem[] {
  const seen = new Map<string, Problem>();
  for (const problem of problems) {
    const { file, line, column } = problem.at;
    const key = [file, line, column, problem.code, problem.message].join('\n');
    if (!seen.has(key)) seen.set(key, problem);
  }
  return [...seen.values()].toSorted(
    (a, b) => a.at.file.localeCompare(b.at.file) || a.at.line - b.at.line || a.at.column - b.at.column,
  );
}
