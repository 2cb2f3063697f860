import type { Digest } from '../model/digest.ts';

/** Content-addressed texts beside a journal: runbook, parameters, plans, large bodies. */
export interface Blobs {
  /** Durable when it resolves; putting the same text again is free. */
  put(text: string): Promise<Digest>;
  /** Throws `BlobMissing` or, when the bytes do not match their name, `BlobDamaged`. */
  get(digest: Digest): Promise<string>;
}
