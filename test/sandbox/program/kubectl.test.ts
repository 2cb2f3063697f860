import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { startSandbox, stopSandbox } from '../../../src/sandbox/control/process.ts';
import { temporaryDirectory } from './clients.ts';
import { runTool, whyNot } from './tools.ts';
import type { Outcome } from './tools.ts';

const missing = whyNot('kubectl', ['version', '--client']);
if (missing !== undefined) console.warn(`Skipped, kubectl against the sandbox: ${missing}`);

let dir: string;

/** `kubectl LINE` as somebody types it; quotes hold an argument together. */
function kubectl(line: string, options: { seconds?: number; input?: string; cache?: string } = {}): Promise<Outcome> {
  const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  const args = ['--kubeconfig', join(dir, 'kubeconfig'), '--cache-dir', join(dir, options.cache ?? 'cache'), ...words];
  return runTool('kubectl', args, options);
}

/** What it prints when it must succeed. */
async function printed(line: string, options: Parameters<typeof kubectl>[1] = {}): Promise<string> {
  const { code, out, err } = await kubectl(line, options);
  expect({ line, code, err: code === 0 ? '' : err }).toEqual({ line, code: 0, err: '' });
  return out.trimEnd();
}

async function file(name: string, ...objects: object[]): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, objects.map((object) => stringify(object)).join('---\n'));
  return path;
}

const configMap = (data: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', namespace: 'kc' },
  data,
});

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'ledger', namespace: 'kc' },
  spec: { clusterIP: 'None', selector: { app: 'ledger' }, ports: [{ port: 80 }] },
};

