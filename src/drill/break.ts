import { parseAllDocuments } from 'yaml';
import { parseDuration } from '../model/duration.ts';
import type { ApplicationState, Playground } from './playground.ts';
import type { BreakStep, Scenario } from './scenario.ts';

/** What the world was like before the disaster, and when it began. */
export interface Broken {
  readonly before: ApplicationState;
  /** RFC 3339. */
  readonly impactAt: string;
  /** What the runbook is given. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Files beside a scenario, by paths as it writes them. */
export interface ScenarioFiles {
  resolve(path: string): string;
  text(path: string): string;
  /** File name to text, in the order of their names. */
  folder(path: string): Readonly<Record<string, string>>;
}

/** Lays the application out, lets it work, and breaks it; resolves when the damage has settled. */
export async function breakScenario(
  scenario: Scenario,
  files: ScenarioFiles,
  playground: Playground,
  now: () => number,
): Promise<Broken> {
  const { namespace, records, by } = scenario.application;
  const manifests = Object.values(files.folder(scenario.application.manifests));
  for (const folder of scenario.install) await playground.apply(Object.values(files.folder(folder)));
  await commit('the first commit', scenario.repository, files, playground);
  await playground.apply(by === undefined ? manifests : [files.text(by)]);
  await playground.settled(namespace, records);
  for (const { schedule, ago } of scenario.backups)
    await playground.backUp(schedule, now() - (parseDuration(ago) ?? 0));
  const before = await playground.state(namespace);
  const parameters = await parametersOf(scenario, files, playground);
  const impactAt = new Date(now()).toISOString();
  for (const step of scenario.break) await breakOne(step, { namespace, manifests, files, playground, now });
  return { before, impactAt, parameters };
}

interface Breaking {
  readonly namespace: string;
  readonly manifests: readonly string[];
  readonly files: ScenarioFiles;
  readonly playground: Playground;
  readonly now: () => number;
}

async function breakOne(step: BreakStep, { namespace, manifests, files, playground, now }: Breaking): Promise<void> {
  if ('retainAllBut' in step) await playground.retainAllBut(namespace, step.retainAllBut);
  else if ('holdDetach' in step) await playground.holdDetach(namespace, step.holdDetach);
  else if ('deleteNamespace' in step) await playground.deleteNamespace(step.deleteNamespace);
  else if ('commit' in step) await commit(step.commit.message, step.commit.files, files, playground);
  else if ('gone' in step) await playground.gone(step.gone);
  else if ('settled' in step) await playground.settled(namespace, step.settled);
  else if ('backup' in step) await playground.backUp(step.backup, now());
  else {
    await playground.apply(manifests.flatMap((text) => ofKinds(text, step.applyAgain)));
    // on new, empty volumes it comes up as if it had never run before, and begins to write
    await playground.settled(namespace, 1);
  }
}

async function commit(
  message: string,
  folders: Readonly<Record<string, string>>,
  files: ScenarioFiles,
  playground: Playground,
): Promise<void> {
  if (Object.keys(folders).length === 0) return;
  const read = Object.entries(folders).map(([name, path]) => [name, files.folder(path)]);
  await playground.commit(message, Object.fromEntries(read) as Record<string, Record<string, string>>);
}

function ofKinds(text: string, kinds: readonly string[]): string[] {
  return parseAllDocuments(text).flatMap((document) =>
    kinds.includes(String(document.get('kind'))) ? document.toString() : [],
  );
}

/** Texts as they are, paths from the scenario's folder, services by where the sandbox answers for them. */
async function parametersOf(
  scenario: Scenario,
  files: ScenarioFiles,
  playground: Playground,
): Promise<Record<string, string>> {
  const entries = Object.entries(scenario.parameters).map(async ([name, value]): Promise<[string, string]> => {
    if (typeof value === 'string') return [name, value];
    if (!('service' in value)) return [name, files.resolve(value.path)];
    return [name, `${await playground.serviceUrl(scenario.application.namespace, value.service)}${value.path}`];
  });
  return Object.fromEntries(await Promise.all(entries));
}
