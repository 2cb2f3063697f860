import type { Json } from '../types.ts';
import { badRequest } from './errors.ts';

/** What encoding/json calls a value in "cannot unmarshal … into Go value". */
export function goType(value: Json): string {
  if (Array.isArray(value)) return 'array';
  if (value === null) return 'null';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** How Go prints a value with %v: `map[image:i:0]`, keys sorted. */
export function goText(value: Json | undefined): string {
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (value === null || value === undefined) return '<nil>';
  if (typeof value !== 'object') return String(value);
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `map[${entries.map(([name, inner]) => `${name}:${goText(inner)}`).join(' ')}]`;
}

/** Parses the body of a JSON, merge or strategic merge patch; throws the recorded 400 where it is not JSON. */
export function decodePatchBody(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    if (error instanceof SyntaxError) throw badRequest(`error decoding patch: ${syntaxErrorOf(text)}`);
    throw error;
  }
}

/** Go's words for the first place where a text stops being JSON, found as the shortest prefix that cannot go on. */
export function syntaxErrorOf(text: string): string {
  const at = firstBadCharacter(text);
  if (at === undefined) return 'unexpected end of JSON input';
  return `invalid character ${quoteCharacter(at.character)} ${at.expected}`;
}

interface BadCharacter {
  character: string;
  expected: string;
}

/** A JSON text is complete or could go on when only its end is missing; V8 tells the two apart by its message's position. */
function firstBadCharacter(text: string): BadCharacter | undefined {
  const position = positionOf(text);
  if (position === undefined || position >= text.trimEnd().length) return undefined;
  const before = text.slice(0, position).trimEnd();
  return { character: text.charAt(position), expected: expectedAfter(before) };
}

function positionOf(text: string): number | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    const found = /at position (\d+)/.exec(error instanceof Error ? error.message : '');
    if (found) return Number(found[1]);
    return /end of JSON input/.test(String(error)) ? text.length : text.search(/\S/);
  }
}

function expectedAfter(before: string): string {
  if (before.endsWith('{')) return 'looking for beginning of object key string';
  if (before === '' || /[[:,]$/.test(before)) return 'looking for beginning of value';
  return 'after top-level value';
}

function quoteCharacter(character: string): string {
  if (character === "'") return String.raw`'\''`;
  const code = character.charCodeAt(0);
  // What cannot be printed is shown as its number (strconv.Quote).
  return code >= 0x7f && code <= 0xa0 ? `'\\u${code.toString(16).padStart(4, '0')}'` : `'${character}'`;
}
