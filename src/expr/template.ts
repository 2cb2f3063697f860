import type { Json, JsonObject } from '../model/json.ts';
import { compile, stepOf, type Expression } from './compile.ts';
import type { Declared, Values } from './declared.ts';
import { ExpressionError } from './expression-error.ts';

/** A string with `${{ }}` in it, taken apart. `offset` is where the part begins in the string; expressions are trimmed. */
export type Part =
  | { readonly kind: 'text'; readonly text: string; readonly offset: number }
  | { readonly kind: 'expression'; readonly text: string; readonly offset: number };

/**
 * Renders every `${{ }}` inside a JSON value. A string that is exactly one expression becomes its value, of its type;
 * otherwise the pieces are joined as text. What refers to a step that has not ended is not rendered: the whole value waits
 * for those steps.
 */
export function renderTemplate(
  template: Json,
  values: Values,
  declared: Declared,
  known: (reference: string) => boolean,
): Rendered {
  const waitsFor = new Set<string>();
  for (const expression of expressionsIn(template, declared)) {
    for (const reference of expression.references) {
      const step = stepOf(reference);
      if (step !== undefined && !known(reference)) waitsFor.add(step);
    }
  }
  if (waitsFor.size > 0) return { waitsFor: [...waitsFor] };
  return { value: render(template, values, declared) };
}

export type Rendered = { readonly value: Json } | { readonly waitsFor: readonly string[] };

/** All expressions inside a JSON value, compiled. Throws on the first that is wrong. */
export function expressionsIn(template: Json, declared: Declared): Expression[] {
  if (typeof template === 'string')
    return splitTemplate(template).flatMap((part) => (part.kind === 'text' ? [] : [compile(part.text, declared)]));
  if (typeof template !== 'object' || template === null) return [];
  return Object.values(template).flatMap((one: Json) => expressionsIn(one, declared));
}

function render(template: Json, values: Values, declared: Declared): Json {
  if (typeof template === 'string') return renderText(template, values, declared);
  if (typeof template !== 'object' || template === null) return template;
  if (Array.isArray(template)) return template.map((one: Json) => render(one, values, declared));
  const entries = Object.entries(template as JsonObject);
  return Object.fromEntries(entries.map(([key, one]) => [key, render(one, values, declared)]));
}

function renderText(template: string, values: Values, declared: Declared): Json {
  const parts = splitTemplate(template);
  const only = parts[0];
  if (parts.length === 1 && only?.kind === 'expression') return compile(only.text, declared).evaluate(values);
  const pieces = parts.map((part) =>
    part.kind === 'text' ? part.text : textOf(compile(part.text, declared).evaluate(values)),
  );
  return pieces.join('');
}

/** A list or a map within text is written as JSON: it is then at least what a person expects to read. */
function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const OPEN = '${{';
const CLOSE = '}}';

/** Throws `ExpressionSyntax` for a `${{` that is not closed. `$${{` stands for a literal `${{`. */
export function splitTemplate(template: string): Part[] {
  const parts: Part[] = [];
  let text = '';
  let from = 0;
  for (;;) {
    const open = template.indexOf(OPEN, from);
    if (open < 0) break;
    if (template[open - 1] === '$') {
      text += template.slice(from, open - 1) + OPEN;
      from = open + OPEN.length;
      continue;
    }
    text += template.slice(from, open);
    if (text !== '') parts.push({ kind: 'text', text, offset: from });
    text = '';
    const inner = open + OPEN.length;
    const end = closeOf(template, inner);
    parts.push(expressionPart(template.slice(inner, end), inner));
    from = end + CLOSE.length;
  }
  text += template.slice(from);
  if (text !== '' || parts.length === 0) parts.push({ kind: 'text', text, offset: from });
  return parts;
}

function expressionPart(raw: string, offset: number): Part {
  return { kind: 'expression', text: raw.trim(), offset: offset + (raw.length - raw.trimStart().length) };
}

const TOKEN = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[{}]/gy;

/** Where the expression ends: a `}}` that is neither inside a string nor closes a map literal. */
function closeOf(template: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < template.length) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(template)?.[0];
    if (token === '{') depth += 1;
    if (token === '}') {
      if (depth === 0 && template[at + 1] === '}') return at;
      depth = Math.max(0, depth - 1);
    }
    at += token?.length ?? 1;
  }
  throw new ExpressionError('ExpressionSyntax', '"${{" is not closed by "}}"', {
    offset: from - OPEN.length,
    length: OPEN.length,
  });
}
