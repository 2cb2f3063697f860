import { execa } from 'execa';
import type { CommandAnswer, CommandRequest } from '../ports/door.ts';
import { messageOf } from '../model/errors.ts';
import { Kept } from './kept.ts';

/** What a command may see of our environment: enough to find programs and a home, no credentials of other tools. */
const ALLOWED_ENV = ['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'TERM', 'NO_COLOR', 'SHELL'];

/**
 * Runs a program, argv as it is, without a shell. It gets a process group of its own, and on a timeout or when stopped the
 * whole group is killed: execa's own timeout would leave grandchildren and wait for their pipes. Never throws for what the
 * program does; one that cannot be started answers with no exit code.
 */
export async function runCommand(request: CommandRequest, signal?: AbortSignal): Promise<CommandAnswer> {
  const [file = '', ...args] = request.argv;
  const stdout = new Kept();
  const stderr = new Kept();
  const child = execa(file, args, {
    detached: true,
    reject: false,
    buffer: false,
    extendEnv: false,
    env: { ...allowedEnv(), ...request.env },
    stdin: request.input === undefined ? 'ignore' : 'pipe',
    ...(request.input !== undefined && { input: request.input }),
    ...(request.cwd !== undefined && { cwd: request.cwd }),
  });
  child.stdout.on('data', (chunk: Buffer) => stdout.add(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.add(chunk));
  const killing = killedGroup(child.pid, request.timeoutMs, signal);
  try {
    const result = await child;
    const words =
      result.failed && result.exitCode === undefined && result.signal === undefined ? result.originalMessage : '';
    return {
      exitCode: result.exitCode,
      ...(result.signal !== undefined && { signal: result.signal }),
      timedOut: killing.timedOut,
      stdout: stdout.text,
      stderr: `${stderr.text}${words ?? ''}`,
    };
  } catch (error) {
    return { exitCode: undefined, timedOut: false, stdout: stdout.text, stderr: messageOf(error) };
  } finally {
    killing.stop();
  }
}

function allowedEnv(): Record<string, string> {
  return Object.fromEntries(
    ALLOWED_ENV.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

function killedGroup(pid: number | undefined, timeoutMs: number, signal: AbortSignal | undefined) {
  const killing = { timedOut: false, stop };
  const kill = (): void => {
    try {
      // the group's id is its first process's; 0 and 1 would be somebody else's
      if (pid !== undefined && pid > 1) process.kill(-pid, 'SIGKILL');
    } catch {
      // all of it has ended already
    }
  };
  const timer = setTimeout(() => {
    killing.timedOut = true;
    kill();
  }, timeoutMs);
  signal?.addEventListener('abort', kill, { once: true });
  if (signal?.aborted) kill();
  function stop(): void {
    clearTimeout(timer);
    signal?.removeEventListener('abort', kill);
  }
  return killing;
}
