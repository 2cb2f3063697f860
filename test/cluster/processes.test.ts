import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { filledOnce } from './cache.ts';
import { isRunning, logTail, programsOf, rememberProgram, startOf, startProgram, stopPrograms } from './processes.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'drctl-processes-'));
});
afterEach(async () => {
  await stopPrograms(directory);
  rmSync(directory, { recursive: true, force: true });
});

const shell = (name: string, script: string) => ({ name, file: '/bin/sh', args: ['-c', script] });

test('a program is known by its pid file, its words are in its log, and a stop ends its children too', async () => {
  startProgram(directory, shell('server', 'echo hello; sleep 600 & echo $! > child; wait'));
  const [program] = programsOf(directory);
  expect(program).toMatchObject({ name: 'server' });
  const pidFile = join(directory, 'child');
  // The shell makes the file first and writes the number into it afterwards.
  await until(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8').endsWith('\n'));
  expect(logTail(directory, 'server')).toBe('hello');
  const child = Number(readFileSync(pidFile, 'utf8'));
  expect(startOf(child)).toBeDefined();
  await stopPrograms(directory);
  await until(() => startOf(child) === undefined);
  expect(programsOf(directory)).toEqual([]);
});

test('a program that ignores the request to end is ended', async () => {
  startProgram(directory, shell('deaf', 'trap "" TERM INT HUP; while :; do sleep 1; done'));
  await stopPrograms(directory);
  expect(programsOf(directory)).toEqual([]);
});

test('a process that has the pid of a program that is gone is left alone', async () => {
  const bystander = spawn('/bin/sleep', ['600']);
  const pid = bystander.pid ?? 0;
  rememberProgram(directory, 'server', pid);
  const file = join(directory, 'pids', 'server.json');
  writeFileSync(file, JSON.stringify({ name: 'server', pid, startedAt: '1' }));
  expect(programsOf(directory).map(isRunning)).toEqual([false]);
  await stopPrograms(directory);
  expect(startOf(pid)).toBeDefined();
  bystander.kill();
});

test('a file that cannot be run is an error, not a program', () => {
  const absent = { name: 'absent', file: join(directory, 'nothing-here'), args: [] };
  expect(() => startProgram(directory, absent)).toThrow('cannot be run');
  expect(programsOf(directory)).toEqual([]);
});

test('a directory where nothing ever ran stops at once', async () => {
  await stopPrograms(join(directory, 'never'));
  expect(existsSync(join(directory, 'never'))).toBe(false);
});

test('a lock of a process that is gone keeps nobody waiting', async () => {
  const folder = join(directory, 'built');
  writeFileSync(`${folder}.lock`, JSON.stringify({ pid: 2 ** 22 - 1, startedAt: '1' }));
  const told: string[] = [];
  await filledOnce(
    folder,
    async (into) => writeFileSync(join(into, 'product'), 'whole'),
    (line) => told.push(line),
  );
  expect(readFileSync(join(folder, 'product'), 'utf8')).toBe('whole');
  expect(existsSync(`${folder}.lock`)).toBe(false);
  expect(told).toEqual([]);
});

async function until(isSo: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    if (isSo()) return;
    await sleep(50);
  }
  throw new Error('it did not happen within 30 s');
}
