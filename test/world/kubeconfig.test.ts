import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { Sandbox } from '../../src/sandbox/sandbox.ts';
import { openWorld, systemClock } from '../../src/world/index.ts';
import { eksArnOf } from '../../src/world/kube/identity.ts';

let sandbox: Sandbox;
const dir = mkdtempSync(join(tmpdir(), 'drctl-kubeconfig-'));
const system = { apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' };

beforeAll(async () => {
  sandbox = await Sandbox.start();
});
afterAll(() => sandbox.close());

async function open(user: object, cluster: object = {}) {
  const kubeconfig = join(mkdtempSync(join(dir, 'k-')), 'config');
  const { kubernetes, ca } = sandbox.access;
  const trusted = { server: kubernetes, 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  writeFileSync(
    kubeconfig,
    stringify({
      clusters: [{ name: 'c', cluster: { ...trusted, ...cluster } }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    }),
  );
  const target = { name: 't', cluster: { kubeconfig, context: 'x' } };
  const { world, close } = await openWorld({
    target,
    version: '1',
    clock: systemClock,
    retry: { retries: 1, delay: 1, patience: 0 },
  });
  return { kube: world.kube('cluster'), identity: () => world.identity(), [Symbol.asyncDispose]: close };
}

const token = () => sandbox.access.users[0]?.token ?? '';

describe('credentials', () => {
  test('a token in the file, and one in a file that it names', async () => {
    await using inline = await open({ token: token() });
    expect(await inline.kube.get(system)).toMatchObject({ metadata: { name: 'kube-system' } });
    const tokenFile = join(dir, 'token');
    writeFileSync(tokenFile, `${token()}\n`);
    await using named = await open({ tokenFile });
    expect(await named.kube.get(system)).toMatchObject({ metadata: { name: 'kube-system' } });
  });

  function plugin(code: string): object {
    return { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: process.execPath, args: ['-e', code] } };
  }

  test('an exec plugin is asked once, not for every request, and again after a 401', async () => {
    const log = join(dir, 'asked');
    const current = join(dir, 'current-token');
    const credential = `JSON.stringify({apiVersion:'client.authentication.k8s.io/v1',kind:'ExecCredential',status:{token:fs.readFileSync(${JSON.stringify(current)},'utf8')}})`;
    writeFileSync(current, 'run out');
    writeFileSync(log, '');
    await using at = await open(
      plugin(`const fs=require('fs');fs.appendFileSync(${JSON.stringify(log)},'x');console.log(${credential})`),
    );
    await expect(at.kube.get(system)).rejects.toMatchObject({ trouble: 'unauthorized' });
    const before = readFileSync(log).length;
    writeFileSync(current, token());
    for (let nth = 0; nth < 5; nth += 1) expect(await at.kube.get(system)).toBeDefined();
    expect(readFileSync(log).length).toBe(before + 1);
  });

  test.each([
    ['fails', 'console.error("session has expired: aws sso login"); process.exit(1)'],
    ['says nothing that can be read', 'console.log("hello")'],
  ])('an exec plugin that %s is a login that has run out', async (_, code) => {
    await using at = await open(plugin(code));
    await expect(at.kube.get(system)).rejects.toMatchObject({ code: 'CannotSee', trouble: 'unauthorized' });
  });

  test('a plugin that is not installed is named', async () => {
    await using at = await open({
      exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'no-such-plugin', args: [] },
    });
    await expect(at.kube.get(system)).rejects.toThrow(/no-such-plugin/);
  });
});

describe('the server', () => {
  test('is not spoken to when another authority has signed for it', async () => {
    const other = await Sandbox.start();
    const authority = { 'certificate-authority-data': Buffer.from(other.access.ca).toString('base64') };
    await using at = await open({ token: token() }, authority);
    await expect(at.kube.get(system)).rejects.toMatchObject({ code: 'CannotSee', trouble: 'unreachable' });
    await other.close();
  });

  test('over plain HTTP only where the file says so', async () => {
    await using at = await open(
      { token: token() },
      { server: 'http://127.0.0.1:1', 'certificate-authority-data': undefined },
    );
    await expect(at.kube.get(system)).rejects.toMatchObject({ code: 'CannotSee' });
  });

  test('that is rebuilt under the same name has another identity', async () => {
    const rebuilt = await Sandbox.start();
    await using at = await open({ token: token() });
    const { cluster } = await at.identity();
    expect(cluster.kubeSystemUid).toBe(sandbox.identity);
    expect(cluster.kubeSystemUid).not.toBe(rebuilt.identity);
    await rebuilt.close();
  });
});

test.each([
  ['https://ABC.gr7.eu-west-1.eks.amazonaws.com', 'arn:aws:eks:eu-west-1:123456789012:cluster/prod'],
  ['https://ABC.yl4.cn-north-1.eks.amazonaws.com.cn', 'arn:aws-cn:eks:cn-north-1:123456789012:cluster/prod'],
  ['https://ABC.us-gov-west-1.eks.amazonaws.com', 'arn:aws-us-gov:eks:us-gov-west-1:123456789012:cluster/prod'],
  ['https://eu-west-1.eks.amazonaws.com.evil.example', undefined],
  ['https://10.0.0.1', undefined],
])('the ARN of an EKS cluster at %s: %s', (server, arn) => {
  const args = ['--region', 'eu-west-1', 'eks', 'get-token', '--cluster-name', 'prod'];
  expect(eksArnOf(args, server, '123456789012')).toBe(arn);
  expect(eksArnOf(args, server, undefined)).toBeUndefined();
  expect(eksArnOf(['eks', 'get-token'], server, '123456789012')).toBeUndefined();
});
