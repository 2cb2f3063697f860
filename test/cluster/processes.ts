import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A program of a cluster as its pid file remembers it: a pid alone may belong to somebody else by now. */
export interface Program {
  readonly name: string;
  readonly pid: number;
  readonly startedAt: string;
}

export interface Command {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Starts a program that outlives this process, its output in `logs/NAME.log`, and writes its pid file before anything
 * else can happen: whatever becomes of the starter, `stopPrograms` finds the program.
 */
export function startProgram(directory: string, command: Command): void {
  mkdirSync(join(directory, 'logs'), { recursive: true });
  const log = openSync(logFile(directory, command.name), 'a');
  try {
    const child = spawn(command.file, [...command.args], {
      cwd: directory,
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, ...command.env },
    });
    // A file that cannot be run gives no pid; the reason comes as an event, after this function.
    child.on('error', () => undefined);
    if (child.pid === undefined) throw new Error(`${command.file} cannot be run`);
    child.unref();
    rememberProgram(directory, command.name, child.pid);
  } finally {
    closeSync(log);
  }
}

/** From now on the process is part of the cluster: `stopPrograms` ends it. */
export function rememberProgram(directory: string, name: string, pid: number): void {
  mkdirSync(pidFolder(directory), { recursive: true });
  const program: Program = { name, pid, startedAt: startOf(pid) ?? '' };
  writeFileSync(join(pidFolder(directory), `${name}.json`), JSON.stringify(program));
}

function logFile(directory: string, name: string): string {
  return join(directory, 'logs', `${name}.log`);
}

/** The last lines that a program wrote. */
export function logTail(directory: string, name: string): string {
  try {
    return readFileSync(logFile(directory, name), 'utf8').trim().split('\n').slice(-15).join('\n');
  } catch {
    return '';
  }
}

/** Every program that a pid file names, running or not. */
export function programsOf(directory: string): Program[] {
  try {
    return readdirSync(pidFolder(directory))
      .filter((file) => file.endsWith('.json'))
      .map((file) => JSON.parse(readFileSync(join(pidFolder(directory), file), 'utf8')) as Program);
  } catch {
    return [];
  }
}

export function isRunning(program: Program): boolean {
  return startOf(program.pid) === program.startedAt;
}

/** Kills all programs of a directory: nothing of theirs is kept, so nobody is asked. Returns when none is left. */
export async function stopPrograms(directory: string): Promise<void> {
  const programs = programsOf(directory).filter(({ pid }) => pid !== process.pid);
  for (const program of programs.filter(isRunning)) killGroup(program.pid);
  for (let waited = 0; waited < 10_000 && programs.some(isRunning); waited += 20) await sleep(20);
  const left = programs.filter(isRunning);
  if (left.length > 0) throw new Error(`still running after SIGKILL: ${left.map(({ name }) => name).join(', ')}`);
  rmSync(pidFolder(directory), { recursive: true, force: true });
}

/** Resident memory in MB, 0 where the system does not tell. */
export function memoryOf(program: Program): number {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${program.pid}/status`, 'utf8'))?.[1];
    return Math.round(Number(kilobytes ?? 0) / 1024);
  } catch {
    return 0;
  }
}

/** Each program leads a group of its own (`detached`): its children go with it. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // gone in between
  }
}

function pidFolder(directory: string): string {
  return join(directory, 'pids');
}

/** When a process started, as the system counts; undefined when it is gone, a zombie included. */
export function startOf(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch {
    return undefined;
  }
  try {
    // Field 22 of /proc/PID/stat, counted behind the name in parentheses (proc(5)).
    const [state, ...fields] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return state === 'Z' ? undefined : (fields[18] ?? '');
  } catch {
    return '';
  }
}
