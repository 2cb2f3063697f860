import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isProvablyGone, thisDriver } from '../../src/store/driver.ts';
import { processesContract } from './contract-processes.ts';
import { localPlace } from './place.ts';

processesContract('the local store', localPlace, 40);

describe('the driver of a run', () => {
  it('is this process, and lives', () => {
    const me = thisDriver(Date.parse('2026-11-21T06:19:00Z'), { kubernetes: 'ada@corp' });
    expect(me).toMatchObject({ pid: process.pid, since: '2026-11-21T06:19:00.000Z', kubernetes: 'ada@corp' });
    expect(me).not.toHaveProperty('aws');
    expect(isProvablyGone(me)).toBe(false);
  });

  it('is gone when its pid is another process by now, and only then', () => {
    const me = thisDriver(0);
    expect(isProvablyGone({ ...me, processStart: '1' })).toBe(true);
    expect(isProvablyGone({ ...me, processStart: 'unknown' })).toBe(false);
    expect(isProvablyGone({ ...me, processStart: '1', boot: 'other' })).toBe(false);
    expect(isProvablyGone({ ...me, processStart: '1', host: 'other' })).toBe(false);
    expect(isProvablyGone({ ...me, pid: 1 })).toBe(true);
  });

  it.runIf(process.platform === 'linux')('is known by the start that the kernel gives', () => {
    const stat = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? [];
    expect(thisDriver(0).processStart).toBe(stat[19]);
  });

  it('is gone when it was killed and nobody has reaped it yet', async () => {
    const shell = spawn('sh', ['-c', 'sleep 0.05 & echo $!; exec sleep 5'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [text] = (await once(shell.stdout, 'data')) as [Buffer];
    const pid = Number(text.toString());
    const start = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[19] ?? '';
    const driver = { ...thisDriver(0), pid, processStart: start };
    expect(isProvablyGone(driver)).toBe(false);
    await expect.poll(() => isProvablyGone(driver)).toBe(true);
    shell.kill('SIGKILL');
  });
});
