import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Which process is the sandbox of a directory. The start time tells it from a later process with the same number. */
export interface Holder {
  pid: number;
  started: string;
}

const fileOf = (dir: string): string => join(dir, 'sandbox.pid');

/** The living holder, if any; a file left by a process that is gone counts as none. */
export function findHolder(dir: string): Holder | undefined {
  const holder = read(dir);
  return holder && isLiving(holder) ? holder : undefined;
}

export const isLiving = (holder: Holder): boolean => startOf(holder.pid) === holder.started;

/**
 * Makes this process the sandbox of the directory, or throws. Two that find the same stale file at once may both get
 * here; the file then names one of them, and the other sees at its next look that it does not hold the directory.
 */
export function take(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const holder = findHolder(dir);
  if (holder) throw new Error(`A sandbox is already running in ${dir}, as process ${holder.pid}.`);
  const mine: Holder = { pid: process.pid, started: startOf(process.pid) ?? '' };
  writeFileSync(`${fileOf(dir)}.${process.pid}`, `${JSON.stringify(mine)}\n`);
  renameSync(`${fileOf(dir)}.${process.pid}`, fileOf(dir));
}

/** False once the directory was removed or another process took it. */
export const holds = (dir: string): boolean => read(dir)?.pid === process.pid;

export function release(dir: string): void {
  if (holds(dir)) rmSync(fileOf(dir), { force: true });
}

function read(dir: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(dir), 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

/** When the process started, as the system counts; undefined when there is no such process. */
function startOf(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch {
    return undefined;
  }
  try {
    // Field 22 of /proc/PID/stat, counted behind the name in parentheses; a zombie (Z) is gone already.
    const [state, ...fields] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return state === 'Z' ? undefined : (fields[18] ?? '');
  } catch {
    return '';
  }
}
