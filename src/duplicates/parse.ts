import { constructFromEvents, parseEvents, YAMLException } from 'js-yaml';
import { messageOf } from '../model/errors.ts';
import { jsonChunksOf, chunksOf, lineBreaks, type Chunk } from './chunks.ts';
import type { Unreadable } from './manifest.ts';
import { itemStarts, type DocumentStarts } from './positions.ts';
import { MANIFEST_SCHEMA } from './schema.ts';

/** A document's value and where it and its `items` begin (lines from 1). */
export interface ParsedDocument {
  readonly value: unknown;
  readonly line: number;
  readonly itemLines: readonly number[];
}

export interface ParsedText {
  readonly documents: readonly ParsedDocument[];
  readonly unreadable: readonly Unreadable[];
}

/** Merge keys and aliases of a file that a person wrote; more is an attack on whoever reads it. */
const MAX_ALIASES = 10_000;
const DUPLICATED_KEY = 'duplicated mapping key';

/** Never throws for what the text holds: what cannot be read is named with its line, and the rest is read. */
export function parseText(text: string): ParsedText {
  const documents: ParsedDocument[] = [];
  const unreadable: Unreadable[] = [];
  const plain = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const isJson = /^\s*\{/.test(plain);
  for (const chunk of isJson ? jsonChunksOf(withoutTabs(plain)) : chunksOf(plain)) {
    try {
      for (const document of parseChunk(chunk, unreadable)) documents.push(document);
    } catch (error) {
      unreadable.push(failureOf(chunk, error));
    }
  }
  return { documents, unreadable };
}

/**
 * JSON may be indented with tabs, which YAML's flow style does not take everywhere. Inside a JSON string a tab is always
 * escaped, so every raw one is layout. A text that only looks like JSON is left alone.
 */
function withoutTabs(text: string): string {
  return text.includes('\t') && isJson(text) ? text.replaceAll('\t', ' ') : text;
}

function isJson(text: string): boolean {
  try {
    for (const chunk of jsonChunksOf(text)) JSON.parse(chunk.text);
    return true;
  } catch {
    return false;
  }
}

function parseChunk(chunk: Chunk, unreadable: Unreadable[]): ParsedDocument[] {
  const events = parseEvents(chunk.text, {});
  const options = { source: chunk.text, schema: MANIFEST_SCHEMA, maxAliases: MAX_ALIASES };
  const starts = itemStarts(events, chunk.text);
  try {
    return documentsOf(chunk, constructFromEvents(events, options), starts);
  } catch (error) {
    if (!(error instanceof YAMLException) || error.reason !== DUPLICATED_KEY) throw error;
    // Go's YAML takes the last, and so do kubectl and Argo CD when they are not strict: the object counts, with the doubt named
    const values = constructFromEvents(events, { ...options, json: true });
    const { line } = failureOf(chunk, error);
    unreadable.push({ line, reason: 'a key stands twice in one mapping; the last one was taken' });
    return documentsOf(chunk, values, starts);
  }
}

function documentsOf(chunk: Chunk, values: readonly unknown[], starts: readonly DocumentStarts[]): ParsedDocument[] {
  const lineAt = linesFrom(chunk);
  return values.map((value, index) => {
    const { start, items } = starts[index] ?? { start: 0, items: [] };
    return { value, line: lineAt(start), itemLines: items.map(lineAt) };
  });
}

/** Offsets in ascending order to lines, in one pass over the text. */
function linesFrom(chunk: Chunk): (offset: number) => number {
  let at = 0;
  let line = chunk.line;
  return (offset) => {
    if (offset < at) [at, line] = [0, chunk.line];
    line += lineBreaks(chunk.text.slice(at, offset));
    at = offset;
    return line;
  };
}

function failureOf(chunk: Chunk, error: unknown): Unreadable {
  if (!(error instanceof YAMLException)) return { line: chunk.line, reason: `cannot be read: ${messageOf(error)}` };
  return { line: chunk.line + (error.mark?.line ?? 0), reason: error.reason };
}