const statefulSet = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'ledger', namespace: 'kc' },
  spec: {
    serviceName: 'ledger',
    replicas: 2,
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

describe.skipIf(missing !== undefined)('kubectl against the sandbox', () => {
  beforeAll(async () => {
    dir = await temporaryDirectory();
    await startSandbox(dir);
    await printed('create namespace kc');
  }, 60_000);
  afterAll(async () => {
    if (dir === undefined) return;
    await stopSandbox(dir);
    await rm(dir, { recursive: true, force: true });
  });

  it('trusts the sandbox by the authority in the kubeconfig, and knows its version', async () => {
    expect(await printed('version')).toMatch(/Server Version: v1\.36/);
    expect(await printed('get --raw /readyz')).toBe('ok');
    expect(await printed('auth whoami')).toMatch(/Username\s+admin/);
  });

  it('applies, says unchanged, shows the difference, and applies it', async () => {
    const path = await file('cm.yaml', configMap({ a: '1' }));
    expect(await printed(`apply -f ${path}`)).toBe('configmap/settings created');
    expect(await printed(`apply -f ${path}`)).toBe('configmap/settings unchanged');
    expect((await kubectl(`diff -f ${path}`)).code).toBe(0);
    await file('cm.yaml', configMap({ a: '2', b: '1' }));
    const difference = await kubectl(`diff -f ${path}`);
    expect(difference.code).toBe(1);
    expect(difference.out).toMatch(/-\s+a: "1"\n\+\s+a: "2"\n\+\s+b: "1"/);
    expect(await printed(`apply -f ${path} --dry-run=server`)).toBe('configmap/settings configured (server dry run)');
    expect(await printed('get cm settings -n kc -o jsonpath={.data}')).toBe('{"a":"1"}');
    expect(await printed(`apply -f ${path}`)).toBe('configmap/settings configured');
    expect(await printed('get cm settings -n kc -o jsonpath={.data}')).toBe('{"a":"2","b":"1"}');
  });

  it('applies on the server, with conflicts between managers', async () => {
    const path = await file('owned.yaml', { ...configMap({ a: '1' }), metadata: { name: 'owned', namespace: 'kc' } });
    expect(await printed(`apply --server-side -f ${path}`)).toBe('configmap/owned serverside-applied');
    await file('owned.yaml', { ...configMap({ a: '9' }), metadata: { name: 'owned', namespace: 'kc' } });
    const refused = await kubectl(`apply --server-side --field-manager=other -f ${path}`);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('conflict with "kubectl": .data.a');
    expect(await printed(`apply --server-side --force-conflicts --field-manager=other -f ${path}`)).toBe(
      'configmap/owned serverside-applied',
    );
  });

  it('patches in three types, and a failed test changes nothing', async () => {
    await kubectl('create configmap patched -n kc --from-literal=a=1');
    const patch = (options: string, body: unknown) =>
      kubectl(`patch cm patched -n kc ${options} -p '${JSON.stringify(body)}'`);
    const moved = [
      { op: 'test', path: '/data/a', value: '1' },
      { op: 'replace', path: '/data/a', value: '2' },
    ];
    expect(await patch('--type=json', moved)).toMatchObject({ code: 0, out: 'configmap/patched patched\n' });
    const failed = await patch('--type=json', moved);
    expect(failed.code).toBe(1);
    expect(failed.err).toContain('the server rejected our request due to an error in our request');
    expect(await patch('--type=merge', { data: { a: null, b: '1' } })).toMatchObject({ code: 0 });
    expect(await patch('--type=strategic', { metadata: { labels: { x: 'y' } } })).toMatchObject({ code: 0 });
    expect(await patch('', { metadata: { labels: { x: 'y' } } })).toMatchObject({
      out: 'configmap/patched patched (no change)\n',
    });
    expect(await printed('get cm patched -n kc -o jsonpath={.data}{.metadata.labels}')).toBe('{"b":"1"}{"x":"y"}');
  });

  it('refuses an unknown field and names it', async () => {
    const path = await file('bad.yaml', {
      ...configMap({}),
      metadata: { name: 'bad', namespace: 'kc' },
      dta: { a: '1' },
    });
    const refused = await kubectl(`apply -f ${path}`);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('unknown field "dta"');
  });

  it('rolls a StatefulSet out on its volumes, describes it, scales it, and deletes it', async () => {
    const path = await file('app.yaml', service, statefulSet);
    expect(await printed(`apply -f ${path}`)).toBe('service/ledger created\nstatefulset.apps/ledger created');
    expect(await printed('rollout status sts/ledger -n kc --timeout=20s')).toContain('roll out complete: 2');
    await printed('wait --for=condition=Ready pod -l app=ledger -n kc --timeout=10s');
    await printed(`wait --for=jsonpath={.status.phase}=Bound pvc/data-ledger-0 -n kc --timeout=10s`);
    const volume = await printed('get pvc data-ledger-0 -n kc -o jsonpath={.spec.volumeName}');
    expect(await printed(`get pv ${volume} -o jsonpath={.spec.csi.volumeHandle}`)).toMatch(/^vol-/);
    expect(await printed(`get pv ${volume} -o name`)).toBe(`persistentvolume/${volume}`);
    expect(await printed('get all -n kc')).toContain('statefulset.apps/ledger');
    expect(await printed(`describe pv ${volume}`)).toMatch(/VolumeHandle:\s+vol-/);
    expect(await printed('describe pvc data-ledger-0 -n kc')).toMatch(/Used By:\s+ledger-0/);
    expect(await printed('describe pod ledger-0 -n kc')).toMatch(/ClaimName:\s+data-ledger-0/);
    expect(await printed('describe sts ledger -n kc')).toMatch(/Replicas:\s+2 desired \| 2 total/);
    expect(await printed('describe sc gp3')).toMatch(/VolumeBindingMode:\s+WaitForFirstConsumer/);

    expect(await printed('scale sts ledger -n kc --replicas=1')).toBe('statefulset.apps/ledger scaled');
    await printed('wait --for=delete pod/ledger-1 -n kc --timeout=10s');
    expect((await kubectl('scale sts ledger -n kc --replicas=3 --current-replicas=7')).code).toBe(1);
    await printed('rollout restart sts ledger -n kc');
    expect(await printed('rollout status sts/ledger -n kc --timeout=20s')).toContain('roll out complete: 1');
    expect(await printed('delete sts ledger -n kc --timeout=20s')).toContain('"ledger" deleted');
    expect(await printed('get pvc -n kc -o name')).toBe(
      'persistentvolumeclaim/data-ledger-0\npersistentvolumeclaim/data-ledger-1',
    );
    expect(await printed('delete pvc --all -n kc --timeout=20s')).toContain('"data-ledger-0" deleted');
    await printed(`wait --for=delete pv/${volume} --timeout=20s`);
  }, 60_000);

  it('watches: what is there, and what comes', async () => {
    const watching = kubectl('get cm -n kc -w -o name', { seconds: 4, cache: 'watching' });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await printed('create configmap later -n kc --from-literal=a=1');
    const lines = (await watching).out.split('\n');
    expect(lines).toContain('configmap/later');
    expect(lines).toContain('configmap/kube-root-ca.crt');
  });

  it('says what somebody may do', async () => {
    expect(await printed('auth can-i delete persistentvolumes')).toContain('yes');
    const viewer = '--context sandbox-viewer';
    expect((await kubectl(`auth can-i delete pods -n kc ${viewer}`)).out).toContain('no');
    expect((await kubectl(`auth can-i list pods -n kc ${viewer}`)).out).toContain('yes');
    expect(await printed(`auth can-i --list -n kc --context sandbox-operator`)).toMatch(/persistentvolumes.*patch/);
    const refused = await kubectl(`delete cm settings -n kc ${viewer}`);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain(
      'configmaps "settings" is forbidden: User "viewer" cannot delete resource "configmaps"',
    );
  });

  it('labels, annotates, explains, lists what there is, and fails as usual', async () => {
    expect(await printed('label ns kc team=a')).toBe('namespace/kc labeled');
    expect((await kubectl('label ns kc team=b')).err).toContain('already has a value (a)');
    expect(await printed('annotate ns kc note=x')).toBe('namespace/kc annotated');
    expect(await printed('explain pv.spec.claimRef')).toContain('resourceVersion');
    expect(await printed('api-resources')).toMatch(/persistentvolumes\s+pv\s+v1\s+false\s+PersistentVolume/);
    expect(await kubectl('get pv nope')).toMatchObject({
      code: 1,
      err: 'Error from server (NotFound): persistentvolumes "nope" not found\n',
    });
    expect((await kubectl('get nope')).err).toContain('the server doesn\'t have a resource type "nope"');
  });

  it('deletes a namespace with all that is in it', async () => {
    expect(await printed('delete ns kc --timeout=30s')).toContain('namespace "kc" deleted');
    expect((await kubectl('get ns kc')).err).toContain('NotFound');
    expect((await kubectl('get cm -n kc')).err).toContain('No resources found');
  }, 40_000);
});
