import { join } from 'node:path';
import { z } from 'zod';
import { DrctlError } from '../model/errors.ts';
import type { Driver } from '../ports/run-store.ts';
import { createFile, namesIn, readIfThere, replaceFile } from './durable.ts';

/**
 * Who drives a run. There is one key file an epoch, created exclusively and whole: that file is the taking of the run and
 * the fence for the epoch before it. Only its own driver writes it again, so an old driver cannot overwrite a taker's.
 */
export interface Key {
  readonly driver: Driver;
  readonly renewedAt: string;
  /** Given back: anybody may take the next epoch. */
  readonly released: boolean;
  /** Its run was imported: whoever holds the key drives it elsewhere, if at all. */
  readonly carried?: boolean | undefined;
  /** The last line that this driver knew to be durable: it must still be there. */
  readonly head: { readonly seq: number; readonly hash: string };
}

export const DRIVER: z.ZodType<Driver> = z.looseObject({
  account: z.string(),
  host: z.string(),
  boot: z.string(),
  pid: z.int(),
  processStart: z.string(),
  since: z.string(),
});

const KEY: z.ZodType<Key> = z.object({
  driver: DRIVER,
  renewedAt: z.string(),
  released: z.boolean(),
  carried: z.boolean().optional(),
  head: z.object({ seq: z.int(), hash: z.string() }),
});

export function keyPath(directory: string, epoch: number): string {
  return join(directory, `key.${epoch}.json`);
}

/** False when somebody else has taken that epoch. */
export function createKey(directory: string, epoch: number, key: Key): boolean {
  return createFile(keyPath(directory, epoch), JSON.stringify(key));
}

export function writeKey(directory: string, epoch: number, key: Key): void {
  replaceFile(keyPath(directory, epoch), JSON.stringify(key));
}

/** The newest epoch and its key; undefined where nobody ever took the run. A key that cannot be read is no key. */
export function newestKey(directory: string): { readonly epoch: number; readonly key: Key | undefined } | undefined {
  const epochs = namesIn(directory).map((name) => Number(/^key\.(\d+)\.json$/.exec(name)?.[1] ?? 0));
  const epoch = Math.max(0, ...epochs);
  return epoch === 0 ? undefined : { epoch, key: readKey(keyPath(directory, epoch)) };
}

function readKey(path: string): Key | undefined {
  const text = readIfThere(path)?.toString() ?? '';
  try {
    return KEY.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export function keyDamaged(run: string): DrctlError {
  return new DrctlError('KeyDamaged', 'target', `the key of run ${run} does not say who drives it: it is damaged`, {
    exit: 'driven',
    nextSteps: [`make sure that nobody drives it, then: drctl resume ${run} --take-over --because REASON`],
  });
}
