import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { clientOf } from '../cluster/client.ts';
import { isClusterRunning, startCluster } from '../cluster/cluster.ts';
import { programsOf } from '../cluster/processes.ts';
import { stopCluster } from '../cluster/stop.ts';

const starter = resolve('test/cluster/cluster.ts');
const command = resolve('test/cluster/cli.ts');

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'drctl-lifecycle-'));
});
afterEach(async () => {
  await stopCluster(directory);
  rmSync(directory, { recursive: true, force: true });
});

test('two clusters run side by side and know nothing of each other; a stop leaves no process', async () => {
  const other = join(directory, 'other');
  const [one, two] = await Promise.all([
    startCluster({ directory, untilWeEnd: true }),
    startCluster({ directory: other, untilWeEnd: true, controllerManagerQps: 100 }),
  ]);
  const clients = [clientOf(one.access, 'admin'), clientOf(two.access, 'admin')] as const;
  await clients[0].expect('POST', '/api/v1/namespaces', { metadata: { name: 'only-here' } });
  expect((await clients[1].request('GET', '/api/v1/namespaces/only-here')).status).toBe(404);
  // a token of one is nobody's in the other
  const stranger = clientOf({ ...two.access, users: one.access.users }, 'admin');
  expect((await stranger.request('GET', '/api/v1/namespaces')).status).toBe(401);
  for (const client of [...clients, stranger]) await client.close();

  expect(processesOf(other).length).toBeGreaterThanOrEqual(6);
  await two.stop();
  expect(processesOf(other)).toEqual([]);
  expect(isClusterRunning(directory)).toBe(true);
  await one.stop();
  expect(processesOf(directory)).toEqual([]);
  expect(existsSync(join(directory, 'pki'))).toBe(false);
  // what a person may want to read afterwards
  expect(readdirSync(join(directory, 'logs'))).toContain('kube-apiserver.log');
});

test('a starter that is killed takes its cluster with it', async () => {
  const child = spawn(process.execPath, [
    '--input-type=module',
    '--eval',
    `import { startCluster } from ${JSON.stringify(starter)};
     await startCluster({ directory: ${JSON.stringify(directory)}, untilWeEnd: true });
     setInterval(() => undefined, 1000);`,
  ]);
  await until(() => isClusterRunning(directory));
  child.kill('SIGKILL');
  await until(() => processesOf(directory).length === 0 && !existsSync(join(directory, 'pki')));
});

test('a starter that is killed half-way leaves nothing that the next start stumbles over', async () => {
  const child = spawn(process.execPath, [command, 'start', '--dir', directory]);
  await until(() => programsOf(directory).length >= 3);
  child.kill('SIGKILL');
  expect(isClusterRunning(directory)).toBe(false);
  const left = processesOf(directory);
  expect(left.length).toBeGreaterThan(0);

  const cluster = await startCluster({ directory });
  expect(left.filter((pid) => processesOf(directory).includes(pid))).toEqual([]);
  const again = await startCluster({ directory });
  expect(again.access).toEqual(cluster.access);
  const said = execFileSync(process.execPath, [command, 'status', '--dir', directory], { encoding: 'utf8' });
  expect(said).toContain(`Kubernetes ${cluster.access.version}`);
  expect(said).toContain(`export KUBECONFIG=${cluster.access.users.admin.kubeconfig}`);

  execFileSync(process.execPath, [command, 'stop', '--dir', directory]);
  expect(processesOf(directory)).toEqual([]);
  expect(() => execFileSync(process.execPath, [command, 'status', '--dir', directory])).toThrow('Command failed');
});

test('a program that cannot start is named with its last words, and nothing stays behind', async () => {
  const failed = startCluster({ directory, more: { 'kube-apiserver': ['--no-such-flag'] } });
  await expect(failed).rejects.toThrow(/kube-apiserver ended:[^]*no-such-flag/);
  expect(processesOf(directory)).toEqual([]);
  expect(isClusterRunning(directory)).toBe(false);
});

/** Whoever was started with a path in the directory among its arguments. */
function processesOf(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map(Number)
    .filter((pid) => isOf(pid, folder));
}

function isOf(pid: number, folder: string): boolean {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return command.some((word) => word === folder || word.includes(`${folder}/`));
  } catch {
    return false;
  }
}

async function until(isSo: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    if (isSo()) return;
    await sleep(100);
  }
  throw new Error('it did not happen within 60 s');
}
