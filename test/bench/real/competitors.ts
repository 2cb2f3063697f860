import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ClusterAccess } from '../../cluster/access.ts';
import { paceOf, writesOf, type Writes } from './audit.ts';
import { namesOf, type Laid } from './volumes.ts';

const DRCTL = pathOf('../../../bin/run.js');
const MEMORY = pathOf('../peak-memory.ts');
const RAW = pathOf('../raw-client.ts');

export interface Ran {
  /** As the API server saw them. */
  readonly patches: Writes;
  readonly creates: Writes;
  readonly began: number;
  readonly ended: number;
  readonly megabytes: number;
}

/** `drctl run` of one step over a set, as a process of its own with a state of its own. */
export async function drctl(cluster: ClusterAccess, laid: Laid, action: 'pv/rebind' | 'pv/retain'): Promise<Ran> {
  const dir = mkdtempSync(join(tmpdir(), 'drctl-bench-'));
  try {
    const config = join(dir, 'drctl.yaml');
    const { kubeconfig } = cluster.users.admin;
    const target = ['--kubeconfig', kubeconfig, '--context', 'admin', '--class', 'staging'];
    await run(process.execPath, [DRCTL, 'target', 'add', 'real', ...target, '--config', config]);
    const runbook = join(dir, 'bench.yaml');
    writeFileSync(runbook, runbookOf(laid, action));
    const memory = join(dir, 'memory');
    const began = Date.now();
    const args = [
      'run',
      runbook,
      '--config',
      config,
      '--state',
      dir,
      '--target',
      'real',
      '--yes',
      '--json',
      '--progress',
      'none',
    ];
    await run(process.execPath, ['--import', MEMORY, DRCTL, ...args], { DRCTL_BENCH_MEMORY: memory });
    const ended = Date.now();
    const audit = join(cluster.directory, 'audit.jsonl');
    const seen = { agent: 'drctl/', since: began };
    return {
      patches: await writesOf(audit, { ...seen, verb: 'patch', resource: 'persistentvolumes' }),
      creates: await writesOf(audit, { ...seen, verb: 'create', resource: 'persistentvolumeclaims' }),
      began,
      ended,
      megabytes: Number(readFileSync(memory, 'utf8')) / 1_024,
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Patches a second of the raw client, with that many in flight. */
export async function raw(cluster: ClusterAccess, laid: Laid, concurrency: number): Promise<number> {
  const since = Date.now();
  await run(process.execPath, [RAW, cluster.users.admin.kubeconfig, String(concurrency), `set=${laid.set}`]);
  const audit = join(cluster.directory, 'audit.jsonl');
  const writes = await writesOf(audit, { agent: 'raw/', verb: 'patch', resource: 'persistentvolumes', since });
  if (writes.count !== laid.count) throw new Error(`the raw client patched ${writes.count} of ${laid.count}`);
  return paceOf(writes);
}

/** Patches a second of kubectl in a shell: one after another, or `side` at a time under xargs. By the clock on the wall. */
export async function kubectl(cluster: ClusterAccess, laid: Laid, side: number): Promise<number> {
  const patch = JSON.stringify([{ op: 'remove', path: '/spec/claimRef/uid' }]);
  const command = `kubectl --kubeconfig ${cluster.users.admin.kubeconfig} patch pv`;
  const script =
    side === 1
      ? `while read -r name; do ${command} "$name" --type=json -p '${patch}' >/dev/null || exit 1; done`
      : `xargs -P ${side} -I NAME ${command} NAME --type=json -p '${patch}' >/dev/null`;
  const began = performance.now();
  await run('sh', ['-c', script], {}, `${namesOf(laid).join('\n')}\n`);
  return (laid.count / (performance.now() - began)) * 1_000;
}

function runbookOf({ set, count }: Laid, action: string): string {
  const given =
    action === 'pv/retain' ? `{namespace: ${set}}` : `{namespace: ${set}, statefulSets: {kafka: {data: ${count}}}}`;
  return `
apiVersion: drctl/v1
kind: Runbook
metadata: {name: bench, title: Many volumes, owners: [bench]}
useWhen: it is measured
phases:
  - id: volumes
    title: Volumes
    steps:
      - {id: volumes, title: Volumes, uses: ${action}, timeout: 60m, with: ${given}}
`;
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

function run(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = '',
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, AWS_EC2_METADATA_DISABLED: 'true', NO_COLOR: '1', ...env },
    });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`${file} ${args.slice(0, 4).join(' ')} ended with ${code}: ${out.slice(0, 2_000)}`)),
    );
    child.stdin.end(input);
  });
}
