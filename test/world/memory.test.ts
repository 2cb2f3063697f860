import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { spareMemory } from '../../src/world/memory.ts';

const MODULE = join(import.meta.dirname, '..', '..', 'src', 'world', 'memory.ts');
// getrusage would count what this process has as well
const PEAK = join(import.meta.dirname, '..', 'bench', 'peak-memory.ts');

/** A process that makes much garbage, as one that lists a cluster does, and keeps some. Its peak in MB, and its complaints. */
function garbage(spared: boolean, keepsOneIn: number): { megabytes: number; complaints: string } {
  const script = `
    import { spareMemory } from ${JSON.stringify(MODULE)};
    if (${spared}) spareMemory();
    let kept = [];
    for (let at = 0; at < 4e6; at += 1) {
      // the next look takes the place of the one before
      if (at % 1e6 === 0) kept = [];
      // as between two requests: only then is it noticed how much is alive
      if (at % 1e5 === 0) await new Promise(setImmediate);
      const one = { at, text: String(at), list: [at] };
      if (at % ${keepsOneIn} === 0) kept.push(one);
    }`;
  const dir = mkdtempSync(join(tmpdir(), 'drctl-memory-'));
  try {
    const args = ['--import', PEAK, '--input-type=module', '-e', script];
    const env = { ...process.env, DRCTL_BENCH_MEMORY: join(dir, 'peak') };
    const { stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env });
    return { megabytes: Number(readFileSync(join(dir, 'peak'), 'utf8')) / 1_024, complaints: stderr };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

test.each([
  ['little', 12],
  ['much', 2],
])('with %s alive the heap is kept smaller, and V8 complains of no flag', (_, keepsOneIn) => {
  const [spared, usual] = [garbage(true, keepsOneIn), garbage(false, keepsOneIn)];
  expect(spared.complaints).toBe('');
  expect(spared.megabytes).toBeLessThan(usual.megabytes);
});

test('a V8 that may not know the flags is left alone', () => {
  expect(spareMemory('12.4.254.21-node.26')).toBe(false);
  expect(spareMemory('14.1.0')).toBe(false);
});
