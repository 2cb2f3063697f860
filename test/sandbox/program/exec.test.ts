import { rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Agent, WebSocket } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../../src/sandbox/pipeline/audit.ts';
import { Sandbox } from '../../../src/sandbox/sandbox.ts';
import type { ResourceName } from '../../../src/sandbox/types.ts';
import { eventually } from '../controllers/cluster.ts';
import { kubernetesOf, temporaryDirectory } from './clients.ts';
import { runTool, whyNot } from './tools.ts';

const core = (resource: string): ResourceName => ({ group: '', version: 'v1', resource });
const missing = whyNot('kubectl', ['version', '--client']);

let dir: string;
let sandbox: Sandbox;

beforeAll(async () => {
  dir = await temporaryDirectory();
  sandbox = await Sandbox.start({ dir });
  const api = sandbox.api('layout');
  await api.create(core('namespaces'), { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  await api.create({ group: 'apps', version: 'v1', resource: 'statefulsets' }, LEDGER);
  for (const [name, spec] of [
    ['nowhere', { nodeSelector: { no: 'where' } }],
    ['pair', {}],
  ] as const)
    await api.create(core('pods'), {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'shop' },
      spec: { ...spec, containers: ['a', 'b'].map((one) => ({ name: one, image: 'example.com/one:1' })) },
    });
  await eventually(async () => (await isReady('ledger-0')) && isReady('pair'), true, 10_000);
});
afterAll(async () => {
  await sandbox.close();
  await rm(dir, { recursive: true, force: true });
});

const LEDGER = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'ledger', namespace: 'shop' },
  spec: {
    serviceName: 'ledger',
    replicas: 1,
    selector: { matchLabels: { app: 'ledger' } },
    template: {
      metadata: { labels: { app: 'ledger' } },
      spec: { containers: [{ name: 'ledger', image: 'sandbox/ledger:1' }] },
    },
    volumeClaimTemplates: [
      {
        metadata: { name: 'data' },
        spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'gp3', resources: { requests: { storage: '4Gi' } } },
      },
    ],
  },
};

async function isReady(name: string): Promise<boolean> {
  const { items } = await sandbox.api('test').list(core('pods'), { namespace: 'shop' });
  const status = items.find(({ metadata }) => metadata.name === name)?.['status'] as { conditions?: object[] };
  return (status?.conditions ?? []).some(
    (one) => 'type' in one && one.type === 'Ready' && 'status' in one && one.status === 'True',
  );
}

function pathOf(pod: string, query: string): string {
  return `/api/v1/namespaces/shop/pods/${pod}/exec?${query}`;
}

/** What came on each channel until the server closed it; undefined where no channel was opened. */
async function channel(path: string, protocols = ['v5.channel.k8s.io'], user = 'admin') {
  const token = sandbox.access.users.find(({ name }) => name === user)?.token;
  const dispatcher = new Agent({ connect: { ca: sandbox.access.ca } });
  const socket = new WebSocket(`${sandbox.access.kubernetes}${path}`.replace('https', 'wss'), {
    protocols,
    dispatcher,
    headers: { authorization: `Bearer ${token}`, 'user-agent': 'channel-test' },
  });
  socket.binaryType = 'arraybuffer';
  const said: Record<number, string> = {};
  socket.addEventListener('message', ({ data }) => {
    const bytes = Buffer.from(data as ArrayBuffer);
    said[bytes[0] ?? -1] = `${said[bytes[0] ?? -1] ?? ''}${bytes.subarray(1).toString('utf8')}`;
  });
  let opened = false;
  socket.addEventListener('open', () => (opened = true));
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.addEventListener('close', () => resolve());
  await promise;
  await dispatcher.destroy();
  return opened ? { protocol: socket.protocol, said } : undefined;
}

function auditOf(client: string): AuditEntry[] {
  const lines = readFileSync(join(dir, 'audit.jsonl'), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as AuditEntry).filter((entry) => entry.client === client);
}

