import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { runCommand } from '../../src/world/shell.ts';

const node = process.execPath;
const script = (code: string) => [node, '-e', code];

test('argv reaches the program as it is: nothing is expanded, nothing is run by a shell', async () => {
  const words = ['$HOME', '`id`', 'a b', "it's", ';', '*', '|', ''];
  const answer = await runCommand({
    argv: [...script('console.log(JSON.stringify(process.argv.slice(1)))'), '--', ...words],
    timeoutMs: 10_000,
  });
  expect(JSON.parse(answer.stdout)).toEqual(words);
});

test('exit code, both streams, input and directory', async () => {
  const code =
    'process.stdin.on("data", d => { process.stdout.write(String(d)); console.error(process.cwd()); process.exitCode = 3 })';
  const answer = await runCommand({ argv: script(code), timeoutMs: 10_000, input: 'hello', cwd: '/' });
  expect(answer).toEqual({ exitCode: 3, timedOut: false, stdout: 'hello', stderr: '/\n' });
});

test('sees little of our environment, and what the step gives it', async () => {
  process.env['AWS_SECRET_ACCESS_KEY'] = 'hunter2';
  const answer = await runCommand({
    argv: script('console.log(JSON.stringify(process.env))'),
    timeoutMs: 10_000,
    env: { STEP: 'a' },
  });
  delete process.env['AWS_SECRET_ACCESS_KEY'];
  const seen = JSON.parse(answer.stdout) as Record<string, string>;
  expect(seen).toMatchObject({ STEP: 'a', PATH: process.env['PATH'] });
  expect(answer.stdout).not.toContain('hunter2');
});

test('a timeout kills the whole group: grandchildren too, and their pipes are not waited for', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'drctl-shell-')), 'alive');
  const began = performance.now();
  const argv = ['/bin/sh', '-c', `(while true; do echo x >> ${file}; sleep 0.05; done) & echo started; wait`];
  const answer = await runCommand({ argv, timeoutMs: 1_500 });
  expect(performance.now() - began).toBeLessThan(6_000);
  expect(answer).toMatchObject({ timedOut: true, signal: 'SIGKILL', stdout: 'started\n' });
  const size = readFileSync(file).length;
  await sleep(300);
  expect(readFileSync(file).length).toBe(size);
});

test('being stopped kills it as well', async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 200);
  const answer = await runCommand({ argv: ['/bin/sleep', '60'], timeoutMs: 30_000 }, stop.signal);
  expect(answer).toMatchObject({ timedOut: false, signal: 'SIGKILL' });
  expect(answer.exitCode).toBeUndefined();
});

test('a program that is not there answers without an exit code', async () => {
  const answer = await runCommand({ argv: ['no-such-program-anywhere'], timeoutMs: 1_000 });
  expect(answer.exitCode).toBeUndefined();
  expect(answer.signal).toBeUndefined();
  expect(answer.stderr).toContain('ENOENT');
});

test('of much output the beginning and the end are kept, and what was cut is counted', async () => {
  const code = 'process.stdout.write("begin" + "x".repeat(1_000_000) + "end")';
  const { stdout } = await runCommand({ argv: script(code), timeoutMs: 20_000 });
  expect(stdout.length).toBeLessThan(66_000);
  expect(stdout.startsWith('beginxxx')).toBe(true);
  expect(stdout.endsWith('xxxend')).toBe(true);
  expect(stdout).toContain(`[… ${1_000_008 - 65_536} bytes cut …]`);
});
