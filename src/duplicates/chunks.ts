/** A document of a text, or several that cannot be told apart without parsing. */
export interface Chunk {
  readonly text: string;
  /** Line of the text on which the chunk begins, from 1. */
  readonly line: number;
}

const DIRECTIVE = /(?:^|\n)%(?:YAML|TAG)[ \t]/;
const MARKER_END = /[\s]/;

/**
 * The documents of a text, cut at `---` at the beginning of a line: YAML allows no scalar to hold one there, and kubectl's
 * reader cuts at the same places (apimachinery `pkg/util/yaml/decoder.go`). So a broken document does not take its neighbours
 * with it, and memory holds one document at a time. A text with directives, which belong to the document that follows, is one.
 */
export function chunksOf(text: string): Chunk[] {
  return cutAt(text, DIRECTIVE.test(text) ? [] : separators(text));
}

/** Several JSON documents in one text, as kubectl takes them: between two there is no comma, which arrays need. */
export function jsonChunksOf(text: string): Chunk[] {
  return cutAt(
    text,
    [...text.matchAll(/\}[ \t\r]*\n\s*(?=\{)/g)].map((gap) => gap.index + gap[0].length),
  );
}

function cutAt(text: string, cuts: readonly number[]): Chunk[] {
  const starts = [0, ...cuts];
  let line = 1;
  return starts.map((start, index) => {
    const chunk = { text: text.slice(start, starts[index + 1] ?? text.length), line };
    line += lineBreaks(chunk.text);
    return chunk;
  });
}

function separators(text: string): number[] {
  const found: number[] = [];
  for (let at = text.indexOf('\n---'); at >= 0; at = text.indexOf('\n---', at + 4)) {
    const after = text[at + 4];
    if (after === undefined || MARKER_END.test(after)) found.push(at + 1);
  }
  return found;
}

export function lineBreaks(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
