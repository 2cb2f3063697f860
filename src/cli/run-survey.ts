import { survey } from '../operations/survey.ts';
import { createSilentHost } from './hosts/ndjson.ts';
import { columns } from './render/layout.ts';
import { targetOf } from './session-flags.ts';
import { wire } from './wire.ts';

interface SurveyFlags {
  readonly config?: string | undefined;
  readonly state?: string | undefined;
  readonly json: boolean;
  readonly target?: string | undefined;
  readonly namespace?: string | undefined;
}

export async function surveyCommand(flags: SurveyFlags): Promise<void> {
  const tools = wire({ config: flags.config, state: flags.state, host: createSilentHost(), interactive: false });
  const rows = await survey(targetOf(flags.target, tools), flags.namespace, tools);
  if (flags.json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  else if (rows.length === 0) process.stdout.write('no volumes in scope\n');
  else {
    const table = rows.map((row) => [row.claim, row.volume, row.size, row.zone, row.policy, row.phase, row.certainty]);
    process.stdout.write(
      `${columns([['CLAIM', 'VOLUME', 'SIZE', 'ZONE', 'POLICY', 'PHASE', 'CERTAINTY'], ...table], process.stdout.columns ?? 120).join('\n')}\n`,
    );
  }
}
