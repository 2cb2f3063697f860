import { appendFileSync, copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { breakScenario, type Broken, type ScenarioFiles } from '../../../src/drill/break.ts';
import type { Playground } from '../../../src/drill/playground.ts';
import { parseScenario, type Scenario } from '../../../src/drill/scenario.ts';
import { RESOURCES } from '../../../src/sandbox/controllers/resources.ts';
import type { ApiClient } from '../../../src/sandbox/types.ts';
import type { ClusterAccess, UserName } from '../../cluster/access.ts';
import { assertCode, ended, Program, type Child, type Ended, type RunOptions } from '../../e2e/program.ts';
import { auditOf, type RealWrite } from './audit.ts';
import { startCsi, type CsiFixture } from './csi.ts';
import type { Person } from './person.ts';
import { startPlatform, type Platform } from './platform.ts';
import { ifNotFound, playgroundOf, until, volumesOf } from './playground.ts';

const SCENARIOS = join(import.meta.dirname, '..', '..', '..', 'runbooks', 'scenarios');

type ScenarioName = 'namespace-deleted' | 'namespace-deleted-hasty';

/**
 * A disaster on the real control plane, in a namespace of its own, and the real program to recover from it: pinned
 * targets of the cluster, one for each user that is asked for.
 */
export class RealPlace {
  readonly cluster: ClusterAccess;
  readonly namespace: string;
  readonly csi: CsiFixture;
  readonly playground: Playground;
  readonly program: Program;
  #auditFrom = Date.now();
  readonly #credentialsFile: string;
  readonly #platform: Platform | undefined;

  static async open(cluster: ClusterAccess): Promise<RealPlace> {
    const namespace = `shop-${Math.random().toString(36).slice(2, 8)}`;
    return new RealPlace(cluster, namespace, await startCsi(cluster, namespace), await Program.open());
  }

  /** In that namespace, with Argo CD and Velero. */
  static async openWithPlatform(cluster: ClusterAccess, namespace: string): Promise<RealPlace> {
    const csi = await startCsi(cluster, namespace);
    return new RealPlace(cluster, namespace, csi, await Program.open(), await startPlatform(cluster, csi.cloud));
  }

  private constructor(
    cluster: ClusterAccess,
    namespace: string,
    csi: CsiFixture,
    program: Program,
    platform?: Platform,
  ) {
    this.cluster = cluster;
    this.namespace = namespace;
    this.csi = csi;
    this.program = program;
    this.#platform = platform;
    this.playground = playgroundOf(csi, platform);
    this.#credentialsFile = join(program.home, 'aws-credentials');
    copyFileSync(cluster.aws.credentialsFile, this.#credentialsFile);
  }

  /** Lays the application out, or a part of it, lets it write, and breaks it as the scenario says. */
  async break(name: ScenarioName, { without = [] as readonly string[] } = {}): Promise<Broken> {
    const { folder, scenario } = this.#scenario(name);
    for (const file of without) rmSync(join(folder, scenario.application.manifests, file));
    const part = without.length === 0 ? scenario : ledgerOnly(scenario);
    return breakScenario(part, filesIn(folder), this.playground, Date.now);
  }

  /** The scenario as it ships, in this place's namespace. */
  #scenario(name: ScenarioName): { folder: string; scenario: Scenario } {
    const root = join(this.program.home, 'scenarios');
    const own = (text: string): string =>
      text
        .replaceAll(/\b(namespace|deleteNamespace): shop\b/g, `$1: ${this.namespace}`)
        .replace(/(kind: Namespace\nmetadata:\n {2}name: )shop\b/, `$1${this.namespace}`);
    const copy = (...path: readonly string[]): string => {
      mkdirSync(join(root, ...path.slice(0, -1)), { recursive: true });
      const text = own(readFileSync(join(SCENARIOS, ...path), 'utf8'));
      writeFileSync(join(root, ...path), text);
      return text;
    };
    for (const file of readdirSync(join(SCENARIOS, 'namespace-deleted', 'manifests')))
      copy('namespace-deleted', 'manifests', file);
    const file = join(root, name, 'scenario.yaml');
    return { folder: join(root, name), scenario: parseScenario(file, copy(name, 'scenario.yaml')) };
  }

  /** Writes the target of that user into the configuration and pins it, as a person would. */
  async addTarget(user: UserName): Promise<void> {
    const { kubeconfig, awsProfile } = this.cluster.users[user];
    await this.#addTarget(user, ['--kubeconfig', kubeconfig, '--context', user, '--profile', awsProfile]);
  }

  async addPerson({ name, kubeconfig, credentials }: Person): Promise<void> {
    appendFileSync(this.#credentialsFile, credentials);
    await this.#addTarget(name, ['--kubeconfig', kubeconfig, '--context', 'admin', '--profile', name]);
  }

  async #addTarget(name: string, who: readonly string[]): Promise<void> {
    const { region, endpoint } = this.cluster.aws;
    const where = ['--class', 'staging', '--region', region, '--aws-endpoint', endpoint];
    assertCode(await this.run(['target', 'add', name, ...where, ...who]), 0);
  }

  /** The program, with its configuration in its home and the credentials of the cluster's users. */
  run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    return ended(this.start(args, options));
  }

  /** Begins it and does not wait. */
  start(args: readonly string[], options: RunOptions = {}): Child {
    const env = { AWS_SHARED_CREDENTIALS_FILE: this.#credentialsFile, ...options.env };
    return this.program.start(args, { timeout: 170_000, ...options, env });
  }

  forgetAudit(): void {
    this.#auditFrom = Date.now();
  }

  /** What drctl as that user wrote, or tried to, since the last `forgetAudit`: by the API server's own audit log. */
  writes(user: string): RealWrite[] {
    return this.requests(user).filter(({ isWrite }) => isWrite);
  }

  requests(user: string): RealWrite[] {
    return auditOf(this.cluster.directory, this.#auditFrom).filter((line) => line.user === user);
  }

  async close(clear = (): Promise<void> => this.clear()): Promise<void> {
    // or Argo CD makes again what is taken away
    await this.#platform?.stop();
    try {
      await clear();
    } finally {
      await this.csi.stop();
      this.program.close();
    }
  }

  /** Takes the namespace away, and its volumes while the driver is there that takes their finalizers away. */
  async clear(): Promise<void> {
    const { api } = this.csi;
    this.csi.letGo();
    await removeNamespaces(api, [this.namespace]);
    for (const { name } of await volumesOf(api, this.namespace))
      await api.delete(RESOURCES.volumes, name).catch(ifNotFound);
    await until('rid of the volumes', async () => (await volumesOf(api, this.namespace)).length === 0);
  }
}

/** Resolves when they are gone. */
export async function removeNamespaces(api: ApiClient, names: readonly string[]): Promise<void> {
  for (const name of names) await api.delete(RESOURCES.namespaces, name).catch(ifNotFound);
  await until(`rid of ${names.join(', ')}`, async () => {
    const { items } = await api.list(RESOURCES.namespaces);
    return !items.some(({ metadata }) => names.includes(metadata.name ?? ''));
  });
}

/** What a run of the scenario is given on the command line. */
export function parametersOf({ parameters, impactAt }: Broken): string[] {
  const given = Object.entries(parameters).flatMap(([name, value]) => ['--param', `${name}=${value}`]);
  return [...given, '--impact-at', impactAt];
}

export function filesIn(folder: string): ScenarioFiles {
  const text = (path: string): string => readFileSync(join(folder, path), 'utf8');
  return {
    resolve: (path) => join(folder, path),
    text,
    folder: (path) => {
      const names = readdirSync(join(folder, path)).toSorted();
      return Object.fromEntries(names.map((name) => [name, text(join(path, name))]));
    },
  };
}

/** For a part of the application: what the runbook waits for is only the ledger. */
function ledgerOnly(scenario: Scenario): Scenario {
  const { healthUrl: _, ...parameters } = scenario.parameters;
  return { ...scenario, parameters: { ...parameters, statefulSets: '[ledger]', deployments: '[]' } };
}
