import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');
const INPUTS = ['src', 'rolldown.config.ts', 'package.json'];
const OUTPUTS = ['dist/cli.js', 'dist/sandbox.js', 'oclif.manifest.json'];

/**
 * The folder of the program under test, built as `npm run build` builds it when a source is newer than the bundle. Test files
 * run side by side: one of them builds, the others wait. DRCTL_E2E_ROOT names a built folder to test instead of this one.
 */
export async function builtProgram(): Promise<string> {
  const other = process.env['DRCTL_E2E_ROOT'];
  if (other !== undefined) return other;
  const lock = join(ROOT, 'node_modules', '.drctl-e2e-build');
  while (!isFresh()) {
    if (!take(lock)) {
      await sleep(200);
      continue;
    }
    try {
      if (!isFresh()) execFileSync('npm', ['run', 'build'], { cwd: ROOT, stdio: 'pipe' });
    } finally {
      rmSync(lock, { recursive: true, force: true });
    }
  }
  return ROOT;
}

function isFresh(): boolean {
  const outputs = OUTPUTS.map((name) => join(ROOT, name));
  if (!outputs.every((file) => existsSync(file))) return false;
  return Math.max(...INPUTS.map((name) => newest(join(ROOT, name)))) <= Math.min(...outputs.map(newest));
}

function newest(path: string): number {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))));
}

/** A lock that its holder was killed with is taken away after a minute: a build takes two seconds. */
function take(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    if (existsSync(lock) && Date.now() - statSync(lock).mtimeMs > 60_000)
      rmSync(lock, { recursive: true, force: true });
    return false;
  }
}
