import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startOf } from './processes.ts';

/** Tells a person what takes long. */
export type Tell = (line: string) => void;

/** Outside the repository, shared by all checkouts of a user: a build for each set of inputs. */
export function cachedFolder(name: string, inputs: readonly string[], env: NodeJS.ProcessEnv): string {
  const cache = env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const digest = createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 16);
  return join(cache, 'drctl-cluster', `${name}-${digest}`);
}

/**
 * Fills a folder once: `make` writes into a folder beside it, which is renamed when it is whole, so that a build that
 * was broken off leaves nothing that looks finished. Of two processes one builds and the other waits for it.
 */
export async function filledOnce(
  folder: string,
  make: (into: string) => Promise<void>,
  tell: Tell,
  { movable = true } = {},
): Promise<string> {
  if (isWhole(folder, movable)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  const release = await locked(`${folder}.lock`, tell);
  try {
    if (isWhole(folder, movable)) return folder;
    const into = movable ? `${folder}.making` : folder;
    rmSync(into, { recursive: true, force: true });
    mkdirSync(into, { recursive: true });
    await make(into);
    if (movable) renameSync(into, folder);
    else writeFileSync(join(folder, whole), '');
    return folder;
  } finally {
    release();
  }
}

/** A folder that may not be moved (a Python environment holds its own path) is whole when a file says so. */
const whole = '.whole';

function isWhole(folder: string, movable: boolean): boolean {
  return existsSync(movable ? folder : join(folder, whole));
}

/** Tells every half minute how long something has been running. */
export async function withElapsed<T>(what: string, tell: Tell, work: Promise<T>): Promise<T> {
  const began = Date.now();
  const timer = setInterval(() => tell(`${what}: ${Math.round((Date.now() - began) / 1000)} s so far`), 30_000);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}

/** A file that names its owner; an owner that is gone counts as none. */
async function locked(file: string, tell: Tell): Promise<() => void> {
  const mine = JSON.stringify({ pid: process.pid, startedAt: startOf(process.pid) });
  for (let told = false; ; await sleep(500)) {
    try {
      writeFileSync(file, mine, { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = ownerOf(file);
    if (owner !== undefined && startOf(owner.pid) !== owner.startedAt) rmSync(file, { force: true });
    else if (!told) {
      tell(`waiting for process ${owner?.pid ?? '?'}, which is building the same`);
      told = true;
    }
  }
}

function ownerOf(file: string): { pid: number; startedAt: string } | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { pid: number; startedAt: string };
  } catch {
    // just released, or just being written
    return undefined;
  }
}
