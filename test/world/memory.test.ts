import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { spareMemory } from '../../src/world/memory.ts';

const MODULE = join(import.meta.dirname, '..', '..', 'src', 'world', 'memory.ts');

/** A process that makes much garbage and keeps a little, as one that lists a cluster does. Its peak in MB, and what it complains of. */
function garbage(spared: boolean): { megabytes: number; complaints: string } {
  const script = `
    import { spareMemory } from ${JSON.stringify(MODULE)};
    if (${spared}) spareMemory();
    const kept = [];
    for (let at = 0; at < 2e6; at += 1) {
      const one = { at, text: String(at), list: [at] };
      if (at % 10 === 0) kept.push(one);
    }
    console.log(process.resourceUsage().maxRSS / 1024);`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  return { megabytes: Number(stdout), complaints: stderr };
}

test('the heap is kept smaller, and V8 complains of no flag', () => {
  const [spared, usual] = [garbage(true), garbage(false)];
  expect(spared.complaints).toBe('');
  expect(spared.megabytes).toBeLessThan(usual.megabytes);
});

test('a V8 that may not know the flags is left alone', () => {
  expect(spareMemory('11.3.244.8-node.33')).toBe(false);
  expect(spareMemory('15.1.0')).toBe(false);
});