describe('a channel into a container', () => {
  it.each([
    [['v5.channel.k8s.io', 'v4.channel.k8s.io'], 'v5.channel.k8s.io'],
    [['v4.channel.k8s.io'], 'v4.channel.k8s.io'],
  ])('of %j speaks %s: output, errors, and a Status at the end', async (protocols, protocol) => {
    const path = pathOf('ledger-0', 'command=cat&command=/data/identity&command=/no&stdout=true&stderr=true');
    const got = await channel(path, protocols);
    expect(got).toMatchObject({ protocol, said: { 1: 'ledger-0', 2: 'cat: /no: No such file or directory\n' } });
    expect(JSON.parse(got?.said[3] ?? '')).toEqual({
      metadata: {},
      status: 'Failure',
      message: 'command terminated with non-zero exit code: command terminated with exit code 1',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '1' }] },
    });
  });

  it('tells success, and only the streams that were asked for', async () => {
    const got = await channel(pathOf('ledger-0', 'command=bash&stdout=true'));
    expect(got?.said[2]).toBeUndefined();
    expect(got?.said[3]).toContain('"127"');
    const well = await channel(pathOf('ledger-0', 'command=true&stderr=true'));
    expect(well?.said).toEqual({ 2: '', 3: '{"metadata":{},"status":"Success"}' });
  });

  it('a terminal has one stream for both', async () => {
    const got = await channel(pathOf('ledger-0', 'command=cat&command=/no&stdout=true&tty=true'));
    expect(got?.said[1]).toContain('No such file');
  });

  it('what the kubelet cannot do is told on the channel, as a real server does', async () => {
    const noStream = await channel(pathOf('ledger-0', 'command=true'));
    expect(JSON.parse(noStream?.said[3] ?? '')).toMatchObject({ code: 500, reason: 'InternalError' });
    const api = sandbox.api('layout');
    const pod = await api.get(core('pods'), 'pair', 'shop');
    const waiting = [{ name: 'a', state: { waiting: { reason: 'CrashLoopBackOff' } }, ready: false }];
    const status = { ...(pod['status'] as object), containerStatuses: waiting };
    await api.update(core('pods'), { ...pod, status }, { subresource: 'status' });
    const got = await channel(pathOf('pair', 'container=a&command=true&stdout=true'));
    expect(JSON.parse(got?.said[3] ?? '')).toMatchObject({
      status: 'Failure',
      message: 'Internal error occurred: unable to upgrade connection: container not found ("a")',
    });
  });

  it('is in the audit log as what it is: no read', async () => {
    const path = pathOf('ledger-0', 'command=echo&command=audited&stdout=true');
    await channel(path);
    expect(auditOf('channel-test').filter((entry) => entry.path === path)).toMatchObject([
      { verb: 'create', status: 101, dryRun: false },
    ]);
  });

  it.each([
    ['dropBefore', { dropBefore: true }, undefined],
    ['dropAfter', { dropAfter: true }, undefined],
  ])('is not opened under the fault %s', async (_, action, expected) => {
    sandbox.faults.add({ match: { subresource: 'exec', times: 1 }, action });
    expect(await channel(pathOf('ledger-0', 'command=true&stdout=true'))).toEqual(expected);
  });

  it('breaks in the middle under the fault partialBody: output, and no Status', async () => {
    sandbox.faults.add({ match: { subresource: 'exec', times: 1 }, action: { partialBody: true } });
    const got = await channel(pathOf('ledger-0', 'command=echo&command=half&stdout=true'));
    expect(got?.said).toEqual({ 1: 'half\n' });
  });
});

