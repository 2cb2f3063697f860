import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { errnoOf, storeError } from './store-errors.ts';

/** Everything here is only its owner's to read: journals name accounts, objects and addresses. */
const DIRECTORY = 0o700;
const FILE = 0o600;

/** Makes a directory and its parents, durably. */
export function makeDirectory(path: string): void {
  try {
    makeParts(path);
  } catch (error) {
    throw storeError('create directory', path, error);
  }
}

/** Part by part: the `recursive` of Node 24 answers ENOENT, not EROFS, on a read-only file system (tried). */
function makeParts(path: string): void {
  const found = fs.statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) return;
  if (found) throw Object.assign(new Error(`${path} is no directory`), { code: 'ENOTDIR' });
  makeParts(dirname(path));
  try {
    fs.mkdirSync(path, { mode: DIRECTORY });
  } catch (error) {
    // Another process was faster.
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
  syncDirectory(dirname(path));
}

/** A directory's entries are durable only when the directory itself was synced (fsync(2)). */
export function syncDirectory(path: string): void {
  const handle = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}

/** Replaces a file's content in one instant: a reader sees the old text or the new, a crash leaves one of them. */
export function replaceFile(path: string, text: string): void {
  withTemporary(path, text, (temporary) => fs.renameSync(temporary, path));
}

/** The same, but only where no such file is: false when there is one. link(2) is exclusive and shows whole files only. */
export function createFile(path: string, text: string): boolean {
  let created = true;
  withTemporary(path, text, (temporary) => {
    try {
      fs.linkSync(temporary, path);
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
      created = false;
    }
  });
  return created;
}

function withTemporary(path: string, text: string, place: (temporary: string) => void): void {
  const directory = dirname(path);
  const temporary = join(directory, `.${randomBytes(8).toString('hex')}.tmp`);
  try {
    const handle = fs.openSync(temporary, 'wx', FILE);
    try {
      fs.writeFileSync(handle, text);
      fs.fsyncSync(handle);
      place(temporary);
    } finally {
      fs.closeSync(handle);
      fs.rmSync(temporary, { force: true });
    }
    syncDirectory(directory);
  } catch (error) {
    throw storeError('write', path, error);
  }
}

/** A new file to append to; its name is durable when this returns. */
export function openAppendOnly(path: string): number {
  try {
    const handle = fs.openSync(path, 'ax', FILE);
    syncDirectory(dirname(path));
    return handle;
  } catch (error) {
    throw storeError('create', path, error);
  }
}

/** A file that is there, to append to. */
export function openToAppend(path: string): number {
  try {
    return fs.openSync(path, 'a', FILE);
  } catch (error) {
    throw storeError('append to', path, error);
  }
}

/** Synchronous on purpose: an append by promises costs twice as much, and a journal has nothing to do meanwhile. */
export function appendDurably(handle: number, path: string, text: string): void {
  try {
    const bytes = Buffer.from(text);
    for (let done = 0; done < bytes.length;) done += fs.writeSync(handle, bytes, done);
    fs.fdatasyncSync(handle);
    if (fs.fstatSync(handle).nlink === 0) throw new Error('the file was removed while the run was being driven');
  } catch (error) {
    throw storeError('append to', path, error);
  }
}

/** undefined only where there is no such file; an unreadable one throws. */
export function readIfThere(path: string): Buffer | undefined {
  try {
    return fs.readFileSync(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw storeError('read', path, error);
  }
}

/** Names in a directory, hidden ones left out; none where the directory is not there. */
export function namesIn(path: string): string[] {
  try {
    return fs.readdirSync(path).filter((name) => !name.startsWith('.'));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw storeError('list', path, error);
  }
}

/** Existence, and never "no" because it could not be looked at. */
export function exists(path: string): boolean {
  try {
    return fs.statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    throw storeError('look at', path, error);
  }
}

export function removeFile(path: string): void {
  try {
    fs.rmSync(path, { force: true });
  } catch (error) {
    throw storeError('remove', path, error);
  }
}
