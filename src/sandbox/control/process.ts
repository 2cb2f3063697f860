import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { accessFilesOf, auditLogOf } from './access.ts';
import { SandboxControl } from './client.ts';
import { findHolder, isLiving } from './lock.ts';
import type { Status } from './protocol.ts';

/**
 * Starts the sandbox's program in a process of its own, which outlives this one, and returns when it is ready. Its state
 * is in memory: what stays after the end are the files under `dir`. Throws when one already runs there.
 */
export async function startSandbox(dir: string, options: { program?: string; within?: number } = {}): Promise<Status> {
  const at = resolve(dir);
  const holder = findHolder(at);
  if (holder)
    throw new Error(`A sandbox is already running in ${at}, as process ${holder.pid}. Stop it first, or use it.`);
  mkdirSync(at, { recursive: true, mode: 0o700 });
  const child = spawnProgram(at, options.program ?? fileURLToPath(new URL('../program.ts', import.meta.url)));
  try {
    return await readiness(at, child, options.within ?? 15_000);
  } finally {
    child.unref();
  }
}

/** Ends the sandbox of the directory; returns false when none was running. */
export async function stopSandbox(dir: string): Promise<boolean> {
  const at = resolve(dir);
  const holder = findHolder(at);
  if (!holder) return false;
  process.kill(holder.pid, 'SIGTERM');
  const deadline = Date.now() + 10_000;
  while (isLiving(holder)) {
    if (Date.now() > deadline)
      throw new Error(`The sandbox, process ${holder.pid}, did not end within 10 seconds of SIGTERM.`);
    await sleep(10);
  }
  return true;
}

export async function sandboxStatus(dir: string): Promise<Status> {
  const at = resolve(dir);
  return (await answeredStatus(at)) ?? notRunning(at);
}

const notRunning = (dir: string): Status => ({
  running: false,
  pid: null,
  kubeconfig: accessFilesOf(dir).kubeconfig,
  endpoints: { kubernetes: null, aws: null },
  auditLog: auditLogOf(dir),
});

async function answeredStatus(dir: string): Promise<Status | undefined> {
  if (!findHolder(dir)) return undefined;
  let control: SandboxControl;
  try {
    control = await SandboxControl.connect(dir);
  } catch {
    return undefined;
  }
  try {
    return await control.call('status');
  } catch {
    return undefined;
  } finally {
    control.close();
  }
}

function spawnProgram(dir: string, program: string): ChildProcess {
  const log = openSync(logOf(dir), 'w', 0o600);
  try {
    // Its own session and directory `/`, so that neither a closed terminal nor an unmount reaches it.
    return spawn(process.execPath, [program, '--dir', dir], { detached: true, cwd: '/', stdio: ['ignore', log, log] });
  } finally {
    closeSync(log);
  }
}

async function readiness(dir: string, child: ChildProcess, within: number): Promise<Status> {
  const deadline = Date.now() + within;
  for (;;) {
    const status = await answeredStatus(dir);
    if (status && status.pid === child.pid) return status;
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`The sandbox ended at its start: ${lastWords(dir)}`);
    if (Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`The sandbox was not ready after ${within} ms and was ended; see ${logOf(dir)}.`);
    }
    await sleep(15);
  }
}

const logOf = (dir: string): string => join(dir, 'sandbox.log');

const lastWords = (dir: string): string => readFileSync(logOf(dir), 'utf8').trim().split('\n').slice(-5).join('\n');
