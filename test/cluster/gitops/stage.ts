import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { stringify } from 'yaml';
import { z } from 'zod';
import { assertCode, Program, type Ended } from '../../e2e/program.ts';
import { clientOf, type Client } from '../client.ts';
import { startCluster, type Cluster } from '../cluster.ts';
import { MissingPieces } from '../missing.ts';

/** A control plane for these suites alone (what runs beside it has its hands in every namespace), and the program. */
export class Stage {
  readonly cluster: Cluster;
  readonly client: Client;
  readonly #program: Program;

  static async open(): Promise<Stage> {
    const directory = mkdtempSync(join(tmpdir(), 'drctl-gitops-'));
    const cluster = await startCluster({ directory, untilWeEnd: true });
    const stage = new Stage(cluster, await Program.open());
    await stage.#addTarget();
    return stage;
  }

  private constructor(cluster: Cluster, program: Program) {
    this.cluster = cluster;
    this.client = clientOf(cluster.access, 'admin');
    this.#program = program;
  }

  async #addTarget(): Promise<void> {
    const { aws, users } = this.cluster.access;
    const where = ['--class', 'staging', '--region', aws.region, '--aws-endpoint', aws.endpoint];
    const who = ['--kubeconfig', users.admin.kubeconfig, '--context', 'admin', '--profile', users.admin.awsProfile];
    assertCode(await this.#run(['target', 'add', 'real', ...where, ...who]), 0);
  }

  /** A run of one step of that action, confirmed; one that pauses is given up, so that the next can begin. */
  async act(uses: string, input: Readonly<Record<string, unknown>>, ...more: readonly string[]): Promise<Ended> {
    const file = join(this.#program.home, `${uses.replace('/', '-')}.yaml`);
    const step = { id: 'step', uses, gate: { confirm: true }, with: input };
    const runbook = {
      apiVersion: 'drctl/v1',
      kind: 'Runbook',
      metadata: { name: 'one-step', title: uses, owners: ['test'] },
      useWhen: 'a test asks for it',
      objectives: { rto: '1h' },
      phases: [{ id: 'phase', needs: [], steps: [step] }],
    };
    writeFileSync(file, stringify(runbook));
    const run = await this.#run(['run', file, '--target', 'real', '--yes', '--json', ...more]);
    if (run.code === 4) {
      const { run: id } = z.looseObject({ run: z.string() }).parse(run.json());
      assertCode(await this.#run(['abort', id, '--because', 'the test goes on']), 0);
    }
    return run;
  }

  #run(args: readonly string[]): Promise<Ended> {
    const env = { AWS_SHARED_CREDENTIALS_FILE: this.cluster.access.aws.credentialsFile };
    return this.#program.run(args, { env, timeout: 120_000 });
  }

  async close(): Promise<void> {
    await this.client.close();
    await this.cluster.stop();
    this.#program.close();
    rmSync(this.cluster.access.directory, { recursive: true, force: true });
  }
}

/** A git repository in a folder. */
export class Repository {
  readonly #folder: string;

  static async in(folder: string): Promise<Repository> {
    const repository = new Repository(folder);
    mkdirSync(folder);
    await repository.#git('init', '--quiet', '--initial-branch=main');
    return repository;
  }

  private constructor(folder: string) {
    this.#folder = folder;
  }

  get url(): string {
    return `file://${this.#folder}`;
  }

  /** Files by path; null takes one away. */
  async commit(files: Readonly<Record<string, readonly object[] | null>>): Promise<void> {
    for (const [path, objects] of Object.entries(files)) {
      const file = join(this.#folder, path);
      mkdirSync(dirname(file), { recursive: true });
      if (objects === null) rmSync(file);
      else writeFileSync(file, objects.map((object) => stringify(object)).join('---\n'));
    }
    await this.#git('add', '--all');
    await this.#git('-c', 'user.name=test', '-c', 'user.email=test@example.org', 'commit', '--quiet', '-m', 'change');
  }

  async #git(...args: readonly string[]): Promise<void> {
    await execa('git', args, { cwd: this.#folder });
  }
}

/** Why something cannot be tested here; undefined where it can. */
export async function whyNot(...pieces: readonly (() => Promise<unknown>)[]): Promise<string | undefined> {
  try {
    for (const piece of pieces) await piece();
    return undefined;
  } catch (error) {
    if (error instanceof MissingPieces) return error.message;
    throw error;
  }
}
