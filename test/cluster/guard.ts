import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { rememberProgram } from './processes.ts';
import { stopCluster } from './stop.ts';

/**
 * A small process that ends the programs of a directory when this one has ended: its input is a pipe that the system
 * closes for a process that can no longer do it, one that was killed included.
 */
export function guardCluster(directory: string): void {
  const guard = spawn(process.execPath, [fileURLToPath(import.meta.url), directory], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  if (guard.pid === undefined) throw new Error(`${process.execPath} cannot be run`);
  rememberProgram(directory, 'guard', guard.pid);
  // The pipe stays open as long as we live, but does not keep us alive. When the cluster is stopped the guard goes too.
  guard.unref();
  guard.stdin.on('error', () => undefined);
  (guard.stdin as Socket).unref();
}

if (import.meta.main) {
  process.stdin.resume().once('end', () => void stopCluster(process.argv[2] ?? ''));
}
