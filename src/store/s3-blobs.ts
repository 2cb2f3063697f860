import { digestOfText, type Digest } from '../model/digest.ts';
import type { Blobs } from '../ports/blobs.ts';
import { blobDamaged, blobName } from './local-blobs.ts';
import type { Objects } from './s3-objects.ts';

/** Texts named by their own digest, shared by all runs of a store. */
export function createS3Blobs(objects: Objects): Blobs {
  /** Those of which this process knows that they are there. */
  const durable = new Set<Digest>();
  return {
    put: async (text) => {
      const digest = digestOfText(text);
      if (!durable.has(digest)) await objects.put(`blobs/${blobName(digest)}`, text);
      durable.add(digest);
      return digest;
    },
    get: async (digest) => {
      const text = await objects.get(`blobs/${blobName(digest)}`);
      if (text === undefined) throw blobDamaged('BlobMissing', digest, 'is not there');
      if (digestOfText(text) !== digest) throw blobDamaged('BlobDamaged', digest, 'does not match its name');
      return text;
    },
  };
}
