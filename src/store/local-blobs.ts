import { join } from 'node:path';
import { digestOfText, type Digest } from '../model/digest.ts';
import { DrctlError } from '../model/errors.ts';
import type { Blobs } from '../ports/blobs.ts';
import { makeDirectory, readIfThere, replaceFile } from './durable.ts';

/** Texts named by their own digest, shared by all runs of a store. */
export function createLocalBlobs(directory: string): Blobs {
  const pathOf = (digest: Digest): string => join(directory, blobName(digest));
  /** Those of which this process knows that they are durable. */
  const durable = new Set<Digest>();
  return {
    put: async (text) => {
      const digest = digestOfText(text);
      if (durable.has(digest)) return digest;
      makeDirectory(directory);
      replaceFile(pathOf(digest), text);
      durable.add(digest);
      return digest;
    },
    get: async (digest) => {
      const bytes = readIfThere(pathOf(digest));
      if (!bytes) throw blobDamaged('BlobMissing', digest, 'is not there');
      if (digestOfText(bytes) !== digest) throw blobDamaged('BlobDamaged', digest, 'does not match its name');
      return bytes.toString();
    },
  };
}

/** A digest comes from a journal: as a name it must not lead anywhere else. */
export function blobName(digest: string): string {
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw blobDamaged('BlobMissing', digest, 'has no possible name');
  return digest.replace(':', '-');
}

export function blobDamaged(code: 'BlobMissing' | 'BlobDamaged', digest: string, what: string): DrctlError {
  return new DrctlError(code, 'target', `the stored text ${digest}, which a journal refers to, ${what}`, {
    nextSteps: ['restore the state from a copy', 'or open a new run: it plans against the world as it is'],
  });
}
