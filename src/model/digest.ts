import { createHash, type Hash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** `sha256:` and 64 hex digits over the canonical JSON (RFC 8785) of a value, so that key order never matters. */
export type Digest = `sha256:${string}`;

/** Below these levels (plan, steps, step, items) a value is written out whole. */
const LEVELS = 5;

/** Longer lists than this are fed to the hash one by one. */
const MANY = 100;

/**
 * The value is plain data; members that are `undefined` are left out, as JSON does. The canonical text of a plan over ten
 * thousand objects, put together in one string, took some 300 MB: what is large is hashed bit by bit.
 */
export function digestOf(value: unknown): Digest {
  const hash = createHash('sha256');
  feed(hash, value, isLarge(value, LEVELS) ? LEVELS : 0);
  return `sha256:${hash.digest('hex')}`;
}

function isLarge(value: unknown, levels: number): boolean {
  if (levels === 0 || !isPlainContainer(value)) return false;
  if (Array.isArray(value) && value.length > MANY) return true;
  return Object.values(value).some((one) => isLarge(one, levels - 1));
}

function feed(hash: Hash, value: unknown, levels: number): void {
  if (levels === 0 || !isPlainContainer(value)) hash.update(canonicalize(value) ?? 'null');
  else if (Array.isArray(value)) feedArray(hash, value, levels);
  else feedObject(hash, value, levels);
}

function feedArray(hash: Hash, values: readonly unknown[], levels: number): void {
  let before = '[';
  for (const value of values) {
    hash.update(before);
    feed(hash, value, levels - 1);
    before = ',';
  }
  hash.update(values.length === 0 ? '[]' : ']');
}

function feedObject(hash: Hash, object: object, levels: number): void {
  let before = '{';
  // by UTF-16 code units, as RFC 8785 asks
  for (const [key, value] of Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (!isPlainContainer(value) && canonicalize(value) === undefined) continue;
    hash.update(`${before}${canonicalize(key)}:`);
    feed(hash, value, levels - 1);
    before = ',';
  }
  hash.update(before === '{' ? '{}' : '}');
}

/** An array or an object that stands for itself: not a date, not null. */
function isPlainContainer(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}

/** A text is hashed in pieces: as bytes at once it would be there a second time. */
const PIECE = 1 << 20;

export function digestOfText(text: string | Uint8Array): Digest {
  const hash = createHash('sha256');
  if (typeof text !== 'string') hash.update(text);
  else for (const piece of piecesOf(text)) hash.update(piece);
  return `sha256:${hash.digest('hex')}`;
}

/** Parts of a long text, none of which ends in half a character. */
export function* piecesOf(text: string, size = PIECE): Generator<string> {
  for (let from = 0; from < text.length;) {
    const to = from + size;
    const isHalf = isHighSurrogate(text.charCodeAt(to - 1)) && to < text.length;
    const end = isHalf ? to + 1 : to;
    yield text.slice(from, end);
    from = end;
  }
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

/** The first twelve hex digits: enough for a person to compare two of them. */
export function shortDigest(digest: Digest): string {
  return digest.slice('sha256:'.length, 'sha256:'.length + 12);
}
