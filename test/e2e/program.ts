import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { SandboxControl } from '../../src/sandbox/control/client.ts';
import type { FaultRule } from '../../src/sandbox/pipeline/faults.ts';
import { builtProgram } from './build.ts';

export interface Ended {
  readonly code: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as the one JSON document that it must be. */
  readonly json: () => unknown;
}

export interface RunOptions {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeout?: number;
  readonly cwd?: string;
  /** Another Node than the one that runs the tests. */
  readonly node?: string;
  /** A command that runs what follows it, with the program behind. */
  readonly under?: readonly string[];
}

export interface AuditLine {
  readonly time: string;
  readonly client: string;
  readonly verb: string;
  readonly path: string;
  readonly status: number;
  readonly dryRun: boolean;
}

/** The program as a person starts it: a process of its own, nothing of our environment but the path. */
export class Program {
  readonly home: string;
  readonly root: string;
  readonly #children = new Set<Child>();

  static async open(): Promise<Program> {
    return new Program(await builtProgram(), mkdtempSync(join(tmpdir(), 'drctl-e2e-')));
  }

  private constructor(root: string, home: string) {
    this.root = root;
    this.home = home;
  }

  get bin(): string {
    return join(this.root, 'bin', 'run.js');
  }

  get env(): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: this.home,
      NO_COLOR: '1',
      AWS_EC2_METADATA_DISABLED: 'true',
    };
  }

  /** Begins it and does not wait. Without `stdin` there is none to read from. */
  start(args: readonly string[], options: RunOptions = {}): Child {
    const command = [...(options.under ?? []), options.node ?? process.execPath, this.bin, ...args];
    const child = this.startCommand(command, options, options.stdin === undefined ? 'ignore' : 'pipe');
    if (options.stdin !== undefined) child.stdin?.end(options.stdin);
    return child;
  }

  /** Any command in the same surroundings; its input stays open. */
  startCommand(command: readonly string[], options: RunOptions = {}, stdin: 'ignore' | 'pipe' = 'pipe'): Child {
    const [file = '', ...rest] = command;
    const child = spawned(file, rest, {
      cwd: options.cwd ?? this.home,
      env: { ...this.env, ...options.env },
      timeout: options.timeout ?? 60_000,
      stdin,
    });
    this.#children.add(child);
    void child.finally(() => this.#children.delete(child));
    return child;
  }

  async run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    return ended(this.start(args, options));
  }

  close(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** A Node of the system that is too old for drctl, which then starts the one that came with it. */
const SYSTEM_NODE = '/usr/bin/node';
const systemVersion = spawnSync(SYSTEM_NODE, ['--version'], { encoding: 'utf8' }).stdout ?? '';
export const oldNode = /^v(?:1\d|20|21)\./.test(systemVersion) ? SYSTEM_NODE : undefined;

export type Child = ReturnType<typeof spawned>;

function spawned(
  file: string,
  args: readonly string[],
  options: { cwd: string; env: Record<string, string>; timeout: number; stdin: 'ignore' | 'pipe' },
) {
  return execa(file, args, { ...options, extendEnv: false, reject: false, stripFinalNewline: false });
}

export async function ended(child: Child): Promise<Ended> {
  const { exitCode, signal, stdout, stderr } = await child;
  return { code: exitCode, signal, stdout, stderr, json: () => JSON.parse(stdout) as unknown };
}

/** Fails with what the program said, which the bare number does not tell. */
export function assertCode(found: Ended, code: number): void {
  if (found.code === code) return;
  const how = found.signal === undefined ? `exit ${found.code}` : `ended by ${found.signal}`;
  throw new Error(`${how} instead of exit ${code}\n--- stdout\n${found.stdout}\n--- stderr\n${found.stderr}`);
}

/** The program with a state directory and a sandbox in it, broken by a scenario once and put back for each test. */
export class Place {
  readonly program: Program;
  readonly state: string;
  readonly control: SandboxControl;
  #auditFrom = 0;

  /** A running sandbox; `scenario` is broken in it, and kept as what `reset` goes back to. */
  static async open(scenario: string | undefined = 'namespace-deleted'): Promise<Place> {
    const program = await Program.open();
    const state = join(program.home, 'state');
    const started = await program.run(['sandbox', 'start', '--state', state]);
    if (started.code !== 0) throw new Error(`sandbox start: ${started.stderr}`);
    if (scenario !== undefined) {
      const broken = await program.run(['sandbox', 'break', scenario, '--state', state]);
      if (broken.code !== 0) throw new Error(`sandbox break: ${broken.stderr}`);
    }
    const control = await SandboxControl.connect(join(state, 'sandbox'));
    await control.call('snapshot', { name: 'broken' });
    return new Place(program, state, control);
  }

  private constructor(program: Program, state: string, control: SandboxControl) {
    this.program = program;
    this.state = state;
    this.control = control;
  }

  /** As it was after the disaster, with no run in the store. */
  async reset(): Promise<void> {
    for (const name of ['runs', 'clusters', 'blobs']) rmSync(join(this.state, name), { recursive: true, force: true });
    await this.control.call('restore', { name: 'broken' });
    this.forgetAudit();
  }

  forgetAudit(): void {
    this.#auditFrom = existsSync(this.auditLog) ? statSync(this.auditLog).size : 0;
  }

  get auditLog(): string {
    return join(this.state, 'sandbox', 'audit.jsonl');
  }

  /** Since the last reset. */
  audit(): AuditLine[] {
    return readFileSync(this.auditLog)
      .subarray(this.#auditFrom)
      .toString()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as AuditLine);
  }

  /** What drctl wrote, or tried to: whatever is no read, no review and no dry run. */
  writes(): AuditLine[] {
    return this.audit().filter((line) => line.client.startsWith('drctl/') && isWrite(line));
  }

  /** Its writes without that of its own Lease: what a plan names Change by Change. */
  changes(): AuditLine[] {
    return this.writes().filter((line) => !isOwnLease(line));
  }

  args(args: readonly string[]): string[] {
    return [...args, '--state', this.state];
  }

  run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    return this.program.run(this.args(args), options);
  }

  start(args: readonly string[], options: RunOptions = {}): Child {
    return this.program.start(this.args(args), options);
  }

  fault(match: FaultRule['match'], action: FaultRule['action']): Promise<string> {
    return this.control.call('faults.add', { match: { client: 'drctl/', ...match }, action });
  }

  /** The sandbox ends with its process; the directory goes with it. */
  async close(): Promise<void> {
    this.control.close();
    await this.run(['sandbox', 'stop']);
    this.program.close();
  }
}

const READS = /^(get|list|watch|Describe\w+|GetCallerIdentity)$/;
const REVIEWS = /\/(selfsubjectaccessreviews|selfsubjectrulesreviews|selfsubjectreviews|tokenreviews)$/;

export function isWrite(line: AuditLine): boolean {
  return !READS.test(line.verb) && !line.dryRun && !REVIEWS.test(line.path.split('?')[0] ?? '');
}

/** drctl's own Lease in kube-system; of another Lease, or a deletion of this one, it is none. */
export function isOwnLease({ verb, path }: AuditLine): boolean {
  const [where = ''] = path.split('?');
  const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases';
  return (verb === 'create' && where === leases) || (verb === 'patch' && where === `${leases}/drctl`);
}

/** Looks again every 30 ms; names what never came. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  within = 60_000,
): Promise<T> {
  const deadline = performance.now() + within;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`${what}: not within ${within} ms`);
    await sleep(30);
  }
}

/** A folder of its own inside the program's home. */
export function folder(program: Program, name: string): string {
  const path = join(program.home, name);
  mkdirSync(path, { recursive: true });
  return path;
}
