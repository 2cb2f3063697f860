import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { packageRoot } from './package-root.ts';

/** The runbooks that ship, by name. */
export function shippedRunbooks(): ReadonlyMap<string, string> {
  const folder = join(packageRoot(), 'runbooks');
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  return new Map(files.toSorted().map((name) => [basename(name, '.yaml'), join(folder, name)]));
}

export function scenarioDirectory(name: string): string {
  return join(packageRoot(), 'runbooks', 'scenarios', name);
}

export function shippedScenarios(): readonly string[] {
  return readdirSync(join(packageRoot(), 'runbooks', 'scenarios'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted();
}
