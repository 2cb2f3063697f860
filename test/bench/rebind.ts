import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { accessFilesOf } from '../../src/sandbox/control/access.ts';
import type { AuditEntry } from '../../src/sandbox/pipeline/audit.ts';
import { Sandbox } from '../../src/sandbox/sandbox.ts';
import type { SandboxSnapshot } from '../../src/sandbox/control/snapshot.ts';
import { layReleased, pinnedTarget, rebindRunbook } from './released.ts';
import { median, ms, percent, ratio, type Row } from './measure.ts';

const VOLUMES = 2_000;
const ROUNDS = 3;
const CONCURRENCIES = [8, 16, 32, 64] as const;
const MEMORY = 300;

interface Rebound {
  /** Milliseconds from the first patch that the sandbox answered to the last. */
  readonly patching: number;
  readonly creating: number;
  readonly binding: number;
  readonly whole: number;
  readonly megabytes: number;
}

/** Every competitor starts from an exact copy of the same sandbox, in this process; the clients are processes of their own. */
export async function rebindRows(): Promise<Row[]> {
  const start = await layReleased(VOLUMES);
  const own: Rebound[] = [];
  const raw = new Map<number, number[]>(CONCURRENCIES.map((at) => [at, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    own.push(await inSandbox(start, drctlRebinds));
    for (const at of CONCURRENCIES)
      raw.get(at)?.push(await inSandbox(start, (sandbox, dir) => rawPatches(sandbox, dir, at)));
  }
  const rate = (took: number): number => ((VOLUMES - 1) / took) * 1_000;
  const best = [...raw].map(([at, took]) => ({ at, rate: rate(median(took)) })).toSorted((a, b) => b.rate - a.rate)[0];
  if (!best) throw new Error('nothing was measured');
  const middle = (of: (one: Rebound) => number): number => median(own.map(of));
  // both of a round, so that what else the machine did falls on both
  const reached = ratio(
    raw.get(best.at) ?? [],
    own.map((one) => one.patching),
  );
  const memory = Math.max(...own.map((one) => one.megabytes));
  const others = [...raw].map(([at, took]) => `${at}: ${Math.round(rate(median(took)))}/s`).join(', ');
  return [
    {
      what: `\`pv/rebind\` of ${VOLUMES} volumes, the patches`,
      against: `raw HTTP at its best concurrency (${best.at})`,
      found: percent(reached),
      aim: '80 %',
      met: reached >= 0.8,
      detail: `${Math.round(rate(middle((one) => one.patching)))}/s; raw by concurrency ${others}; ${ROUNDS} rounds. Then ${ms(middle((one) => one.creating))} for creating the claims, ${ms(middle((one) => one.binding))} until all was bound and said; whole process ${ms(middle((one) => one.whole))}`,
    },
    {
      what: 'memory of that process at its peak',
      against: 'a limit',
      found: `${Math.round(memory)} MB`,
      aim: `${MEMORY} MB`,
      met: memory <= MEMORY,
      detail: 'resident set, the most of all rounds',
    },
  ];
}

async function inSandbox<T>(start: SandboxSnapshot, work: (sandbox: Sandbox, state: string) => Promise<T>): Promise<T> {
  const state = mkdtempSync(join(tmpdir(), 'drctl-bench-'));
  const dir = join(state, 'sandbox');
  mkdirSync(dir);
  const sandbox = await Sandbox.start({ dir, snapshot: start });
  try {
    return await work(sandbox, state);
  } finally {
    await sandbox.close();
    rmSync(state, { recursive: true, force: true });
  }
}

async function drctlRebinds(sandbox: Sandbox, state: string): Promise<Rebound> {
  const target = await pinnedTarget(join(state, 'sandbox'), sandbox.access.aws);
  writeFileSync(join(state, 'sandbox', 'target.json'), JSON.stringify(target));
  const runbook = join(state, 'rebind.yaml');
  writeFileSync(runbook, rebindRunbook(VOLUMES));
  const memory = join(state, 'memory');
  const writes = listen(sandbox);
  const began = performance.now();
  await child(
    ['--import', pathOf('peak-memory.ts'), pathOf('../../bin/run.js'), 'run', runbook].concat([
      '--state',
      state,
      '--target',
      'sandbox',
      '--yes',
      '--json',
      '--progress',
      'none',
    ]),
    { DRCTL_BENCH_MEMORY: memory },
  );
  const ended = performance.now();
  const creates = writes.of('create');
  return {
    patching: writes.patching(),
    creating: (creates.at(-1) ?? Number.NaN) - (creates[0] ?? Number.NaN),
    binding: ended - (creates.at(-1) ?? Number.NaN),
    whole: ended - began,
    megabytes: Number(readFileSync(memory, 'utf8')) / 1_024,
  };
}

async function rawPatches(sandbox: Sandbox, state: string, concurrency: number): Promise<number> {
  const writes = listen(sandbox);
  const { kubeconfig } = accessFilesOf(join(state, 'sandbox'));
  await child([pathOf('raw-client.ts'), kubeconfig, String(concurrency)], {});
  return writes.patching();
}

/** Drctl writes its own Lease as well, and asks for its rights. */
const COUNTED = /\/persistentvolume(?:claim)?s(?:[/?]|$)/;

/** When the sandbox answered the writes to volumes and claims of a client from outside, by verb. */
function listen(sandbox: Sandbox) {
  const at: { verb: string; time: number }[] = [];
  sandbox.audit.listen(({ client, verb, status, path }: AuditEntry) => {
    if (/^(drctl|raw)\//.test(client) && status < 300 && COUNTED.test(path)) at.push({ verb, time: performance.now() });
  });
  const of = (verb: string): number[] => at.filter((one) => one.verb === verb).map(({ time }) => time);
  return {
    of,
    patching(): number {
      const patches = of('patch');
      if (patches.length !== VOLUMES) throw new Error(`${patches.length} of ${VOLUMES} patches were sent`);
      return (patches.at(-1) ?? Number.NaN) - (patches[0] ?? Number.NaN);
    },
  };
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

function child(args: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
  return new Promise((resolve, reject) => {
    const started = spawn(process.execPath, [...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, AWS_EC2_METADATA_DISABLED: 'true', NO_COLOR: '1', ...env },
    });
    let out = '';
    started.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    started.on('error', reject);
    started.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${args.join(' ')} ended with ${code}: ${out.slice(0, 2_000)}`)),
    );
  });
}
