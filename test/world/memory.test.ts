import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { spareMemory } from '../../src/world/memory.ts';

const MODULE = join(import.meta.dirname, '..', '..', 'src', 'world', 'memory.ts');

/** A process that makes much garbage, as one that lists a cluster does, and keeps some. Its peak in MB, and its complaints. */
function garbage(spared: boolean, keepsOneIn: number): { megabytes: number; complaints: string } {
  const script = `
    import { spareMemory } from ${JSON.stringify(MODULE)};
    if (${spared}) spareMemory();
    const kept = [];
    for (let at = 0; at < 2e6; at += 1) {
      // as between two requests: only then is it noticed how much is alive
      if (at % 1e5 === 0) await new Promise(setImmediate);
      const one = { at, text: String(at), list: [at] };
      if (at % ${keepsOneIn} === 0) kept.push(one);
    }
    console.log(process.resourceUsage().maxRSS / 1024);`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  return { megabytes: Number(stdout), complaints: stderr };
}

test.each([
  ['little', 20],
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
