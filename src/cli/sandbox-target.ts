import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Target } from '../model/target.ts';

/**
 * The sandbox as a target: pinned when it is broken or started by drctl, in a file beside its kubeconfig, so that another
 * cluster behind the same files is noticed as it would be anywhere else.
 */
export function sandboxTarget(directory: string): Target | undefined {
  const file = sandboxTargetFile(directory);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Target) : undefined;
}

export function sandboxTargetFile(directory: string): string {
  return join(directory, 'target.json');
}
