import { EvaluationError, ParseError, TypeError as CelTypeError } from '@marcbachmann/cel-js';
import { DrctlError, messageOf } from '../model/errors.ts';

/**
 * What can be wrong with an expression. `MissingKey` alone is not a fault: what it looked for is not there yet, and a
 * check polls on.
 */
export type ExpressionCode =
  'ExpressionSyntax' | 'ExpressionType' | 'UnknownName' | 'MissingKey' | 'ExpressionFailed' | 'ExpressionTooCostly';

/** `offset` and `length` are UTF-16 units within the expression's text, so that a position can point into a scalar. */
export class ExpressionError extends DrctlError {
  readonly offset: number;
  readonly length: number;
  /** The names that would have been understood at that place. */
  readonly candidates: readonly string[];
  /** The word that was not. */
  readonly word: string | undefined;

  constructor(code: ExpressionCode, message: string, where: Where = {}) {
    super(code, 'user', message, where.cause === undefined ? {} : { cause: where.cause });
    this.name = 'ExpressionError';
    this.offset = where.offset ?? 0;
    this.length = where.length ?? 0;
    this.candidates = where.candidates ?? [];
    this.word = where.word;
  }
}

export interface Where {
  readonly offset?: number;
  readonly length?: number;
  readonly candidates?: readonly string[];
  readonly word?: string;
  readonly cause?: unknown;
}

export function isMissingKey(error: unknown): boolean {
  return error instanceof ExpressionError && error.code === 'MissingKey';
}

/** Errors of the CEL library as our own; those raised by our own functions pass unchanged. */
export function expressionErrorOf(error: unknown, phase: 'compile' | 'evaluate'): ExpressionError {
  if (error instanceof ExpressionError) return error;
  const cel = error instanceof ParseError || error instanceof CelTypeError || error instanceof EvaluationError;
  if (!cel) return new ExpressionError('ExpressionFailed', messageOf(error), { cause: error });
  const inner: unknown = error.cause;
  if (inner instanceof ExpressionError) return inner;
  const { start = 0, end = start } = error.range ?? {};
  const where = { offset: start, length: Math.max(0, end - start), cause: error };
  return new ExpressionError(codeOf(error, phase), plainWords(error.code, error.summary), where);
}

const MISSING = new Set(['no_such_key', 'index_out_of_bounds', 'unknown_variable']);
const LIMITS = /limit|exceeded/;

function codeOf(
  error: { readonly name: string; readonly code: string },
  phase: 'compile' | 'evaluate',
): ExpressionCode {
  if (LIMITS.test(error.code)) return 'ExpressionTooCostly';
  if (error.name === 'ParseError') return 'ExpressionSyntax';
  if (MISSING.has(error.code)) return phase === 'compile' ? 'UnknownName' : 'MissingKey';
  return phase === 'compile' ? 'ExpressionType' : 'ExpressionFailed';
}

/** The library's words where a person would not understand them. */
function plainWords(code: string, summary: string): string {
  if (code === 'no_such_key') return summary.replace('No such key:', 'no such key:');
  if (summary.includes('Unexpected token: EOF')) return 'the expression ends too early';
  return summary.replaceAll('re2Matches', 'matches').replaceAll('boundedJoin', 'join');
}
