import { isAlias, isMap, isPair, isScalar, isSeq, type Document, type LineCounter, type Node, type Pair } from 'yaml';
import type { SourcePosition } from '../model/errors.ts';
import type { Json } from '../model/json.ts';
import type { Problem } from './problem.ts';
import { sourceOffset } from './scalar-offset.ts';

export type Path = readonly (string | number)[];

/** Where in the thing at a path: at its key, at its value, or `offset` characters into its text. */
type Spot = 'key' | 'value' | number;

type Details = Pick<Problem, 'expected' | 'didYouMean'>;

/** A YAML file that could be read, and the way back from a path in its value to a place in its text. */
export interface Source {
  readonly file: string;
  readonly text: string;
  readonly value: Json;
  at(path: Path, spot?: Spot): SourcePosition;
  problem(code: string, message: string, path: Path, spot?: Spot, details?: Details): Problem;
}

export function sourceOf(file: string, text: string, document: Document, counter: LineCounter, value: Json): Source {
  const at = (path: Path, spot: Spot = 'value'): SourcePosition => {
    const { line, col } = counter.linePos(offsetAt(document, text, path, spot));
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  return {
    file,
    text,
    value,
    at,
    problem(code, message, path, spot = 'value', details = {}) {
      const position = at(path, spot);
      return { code, message, at: position, line: lineOf(text, counter, position.line), ...definedOf(details) };
    },
  };
}

function definedOf(details: Details): Details {
  return Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined));
}

export function lineOf(text: string, counter: LineCounter, line: number): string {
  const from = counter.lineStarts[line - 1] ?? 0;
  const end = text.indexOf('\n', from);
  return text.slice(from, end < 0 ? undefined : end).replace(/\r$/, '');
}

/** What is not there is placed at the nearest thing above it that is. */
function offsetAt(document: Document, text: string, path: Path, spot: Spot): number {
  let node = resolved(document, document.contents);
  let key: Node | undefined;
  let missing = false;
  for (const step of path) {
    const next = memberOf(document, node, step);
    if (!next) {
      missing = true;
      break;
    }
    key = next.key;
    node = resolved(document, next.value);
  }
  if (missing && typeof spot === 'number') return startOf(key ?? node);
  if (spot === 'key' || missing || !node) return startOf(key ?? node);
  if (typeof spot === 'number' && isScalar(node)) return sourceOffset(text, node, spot);
  return startOf(node);
}

function startOf(node: Node | null | undefined): number {
  return node?.range?.[0] ?? 0;
}

function resolved(document: Document, node: unknown): Node | undefined {
  if (isAlias(node)) return node.resolve(document);
  return (node ?? undefined) as Node | undefined;
}

interface Member {
  readonly key: Node | undefined;
  readonly value: unknown;
}

function memberOf(document: Document, node: Node | undefined, step: string | number): Member | undefined {
  if (isSeq(node)) {
    const value = node.items[Number(step)];
    return value === undefined ? undefined : { key: undefined, value };
  }
  if (!isMap(node)) return undefined;
  const own = node.items.find((pair) => isPair(pair) && keyTextOf(pair) === String(step));
  if (own) return { key: own.key as Node, value: own.value };
  return mergedMember(document, node.items, step);
}

function mergedMember(document: Document, pairs: readonly Pair[], step: string | number): Member | undefined {
  for (const pair of pairs) {
    if (keyTextOf(pair) !== '<<') continue;
    const value = resolved(document, pair.value);
    const maps = isSeq(value) ? value.items.map((one) => resolved(document, one)) : [value];
    for (const map of maps) {
      const found = memberOf(document, map, step);
      if (found) return found;
    }
  }
  return undefined;
}

function keyTextOf(pair: Pair): string | undefined {
  const { key } = pair;
  if (!isScalar(key)) return undefined;
  // a merge key's value is a symbol in the parser's own schema
  return typeof key.value === 'symbol' ? '<<' : String(key.value);
}
