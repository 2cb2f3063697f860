import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { SandboxControl } from '../../../src/sandbox/control/client.ts';
import { sandboxStatus, startSandbox, stopSandbox } from '../../../src/sandbox/control/process.ts';
import type { Access } from '../../../src/sandbox/control/access.ts';
import { kubernetesOf, temporaryDirectory, until } from './clients.ts';

const program = fileURLToPath(new URL('../../../src/sandbox/program.ts', import.meta.url));
let dir: string;
beforeEach(async () => void (dir = await temporaryDirectory()));
afterEach(async () => {
  await stopSandbox(dir);
  await rm(dir, { recursive: true, force: true });
});

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Access as a client has it: out of the files and nothing else. */
async function accessIn(at: string): Promise<Access> {
  const config = parse(await readFile(join(at, 'kubeconfig'), 'utf8'));
  const { server, 'certificate-authority-data': ca } = config.clusters[0].cluster;
  const users = config.users.map(({ name, user }: { name: string; user: { token: string } }) => ({
    name,
    token: user.token,
  }));
  return { kubernetes: server, aws: '', ca: Buffer.from(ca, 'base64').toString(), users };
}

async function controlled<T>(use: (control: SandboxControl) => Promise<T>): Promise<T> {
  const control = await SandboxControl.connect(dir);
  try {
    return await use(control);
  } finally {
    control.close();
  }
}

const statusOf = async (path: string, user = 'admin') =>
  (await kubernetesOf(await accessIn(dir), user)('GET', path)).status;

