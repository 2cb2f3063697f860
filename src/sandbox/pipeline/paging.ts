import { syntaxErrorOf } from '../patch/index.ts';
import { badRequest } from '../registry/status.ts';

/** Where a page begins: `rv` is the revision of the first page (-1: the newest will do), `start` the first key. */
export interface PageToken {
  rv: number;
  start: string;
}

/** As a real server writes it: base64url JSON; the key is relative to the list's prefix and its last byte is 0. */
export function encodeToken(token: PageToken): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: token.rv, start: token.start })).toString('base64url');
}

/** Throws 400 for what is no token. */
export function decodeToken(text: string): PageToken {
  const value = parsed(bytesOf(text));
  if (typeof value !== 'object' || value === null) throw badToken(`continue key is not valid: it is no JSON object`);
  const { v, rv, start } = value as Record<string, unknown>;
  if (v !== 'meta.k8s.io/v1') {
    const version = typeof v === 'string' ? v : '';
    throw badToken(`continue key is not valid: server does not recognize this encoded version ${version}`);
  }
  if (typeof rv !== 'number' || rv === 0)
    throw badToken('continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  if (typeof start !== 'string' || start === '')
    throw badToken('continue key is not valid: encoded start key empty (version meta.k8s.io/v1)');
  return { rv, start };
}

/** Go says at which byte the text stops being base64 without padding. */
function bytesOf(text: string): Buffer {
  const wrong = /[^A-Za-z0-9_-]/.exec(text)?.index ?? (text.length % 4 === 1 ? text.length - 1 : undefined);
  if (wrong !== undefined) throw badToken(`continue key is not valid: illegal base64 data at input byte ${wrong}`);
  return Buffer.from(text, 'base64url');
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    // Go reads byte by byte, and names the first that is none of JSON's.
    throw badToken(`continue key is not valid: ${syntaxErrorOf(bytes.toString('latin1'))}`);
  }
}

const badToken = (why: string) => badRequest(`invalid continue token: ${why}`);
