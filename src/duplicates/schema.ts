import {
  boolCoreTag,
  defineMappingTag,
  defineScalarTag,
  defineSequenceTag,
  CORE_SCHEMA,
  floatCoreTag,
  intCoreTag,
  mapTag,
  mergeTag,
  NOT_RESOLVED,
  seqTag,
  type ScalarTagDefinition,
  type Schema,
} from 'js-yaml';
import { Spelled } from './spelled.ts';

/**
 * YAML 1.2's core types with merge keys, as manifests use them. Numbers and booleans keep their spelling where it is not the
 * usual one. Tags of other tools (`!Ref`, `!vault`) are read as what they stand on: their files are no manifests, and no
 * reason to stop.
 */
export const MANIFEST_SCHEMA: Schema = CORE_SCHEMA.withTags(
  spelled(boolCoreTag, (value) => value),
  spelled(intCoreTag, (value, source) => (Number.isSafeInteger(value) ? value : exactInteger(source, value))),
  spelled(floatCoreTag, (value) => value),
  mergeTag,
  ...['!', 'tag:'].flatMap((prefix) => foreignTags(prefix)),
);

function spelled<T extends number | boolean>(
  tag: ScalarTagDefinition<T>,
  exact: (value: T, source: string) => T | bigint,
): ScalarTagDefinition {
  return defineScalarTag<unknown>(tag.tagName, {
    implicit: true,
    implicitFirstChars: tag.implicitFirstChars,
    identify: () => false,
    resolve: (source, isExplicit, tagName) => {
      const value = tag.resolve(source, isExplicit, tagName);
      if (value === NOT_RESOLVED) return NOT_RESOLVED;
      const kept = exact(value, source);
      return typeof kept !== 'bigint' && String(kept) === source ? kept : new Spelled(kept, source);
    },
  });
}

/** All digits of an integer over 2^53, in which two objects may differ. */
function exactInteger(source: string, rounded: number): bigint {
  const digits = source.replace(/^[-+]/, '');
  try {
    return source.startsWith('-') ? -BigInt(digits) : BigInt(digits);
  } catch {
    return BigInt(rounded);
  }
}

function foreignTags(prefix: string) {
  return [
    defineScalarTag<string>(prefix, { matchByTagPrefix: true, resolve: String, identify: () => false }),
    defineSequenceTag(prefix, { ...seqTag, matchByTagPrefix: true }),
    defineMappingTag(prefix, { ...mapTag, matchByTagPrefix: true }),
  ];
}
