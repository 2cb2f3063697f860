import { loadRunbook } from '../operations/load-runbook.ts';
import { offlineJson, offlineText } from './render/offline.ts';
import { wireCatalogue } from './wire.ts';

/** `plan --offline`: what the runbook itself says. Of a module of its own, so that nothing of a run is loaded for it. */
export function offlineCommand(name: string, json: boolean): void {
  const { runbook, warnings } = loadRunbook(name, wireCatalogue());
  for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
  process.stdout.write(json ? `${JSON.stringify(offlineJson(runbook), null, 2)}\n` : offlineText(runbook));
}
