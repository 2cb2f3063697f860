import pLimit from 'p-limit';
import type { ContractArea, ContractCase } from './case.ts';
import { Wire } from './http.ts';
import { CaseScope } from './scope.ts';
import type { Observation } from './scope.ts';
import type { Contracted } from './target.ts';

/** What one case came to on one server. */
export interface Outcome {
  readonly name: string;
  /** Why the server is not as the case says; undefined: it is. */
  readonly failure?: Error;
  readonly observations: readonly Observation[];
}

/** How many cases are under way at once: enough that waiting costs little, few enough that two cores keep up. */
const usualAtOnce = 12;

/** All cases on one server: those that may, side by side; those that must be alone, afterwards, one by one. */
export async function runCases(
  target: Contracted,
  { cases, atOnce = usualAtOnce }: Pick<ContractArea, 'cases' | 'atOnce'>,
): Promise<Map<string, Outcome>> {
  const wire = new Wire(target.kubernetes, target.ca);
  try {
    const limit = pLimit(atOnce);
    const together = cases.filter(({ alone }) => !alone);
    const outcomes = await Promise.all(together.map((each) => limit(() => runCase(target, wire, each))));
    for (const each of cases.filter(({ alone }) => alone)) outcomes.push(await runCase(target, wire, each));
    return new Map(outcomes.map((outcome) => [outcome.name, outcome]));
  } finally {
    await wire.close();
  }
}

async function runCase(target: Contracted, wire: Wire, { name, requests }: ContractCase): Promise<Outcome> {
  const scope = new CaseScope(target, wire);
  try {
    await requests(scope);
    return { name, observations: scope.observations };
  } catch (error) {
    const failure = error instanceof Error ? error : new Error(String(error));
    return { name, failure, observations: scope.observations };
  } finally {
    await scope.close();
  }
}