describe('starting and stopping', () => {
  it('says exactly how it is: before, while it runs, and after', async () => {
    const files = { kubeconfig: join(dir, 'kubeconfig'), auditLog: join(dir, 'audit.jsonl') };
    const off = { running: false, pid: null, endpoints: { kubernetes: null, aws: null }, ...files };
    expect(await sandboxStatus(dir)).toEqual(off);
    const started = await startSandbox(dir);
    expect(started).toEqual({
      running: true,
      pid: expect.any(Number),
      endpoints: {
        kubernetes: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/),
        aws: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      },
      ...files,
    });
    expect(await sandboxStatus(dir)).toEqual(started);
    expect(await statusOf('/api/v1/nodes/nobody')).toBe(404);
    expect(await statusOf('/api/v1/nodes')).toBe(200);
    expect(await stopSandbox(dir)).toBe(true);
    await until(() => !isAlive(started.pid!));
    expect(await sandboxStatus(dir)).toEqual(off);
    expect(await stopSandbox(dir)).toBe(false);
  });

  it('leaves files to read and nothing else', async () => {
    await startSandbox(dir);
    await stopSandbox(dir);
    expect((await readdir(dir)).toSorted()).toEqual(['audit.jsonl', 'aws', 'kubeconfig', 'sandbox.log']);
    expect(await readFile(join(dir, 'sandbox.log'), 'utf8')).toBe('');
  });

  it('refuses to start a second one, and names the first', async () => {
    const { pid } = await startSandbox(dir);
    await expect(startSandbox(dir)).rejects.toThrow(`already running in ${dir}, as process ${pid}`);
    expect((await sandboxStatus(dir)).pid).toBe(pid);
  });

  it('leaves one standing when two start at the same moment', async () => {
    const results = await Promise.allSettled([startSandbox(dir), startSandbox(dir)]);
    await until(async () => (await sandboxStatus(dir)).running);
    const { pid } = await sandboxStatus(dir);
    const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.pid!] : []));
    await until(() => started.every((each) => each === pid || !isAlive(each)));
    expect(await statusOf('/api/v1/nodes')).toBe(200);
  });

  it('starts again after kill -9, with nothing of what it knew', async () => {
    const first = await startSandbox(dir);
    const before = await accessIn(dir);
    process.kill(first.pid!, 'SIGKILL');
    await until(() => !isAlive(first.pid!));
    expect((await sandboxStatus(dir)).running).toBe(false);
    const second = await startSandbox(dir);
    expect(second.pid).not.toBe(first.pid);
    expect((await accessIn(dir)).ca).not.toBe(before.ca);
    expect(await statusOf('/api/v1/nodes')).toBe(200);
  });

  it('takes no other process of the same number for its own', async () => {
    await writeFile(join(dir, 'sandbox.pid'), JSON.stringify({ pid: process.pid, started: 'long ago' }));
    expect((await sandboxStatus(dir)).running).toBe(false);
    expect(await stopSandbox(dir)).toBe(false);
    expect((await startSandbox(dir)).running).toBe(true);
  });

  it('survives a pid file full of nonsense', async () => {
    await writeFile(join(dir, 'sandbox.pid'), 'not json');
    expect((await startSandbox(dir)).running).toBe(true);
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('ends cleanly on %s', async (signal) => {
    const { pid } = await startSandbox(dir);
    process.kill(pid!, signal);
    await until(() => !isAlive(pid!));
    expect(existsSync(join(dir, 'sandbox.pid'))).toBe(false);
    expect(existsSync(join(dir, 'control.sock'))).toBe(false);
  });

  it('ends by itself when its directory goes', async () => {
    const { pid } = await startSandbox(dir);
    await rm(dir, { recursive: true });
    await until(() => !isAlive(pid!));
    expect(existsSync(dir)).toBe(false);
  });

  it('outlives the process that started it', async () => {
    const starter = `import { startSandbox } from ${JSON.stringify(new URL('../../../src/sandbox/control/process.ts', import.meta.url).href)};
      await startSandbox(process.argv[1]);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', starter, dir], { stdio: 'ignore' });
    const code = await new Promise((resolve) => void child.once('exit', resolve));
    expect(code).toBe(0);
    expect((await sandboxStatus(dir)).running).toBe(true);
    expect(await statusOf('/api/v1/nodes')).toBe(200);
  });

  it('says why when it cannot start', async () => {
    await mkdir(join(dir, 'kubeconfig'));
    await expect(startSandbox(dir)).rejects.toThrow(/ended at its start: [\s\S]*(EISDIR|ENOTEMPTY|EEXIST)/);
    expect((await sandboxStatus(dir)).running).toBe(false);
    const child = spawn(process.execPath, [program], { stdio: ['ignore', 'ignore', 'pipe'] });
    let words = '';
    child.stderr.setEncoding('utf8').on('data', (part: string) => (words += part));
    expect(await new Promise((resolve) => void child.once('close', resolve))).not.toBe(0);
    expect(words).toContain('Say --dir DIRECTORY');
  });

  it('works in a directory too deep for a socket address', async () => {
    const deep = join(dir, 'd'.repeat(60), 'e'.repeat(60));
    const started = await startSandbox(deep);
    expect(await sandboxStatus(deep)).toEqual(started);
    expect(await stopSandbox(deep)).toBe(true);
  });
});

describe('the control socket', () => {
  beforeEach(() => startSandbox(dir));

  it('injects faults into requests of one client and takes them back', () =>
    controlled(async (control) => {
      const match = { client: 'drctl/', resource: 'nodes' };
      const id = await control.call('faults.add', { match, action: { status: { code: 503 } } });
      expect(await statusOf('/api/v1/nodes')).toBe(503);
      expect(await control.call('faults.list')).toMatchObject([{ id, match, used: 1 }]);
      await control.call('faults.remove', { id });
      expect(await statusOf('/api/v1/nodes')).toBe(200);
      await control.call('faults.add', { match, action: { unauthorized: true } });
      await control.call('faults.clear');
      expect(await control.call('faults.list')).toEqual([]);
    }));

  it('keeps and restores the whole state, at the same address', () =>
    controlled(async (control) => {
      const before = await sandboxStatus(dir);
      const name = (of: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: of } });
      const maps = '/api/v1/namespaces/default/configmaps';
      const create = async (of: string) => (await kubernetesOf(await accessIn(dir))('POST', maps, name(of))).status;
      expect(await create('early')).toBe(201);
      await control.call('snapshot', { name: 'first' });
      expect(await create('late')).toBe(201);
      await control.call('restore', { name: 'first' });
      expect(await sandboxStatus(dir)).toEqual(before);
      expect(await statusOf(`${maps}/early`)).toBe(200);
      expect(await statusOf(`${maps}/late`)).toBe(404);
      await expect(control.call('restore', { name: 'second' })).rejects.toThrow(
        'keeps no snapshot second; it keeps: first',
      );
    }));

  it('expires and renews credentials, in the files too', () =>
    controlled(async (control) => {
      await control.call('credentials.expire', { user: 'operator' });
      expect(await statusOf('/api/v1/nodes', 'operator')).toBe(401);
      const before = await readFile(join(dir, 'aws', 'credentials'), 'utf8');
      await control.call('credentials.renew', { user: 'operator' });
      expect(await statusOf('/api/v1/nodes', 'operator')).toBe(200);
      expect(await readFile(join(dir, 'aws', 'credentials'), 'utf8')).not.toBe(before);
      await expect(control.call('credentials.renew', { user: 'nobody' })).rejects.toThrow(/no user nobody/);
      await control.call('rights.set', { user: 'operator', deny: ['CreateSnapshot'] });
    }));

  it('becomes another cluster', () =>
    controlled(async (control) => {
      const uid = await control.call('identity.change');
      const namespace = await kubernetesOf(await accessIn(dir))('GET', '/api/v1/namespaces/kube-system');
      expect(namespace.body.metadata.uid).toBe(uid);
    }));

  it('is out for as long as it was told', () =>
    controlled(async (control) => {
      await control.call('outage', { on: true, milliseconds: 200, endpoint: 'kubernetes' });
      await expect(statusOf('/api/v1/nodes')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      await until(() =>
        statusOf('/api/v1/nodes').then(
          (status) => status === 200,
          () => false,
        ),
      );
      await control.call('outage', { on: true });
      await expect(statusOf('/api/v1/nodes')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      await control.call('outage', { on: false });
      expect(await statusOf('/api/v1/nodes')).toBe(200);
    }));

  it('tells what the volumes hold, and holds and releases detaches', () =>
    controlled(async (control) => {
      expect(await control.call('state')).toEqual({ claims: [], volumes: [] });
      await control.call('detach.hold', { volume: 'pv-data', until: 'Retain' });
      await control.call('detach.release', { volume: 'pv-data' });
      await control.call('detach.release', {});
    }));

  it('stops, and answers first', async () => {
    const { pid } = await sandboxStatus(dir);
    await controlled((control) => control.call('stop'));
    await until(() => !isAlive(pid!));
    await expect(SandboxControl.connect(dir)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('answers what it does not understand with what it would, and goes on', async () => {
    const socket = connect(join(dir, 'control.sock'));
    const replies: string[] = [];
    socket.setEncoding('utf8').on('data', (text: string) => replies.push(...text.trim().split('\n')));
    socket.write('not json\n{"id":7,"command":"self-destruct"}\n{"id":8,"command":"status"}\n');
    await until(() => replies.length === 3);
    socket.destroy();
    const byId = new Map(replies.map((reply) => JSON.parse(reply)).map((reply) => [reply.id, reply]));
    expect(byId.get(0).error).toContain('JSON');
    expect(byId.get(7).error).toMatch(/knows no command self-destruct; it knows status, faults.add/);
    expect(byId.get(8).result.running).toBe(true);
  });

  it('fails the calls in flight when it dies', async () => {
    const { pid } = await sandboxStatus(dir);
    await controlled(async (control) => {
      process.kill(pid!, 'SIGSTOP');
      const pending = control.call('status');
      process.kill(pid!, 'SIGKILL');
      await expect(pending).rejects.toThrow('ended before it answered');
      await expect(control.call('status')).rejects.toThrow(/closed|ended/);
    });
  });
});
