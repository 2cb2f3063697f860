import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Below these levels (plan, phases, phase, steps, step, Changes) a value is small and written whole. */
const LEVELS = 6;

/** Characters that go out at once. */
const PIECE = 1 << 16;

/** A list whose members are made when they are written: ten thousand Changes with their commands are never there at once. */
export class Lazily<From, To> implements Iterable<To> {
  readonly #from: readonly From[];
  readonly #make: (one: From) => To;

  constructor(from: readonly From[], make: (one: From) => To) {
    this.#from = from;
    this.#make = make;
  }

  *[Symbol.iterator](): Generator<To> {
    for (const one of this.#from) yield this.#make(one);
  }

  toJSON(): To[] {
    return [...this];
  }
}

/** The text of `JSON.stringify(value, null, 2)` and a newline, in pieces: that of a large plan was its largest memory. */
export function* documentOf(value: unknown): Generator<string> {
  let piece = '';
  for (const text of textsOf(value, '', LEVELS)) {
    piece += text;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  yield `${piece}\n`;
}

/** Waits where the reader is slower; one that has gone away is whoever watches the stream's matter. */
export async function writeDocument(value: unknown, out: Writable): Promise<void> {
  for (const piece of documentOf(value))
    if (!out.write(piece) && !out.destroyed) await Promise.race([once(out, 'drain'), once(out, 'close')]);
}

function* textsOf(value: unknown, indent: string, levels: number): Generator<string> {
  if (value instanceof Lazily || (levels > 0 && Array.isArray(value))) yield* listOf(value, indent, levels);
  else if (levels > 0 && isPlain(value)) yield* objectOf(value, indent, levels);
  else yield (JSON.stringify(value, null, 2) ?? 'null').replaceAll('\n', `\n${indent}`);
}

function* listOf(values: Iterable<unknown>, indent: string, levels: number): Generator<string> {
  let before = '[';
  for (const value of values) {
    yield `${before}\n${indent}  `;
    yield* textsOf(value, `${indent}  `, levels - 1);
    before = ',';
  }
  yield before === '[' ? '[]' : `\n${indent}]`;
}

function* objectOf(object: object, indent: string, levels: number): Generator<string> {
  let before = '{';
  for (const [key, value] of Object.entries(object)) {
    if (value === undefined || typeof value === 'function' || typeof value === 'symbol') continue;
    yield `${before}\n${indent}  ${JSON.stringify(key)}: `;
    yield* textsOf(value, `${indent}  `, levels - 1);
    before = ',';
  }
  yield before === '{' ? '{}' : `\n${indent}}`;
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !('toJSON' in value);
}
