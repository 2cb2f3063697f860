import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ScenarioAnswers } from '../operations/consent.ts';

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

export function brokenScenario(sandbox: string): BrokenScenario | undefined {
  const file = brokenScenarioFile(sandbox);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as BrokenScenario) : undefined;
}
