import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { stopPrograms } from './processes.ts';

/**
 * A small process that ends the programs of a directory when this one has ended: its input is a pipe that the system
 * closes for a process that can no longer do it, one that was killed included.
 */
export function guardCluster(directory: string): void {
  const guard = spawn(process.execPath, [fileURLToPath(import.meta.url), directory], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  // The pipe stays open as long as we live, but keeps nobody alive.
  guard.stdin.on('error', () => undefined);
  (guard.stdin as unknown as { unref(): void }).unref();
}

if (import.meta.main) {
  process.stdin.resume().once('end', () => void stopPrograms(process.argv[2] ?? ''));
}
