import type { JsonObject, KubeObject } from '../types.ts';
import { decodeBuiltIn, DecodeError } from './decode.ts';
import { duplicateFields } from './duplicates.ts';
import { badRequest, invalidPatchResult } from './errors.ts';
import { pruneCustom } from './prune.ts';
import type { Schema, Schemas } from './schemas.ts';

export interface ValidateFieldsInput {
  /** The text of a body (duplicate fields are found only there), or what `patchObject` answered. */
  raw: string | JsonObject | KubeObject;
  schemas: Schemas;
  mode: 'Strict' | 'Warn' | 'Ignore';
  /** A patch's result that cannot be decoded is 422 and quoted whole; a body is 400. Default: a body. */
  source?: 'body' | 'patch';
}

/**
 * Decodes an object as the API server does and says what it dropped. Strict refuses unknown and duplicate fields, Warn
 * answers one warning each (for a Warning header: 299 - "…"), Ignore says nothing. A kind without a schema passes as it
 * is. `raw` must already be JSON (or an object) with apiVersion and kind. Throws StatusError 400 or 422.
 */
export function validateFields(input: ValidateFieldsInput): { object: KubeObject; warnings: string[] } {
  const { raw, schemas, mode } = input;
  const sent = withMetadata((typeof raw === 'string' ? JSON.parse(raw) : raw) as KubeObject);
  const schema = schemas.of(sent.apiVersion, sent.kind);
  const refuse = (why: string): never => {
    throw input.source === 'patch' ? invalidPatchResult(sorted(sent), why) : badRequest(undecodable(sent, why));
  };
  if (!schema) {
    const known = input.source === 'patch' && schemas.servesVersionOf(sent.kind);
    return known ? refuse(unregistered(sent)) : { object: sent, warnings: duplicateWarnings(raw, mode, refuse) };
  }
  const { value, unknown } = decoded(sent, schema, refuse);
  const duplicates = typeof raw === 'string' && mode !== 'Ignore' ? duplicateFields(raw) : [];
  const strict = [
    ...unknown.map((path) => `unknown field "${path}"`),
    ...duplicates.map((path) => `duplicate field "${path}"`),
  ];
  if (mode === 'Strict' && strict.length > 0) refuse(`strict decoding error: ${strict.join(', ')}`);
  return { object: value, warnings: mode === 'Warn' ? strict : [] };
}

function duplicateWarnings(raw: ValidateFieldsInput['raw'], mode: string, refuse: (why: string) => never): string[] {
  if (typeof raw !== 'string' || mode === 'Ignore') return [];
  const found = duplicateFields(raw).map((path) => `duplicate field "${path}"`);
  if (mode === 'Strict' && found.length > 0) return refuse(`strict decoding error: ${found.join(', ')}`);
  return found;
}

function decoded(
  sent: KubeObject,
  schema: Schema,
  refuse: (why: string) => never,
): { value: KubeObject; unknown: string[] } {
  const json = sent as unknown as JsonObject;
  if (schema.custom) {
    const pruned = pruneCustom(json, schema.root);
    return { value: pruned.value as unknown as KubeObject, unknown: pruned.unknown };
  }
  try {
    const { value, unknown } = decodeBuiltIn(json, schema.root);
    return { value: withMetadata(value as unknown as KubeObject), unknown };
  } catch (error) {
    if (error instanceof DecodeError) return refuse(error.message);
    throw error;
  }
}

/** A patch may leave nothing of an object; whoever looks for its name finds an empty one, as in a Go struct. */
function withMetadata(object: KubeObject): KubeObject {
  return { ...object, metadata: object.metadata ?? {} };
}

function undecodable(sent: KubeObject, why: string): string {
  const version = sent.apiVersion.slice(sent.apiVersion.indexOf('/') + 1);
  return `${sent.kind} in version "${version}" cannot be handled as a ${sent.kind}: ${why}`;
}

function unregistered(sent: KubeObject): string {
  return `no kind "${sent.kind}" is registered for version "${sent.apiVersion}" in scheme "pkg/runtime/scheme.go:111"`;
}

/** The recorded message quotes the object with its top level in alphabetical order. */
function sorted(object: KubeObject): unknown {
  return Object.fromEntries(Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
