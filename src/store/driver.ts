import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import type { Driver } from '../ports/run-store.ts';
import { errnoOf } from './store-errors.ts';

/** This process as the driver of a run. `who` adds the Kubernetes user and the AWS caller where they are known. */
export function thisDriver(now: number, who: Pick<Driver, 'kubernetes' | 'aws'> = {}): Driver {
  return {
    account: accountName(),
    ...who,
    host: hostname(),
    boot: bootOf(),
    pid: process.pid,
    processStart: processOf(process.pid)?.start ?? 'unknown',
    since: new Date(now).toISOString(),
  };
}

/**
 * Whether a driver surely lives no more: same host and boot, and its pid is gone or belongs to another process by now. From
 * anywhere else, and whenever something cannot be read, it may live: silence is not death.
 */
export function isProvablyGone(driver: Driver): boolean {
  if (driver.host !== hostname() || driver.boot !== bootOf()) return false;
  if (!pidExists(driver.pid)) return true;
  const found = processOf(driver.pid);
  if (found === undefined || driver.processStart === 'unknown') return false;
  return found.dead || found.start !== driver.processStart;
}

/** A signal of 0 asks only, and sees processes that `hidepid` hides in /proc. */
function pidExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) !== 'ESRCH';
  }
}

interface Process {
  readonly start: string;
  /** Killed and not yet reaped by its parent: it runs no more. */
  readonly dead: boolean;
}

function processOf(pid: number): Process | undefined {
  return process.platform === 'linux' ? linuxProcess(pid) : otherProcess(pid);
}

/** Field 22 of /proc/PID/stat is the start in clock ticks since boot (proc(5)); the name before may hold blanks and `)`. */
function linuxProcess(pid: number): Process | undefined {
  const text = tryTo(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, start] = [fields?.[0], fields?.[19]];
  return state === undefined || start === undefined ? undefined : { start, dead: state === 'Z' || state === 'X' };
}

function otherProcess(pid: number): Process | undefined {
  const text = tryTo(() => execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim());
  return text ? { start: text, dead: false } : undefined;
}

/** A container shares its host's boot but not its pids, so the pid namespace belongs to it. */
function bootOf(): string {
  // Two unknowns must not look like one boot.
  const unknown = `unknown ${process.pid}`;
  if (process.platform !== 'linux') return tryTo(darwinBoot) ?? unknown;
  const boot = tryTo(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  const namespace = tryTo(() => readlinkSync('/proc/self/ns/pid'));
  return boot !== undefined && namespace !== undefined ? `${boot} ${namespace}` : unknown;
}

function darwinBoot(): string {
  return execFileSync('sysctl', ['-n', 'kern.boottime'], { encoding: 'utf8' }).trim();
}

function accountName(): string {
  return tryTo(() => userInfo().username) ?? `uid ${process.getuid?.() ?? 'unknown'}`;
}

function tryTo<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
