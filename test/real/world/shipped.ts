import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { breakScenario, type Broken, type ScenarioFiles } from '../../../src/drill/break.ts';
import { parseScenario, type Scenario } from '../../../src/drill/scenario.ts';
import { isNotServed } from '../../../src/sandbox/controllers/failures.ts';
import { APPLICATION_SETS, APPLICATIONS, PROJECTS } from '../../../src/sandbox/argocd/kinds.ts';
import type { ApiClient, KubeObject, ResourceName } from '../../../src/sandbox/types.ts';
import type { ClusterAccess } from '../../cluster/access.ts';
import type { Rights } from '../../cluster/rights.ts';
import { assertCode } from '../../e2e/program.ts';
import type { Answering } from './approving.ts';
import { personWithout, type Person } from './person.ts';
import { filesIn, parametersOf, RealPlace, removeNamespaces } from './place.ts';
import { ifNotFound, until } from './playground.ts';

const SCENARIOS = join(import.meta.dirname, '..', '..', '..', 'runbooks', 'scenarios');
const DEFINITIONS: ResourceName = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  resource: 'customresourcedefinitions',
};
const LEASES: ResourceName = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' };

/**
 * A scenario as it ships, on the real control plane, in the namespaces that it names: what it installs, what it breaks, its
 * answers. There is one at a time; what a killed one left is taken away first.
 */
export class ShippedPlace {
  readonly real: RealPlace;
  readonly scenario: Scenario;
  readonly #files: ScenarioFiles;
  readonly #objects: readonly KubeObject[];

  static async open(cluster: ClusterAccess, name: string): Promise<ShippedPlace> {
    const folder = join(SCENARIOS, name);
    const file = join(folder, 'scenario.yaml');
    const scenario = parseScenario(file, readFileSync(file, 'utf8'));
    const real = await RealPlace.openWithPlatform(cluster, scenario.application.namespace);
    const place = new ShippedPlace(real, scenario, filesIn(folder));
    await place.#clear();
    return place;
  }

  private constructor(real: RealPlace, scenario: Scenario, files: ScenarioFiles) {
    this.real = real;
    this.scenario = scenario;
    this.#files = files;
    this.#objects = objectsOf(scenario, files);
  }

  break(): Promise<Broken> {
    return breakScenario(this.scenario, this.#files, this.real.playground, Date.now);
  }

  /** Somebody with exactly the rights that `drctl target rbac` prints for the scenario's runbook, as a target. */
  async hire(broken: Broken): Promise<Person> {
    const { runbook } = this.scenario;
    const parameters = parametersOf(broken).slice(0, -2);
    const printed = await this.real.run([
      ...['target', 'rbac', '--runbook', runbook, '--user', 'operator', '--json'],
      ...parameters,
    ]);
    assertCode(printed, 0);
    const person = await personWithout(this.real.cluster, this.real.program.home, printed.json() as Rights, {});
    await this.real.addPerson(person);
    return person;
  }

  /** What the scenario says to a question of that kind at that step. */
  readonly answer: Answering = ({ step, kind }) => {
    const { answers } = this.scenario;
    return answers[step ?? 'run']?.[kind] ?? answers['*']?.[kind];
  };

  close(): Promise<void> {
    return this.real.close(() => this.#clear());
  }

  async #clear(): Promise<void> {
    const { api } = this.real.csi;
    const names = namespacesOf(this.scenario, this.#objects);
    await withoutFinalizers(api);
    await removeNamespaces(
      api,
      names.filter((name) => name !== this.real.namespace),
    );
    await this.real.clear();
    // an inventory finds volumes by their tags too
    await this.real.csi.cloud.sweep(this.real.namespace);
    await api.delete(LEASES, 'drctl', 'kube-system').catch(ifNotFound);
    const definitions = this.#objects.filter(({ kind }) => kind === 'CustomResourceDefinition').map(nameOf);
    for (const name of definitions) await api.delete(DEFINITIONS, name).catch(ifNotFound);
    await until('rid of the definitions', async () => {
      const { items } = await api.list(DEFINITIONS);
      return !items.some((one) => definitions.includes(nameOf(one)));
    });
  }
}

/** Everything that the scenario brings into the cluster, now or by a commit. */
function objectsOf(scenario: Scenario, files: ScenarioFiles): KubeObject[] {
  const commits = scenario.break.flatMap((step) => ('commit' in step ? Object.values(step.commit.files) : []));
  const folders = [
    ...scenario.install,
    ...Object.values(scenario.repository),
    ...commits,
    scenario.application.manifests,
  ];
  return [...new Set(folders)]
    .flatMap((folder) => Object.values(files.folder(folder)))
    .flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as KubeObject | null))
    .filter((object) => object !== null);
}

/** Those that it makes, and those into which its Applications deploy. */
function namespacesOf(scenario: Scenario, objects: readonly KubeObject[]): string[] {
  const found = objects.flatMap((object) => {
    if (object.kind === 'Namespace') return [nameOf(object)];
    if (object.kind !== 'Application') return [];
    const { destination } = object['spec'] as { destination?: { namespace?: string } };
    return [destination?.namespace ?? ''];
  });
  return [...new Set([scenario.application.namespace, ...found])].filter(Boolean);
}

/** An Application that is being deleted would wait for an Argo CD that is gone. */
async function withoutFinalizers(api: ApiClient): Promise<void> {
  const { items } = await api.list(APPLICATIONS).catch((error: unknown) => {
    if (isNotServed(error)) return { items: [] };
    throw error;
  });
  for (const { metadata } of items)
    if (metadata.finalizers !== undefined)
      await api.patch(APPLICATIONS, metadata.name ?? '', metadata.namespace, 'merge', {
        metadata: { finalizers: null },
      });
}

function nameOf({ metadata }: KubeObject): string {
  return metadata.name ?? '';
}

/** What a person set on Argo CD's objects: the spec, the annotations and the finalizers of each; and what runs it. */
export async function settingsOf(api: ApiClient): Promise<unknown> {
  const found: unknown[] = [];
  for (const resource of [APPLICATIONS, APPLICATION_SETS, PROJECTS]) {
    for (const { kind, metadata, ...rest } of (await api.list(resource)).items) {
      const { name, annotations = {}, labels = {}, finalizers = [] } = metadata;
      found.push({ kind, name, annotations, labels, finalizers, spec: rest['spec'] });
    }
  }
  return found;
}
