import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** `sha256:` and 64 hex digits over the canonical JSON (RFC 8785) of a value, so that key order never matters. */
export type Digest = `sha256:${string}`;

/** The value is plain data; members that are `undefined` are left out, as JSON does. */
export function digestOf(value: unknown): Digest {
  return digestOfText(canonicalize(value) ?? 'null');
}

export function digestOfText(text: string | Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** The first twelve hex digits: enough for a person to compare two of them. */
export function shortDigest(digest: Digest): string {
  return digest.slice('sha256:'.length, 'sha256:'.length + 12);
}
