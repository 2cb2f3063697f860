import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Target } from '../model/target.ts';
import type { ScenarioAnswers } from '../operations/consent.ts';
import { sandboxDirectory, stateDirectory } from './places.ts';

/** What `sandbox break` left beside the sandbox: which disaster it is, since when, and what its script answers. */
export interface BrokenScenario {
  readonly name: string;
  readonly runbook: string;
  readonly impactAt: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly answers: ScenarioAnswers;
}

export function brokenScenarioFile(sandbox: string): string {
  return join(sandbox, 'scenario.json');
}

function brokenScenario(sandbox: string): BrokenScenario | undefined {
  const file = brokenScenarioFile(sandbox);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as BrokenScenario) : undefined;
}

/** What `sandbox break` laid out, where the target is that sandbox: its impact time and, under `--yes`, its answers. */
export function scenarioAt(target: Target, flags: { readonly state?: string | undefined }): BrokenScenario | undefined {
  return target.class === 'sandbox' ? brokenScenario(sandboxDirectory(stateDirectory(flags.state))) : undefined;
}

/** Its parameters are those of its own runbook: another one declares others. */
export function scenarioParameters(
  scenario: BrokenScenario | undefined,
  runbook: string,
): Readonly<Record<string, string>> {
  return scenario?.runbook === runbook ? scenario.parameters : {};
}
