import { parseAllDocuments } from 'yaml';
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

/** Lays the application out, lets it work, and breaks it; resolves when the damage has settled. */
export async function breakScenario(
  scenario: Scenario,
  manifests: readonly string[],
  playground: Playground,
  now: () => number,
  resolvePath: (path: string) => string,
): Promise<Broken> {
  const { namespace, records } = scenario.application;
  await playground.apply(manifests);
  await playground.settled(namespace, records);
  const before = await playground.state(namespace);
  const parameters = await parametersOf(scenario, resolvePath, playground);
  const impactAt = new Date(now()).toISOString();
  for (const step of scenario.break) await breakOne(step, namespace, manifests, playground);
  return { before, impactAt, parameters };
}

async function breakOne(
  step: BreakStep,
  namespace: string,
  manifests: readonly string[],
  playground: Playground,
): Promise<void> {
  if ('retainAllBut' in step) await playground.retainAllBut(namespace, step.retainAllBut);
  else if ('holdDetach' in step) await playground.holdDetach(namespace, step.holdDetach);
  else if ('deleteNamespace' in step) await playground.deleteNamespace(step.deleteNamespace);
  else {
    await playground.apply(manifests.flatMap((text) => ofKinds(text, step.applyAgain)));
    // on new, empty volumes it comes up as if it had never run before, and begins to write
    await playground.settled(namespace, 1);
  }
}

function ofKinds(text: string, kinds: readonly string[]): string[] {
  return parseAllDocuments(text).flatMap((document) =>
    kinds.includes(String(document.get('kind'))) ? document.toString() : [],
  );
}

/** Texts as they are, paths from the scenario's folder, services by where the sandbox answers for them. */
async function parametersOf(
  scenario: Scenario,
  resolvePath: (path: string) => string,
  playground: Playground,
): Promise<Record<string, string>> {
  const entries = Object.entries(scenario.parameters).map(async ([name, value]): Promise<[string, string]> => {
    if (typeof value === 'string') return [name, value];
    if (!('service' in value)) return [name, resolvePath(value.path)];
    return [name, `${await playground.serviceUrl(scenario.application.namespace, value.service)}${value.path}`];
  });
  return Object.fromEntries(await Promise.all(entries));
}
