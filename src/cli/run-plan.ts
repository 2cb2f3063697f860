import { writeFile } from 'node:fs/promises';
import type { Plan } from '../model/plan.ts';
import { loadRunbook, parametersFor } from '../operations/load-runbook.ts';
import { plan } from '../operations/plan.ts';
import { scenarioAt, scenarioParameters } from './broken-scenario.ts';
import { chooseHost, useColour } from './host-of.ts';
import { exitCode } from './report-error.ts';
import { documentOf, writeDocument } from './render/document.ts';
import { planJson } from './render/json.ts';
import { baseDirFor, giveImpact } from './run-run.ts';
import { givenParameters, parametersFile, targetOf, type ParameterFlags } from './session-flags.ts';
import { localStateWarning } from './state-warning.ts';
import { wire } from './wire.ts';

interface PlanFlags extends ParameterFlags {
  readonly config?: string | undefined;
  readonly state?: string | undefined;
  readonly target?: string | undefined;
  readonly json: boolean;
  readonly format: 'text' | 'markdown' | 'json' | 'commands';
  readonly out?: string | undefined;
  readonly 'detailed-exitcode': boolean;
  readonly 'impact-at'?: string | undefined;
}

export async function planCommand(name: string, flags: PlanFlags): Promise<void> {
  const { host } = await chooseHost({ progress: 'none', json: flags.json, prefix: '' });
  const tools = wire({ config: flags.config, state: flags.state, host, interactive: false });
  const loaded = loadRunbook(name, tools);
  for (const warning of loaded.warnings) process.stderr.write(`warning: ${warning}\n`);
  const target = targetOf(flags.target, tools);
  const local = localStateWarning(target, flags.state);
  if (local !== undefined) process.stderr.write(`warning: ${local}\n`);
  const scenario = scenarioAt(target, flags);
  const impactAt = giveImpact(flags['impact-at'], target, tools, scenario?.impactAt);
  const parameters = parametersFor(
    loaded.runbook,
    { ...scenarioParameters(scenario, loaded.runbook.name), ...givenParameters(flags) },
    parametersFile(flags),
  );
  const found = await plan(
    {
      runbook: loaded.runbook,
      parameters,
      target,
      baseDir: baseDirFor(name, loaded, tools),
      userAgent: 'plan',
      ...(impactAt !== undefined && { impactAt }),
    },
    tools,
  );
  if (flags.out !== undefined) await writeFile(flags.out, documentOf(found.plan), { mode: 0o600 });
  await show(found.plan, flags, tools.kinds);
  if (flags['detailed-exitcode']) process.exitCode = detailedExit(found.plan);
}

async function show(found: Plan, flags: PlanFlags, kinds: Parameters<typeof planJson>[1]): Promise<void> {
  if (flags.json || flags.format === 'json') {
    await writeDocument(planJson(found, kinds), process.stdout);
    return;
  }
  const render = await import('./render/plan.ts');
  const width = process.stdout.columns ?? 100;
  if (flags.format === 'markdown') process.stdout.write(render.planMarkdown(found, kinds));
  else if (flags.format === 'commands') process.stdout.write(render.planCommands(found, kinds));
  else process.stdout.write(render.planText(found, kinds, { width, colour: useColour(process.stdout) }));
}

function detailedExit(found: Plan): number {
  if (found.summary.blocked > 0) return exitCode('planBlocked');
  const clean = found.phases.every((phase) => phase.steps.every((step) => step.effect === 'satisfied'));
  return clean ? exitCode('done') : exitCode('planChanges');
}