describe('what is refused before a channel is opened', () => {
  const upgrade = { upgrade: 'websocket', 'sec-websocket-protocol': 'v5.channel.k8s.io' };

  it.each([
    ['no upgrade', 'ledger-0', 'command=true', {}, 400, 'Upgrade request required'],
    ['SPDY', 'ledger-0', 'command=true', { upgrade: 'SPDY/3.1' }, 501, 'SPDY/3.1'],
    ['an old protocol', 'ledger-0', 'command=true', { upgrade: 'websocket' }, 501, 'subprotocol'],
    ['no such pod', 'gone', 'command=true', upgrade, 404, 'pods "gone" not found'],
    ['no such container', 'ledger-0', 'container=no', upgrade, 400, 'container no is not valid for pod ledger-0'],
    ['which container', 'pair', 'command=true', upgrade, 400, 'choose one of: [a b]'],
    ['no node', 'nowhere', 'container=a', upgrade, 400, 'pod nowhere does not have a host assigned'],
  ])('%s', async (_, pod, query, headers, status, message) => {
    const text = await refusal(pathOf(pod, `${query}&stdout=true`), headers);
    expect(text.startsWith(`HTTP/1.1 ${status} `)).toBe(true);
    expect(JSON.parse(text.slice(text.indexOf('{')))).toMatchObject({
      kind: 'Status',
      code: status,
      message: expect.stringContaining(message),
    });
  });

  it.each([
    ['viewer', 403],
    ['nobody', 401],
  ])('%s may not: %i', async (user, status) => {
    const text = await refusal(pathOf('ledger-0', 'command=true&stdout=true'), upgrade, user);
    expect(text.startsWith(`HTTP/1.1 ${status} `)).toBe(true);
  });

  it('operator may', async () => {
    expect(await channel(pathOf('ledger-0', 'command=true&stdout=true'), undefined, 'operator')).toBeDefined();
  });

  it.each([
    ['/api/v1/namespaces/shop/pods', 200],
    ['/api/v1/namespaces/shop/pods/ledger-0/attach', 501],
    ['/nowhere', 404],
  ])('an upgrade of what has no channel is answered like any request: %s', async (path, status) => {
    expect((await refusal(path, upgrade)).startsWith(`HTTP/1.1 ${status} `)).toBe(true);
  });

  it('discovery names it', async () => {
    const { body } = await kubernetesOf(sandbox.access)('GET', '/api/v1');
    expect(JSON.stringify(body)).toContain('"pods/exec"');
  });
});

/** The whole answer to one GET, as it came. */
async function refusal(path: string, headers: Record<string, string>, user = 'admin'): Promise<string> {
  const { connect } = await import('node:tls');
  const url = new URL(sandbox.access.kubernetes);
  const token = sandbox.access.users.find(({ name }) => name === user)?.token ?? 'wrong';
  const connection = 'upgrade' in headers ? 'Upgrade' : 'close';
  const key = { 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==', 'sec-websocket-version': '13' };
  const all = { host: url.host, authorization: `Bearer ${token}`, connection, ...key, ...headers };
  const socket = connect({ host: url.hostname, port: Number(url.port), ca: sandbox.access.ca });
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
  let text = '';
  for await (const chunk of socket) {
    text += String(chunk);
    const [head = '', body] = text.split('\r\n\r\n');
    const length = /content-length: (\d+)/i.exec(head)?.[1];
    if (body !== undefined && length !== undefined && Buffer.byteLength(body) >= Number(length)) break;
  }
  socket.destroy();
  return text;
}

describe.skipIf(missing !== undefined)('kubectl exec', () => {
  const kubectl = (...args: string[]) =>
    runTool('kubectl', [
      '--kubeconfig',
      join(dir, 'kubeconfig'),
      '--cache-dir',
      join(dir, 'cache'),
      '-n',
      'shop',
      ...args,
    ]);

  it.each([
    ['ledger-0 -- cat /data/identity', 0, 'ledger-0', ''],
    ['ledger-0 -- false', 1, '', 'command terminated with exit code 1'],
    ['ledger-0 -- bash', 127, '', 'executable file not found in $PATH'],
    ['statefulset/ledger -c ledger -- echo hello', 0, 'hello\n', ''],
    ['ledger-0 -c no -- true', 1, '', 'container no is not valid for pod ledger-0'],
    ['gone -- true', 1, '', 'pods "gone" not found'],
    ['ledger-0 --as viewer -- true', 1, '', 'cannot create resource "pods/exec"'],
  ])('%s ends with %i', async (line, code, out, err) => {
    const outcome = await kubectl('exec', ...line.split(' '));
    expect(outcome).toMatchObject({ code, out, err: expect.stringContaining(err) });
  });
});
